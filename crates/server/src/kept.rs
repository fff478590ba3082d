//! Answers that are given again as long as nothing has changed.
//!
//! The same figures are asked for many times a minute, by several people and by every page that opens them.
//! What was made of the database is kept under the database's own mark of changes: with the first write, by
//! whichever program, all of it is forgotten. Whoever asks while an answer is in the making waits for it.
//!
//! A key must name everything that the answer depends on beside the database: whose it is, in which
//! language, of which minute.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use store::ChangeMark;
use tokio::sync::OnceCell;

use crate::problem::Problem;

/// What answers may take together, bytes; past it all are forgotten.
const ROOM: usize = 48 << 20;

/// How much memory an answer takes, roughly.
pub(crate) trait Weighed {
    /// Bytes.
    fn weight(&self) -> usize;
}

impl Weighed for Vec<u8> {
    fn weight(&self) -> usize {
        self.len()
    }
}

type Answer = Arc<dyn Any + Send + Sync>;
type Slot = Arc<OnceCell<Answer>>;

/// The answers of one moment.
#[derive(Debug, Default)]
pub(crate) struct Kept(Mutex<Shelf>);

#[derive(Debug, Default)]
struct Shelf {
    of: Option<ChangeMark>,
    slots: HashMap<(TypeId, String), Slot>,
    weight: usize,
}

impl Kept {
    /// The kept answer, or what `read` makes. `now` is the mark from before this question was asked;
    /// without one nothing is kept.
    pub(crate) async fn answer<T>(
        &self,
        now: Option<ChangeMark>,
        key: String,
        read: impl Future<Output = Result<T, Problem>>,
    ) -> Result<Arc<T>, Problem>
    where
        T: Weighed + Send + Sync + 'static,
    {
        let Some(now) = now else { return read.await.map(Arc::new) };
        let key_weight = key.len();
        let slot = self.slot(now, (TypeId::of::<T>(), key));
        let made = async {
            let answer = Arc::new(read.await?);
            self.weigh(now, key_weight + answer.weight());
            Ok::<Answer, Problem>(answer)
        };
        let kept = slot.get_or_try_init(|| made).await?;
        // the key holds the type
        Arc::clone(kept).downcast().map_err(|_| Problem::internal())
    }

    fn slot(&self, now: ChangeMark, key: (TypeId, String)) -> Slot {
        let mut shelf = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // somebody who asked later may have been quicker: what is kept for them is newer than `now`
        if shelf.of.is_none_or(|of| of < now) {
            *shelf = Shelf { of: Some(now), ..Shelf::default() };
        }
        Arc::clone(shelf.slots.entry(key).or_default())
    }

    fn weigh(&self, of: ChangeMark, weight: usize) {
        let mut shelf = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        shelf.weight += weight;
        if shelf.weight > ROOM {
            *shelf = Shelf { of: shelf.of.or(Some(of)), ..Shelf::default() };
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    impl Weighed for u32 {
        fn weight(&self) -> usize {
            4
        }
    }

    async fn asked(kept: &Kept, mark: u64, key: &str, made: &AtomicUsize) -> u32 {
        let read = async {
            tokio::task::yield_now().await;
            Ok(u32::try_from(made.fetch_add(1, Ordering::SeqCst)).unwrap())
        };
        *kept.answer(Some(ChangeMark(mark)), key.to_owned(), read).await.unwrap()
    }

    #[tokio::test]
    async fn an_answer_is_made_once_for_all_who_ask_until_something_changes() {
        let (kept, made) = (Kept::default(), AtomicUsize::new(0));
        let together = futures::future::join_all((0..20).map(|_| asked(&kept, 1, "a", &made))).await;
        assert_eq!(together, [0; 20]);
        assert_eq!(asked(&kept, 1, "b", &made).await, 1);
        assert_eq!(asked(&kept, 2, "a", &made).await, 2);
        // whoever looked at the mark earlier is given what is newer
        assert_eq!(asked(&kept, 1, "a", &made).await, 2);
        assert_eq!(made.load(Ordering::SeqCst), 3);
    }

    #[tokio::test]
    async fn a_failure_is_not_kept_and_without_a_mark_nothing_is() {
        let kept = Kept::default();
        let failed =
            kept.answer::<u32>(Some(ChangeMark(1)), "a".to_owned(), async { Err(Problem::internal()) });
        assert!(failed.await.is_err());
        let made = AtomicUsize::new(7);
        assert_eq!(asked(&kept, 1, "a", &made).await, 7);
        for expected in [1, 2] {
            let read = async { Ok::<u32, Problem>(expected) };
            assert_eq!(*kept.answer(None, "a".to_owned(), read).await.unwrap(), expected);
        }
    }

    #[tokio::test]
    async fn answers_do_not_grow_without_end() {
        let kept = Kept::default();
        for n in 0..200 {
            let read = async { Ok(vec![0_u8; 1 << 20]) };
            kept.answer(Some(ChangeMark(1)), n.to_string(), read).await.unwrap();
            assert!(kept.0.lock().unwrap().slots.len() <= 49);
        }
    }
}

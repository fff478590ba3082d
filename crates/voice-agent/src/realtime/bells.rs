//! Who woke a call: each of its sources rings a bell of its own, so that a packet from one end does not
//! have all others asked whether there is something new.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU8, Ordering},
    },
    task::{Context, Wake, Waker},
};

/// The telephone's socket.
pub(super) const MEDIA: u8 = 1;
/// The session with the model.
pub(super) const LINE: u8 = 2;
/// Everything that is rarer: alarms, tools, the disk, a session that is being opened.
pub(super) const REST: u8 = 4;

#[derive(Debug)]
struct House {
    rung: AtomicU8,
    task: Mutex<Waker>,
}

struct Bell {
    house: Arc<House>,
    which: u8,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.house.rung.fetch_or(self.which, Ordering::AcqRel);
        self.house.task.lock().unwrap_or_else(PoisonError::into_inner).wake_by_ref();
    }
}

/// The bells of a call.
#[derive(Debug)]
pub(super) struct Bells {
    house: Arc<House>,
    /// Of the task that answers them.
    task: Waker,
    pub(super) media: Waker,
    pub(super) line: Waker,
    pub(super) rest: Waker,
}

impl Bells {
    /// All of them have rung: nothing was asked yet.
    pub(super) fn new() -> Self {
        let task = Waker::noop().clone();
        let house =
            Arc::new(House { rung: AtomicU8::new(MEDIA | LINE | REST), task: Mutex::new(task.clone()) });
        let bell = |which| Waker::from(Arc::new(Bell { house: Arc::clone(&house), which }));
        let (media, line, rest) = (bell(MEDIA), bell(LINE), bell(REST));
        Self { house, task, media, line, rest }
    }

    /// Which have rung since they were last asked. The task of `cx` answers from now on.
    pub(super) fn rung(&mut self, cx: &Context<'_>) -> u8 {
        if !self.task.will_wake(cx.waker()) {
            self.task.clone_from(cx.waker());
            self.house.task.lock().unwrap_or_else(PoisonError::into_inner).clone_from(cx.waker());
        }
        self.house.rung.swap(0, Ordering::AcqRel)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn a_bell_wakes_the_task_and_is_told_from_the_others() {
        let count = Arc::new(Count::default());
        let waker = Waker::from(Arc::clone(&count));
        let (mut bells, cx) = (Bells::new(), Context::from_waker(&waker));
        assert_eq!(bells.rung(&cx), MEDIA | LINE | REST);
        assert_eq!(bells.rung(&cx), 0);
        bells.line.wake_by_ref();
        bells.line.wake_by_ref();
        bells.media.wake_by_ref();
        assert_eq!(bells.rung(&cx), MEDIA | LINE);
        assert_eq!((bells.rung(&cx), count.0.load(Ordering::Relaxed)), (0, 3));
    }
}

//! Revisions of rubrics that judgements are pinned to: one never changes, so it is read once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::{Rubric, RubricId, RubricRevision};

use crate::Web;
use crate::problem::Problem;

/// So many are remembered; past it all are forgotten and read again.
const MOST: usize = 64;

/// A kept revision.
pub(crate) struct Revision {
    pub(crate) rubric: Rubric,
    /// Its place among those of its rubric, from 1.
    pub(crate) number: Option<u32>,
}

/// Those that were asked for.
#[derive(Default)]
pub(crate) struct Revisions(Mutex<HashMap<(RubricId, RubricRevision), Arc<Revision>>>);

impl Web {
    /// A revision; `None` where it is not kept any more.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn revision(
        &self,
        id: &RubricId,
        revision: &RubricRevision,
    ) -> Result<Option<Arc<Revision>>, Problem> {
        let known = || self.revisions().0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (id.clone(), revision.clone());
        if let Some(found) = known().get(&key) {
            return Ok(Some(Arc::clone(found)));
        }
        let (rubric, number) =
            tokio::try_join!(self.store().rubric(id, revision), self.store().rubric_number(id, revision))?;
        let Some(rubric) = rubric else { return Ok(None) };
        let found = Arc::new(Revision { rubric, number });
        let mut known = known();
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(key, Arc::clone(&found));
        Ok(Some(found))
    }
}

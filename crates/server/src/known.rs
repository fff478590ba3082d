//! Names that many pages list: employees, rubrics, criteria. Read once as long as nothing changes.

use std::collections::HashMap;
use std::sync::Arc;

use domain::RubricId;

use crate::Web;
use crate::kept::Weighed;
use crate::problem::Problem;

/// Everything that was ever named by a call or an analysis.
pub(crate) struct Known {
    /// Id and name, in the order of names.
    pub(crate) managers: Vec<(String, Option<String>)>,
    /// Id, title, number of the newest revision.
    pub(crate) rubrics: Vec<(RubricId, String, u32)>,
    /// Rubric, key, title.
    pub(crate) criteria: Vec<(RubricId, String, String)>,
}

impl Known {
    /// Names of employees by their ids.
    pub(crate) fn names(&self) -> HashMap<String, String> {
        self.managers.iter().filter_map(|(id, name)| Some((id.clone(), name.clone()?))).collect()
    }
}

impl Weighed for Known {
    fn weight(&self) -> usize {
        (self.managers.len() + self.rubrics.len() + self.criteria.len()) * 150
    }
}

impl Web {
    /// The names, as they are now.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn known(&self) -> Result<Arc<Known>, Problem> {
        let store = self.store();
        let read = async {
            let (managers, rubrics, criteria) =
                tokio::try_join!(store.managers(), store.rubrics(), store.criteria(None))?;
            Ok(Known { managers, rubrics, criteria })
        };
        self.kept("known".to_owned(), read).await
    }
}

//! Page by page: an opaque cursor that the last page gave, and how many.

use serde::{Deserialize, Serialize};
use store::{Cursor, PageRequest, StoreError};
use utoipa::IntoParams;

use super::filter::unfit;
use crate::problem::Problem;

/// Most rows of a page.
pub(crate) const MOST: u32 = 500;
const USUAL: u32 = 50;

/// Which page.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Paging {
    /// `next_cursor` of the page before; nothing = the first page.
    pub(crate) cursor: Option<String>,
    /// Rows of a page, 1–500; 50 unless said.
    #[param(minimum = 1, maximum = 500, example = 50)]
    pub(crate) limit: Option<u32>,
}

impl Paging {
    /// The page that is meant.
    ///
    /// # Errors
    /// 422 for an impossible number of rows.
    pub(crate) fn request(self) -> Result<PageRequest, Problem> {
        let limit = self.limit.unwrap_or(USUAL);
        if !(1..=MOST).contains(&limit) {
            return Err(unfit("limit", "от 1 до 500", "1 to 500"));
        }
        if self.cursor.as_ref().is_some_and(|cursor| cursor.len() > 500) {
            return Err(no_cursor());
        }
        Ok(PageRequest { after: self.cursor.map(Cursor), limit })
    }
}

/// What a store says of a listing: a wrong cursor is the client's.
pub(crate) fn listing(error: StoreError) -> Problem {
    match error {
        StoreError::Invalid(_) => no_cursor(),
        error => error.into(),
    }
}

/// No page gave that cursor.
pub(crate) fn no_cursor() -> Problem {
    Problem::invalid("cursor", "такого курсора не было", "no page gave that cursor")
        .with("field", "cursor")
        .hint("начните сначала: без cursor", "begin anew: without cursor")
}

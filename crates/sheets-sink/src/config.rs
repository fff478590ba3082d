//! What the sink is told. Values only; nothing is read from outside.

use std::time::Duration;

use secrecy::SecretString;
use url::Url;

use crate::{SharedQuota, SheetError};

/// Google's own address of the Sheets API.
pub const GOOGLE_SHEETS_URL: &str = "https://sheets.googleapis.com";

/// Where to and as whom.
#[derive(Debug, Clone)]
pub struct GoogleConfig {
    /// Base address of the Sheets API; [`GOOGLE_SHEETS_URL`] unless a test stands in.
    pub sheets_url: Url,
    /// Text of the key file: a service account's, or `"type": "authorized_user"`.
    pub credentials: SecretString,
    /// The spreadsheet's id, or its whole address. Empty only for making a new spreadsheet.
    pub spreadsheet_id: String,
    /// The name that the tab gets when it is made. Later renames do not matter.
    pub tab: String,
    /// How long to wait for what.
    pub patience: Patience,
    /// Who gives out the requests of a minute where other processes use the same key; `None` = nobody does.
    pub shared: Option<SharedQuota>,
}

impl GoogleConfig {
    /// For Google itself.
    ///
    /// # Errors
    /// [`SheetError::Invalid`] when the spreadsheet's address holds no id.
    pub fn new(credentials: SecretString, spreadsheet: &str, tab: &str) -> Result<Self, SheetError> {
        let sheets_url =
            Url::parse(GOOGLE_SHEETS_URL).map_err(|error| SheetError::Invalid(error.to_string()))?;
        Ok(Self {
            sheets_url,
            credentials,
            spreadsheet_id: spreadsheet_id(spreadsheet)?,
            tab: tab.to_owned(),
            patience: Patience::default(),
            shared: None,
        })
    }
}

/// Waits. The defaults are Google's: changed by tests only. How often a request is sent again, and
/// how patiently, is the HTTP client's policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patience {
    /// Reads in a minute, and writes in a minute. Google gives 60 of each to a user.
    pub per_minute: u32,
    /// Shortest wait after "too many requests": its window is a minute.
    pub after_quota: Duration,
    /// A write may land so long after its answer was lost: Google works 180 s at most.
    pub late: Duration,
    /// Longest wait for an answer.
    pub answer: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            per_minute: 55,
            after_quota: Duration::from_secs(20),
            late: Duration::from_secs(200),
            answer: Duration::from_secs(200),
        }
    }
}

/// The id out of an id or an address such as
/// `https://docs.google.com/spreadsheets/d/1AbC…/edit#gid=0`.
///
/// # Errors
/// [`SheetError::Invalid`] when there is none in it.
pub fn spreadsheet_id(given: &str) -> Result<String, SheetError> {
    let given = given.trim();
    let id = match given.split_once("/spreadsheets/d/") {
        Some((_, rest)) => rest.split(['/', '?', '#']).next().unwrap_or_default(),
        None => given,
    };
    if id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_') && id.len() <= 200 {
        return Ok(id.to_owned());
    }
    Err(SheetError::Invalid(
        "the spreadsheet's address holds no id; copy it from the browser: \
         https://docs.google.com/spreadsheets/d/ID/edit"
            .into(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copied_address_and_a_bare_id_are_the_same() {
        for given in [
            "1AbC-d_E",
            " 1AbC-d_E ",
            "https://docs.google.com/spreadsheets/d/1AbC-d_E/edit?usp=sharing#gid=7",
            "https://docs.google.com/spreadsheets/d/1AbC-d_E",
        ] {
            assert_eq!(spreadsheet_id(given).unwrap(), "1AbC-d_E", "{given}");
        }
    }

    #[test]
    fn what_holds_no_id_is_refused() {
        assert!(spreadsheet_id("https://example.org/x").is_err());
        assert!(spreadsheet_id("1AbC/../x").is_err());
    }
}

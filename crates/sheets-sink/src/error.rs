//! What a failed delivery means, by what the caller can do about it.
//!
//! Texts hold no token, no key and no cell of a sheet.

use std::time::Duration;

/// A delivery, check or reading that did not succeed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SheetError {
    /// Our account does not see the spreadsheet.
    #[error("the spreadsheet is not shared with us; share it with {account} as Editor", account = account(client_email.as_ref()))]
    NotShared {
        /// The service account's address; `None` = a user's own grant.
        client_email: Option<String>,
    },
    /// Our account may look, not write.
    #[error("the spreadsheet is shared for reading only; give {account} the role Editor", account = account(client_email.as_ref()))]
    ReadOnly {
        /// The service account's address; `None` = a user's own grant.
        client_email: Option<String>,
    },
    /// The Sheets API is off in the account's cloud project.
    #[error(
        "the Google Sheets API is off in the cloud project {project}; enable it at https://console.cloud.google.com/apis/library/sheets.googleapis.com?project={project}"
    )]
    ApiDisabled {
        /// Its number or name.
        project: String,
    },
    /// The grant does not cover spreadsheets.
    #[error(
        "the grant does not cover spreadsheets; ask for the scope https://www.googleapis.com/auth/spreadsheets"
    )]
    ScopeMissing,
    /// No spreadsheet has this id.
    #[error("there is no spreadsheet with this id; check the address of the spreadsheet")]
    NotFound,
    /// An Office file lies there, not a Google spreadsheet.
    #[error(
        "the document is an Office file; open it, choose File → Save as Google Sheets, and use the new address"
    )]
    OfficeFile,
    /// The key file or grant is wrong, revoked or expired.
    #[error("Google refuses the credentials: {reason}; make a new key, or grant access anew")]
    BadKey {
        /// What Google or the parser said.
        reason: String,
    },
    /// This machine's clock is so wrong that Google takes no signature.
    #[error("this machine's clock differs from Google's by {seconds} s; set the clock (NTP)")]
    ClockSkew {
        /// Google's time less ours, s.
        seconds: i64,
    },
    /// A service account owns no storage and cannot make a spreadsheet.
    #[error(
        "a service account cannot own a spreadsheet; make one by hand, share it with {client_email} as Editor, and set its address"
    )]
    CannotCreate {
        /// Its address.
        client_email: String,
    },
    /// A person deleted our tab, or it was never made.
    #[error(
        "the tab of the spreadsheet is gone; make it again with `sheet init`, or restore it from File → Version history"
    )]
    TabGone,
    /// The column of keys is gone or there are two of it.
    #[error("the header is damaged: {reason}; restore it from File → Version history, or start a new tab")]
    HeaderDamaged {
        /// What is wrong.
        reason: String,
    },
    /// A protected range without us.
    #[error("a protected range ({description}) does not let us write; add {account} to its editors", account = account(client_email.as_ref()))]
    Protected {
        /// As the range calls itself.
        description: String,
        /// The service account's address; `None` = a user's own grant.
        client_email: Option<String>,
    },
    /// The workbook's limit of cells.
    #[error(
        "the spreadsheet is full ({cells} of 10000000 cells); remove old tabs or rows, or start a new spreadsheet"
    )]
    Full {
        /// Cells of all tabs.
        cells: u64,
    },
    /// Too many requests.
    #[error("Google asks to slow down: {message}")]
    RateLimited {
        /// Which quota.
        message: String,
        /// How long to wait.
        retry_after: Option<Duration>,
    },
    /// Transport or trouble at Google.
    #[error("Google Sheets is unavailable: {reason}; try again, or check the network and the proxy")]
    Unavailable {
        /// What happened.
        reason: String,
        /// How long to wait.
        retry_after: Option<Duration>,
        /// A write was sent and may have been applied; the next delivery finds out first.
        unsure: bool,
    },
    /// The sheet does not take this row, ever.
    #[error("the sheet does not take the row {key}: {reason}")]
    PoisonRow {
        /// Its key.
        key: String,
        /// Google's words.
        reason: String,
    },
    /// A setting or an argument is wrong.
    #[error("{0}")]
    Invalid(String),
    /// Google refuses the request for a reason of its own.
    #[error("Google refuses the request: {message}")]
    Refused {
        /// Its words.
        message: String,
    },
    /// An answer that cannot be read.
    #[error("Google gave an answer that cannot be read: {reason}")]
    BadAnswer {
        /// What is wrong with it.
        reason: String,
    },
    /// Our own memory of deliveries fails: nothing is sent without it.
    #[error("the ledger of deliveries fails: {0}")]
    Ledger(#[from] crate::LedgerError),
}

fn account(email: Option<&String>) -> &str {
    email.map_or("your account", String::as_str)
}

impl SheetError {
    /// Whether the same may succeed later without a person's help.
    pub const fn is_retryable(&self) -> bool {
        matches!(
            self,
            Self::RateLimited { .. } | Self::Unavailable { .. } | Self::BadAnswer { .. } | Self::Ledger(_)
        )
    }

    /// How long to wait before that, where it is known.
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after, .. } | Self::Unavailable { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// Whether Google refuses key, role or sharing: a person has to open a door.
    pub const fn is_refused_access(&self) -> bool {
        matches!(
            self,
            Self::NotShared { .. }
                | Self::ReadOnly { .. }
                | Self::ApiDisabled { .. }
                | Self::ScopeMissing
                | Self::BadKey { .. }
                | Self::ClockSkew { .. }
                | Self::CannotCreate { .. }
                | Self::Protected { .. }
        )
    }

    /// Whether a write was sent whose outcome nobody knows yet.
    pub const fn may_have_applied(&self) -> bool {
        matches!(self, Self::Unavailable { unsure: true, .. })
    }
}

impl From<crate::RefusedRow> for SheetError {
    fn from(row: crate::RefusedRow) -> Self {
        Self::PoisonRow { key: row.key, reason: row.reason }
    }
}

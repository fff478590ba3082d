//! The fence: each batch carries an entry of developer metadata whose id can exist only once, so the
//! whole batch can be applied only once, however often it is sent.
//!
//! The text of Google's refusal is never read to tell whether the fence held: it is translated into
//! the language of the account. The entry itself is asked for.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    OpenBatch, SheetError, SheetRow,
    layout::BATCH_KEY,
    rest::{Deed, Rest, Trouble},
    wire,
};

/// What the ledger keeps of a batch under way.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct BatchBody {
    /// Rows that are new.
    pub(crate) adds: Vec<SheetRow>,
    /// Rows that changed.
    pub(crate) updates: Vec<Update>,
}

/// A row that changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Update {
    pub(crate) row: SheetRow,
    /// The id of the tag that this batch puts on the row.
    pub(crate) tag: i32,
    /// Link columns that this batch sets itself.
    pub(crate) links: Vec<String>,
}

impl BatchBody {
    pub(crate) fn parse(text: &str) -> Result<Self, SheetError> {
        serde_json::from_str(text).map_err(|error| {
            SheetError::Invalid(format!("an open batch of the ledger cannot be read: {error}"))
        })
    }

    pub(crate) fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    pub(crate) fn len(&self) -> usize {
        self.adds.len() + self.updates.len()
    }

    /// As two batches of half the size.
    pub(crate) fn halves(mut self) -> (Self, Self) {
        let (adds, updates) = (self.adds.len() / 2, self.updates.len() / 2);
        // one row of each kind: apart
        if self.adds.len() == 1 && self.updates.len() == 1 {
            return (
                Self { adds: self.adds, updates: Vec::new() },
                Self { adds: Vec::new(), updates: self.updates },
            );
        }
        let late = Self { adds: self.adds.split_off(adds), updates: self.updates.split_off(updates) };
        (self, late)
    }
}

/// The short name of a batch in the spreadsheet.
pub(crate) fn name(batch: &OpenBatch) -> String {
    batch.id.chars().filter(char::is_ascii_hexdigit).take(12).collect()
}

/// The fence itself: always the first request.
pub(crate) fn marker(batch: &OpenBatch) -> Value {
    json!({"createDeveloperMetadata": {"developerMetadata": {
        "metadataId": batch.marker,
        "metadataKey": BATCH_KEY,
        "metadataValue": marker_value(batch),
        "visibility": "DOCUMENT",
        "location": {"spreadsheet": true},
    }}})
}

fn marker_value(batch: &OpenBatch) -> String {
    format!("{}@{}", name(batch), batch.created_at.timestamp())
}

/// What became of a batch.
#[derive(Debug)]
pub(crate) enum Fate {
    /// It is in the sheet, once.
    Delivered,
    /// The id of its fence belongs to another: nothing was done.
    Collision,
    /// Google does not take it and never will: nothing was done.
    Refused(Trouble),
}

/// Sends a batch until its fate is known. `doubtful`: an earlier send may still land.
///
/// # Errors
/// When the fate stays unknown (`unsure`), or nothing was done and the same may be tried later.
pub(crate) async fn send(
    rest: &Rest,
    batch: &OpenBatch,
    requests: &[Value],
    doubtful: bool,
) -> Result<Fate, Trouble> {
    let body = json!({"requests": requests});
    let sent =
        rest.post::<Value>("sheets.batch_update", Deed::Write, ":batchUpdate?fields=spreadsheetId", &body);
    let Err(trouble) = sent.await else { return Ok(Fate::Delivered) };
    let unsure = trouble.unsure || doubtful;
    if trouble.status != Some(400) && !trouble.unsure {
        return Err(Trouble { unsure, ..trouble });
    }
    match look(rest, batch).await {
        Ok(Some(fate)) => return Ok(fate),
        Ok(None) if trouble.status != Some(400) => return Err(trouble),
        Ok(None) => {}
        Err(_) => return Err(Trouble { unsure: true, ..trouble }),
    }
    if unsure {
        // an attempt whose answer was lost may land as late as this
        tracing::warn!(wait = ?rest.patience.late, "refused after an unclear failure; waiting for a late landing");
        tokio::time::sleep(rest.patience.late).await;
        match look(rest, batch).await {
            Ok(Some(fate)) => return Ok(fate),
            Ok(None) => {}
            Err(again) => return Err(Trouble { unsure: true, ..again }),
        }
    }
    Ok(Fate::Refused(Trouble { unsure: false, ..trouble }))
}

/// Whether the fence stands; `None`: it does not.
async fn look(rest: &Rest, batch: &OpenBatch) -> Result<Option<Fate>, Trouble> {
    let tail = format!("/developerMetadata/{}", batch.marker);
    match rest.get::<wire::DeveloperMetadata>("sheets.metadata_get", &tail).await {
        Ok(entry) if entry.metadata_value == marker_value(batch) && entry.metadata_key == BATCH_KEY => {
            Ok(Some(Fate::Delivered))
        }
        Ok(_) => Ok(Some(Fate::Collision)),
        Err(trouble) if trouble.status == Some(404) => Ok(None),
        Err(trouble) => Err(trouble),
    }
}

/// Age and name of a marker, from its value.
pub(crate) fn marker_time(value: &str) -> Option<i64> {
    value.split_once('@')?.1.parse().ok()
}

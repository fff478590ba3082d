//! Erasing a person: the journal of what was asked, done, and is still to be done.
//!
//! The database's part is one transaction; what lies outside it (files, sheets, paid pieces) is named in the
//! same transaction, so that whoever is killed in between leaves a list behind that the next one works off.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{CallId, PhoneNumber, Sha256};
use serde::{Deserialize, Serialize};

use super::calls::{Page, PageRequest};
use crate::StoreError;

/// The number of an erasure, and of its receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ErasureId(pub i64);

/// Who is to be forgotten.
#[derive(Debug, Clone)]
pub struct ErasureDemand {
    /// The number.
    pub phone: PhoneNumber,
    /// Who asks it of the program: a user, or the part of the program.
    pub who: String,
    /// Sources whose calls are files that were sent here: before a stage has looked at such a call, its
    /// revision is the digest of the file.
    pub sent_by: Vec<String>,
    /// Sources that keep recordings of their own: they are told to a person, for we cannot delete there.
    pub kept_by: Vec<String>,
}

/// What lies outside the database and has to go. No number, no name, no word: ids, digests, places.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ErasureWork {
    /// The calls.
    pub calls: Vec<CallId>,
    /// Places of recordings ([`domain::Recording::location`]).
    pub recordings: Vec<String>,
    /// Digests of their sounds: paid pieces lie under them.
    pub sounds: Vec<Sha256>,
    /// Digests of files that were sent here and that no stage has looked at.
    pub unread: Vec<Sha256>,
}

impl ErasureWork {
    /// Whether nothing is to be done.
    pub fn is_empty(&self) -> bool {
        self.calls.is_empty()
            && self.recordings.is_empty()
            && self.sounds.is_empty()
            && self.unread.is_empty()
    }
}

/// A line of a receipt: so much is gone from there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasedPlace {
    /// Where: `calls`, `transcripts`, `recordings`, `sheet_rows`, `at_source/uis`, …
    pub place: String,
    /// How many are gone.
    pub gone: u64,
    /// How many are not, and need a person's hand.
    pub by_hand: u64,
    /// When.
    pub at: DateTime<Utc>,
}

/// An erasure and its receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasure {
    /// Its number.
    pub id: ErasureId,
    /// [`subject_of`] the number.
    pub subject: String,
    /// The number's last two digits.
    pub ending: String,
    /// Who asked it of the program.
    pub who: String,
    /// When the database's part was done.
    pub begun_at: DateTime<Utc>,
    /// When everything was done; `None` = something is still to be done.
    pub ended_at: Option<DateTime<Utc>>,
    /// When it is looked at (again); `None` = never more.
    pub due_at: Option<DateTime<Utc>>,
    /// How often its work was taken.
    pub tried: u64,
    /// What is still to be done, or to be looked at once more.
    pub work: ErasureWork,
    /// The receipt.
    pub places: Vec<ErasedPlace>,
    /// Why it has not ended.
    pub trouble: Option<String>,
}

impl Erasure {
    /// Sets what is gone from a place.
    pub fn set(&mut self, place: &str, gone: u64, by_hand: u64, at: DateTime<Utc>) {
        let line = ErasedPlace { place: place.to_owned(), gone, by_hand, at };
        match self.places.iter_mut().find(|known| known.place == place) {
            Some(known) => *known = line,
            None => self.places.push(line),
        }
    }

    /// How many are gone from a place.
    pub fn gone(&self, place: &str) -> u64 {
        self.places.iter().find(|known| known.place == place).map_or(0, |known| known.gone)
    }
}

/// What stands for a number in the journal. It tells two numbers apart and shows none of them; whoever has
/// both the journal and a list of numbers can find out which of them were erased.
pub fn subject_of(phone: &PhoneNumber) -> String {
    CallId::derive("erased", phone.as_str()).to_string()
}

/// The journal.
#[async_trait]
pub trait Erasures: Send + Sync {
    /// Erases every call with the number at either end and all that was made of it, in one transaction, so
    /// that no trace of them is left in the database but what sinks remember ([`super::sinks::SinkLedger`]:
    /// it is needed to erase what they wrote). Their sources cannot bring these calls again. What was paid
    /// stays in the sums, tied to no call. Cached transcripts that no call ever used go too: they may be
    /// words of the number. Leaves a line in the audit log without the number.
    ///
    /// The answer is due at once: its work is what lies outside.
    async fn begin_erasure(&self, demand: &ErasureDemand, now: DateTime<Utc>) -> Result<Erasure, StoreError>;

    /// Takes erasures whose time has come, or this one whatever its time; others get them after `again`.
    async fn take_erasures(
        &self,
        only: Option<ErasureId>,
        again: Duration,
        now: DateTime<Utc>,
    ) -> Result<Vec<Erasure>, StoreError>;

    /// Keeps how far one has come: its work, receipt, trouble, end and next time. `false`, and nothing is
    /// written, when somebody else has taken it since.
    async fn save_erasure(&self, erasure: &Erasure) -> Result<bool, StoreError>;

    /// One erasure.
    async fn erasure(&self, id: ErasureId) -> Result<Option<Erasure>, StoreError>;

    /// The journal, newest first, keyset-paged.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] for a cursor that no page gave.
    async fn erasures(&self, page: PageRequest) -> Result<Page<Erasure>, StoreError>;

    /// Forgets words that no call has: of a job that was under way when its call was erased. How many
    /// transcripts; the worst that it costs is to listen once more.
    async fn forget_unclaimed_words(&self) -> Result<u64, StoreError>;

    /// Forgets receipts of erasures that ended before; how many.
    async fn forget_erasures(&self, before: DateTime<Utc>) -> Result<u64, StoreError>;
}

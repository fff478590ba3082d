//! What was asked of whom: the proof that nothing was paid twice.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use tokio::sync::Notify;

use crate::{Operation, Provider};

/// Entries that are kept in full; the counts know of all.
const KEPT: usize = 10_000;

/// One request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// From 1, in the order of arrival of answers.
    pub number: u64,
    /// Of whom.
    pub provider: Provider,
    /// What, as [`Operation::name`].
    pub operation: String,
    /// The answer's status; `None` = the provider never saw the request.
    pub status: Option<u16>,
    /// The provider did the work and bills it, whatever became of the answer.
    pub billed: bool,
    /// It changed a spreadsheet, whatever became of the answer.
    pub sheet_write: bool,
    /// The fault that was played.
    pub fault: Option<String>,
}

/// What the journal says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct JournalReport {
    /// All requests.
    pub requests: u64,
    /// Of them, those that the provider bills.
    pub billed: u64,
    /// Of them, those that changed a spreadsheet.
    pub sheet_writes: u64,
    /// Of them, those that met a fault.
    pub faults: u64,
    /// By provider and operation: `openai chat`.
    pub operations: BTreeMap<String, u64>,
    /// Billed ones, by provider and operation.
    pub billed_operations: BTreeMap<String, u64>,
    /// By provider and status: `google 200`, `uis -` for none.
    pub statuses: BTreeMap<String, u64>,
    /// The last ones, oldest first.
    pub last: Vec<Entry>,
}

/// What was asked of whom.
#[derive(Debug, Default)]
pub struct Journal {
    book: Mutex<Book>,
    noted: Notify,
}

#[derive(Debug, Default)]
struct Book {
    requests: u64,
    billed: u64,
    sheet_writes: u64,
    faults: u64,
    operations: BTreeMap<(Provider, String), u64>,
    billed_operations: BTreeMap<(Provider, String), u64>,
    statuses: BTreeMap<(Provider, Option<u16>), u64>,
    entries: VecDeque<Entry>,
}

impl Journal {
    /// `status`: what the provider itself answered, `None` if a fault kept the request from it.
    pub(crate) fn note(
        &self,
        operation: &Operation,
        status: Option<u16>,
        reached: bool,
        fault: Option<String>,
    ) {
        let mut book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        let done = reached && status.is_some_and(|status| (200..300).contains(&status));
        book.requests += 1;
        let entry = Entry {
            number: book.requests,
            provider: operation.provider,
            operation: operation.name.clone(),
            status,
            billed: operation.money && done,
            sheet_write: operation.sheet_write && done,
            fault,
        };
        let key = (operation.provider, operation.name.clone());
        book.billed += u64::from(entry.billed);
        book.sheet_writes += u64::from(entry.sheet_write);
        book.faults += u64::from(entry.fault.is_some());
        if entry.billed {
            *book.billed_operations.entry(key.clone()).or_default() += 1;
        }
        *book.operations.entry(key).or_default() += 1;
        *book.statuses.entry((operation.provider, status)).or_default() += 1;
        if book.entries.len() == KEPT {
            book.entries.pop_front();
        }
        book.entries.push_back(entry);
        drop(book);
        self.noted.notify_waiters();
    }

    /// Waits until so many requests were answered: the last of these answers is still on its way then.
    pub async fn reached(&self, requests: u64) {
        loop {
            let noted = self.noted.notified();
            if self.book.lock().unwrap_or_else(PoisonError::into_inner).requests >= requests {
                return;
            }
            noted.await;
        }
    }

    /// Counts of everything, and the last so many entries (10 000 at most).
    pub fn report(&self, last: usize) -> JournalReport {
        let book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        let named = |counts: &BTreeMap<(Provider, String), u64>| {
            counts.iter().map(|((provider, name), n)| (format!("{} {name}", provider.as_str()), *n)).collect()
        };
        JournalReport {
            requests: book.requests,
            billed: book.billed,
            sheet_writes: book.sheet_writes,
            faults: book.faults,
            operations: named(&book.operations),
            billed_operations: named(&book.billed_operations),
            statuses: book
                .statuses
                .iter()
                .map(|((provider, status), n)| {
                    let status = status.map_or_else(|| "-".to_owned(), |status| status.to_string());
                    (format!("{} {status}", provider.as_str()), *n)
                })
                .collect(),
            last: book.entries.iter().skip(book.entries.len().saturating_sub(last)).cloned().collect(),
        }
    }

    /// Forgets everything.
    pub fn clear(&self) {
        *self.book.lock().unwrap_or_else(PoisonError::into_inner) = Book::default();
    }
}

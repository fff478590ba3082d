//! Doubles: Google with a memory, the port in memory, the ledger in memory.

mod answer;
mod apply;
mod google;
mod ledger;
mod mask;
mod people;
mod read;
mod rows;
mod schema;
mod serve;
mod token;
mod workbook;

use std::sync::atomic::{AtomicU64, Ordering};

pub use answer::{FakeAnswer, Fate};
pub use google::{FakeGoogle, FakeRequest, GoogleFault, GoogleRequests, GoogleState, On, Share};
pub use ledger::MemoryLedger;
pub use people::{CellView, ColumnView, Person, SheetView};
pub use rows::FakeRows;
pub use schema::{check_answer, check_request};

use crate::Chance;

/// Chance that is the same each time.
#[derive(Debug, Default)]
pub struct SteadyChance(AtomicU64);

impl From<u64> for SteadyChance {
    fn from(start: u64) -> Self {
        Self(AtomicU64::new(start))
    }
}

impl Chance for SteadyChance {
    fn bits(&self) -> u64 {
        // SplitMix64: well spread, and no two alike
        let n = self.0.fetch_add(1, Ordering::Relaxed).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        n ^ (n >> 31)
    }
}

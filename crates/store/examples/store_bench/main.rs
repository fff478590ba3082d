//! `cargo run --profile demo -p store --example store_bench -- 100000 [FOLDER] [--fill-only]`
//!
//! Fills `FOLDER/zvonar.db` (or a temporary one) with so many calls of three years and prints what a
//! person waits for, a line `name value unit` each. A database that is there already is measured
//! as it is. With `--fill-only` nothing is measured: other benches begin with such a folder.

#![expect(clippy::print_stdout, reason = "printing is what it is for")]

mod company;
mod fill;
mod measure;

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use company::{Company, Outcomes};
use domain::{Clock as _, SystemClock};
use store::{Settings as _, SqliteStore, StoreOptions};

/// The end of the company's last day, kept beside what was made.
const UNTIL: &str = "bench/until";
const COUNT: &str = "bench/calls";

/// The midnight (UTC) that comes.
fn midnight() -> DateTime<Utc> {
    let today = SystemClock.now().date_naive();
    today.succ_opt().unwrap_or(today).and_time(chrono::NaiveTime::MIN).and_utc()
}

/// What the file was filled with; `None` for a new one.
async fn known(store: &SqliteStore) -> Outcomes<Option<Company>> {
    let (Some(until), Some(calls)) = (store.setting(UNTIL).await?, store.setting(COUNT).await?) else {
        return Ok(None);
    };
    Ok(Some(Company { calls: calls.parse()?, until: until.parse()? }))
}

#[tokio::main]
async fn main() -> Outcomes<()> {
    let mut calls = 100_000;
    let (mut folder, mut fill_only) = (None, false);
    for argument in std::env::args().skip(1) {
        match argument.parse() {
            Ok(number) => calls = number,
            Err(_) if argument == "--fill-only" => fill_only = true,
            Err(_) => folder = Some(PathBuf::from(argument)),
        }
    }
    let temporary = tempfile::tempdir()?;
    let path = folder.unwrap_or_else(|| temporary.path().to_owned()).join("zvonar.db");
    // as much memory as a fill likes; what is measured afterwards has what the product has
    let roomy = StoreOptions { cache_kib: 1_500_000, mmap_bytes: 0, ..StoreOptions::default() };
    let store = SqliteStore::open(&path, roomy).await?;
    let company = if let Some(company) = known(&store).await? {
        company
    } else {
        let company = Company { calls, until: midnight() };
        println!("calls {calls} rows");
        fill::fill(&store, company).await?;
        store.set_setting(UNTIL, &company.until.to_rfc3339()).await?;
        store.set_setting(COUNT, &calls.to_string()).await?;
        company
    };
    store.close().await;
    drop(store);
    println!("database {} MB", std::fs::metadata(&path)?.len() / 1_000_000);
    if !fill_only {
        let store = SqliteStore::open(&path, StoreOptions::default()).await?;
        measure::measure(&store, company).await?;
        store.close().await;
    }
    Ok(())
}

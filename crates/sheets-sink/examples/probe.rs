//! Looks at a sheet: `cargo run -p sheets-sink --features testing --example sheets_probe -- KEY_FILE SPREADSHEET TAB`
#![expect(clippy::print_stdout, reason = "an example")]

use std::sync::Arc;

use http_client::{HttpClient, HttpClientConfig};
use sheets_sink::testing::{MemoryLedger, contract};
use sheets_sink::{GoogleConfig, RandomChance, RowSink as _, SheetsClient};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(file), Some(sheet), Some(tab)) = (arguments.next(), arguments.next(), arguments.next()) else {
        return Err("usage: probe KEY_FILE SPREADSHEET TAB".into());
    };
    let config = GoogleConfig::new(std::fs::read_to_string(file)?.into(), &sheet, &tab)?;
    let http = HttpClient::new(HttpClientConfig::default())?;
    let ledger = Arc::new(MemoryLedger::default());
    let clock = Arc::new(domain::SystemClock);
    let sink = SheetsClient::new(&config, contract::spec(), http, ledger, clock, Arc::new(RandomChance))?;
    let report = sink.check().await?;
    println!("{} ({}), tab {:?}, as {:?}", report.title, report.time_zone, report.tab, report.account);
    println!("{:?}, {} rows, {} cells", report.role, report.rows, report.cells);
    report.warnings.iter().for_each(|warning| println!("! {warning}"));
    Ok(())
}

//! Asks a real account who it is, what money is left and what was called yesterday: nothing is changed.
//!
//! `cargo run -p voximplant-client --example voximplant_probe -- KEY_FILE [API_URL]`

use std::sync::Arc;

use domain::{Clock as _, SystemClock};
use http_client::HttpClientConfig;
use voximplant_client::{
    API_URL, Credentials, HistoryFilter, HistoryReader, ServiceAccount, VoximplantApi, VoximplantClient,
    VoximplantConfig,
};

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::print_stdout, reason = "an example tells what it found")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let file = words.next().ok_or("the key file is missing: probe KEY_FILE [API_URL]")?;
    let key = ServiceAccount::parse(&std::fs::read_to_string(file)?.into())?;
    let api = words.next().unwrap_or_else(|| API_URL.into());
    let config = VoximplantConfig::new(&api, Credentials::ServiceAccount(key))?;
    let client = VoximplantClient::new(config, &HttpClientConfig::default(), Arc::new(SystemClock))?;

    let account = client.account().await?;
    let micros = account.balance.unwrap_or_default().micros;
    println!(
        "{} ({}), {} millionths of {}",
        account.name,
        account.id,
        micros,
        account.currency.unwrap_or_default()
    );
    for application in client.applications().await? {
        println!("application {} {}", application.id, application.name);
    }
    let now = SystemClock.now();
    let reader = HistoryReader::new(&client, now - chrono::Duration::days(1), now, HistoryFilter::default());
    let found = reader.collect().await?;
    let answered = found.rows.iter().filter(|row| row.calls.iter().any(|call| call.successful)).count();
    println!("{} sessions in the last 24 hours, {answered} of them answered", found.rows.len());
    Ok(())
}

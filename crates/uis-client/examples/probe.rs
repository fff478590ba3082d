//! Asks a real account who it is and counts yesterday's calls: one point or two, nothing is changed.
//!
//! `cargo run -p uis-client --example uis_probe -- KEY [DATA_API_URL MEDIA_URL]`

use http_client::HttpClientConfig;
use uis_client::{
    CallsFilter, CallsReader, Credentials, DATA_API_URL, MEDIA_URL, UisApi, UisClient, UisConfig, WallWindow,
};

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::print_stdout, reason = "an example tells what it found")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let key = words.next().ok_or("the key is missing: probe KEY [DATA_API_URL MEDIA_URL]")?;
    let api = words.next().unwrap_or_else(|| DATA_API_URL.into());
    let media = words.next().unwrap_or_else(|| MEDIA_URL.into());
    let config = UisConfig::new(&api, &media, Credentials::Key(key.into()))?;
    let client = UisClient::new(config, &HttpClientConfig::default())?;

    let account = client.account().await?;
    println!("{} ({}), zone {}", account.name, account.app_id, account.zone);

    let now = account.wall(domain::Clock::now(&domain::SystemClock));
    let window = WallWindow::new(now - chrono::Duration::days(1), now);
    let found = CallsReader::new(&client, window, CallsFilter::default()).collect().await?;
    let missed = found.calls.iter().filter(|call| call.is_lost).count();
    println!("{} calls in the last 24 hours, {missed} of them missed", found.calls.len());
    println!("points left today: {:?}", client.points().day.remaining);
    Ok(())
}

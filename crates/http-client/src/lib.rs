//! One way to speak HTTP: time limits, proxy, retries, resumable verified downloads.
//!
//! Nothing here reads the environment: proxy and limits come in [`HttpClientConfig`].
//! Errors tell the caller what it can do ([`HttpError::is_retryable`]) and never hold a
//! query string or a password of an address: signed links keep their secrets there.
//!
//! ```no_run
//! use http_client::{Download, HttpClient, HttpClientConfig, NoProgress};
//!
//! # async fn example() -> Result<(), http_client::HttpError> {
//! let client = HttpClient::new(HttpClientConfig::default())?;
//! let mut model = Download::new("https://example.org/model.bin", "/tmp/model.bin")?;
//! model.sha256 = Some("c577b9a86e7e048a0b7eada054f4dd79a56bbfa911fbdacf900ac5b567cbb7d9".into());
//! client.download(&model, &NoProgress).await?;
//! # Ok(())
//! # }
//! ```
//!
//! Place: under every crate that talks to the network; it knows none of them.

mod client;
mod config;
mod download;
mod error;
mod part;
mod retry;

pub use client::HttpClient;
pub use config::{HttpClientConfig, ProxyConfig};
pub use download::{Download, DownloadProgress, Downloaded, NoProgress};
pub use error::HttpError;
pub use retry::{Jitter, RandomJitter, RetryPolicy, SteadyJitter};

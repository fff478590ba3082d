//! Clocks, builders and golden recordings for tests; never in a release path.
//!
//! ```
//! use domain::Clock as _;
//!
//! let clock = test_support::FakeClock::new();
//! let before = clock.now();
//! clock.advance(std::time::Duration::from_secs(60));
//! assert_eq!((clock.now() - before).num_seconds(), 60);
//! ```
//!
//! Place: a dev-dependency of anyone; knows `domain` only.

#[cfg(feature = "bucket")]
mod bucket;
mod calls;
mod clock;
mod golden;
mod postgres;
#[cfg(unix)]
mod silence;
mod sound;

#[cfg(feature = "bucket")]
pub use bucket::{BucketServer, serve_buckets};
pub use calls::call;
pub use clock::FakeClock;
pub use golden::golden;
pub use postgres::{PostgresDatabase, PostgresServer};
#[cfg(unix)]
pub use silence::LineToPostgres;
pub use sound::{segment, survey, utterance};

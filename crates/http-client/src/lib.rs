#![doc = include_str!("../README.md")]

mod address;
mod answer;
mod circuit;
mod client;
mod config;
mod download;
mod error;
mod exchange;
mod guard;
mod moment;
mod pace;
mod part;
mod refusal;
mod retry;
mod shared;
mod sound;
mod transport;
mod wait_wish;
mod websocket;

pub use address::{AddressRule, AllowedPlace, ParsePlaceError};
pub use answer::{Answer, Whole};
pub use client::HttpClient;
pub use config::{CircuitPolicy, HttpClientConfig, ProxyConfig, RateLimit};
pub use download::{Download, DownloadProgress, Downloaded, NoProgress};
pub use error::HttpError;
pub use exchange::{Exchange, Repeat};
pub use guard::{AddressGuard, AddressRefused, NameLookup, Redirects, SystemLookup};
pub use refusal::{ByStatus, Classify, Refusal, Verdict};
pub use retry::{Jitter, RandomJitter, RetryPolicy, SteadyJitter};
pub use shared::{PaceAsk, PaceTurn, SharedPace};
pub use sound::{Pieces, SoundFault, SoundFormat, SoundStream};
pub use transport::{Transport, TransportError};
pub use websocket::{
    Member, Opening, Skim, SocketEnd, SocketEvent, SocketFault, TextSocket, open_socket, socket_accept,
};

// providers speak these types and need no dependency of their own
pub use {http, reqwest};

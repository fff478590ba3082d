//! What a sandbox is started with.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use chrono::{DateTime, Utc};

/// How long each kind of request takes before it is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Latency {
    /// UIS Data API.
    pub uis: Duration,
    /// A recording's first byte.
    pub media: Duration,
    /// Speech to text.
    pub speech: Duration,
    /// Chat.
    pub chat: Duration,
    /// Google, token and Sheets.
    pub google: Duration,
}

/// What a sandbox is started with.
#[derive(Debug, Clone)]
pub struct SandboxOptions {
    /// Where to listen; port 0 takes any free one.
    pub bind: SocketAddr,
    /// How many calls the company had, at least 1.
    pub calls: usize,
    /// Over how many days up to `end`, at least 1.
    pub days: u32,
    /// The same seed and `end` make the same world, byte for byte.
    pub seed: u64,
    /// The present moment of the world when it starts; from then on its clock runs.
    pub end: DateTime<Utc>,
    /// How slow the providers are.
    pub latency: Latency,
    /// How many times faster than people the two talk in calls by turns that are placed here. Over 1 the
    /// recording is longer than the call was, so words stand beside their sound.
    pub talk_speed: u32,
    /// Rubrics that the chat model can judge by, besides the built-in ones.
    pub rubrics: Vec<domain::Rubric>,
}

impl SandboxOptions {
    /// 500 calls in the 30 days before `end`, on any free port of this machine, answered at once.
    pub fn new(end: DateTime<Utc>) -> Self {
        Self {
            bind: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            calls: 500,
            days: 30,
            seed: 1,
            end,
            latency: Latency::default(),
            talk_speed: 1,
            rubrics: Vec::new(),
        }
    }
}

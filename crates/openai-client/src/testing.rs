//! Doubles and the contract, behind the feature `testing`.
//!
//! [`FakeOpenAi`] is one fake for three uses: tests in memory, the sandbox's wire, your own tests.

pub mod contract;
mod fake;
mod fault;
mod mock;
pub mod realtime;
mod sample;
mod state;

pub use fake::FakeOpenAi;
pub use fault::{ChatFault, Failure, FailureAnswer, SpeechFault};
pub use mock::{MockChatApi, MockTranscriptionApi};
pub use realtime::{
    FakeRealtime, FakeRealtimeSession, RealtimeAsked, RealtimeFaultKind, RealtimeMind, RealtimeReply,
};
pub use state::{Billed, Ear, HeardSegment, Judge, SpokenChat, SpokenSpeech};

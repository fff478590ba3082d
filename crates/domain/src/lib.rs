//! The words of the house: what a call, a transcript, a rubric and an analysis are.
//!
//! Plain types, no I/O, no clock of its own: every other crate speaks these.
//!
//! ```
//! use domain::{CallId, PhoneNumber};
//!
//! let id = CallId::derive("folder", "/calls/one.wav");
//! assert_eq!(id, CallId::derive("folder", "/calls/one.wav"));
//! assert_eq!(PhoneNumber::parse("8 (916) 123-45-67").unwrap().as_str(), "+79161234567");
//! ```
//!
//! Place: the root of the dependency graph; it depends on no crate of this workspace.

mod analysis;
mod call;
mod cause;
mod id;
mod lang;
mod metrics;
mod money;
mod phone;
mod recording;
mod rubric;
mod status;
mod time;
mod total;
mod transcript;
pub mod wording;

pub use analysis::{Analysis, CapApplied, CriterionResult, Evidence, Promise, PromiseDue, Value, Verdict};
pub use call::{Call, Direction, Manager};
pub use cause::Cause;
pub use id::{CallId, RubricId, RubricRevision, Sha256, SourceName};
pub use lang::Lang;
pub use metrics::TalkMetrics;
pub use money::{Cost, CostItem, Currency, Money, ParseMoneyError};
pub use phone::PhoneNumber;
pub use recording::{ChannelLayout, OperatorChannel, Peaks, Recording, Survey, Utterance, UtteranceGate};
pub use rubric::{
    AppliesTo, ChoiceOption, Criterion, CriterionKind, EvidenceDemand, Mode, Rubric, RuleSpeaker,
};
pub use status::{CallError, CallStatus};
pub use time::{Clock, SystemClock, TimeWindow};
pub use total::total_score;
pub use transcript::{Coverage, DropReason, DroppedSegment, EngineName, Segment, Speaker, Transcript, Word};

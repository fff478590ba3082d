//! Realtime conversation over a WebSocket: the third port, its events and the live client.
//!
//! Names of events are those of the general release (`response.output_audio.delta`, …); events that
//! are not known are passed by. Sound is G.711 both ways, so telephony's bytes travel unchanged.

mod api;
mod client;
mod connection;
mod event;
mod fate;
mod link;
mod price;
mod read;
mod write;

pub use api::{
    G711, ItemId, RealtimeApi, RealtimeCommand, RealtimeSession, RealtimeTool, RealtimeTranscription,
    ResponseId, ServerVad, ToolCallId, WhoSays,
};
pub use client::OpenAiRealtime;
pub use connection::{RealtimeConnection, RealtimeLink};
pub use event::{
    RealtimeEvent, RealtimeFault, RealtimeUsage, ResponseEnd, ResponseStatus, SpokenItem, ToolRequest,
};
pub(crate) use price::{RealtimePrice, RealtimeRow};
#[cfg(feature = "testing")]
pub(crate) use {
    read::{LastSpoken, read},
    write::{append_parts, settings as settings_of, written},
};

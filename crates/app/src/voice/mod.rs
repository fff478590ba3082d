//! AI calls, wired: who hears, who thinks, who remembers, who rings, and where calls go when they are over.

mod archive;
mod chat;
mod dialled;
mod ears;
mod laid_on;
mod personas;
mod realtime;
mod room;
mod secret;
mod simulated;
mod telephone;
mod tools;
mod turn_sound;
mod voximplant;
mod voximplant_words;

pub use chat::{TalkEnd, TalkReply, TextTalk};
pub use room::{VoiceRoom, WhereSpoken};
pub use voximplant::VoximplantStatus;

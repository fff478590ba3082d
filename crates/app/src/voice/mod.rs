//! AI calls, wired: who hears, who thinks, who remembers, who rings, and where calls go when they are over.

mod account;
mod archive;
mod campaign;
mod chat;
mod dialled;
mod ears;
mod laid_on;
mod opening;
mod personas;
mod probe;
mod reach;
mod realtime;
mod room;
mod secret;
mod simulated;
mod telephone;
mod tools;
mod turn_sound;
mod voximplant;
mod voximplant_words;

pub use account::AccountTold;
pub use campaign::{CampaignOrder, CampaignPlan, LeadRow, LeadsFile, outcome_words};
pub use chat::{TalkEnd, TalkReply, TextTalk};
pub use room::{VoiceRoom, WhereSpoken};
pub use voximplant::VoximplantStatus;
pub(crate) use voximplant_words::voximplant_error;

//! What people are told, when, and in which words.
//!
//! A [`Notice`] is a fact worth a message: a stage stopped, calls failed, a score is low, a client who was
//! missed waits, money runs out, a day is over. Facts that wait together become one [`Letter`] per topic, in
//! Russian or English; a letter becomes Telegram's HTML or a mail.
//!
//! ```
//! use chrono_tz::Europe::Moscow;
//! use domain::Lang;
//! use notices::{Notice, Voice};
//!
//! let facts = [Notice::StagePaused { stage: "Речь".into(), reason: "ключ отклонён".into(), hint: None, at: "2026-11-21T06:00:00Z".parse()? }];
//! let voice = Voice { lang: Lang::Ru, zone: Moscow, page: None };
//! let letters = voice.letters(&facts, "2026-11-21T06:02:00Z".parse()?);
//! assert_eq!(letters[0].title, "Приостановлено: Речь");
//! assert!(letters[0].telegram().contains("ключ отклонён"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A messenger is no place for personal data: a notice holds no name, no words of a call, and of a telephone
//! number its last two digits alone. No store, no network and no clock here: `app` puts them together.

mod digest;
mod letter;
mod notice;
mod quiet;
mod voice;
mod words;

pub use digest::Digest;
pub use letter::{Letter, Line, Span};
pub use notice::{HeardBadly, Notice, Topic, share_told};
pub use quiet::QuietHours;
pub use voice::Voice;

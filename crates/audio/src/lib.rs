//! What a recording holds: decoded, split, resampled and measured, in bounded memory.
//!
//! Two passes over a file. [`survey()`] decodes it once and measures everything that needs no words:
//! layout, utterances with their gates, loudness, tones, a picture. [`read_utterances`] decodes it again and
//! hands out the sound of each utterance that is speech. Both block: call them on [`SoundThreads`].
//!
//! ```no_run
//! # fn main() -> Result<(), audio::AudioError> {
//! let path = std::path::Path::new("call.mp3");
//! let survey = audio::survey(path, &audio::SurveyOptions::default())?;
//! for utterance in audio::read_utterances(path, &survey)? {
//!     let utterance = utterance?;
//!     assert!(utterance.pcm.iter().all(|x| x.abs() <= 1.0)); // mono, 16 kHz
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Files are recognised by content. Hostile ones cost bounded time and memory and end in an [`AudioError`].
//!
//! Both passes over one hour of stereo telephony together take about 1.9 s of one core and 12 MB (release, AVX2).
//!
//! Place: above `domain`, below `transcribe` and `pipeline`; it knows no network, no database, no engine.

mod container;
mod decode;
mod encode;
mod error;
mod flac;
mod gates;
mod grid;
mod join;
mod layout;
mod limits;
mod loudness;
mod meter;
mod mpeg;
mod ogg;
mod pair;
mod peaks;
mod resample;
mod riff;
mod sniff;
mod source;
mod spectrum;
mod survey;
mod sustained;
mod talk;
mod threads;
mod units;
mod utterances;
mod vad;
mod voice;
mod wav;

pub use decode::{AudioInfo, probe};
pub use encode::{encode_flac_16k_mono, encode_wav_16k_mono, write_wav_16k_mono};
pub use error::AudioError;
pub use flac::FlacWriter;
pub use gates::GateOptions;
pub use join::{LegFile, join_legs};
pub use limits::AudioLimits;
pub use survey::{SurveyOptions, survey};
pub use talk::{SpokenInterval, talk_metrics};
pub use threads::SoundThreads;
pub use utterances::{UtterancePcm, UtteranceReader, read_utterances, read_utterances_as_they_are};
pub use vad::VadOptions;

//! Times and measures of a call in real time.

use std::time::Duration;

use openai_client::{G711, ServerVad, SpeechModel};

/// Times and measures of a call in real time.
#[derive(Debug, Clone, PartialEq)]
pub struct BridgeSettings {
    /// What the telephone was told to send.
    pub code: G711,
    /// When the server holds that somebody speaks. It must not interrupt by itself.
    pub vad: ServerVad,
    /// What writes the client's words down beside the model; without it short words never interrupt.
    pub hearing: Option<SpeechModel>,
    /// Most tokens of an answer.
    pub most_tokens: u32,
    /// So much speech of the client, ms, interrupts the robot at once.
    pub interrupts_after_ms: u32,
    /// So long the words of something shorter are waited for.
    pub words_within: Duration,
    /// So long nobody speaks before the robot asks again.
    pub silence: Duration,
    /// The model must begin an answer within this time, else the call goes on by turns.
    pub answer_within: Duration,
    /// Sessions are renewed at this age, between two answers.
    pub renew_after: Duration,
    /// Both ends must stand within this time.
    pub open_within: Duration,
    /// So long without a frame: the telephone is gone.
    pub media_silence: Duration,
    /// Millionths of a rouble for a dollar, to hold a limit in another currency than the bill's.
    pub rub_micros_per_usd: i64,
}

impl Default for BridgeSettings {
    fn default() -> Self {
        Self {
            code: G711::Mulaw,
            vad: ServerVad::default(),
            hearing: None,
            most_tokens: 1024,
            interrupts_after_ms: 600,
            words_within: Duration::from_millis(1500),
            silence: Duration::from_secs(8),
            answer_within: Duration::from_millis(2900),
            // OpenAI ends a session at 60 minutes
            renew_after: Duration::from_mins(55),
            open_within: Duration::from_secs(6),
            media_silence: Duration::from_secs(20),
            rub_micros_per_usd: 90_000_000,
        }
    }
}

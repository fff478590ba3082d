//! UIS's own transcript of a call.

use chrono::NaiveDateTime;

/// What UIS's speech recognition wrote down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recognition {
    /// The engine's name, such as `VoiceNavigator`.
    pub worker: Option<String>,
    /// When the call began, wall time.
    pub call_start: Option<NaiveDateTime>,
    /// The phrases in the order of time.
    pub phrases: Vec<Phrase>,
}

/// One phrase.
#[derive(Clone, PartialEq, Eq)]
pub struct Phrase {
    /// From the call's start, ms; UIS knows whole seconds. `None` where it does not say.
    pub start_ms: Option<u64>,
    /// The employee's words.
    pub is_operator: bool,
    /// The words; a person's correction where there is one.
    pub text: String,
}

// what people said is personal data
impl std::fmt::Debug for Phrase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Phrase")
            .field("start_ms", &self.start_ms)
            .field("is_operator", &self.is_operator)
            .field("chars", &self.text.chars().count())
            .finish()
    }
}

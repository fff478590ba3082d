//! What a session is told at its start: `turns|CALL_ID|+7…`, `realtime|CALL_ID|+7…`.
//!
//! It can be read later by everyone who may read the history: no secret travels in it. An empty
//! one means that the call came in.

use std::fmt;

use domain::{CallId, PhoneNumber};

/// Bytes of UTF-8 that the platform promises to deliver (documentation of `StartScenarios`).
pub const MAX_CUSTOM_DATA: usize = 200;

/// How the dialogue is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DialogMode {
    /// Recording, request, answer, one after another.
    Turns,
    /// Sound both ways at once.
    Realtime,
}

impl DialogMode {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Turns, Self::Realtime];

    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Turns => "turns",
            Self::Realtime => "realtime",
        }
    }

    /// Reads its word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.as_str() == word)
    }
}

/// Custom data of a session that dials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomData {
    /// How to talk.
    pub mode: DialogMode,
    /// The call, as the backend knows it: unique, so a session is found by it.
    pub call: CallId,
    /// Whom to dial.
    pub phone: PhoneNumber,
}

impl CustomData {
    /// Reads it back from the history.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('|');
        let (mode, call, phone) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() {
            return None;
        }
        Some(Self {
            mode: DialogMode::parse(mode)?,
            call: CallId::parse(call).ok()?,
            phone: PhoneNumber::parse(phone).filter(|_| phone.starts_with('+'))?,
        })
    }
}

impl fmt::Display for CustomData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}|{}|{}", self.mode.as_str(), self.call, self.phone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_as_it_was_written_and_fits() {
        for mode in DialogMode::ALL {
            let phone = PhoneNumber::parse("+799999999999999").unwrap();
            let data = CustomData { mode, call: CallId::derive("voximplant", "1"), phone };
            let text = data.to_string();
            assert!(text.len() <= MAX_CUSTOM_DATA, "{text}");
            assert_eq!(CustomData::parse(&text), Some(data));
        }
    }

    #[test]
    fn anything_else_is_not_ours() {
        let id = CallId::derive("voximplant", "1");
        for text in [
            String::new(),
            "turns".into(),
            format!("turns|{id}"),
            format!("turns|{id}|79161234567"),
            format!("turns|{id}|+79161234567|more"),
            format!("video|{id}|+79161234567"),
            "turns|not-an-id|+79161234567".into(),
        ] {
            assert_eq!(CustomData::parse(&text), None, "{text}");
        }
    }
}

//! Telephone numbers in E.164, read the way Russian telephony writes them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A number in E.164 (`+79161234567`); its `Debug` hides the middle.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PhoneNumber(String);

impl PhoneNumber {
    /// Reads `+7 916 123-45-67`, `8 (916) 123-45-67`, `79161234567`, `9161234567`
    /// or any `+` and 7–15 digits. Extensions (`205`) and words are no numbers: `None`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let allowed = |c: char| c.is_ascii_digit() || " ()-.\u{a0}+".contains(c);
        if !text.chars().all(allowed) || text.chars().skip(1).any(|c| c == '+') {
            return None;
        }
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let e164 = match (text.starts_with('+'), digits.len(), digits.as_bytes().first()?) {
            (true, 7..=15, b'1'..=b'9') | (false, 11, b'7') | (false, 12..=15, b'1'..=b'9') => digits,
            (false, 11, b'8') => format!("7{}", digits.strip_prefix('8')?),
            (false, 10, b'3' | b'4' | b'8' | b'9') => format!("7{digits}"),
            _ => return None,
        };
        Some(Self(format!("+{e164}")))
    }

    /// `+79161234567`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// For people: `+7 (916) 123-45-67`; other countries as they are.
    pub fn pretty(&self) -> String {
        let digits: String = self.0.chars().skip(1).collect();
        let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
        if digits.len() == 11 && digits.starts_with('7') {
            format!("+7 ({}) {}-{}-{}", part(1, 4), part(4, 7), part(7, 9), part(9, 11))
        } else {
            self.0.clone()
        }
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head: String = self.0.chars().take(3).collect();
        let tail: String = self.0.chars().skip(self.0.chars().count().saturating_sub(2)).collect();
        write!(f, "{head}…{tail}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn russian_spellings_become_one_number() {
        for text in ["+79161234567", "8 (916) 123-45-67", "79161234567", "9161234567", " +7 916 123 45 67 "] {
            assert_eq!(PhoneNumber::parse(text).unwrap().as_str(), "+79161234567", "{text}");
        }
        assert_eq!(PhoneNumber::parse("+442071838750").unwrap().as_str(), "+442071838750");
    }

    #[test]
    fn extensions_words_and_noise_are_no_numbers() {
        for text in [
            "",
            "205",
            "anonymous",
            "+",
            "++79161234567",
            "+7916+1234567",
            "0",
            "не определён",
            "+0123456789",
        ] {
            assert_eq!(PhoneNumber::parse(text), None, "{text}");
        }
    }

    #[test]
    fn debug_hides_the_middle_and_pretty_shows_it() {
        let phone = PhoneNumber::parse("+79161234567").unwrap();
        assert_eq!(format!("{phone:?}"), "+79…67");
        assert_eq!(phone.pretty(), "+7 (916) 123-45-67");
    }
}

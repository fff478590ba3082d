//! E-mail addresses, written and spoken: «иван точка петров собака мейл точка ру».

use std::sync::LazyLock;

use regex::Regex;

use super::{Found, Kind, Spoken};

/// `None` never happens: a test reads both.
static PATTERNS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let written = r"[\w.+-]+\s?@\s?[\w-]+(?:\s?\.\s?[\w-]+)+";
    let joint = r"(?:точка|дефис|тире|подч[её]ркивание|нижнее\s+подч[её]ркивание)";
    let spoken = format!(
        r"(?i)[\w-]+(?:[\s,]+{joint}[\s,]+[\w-]+)*[\s,]+(?:собака|собачка|@)[\s,]+[\w-]+(?:(?:[\s,]+точка[\s,]+|\.)[\w-]+)+"
    );
    [written, &spoken].into_iter().filter_map(|pattern| Regex::new(pattern).ok()).collect()
});

pub(super) fn find(spoken: &[Spoken]) -> Vec<Found> {
    let mut found = Vec::new();
    for (line, spoken) in spoken.iter().enumerate() {
        for hit in PATTERNS.iter().flat_map(|pattern| pattern.find_iter(&spoken.text)) {
            let key = hit.as_str().to_lowercase().split_whitespace().collect();
            found.push(Found { line, from: hit.start(), to: hit.end(), kind: Kind::Mail, key });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    #[test]
    fn both_patterns_are_read() {
        assert_eq!(super::PATTERNS.len(), 2);
    }
}

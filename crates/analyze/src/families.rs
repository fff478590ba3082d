//! The phrase families: a table of data, and the lint for phrases that a customer writes.
//!
//! A word is a prefix of a token, `=word` the whole token; `@name` stands for a family.

use std::collections::BTreeMap;

use crate::phrase::PhraseTable;

const DATA: &str = include_str!("../data/families.toml");

/// Every family by name. The file is ours and held by a test; a broken one would be empty.
pub(crate) fn all() -> BTreeMap<String, Vec<String>> {
    toml::from_str(DATA).unwrap_or_default()
}

/// All families, compiled.
pub(crate) fn table() -> PhraseTable {
    let mut table = PhraseTable::default();
    for (name, phrases) in all() {
        table.add(&name, &phrases);
    }
    table
}

/// What is wrong with a phrase of a rule.
pub(crate) fn phrase_mistake(phrase: &str) -> Option<String> {
    if let Some(name) = phrase.strip_prefix('@') {
        return family_mistake(name);
    }
    let bare: String = phrase.chars().filter(|c| c.is_alphanumeric()).collect();
    if bare.chars().count() < 2 {
        return Some(format!("the phrase {phrase:?} has no word; it would match everything or nothing"));
    }
    (phrase.chars().count() > 200).then(|| "a phrase is longer than 200 letters".to_owned())
}

/// What is wrong with the name of a family.
pub(crate) fn family_mistake(name: &str) -> Option<String> {
    let families = all();
    if families.contains_key(name) {
        return None;
    }
    let nearest = families
        .keys()
        .max_by(|a, b| strsim::jaro_winkler(name, a).total_cmp(&strsim::jaro_winkler(name, b)))?;
    Some(format!("no phrase family `{name}`; did you mean `{nearest}`?"))
}

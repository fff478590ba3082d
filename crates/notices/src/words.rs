//! Texts from Fluent files, with the plurals of each language.

use std::borrow::Cow;
use std::collections::HashMap;

use domain::Lang;
use fluent_templates::fluent_bundle::FluentValue;
use fluent_templates::{LanguageIdentifier, Loader as _, langid};

mod locales {
    fluent_templates::static_loader! {
        pub(super) static LOCALES = {
            locales: "locales",
            fallback_language: "ru",
            customise: |bundle| bundle.set_use_isolating(false),
        };
    }
}

static RU: LanguageIdentifier = langid!("ru");
static EN: LanguageIdentifier = langid!("en");

/// The text of a key. A test holds that every key exists in both languages.
pub(crate) fn say(lang: Lang, key: &str, args: &[(&'static str, FluentValue<'static>)]) -> String {
    let args: HashMap<Cow<'static, str>, FluentValue<'_>> =
        args.iter().map(|(name, value)| (Cow::Borrowed(*name), value.clone())).collect();
    let language = match lang {
        Lang::Ru => &RU,
        Lang::En => &EN,
    };
    locales::LOCALES.lookup_with_args(language, key, &args)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    fn keys(text: &str) -> BTreeSet<&str> {
        text.lines().filter_map(|line| line.split_once(" =")).map(|(key, _)| key).collect()
    }

    #[test]
    fn every_text_stands_in_both_languages_and_is_said() {
        let (ru, en) = (include_str!("../locales/ru/notices.ftl"), include_str!("../locales/en/notices.ftl"));
        assert_eq!(keys(ru), keys(en));
        let source = include_str!("voice.rs");
        for key in keys(ru) {
            assert!(source.contains(&format!("\"{key}\"")), "{key} is never said");
        }
    }
}

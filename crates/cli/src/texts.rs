//! Everything that is said to a person, from Fluent files, with the plurals of each language.

use std::borrow::Cow;
use std::collections::HashMap;

use domain::Lang;
use fluent_templates::{LanguageIdentifier, Loader as _, langid};

pub(crate) use fluent_templates::fluent_bundle::FluentValue;

mod locales {
    fluent_templates::static_loader! {
        pub(super) static LOCALES = {
            locales: "locales",
            fallback_language: "ru",
            // the invisible isolating marks would break widths and searching
            customise: |bundle| bundle.set_use_isolating(false),
        };
    }
}

static RU: LanguageIdentifier = langid!("ru");
static EN: LanguageIdentifier = langid!("en");

/// The texts of one language.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Texts {
    pub(crate) lang: Lang,
}

impl Texts {
    fn id(self) -> &'static LanguageIdentifier {
        match self.lang {
            Lang::Ru => &RU,
            Lang::En => &EN,
        }
    }

    /// The text of a key with its arguments. A test holds that every key exists in both languages.
    pub(crate) fn with(self, key: &str, args: &[(&'static str, FluentValue<'static>)]) -> String {
        let args: HashMap<Cow<'static, str>, FluentValue<'_>> =
            args.iter().map(|(name, value)| (Cow::Borrowed(*name), value.clone())).collect();
        locales::LOCALES.lookup_with_args(self.id(), key, &args)
    }

    /// The text of a key, if there is one in this very language.
    pub(crate) fn find(self, key: &str) -> Option<String> {
        locales::LOCALES
            .lookup_single_language::<&str>(self.id(), key, None)
            .ok()
            .filter(|text| !text.is_empty())
    }
}

/// `t!(texts, "calls-count", count = 3)`: the text of a key.
macro_rules! t {
    ($texts:expr, $key:literal $(, $name:ident = $value:expr)* $(,)?) => {
        $texts.with($key, &[$((stringify!($name), $crate::texts::FluentValue::from($value))),*])
    };
}
pub(crate) use t;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    /// Every `"key"` that the sources hand to `t!`.
    fn used_keys(folder: &Path, keys: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                used_keys(&path, keys);
                continue;
            }
            let source = std::fs::read_to_string(&path).unwrap();
            let compact: String = source.split_whitespace().collect::<Vec<_>>().join(" ");
            // `assert!(` ends in the same letters
            for call in compact.replace("assert!(", "").split("t!(").skip(1) {
                let call = call.trim_start();
                let Some((texts, rest)) = call.split_once(", \"") else { continue };
                if texts.chars().all(|c| c.is_ascii_lowercase() || c == '.' || c == '_') {
                    keys.extend(rest.split_once('"').map(|(key, _)| key.to_owned()));
                }
            }
        }
    }

    fn written_keys(lang: &str) -> BTreeSet<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("locales").join(lang);
        let mut keys = BTreeSet::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
            keys.extend(text.lines().filter_map(|line| {
                let (key, _) = line.split_once(" =")?;
                (!key.starts_with([' ', '#', '.'])).then(|| key.to_owned())
            }));
        }
        keys
    }

    #[test]
    fn every_key_in_the_sources_has_a_text_in_both_languages() {
        let mut used = BTreeSet::new();
        used_keys(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut used);
        assert!(used.len() > 100, "the scan found only {used:?}");
        for lang in ["ru", "en"] {
            let written = written_keys(lang);
            let missing: Vec<_> = used.difference(&written).collect();
            assert!(missing.is_empty(), "{lang}: no text for {missing:?}");
        }
    }

    #[test]
    fn no_text_is_left_that_nothing_uses() {
        let mut used = BTreeSet::new();
        used_keys(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut used);
        let composed =
            ["help-", "arg-", "stage-", "state-", "bucket-", "speaker-", "kind-", "origin-", "part-"];
        let idle: Vec<_> = written_keys("ru")
            .into_iter()
            .filter(|key| !used.contains(key) && !composed.iter().any(|prefix| key.starts_with(prefix)))
            .collect();
        assert!(idle.is_empty(), "{idle:?}");
    }

    #[test]
    fn both_languages_have_the_same_keys() {
        assert_eq!(written_keys("ru"), written_keys("en"));
    }

    #[test]
    fn russian_counts_have_three_forms() {
        let texts = Texts { lang: Lang::Ru };
        let calls = |count: usize| t!(texts, "calls-count", count = count);
        assert_eq!(
            [1, 2, 5, 11, 21, 43].map(calls),
            ["1 звонок", "2 звонка", "5 звонков", "11 звонков", "21 звонок", "43 звонка"]
        );
    }
}

//! What the pages say: Fluent texts with the plurals of each language, and figures in the reader's
//! words. Each page's author keeps a file of their own in `locales/`; keys are one namespace.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Display;
use std::sync::{LazyLock, PoisonError, RwLock};

use chrono::{DateTime, NaiveDate, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use domain::{Lang, Money, Speaker, wording};
use fluent_templates::{LanguageIdentifier, Loader as _, fluent_bundle::FluentValue, langid};

mod locales {
    fluent_templates::static_loader! {
        pub(super) static LOCALES = {
            locales: "locales",
            fallback_language: "ru",
            // the invisible isolating marks would break searching in the page
            customise: |bundle| bundle.set_use_isolating(false),
        };
    }
}

static RU: LanguageIdentifier = langid!("ru");
static EN: LanguageIdentifier = langid!("en");

/// Texts without arguments, as they were said before.
static PLAIN_RU: LazyLock<RwLock<HashMap<String, String>>> = LazyLock::new(RwLock::default);
static PLAIN_EN: LazyLock<RwLock<HashMap<String, String>>> = LazyLock::new(RwLock::default);

/// A whole number, however a template hands it over: templates pass fields by reference.
pub(crate) trait Amount {
    fn amount(&self) -> u64;
}

macro_rules! amounts {
    ($($kind:ty),*) => { $(impl Amount for $kind {
        fn amount(&self) -> u64 {
            u64::try_from(*self).unwrap_or(u64::MAX)
        }
    })* };
}
amounts!(u8, u16, u32, u64, usize, i64);

impl<T: Amount + ?Sized> Amount for &T {
    fn amount(&self) -> u64 {
        (**self).amount()
    }
}

/// A named argument of a text.
pub(crate) trait Named {
    fn named(&self) -> (&'static str, String);
}

impl<T: Display> Named for (&'static str, T) {
    fn named(&self) -> (&'static str, String) {
        (self.0, self.1.to_string())
    }
}

impl<T: Named> Named for &T {
    fn named(&self) -> (&'static str, String) {
        (**self).named()
    }
}

/// Speaks one language, by the clock on one wall.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Words {
    pub(crate) lang: Lang,
    pub(crate) now: DateTime<Tz>,
}

impl Words {
    pub(crate) fn new(lang: Lang, zone: Tz, now: DateTime<Utc>) -> Self {
        Self { lang, now: now.with_timezone(&zone) }
    }

    /// The language and the minute: what words of times depend on, for keeping what was said.
    pub(crate) fn minute(&self) -> String {
        format!("{} {}", self.code(), self.now.timestamp().div_euclid(60))
    }

    /// `ru`, `en`: for `<html lang>`.
    pub(crate) fn code(&self) -> &'static str {
        self.lang.pick("ru", "en")
    }

    /// The text of a key. A test holds that every key exists in both languages.
    pub(crate) fn say(&self, key: &str) -> String {
        // a page says hundreds of texts without arguments: each is formatted once
        let (language, said) = match self.lang {
            Lang::Ru => (&RU, &PLAIN_RU),
            Lang::En => (&EN, &PLAIN_EN),
        };
        if let Some(text) = said.read().unwrap_or_else(PoisonError::into_inner).get(key) {
            return text.clone();
        }
        let text = self.with(key, &[]);
        // keys may come from outside (`done`): only those that exist are remembered
        if locales::LOCALES.try_lookup(language, key).is_some() {
            said.write().unwrap_or_else(PoisonError::into_inner).insert(key.to_owned(), text.clone());
        }
        text
    }

    /// The text of a key with `$count` for the plural, and `$shown`, the same number with its thousands apart.
    pub(crate) fn count(&self, key: &str, count: impl Amount) -> String {
        let count = count.amount();
        self.with(key, &[("count", count.into()), ("shown", wording::grouped(self.lang, count).into())])
    }

    /// The text of a key with one argument.
    pub(crate) fn put(&self, key: &str, name: &'static str, value: impl Display) -> String {
        self.with(key, &[(name, value.to_string().into())])
    }

    /// The text of a key with two arguments.
    pub(crate) fn put2(&self, key: &str, one: impl Named, other: impl Named) -> String {
        let ((name, value), (second, text)) = (one.named(), other.named());
        self.with(key, &[(name, value.into()), (second, text.into())])
    }

    /// The text of a key with its arguments.
    pub(crate) fn with(&self, key: &str, args: &[(&'static str, FluentValue<'static>)]) -> String {
        let args: HashMap<Cow<'static, str>, FluentValue<'_>> =
            args.iter().map(|(name, value)| (Cow::Borrowed(*name), value.clone())).collect();
        let language = match self.lang {
            Lang::Ru => &RU,
            Lang::En => &EN,
        };
        locales::LOCALES.lookup_with_args(language, key, &args)
    }

    /// «20 ноя, 10:15».
    pub(crate) fn moment<Z: TimeZone>(&self, at: &DateTime<Z>) -> String {
        wording::moment(self.lang, at, &self.now)
    }

    /// «пт, 20 ноя, 10:15».
    pub(crate) fn full_moment<Z: TimeZone>(&self, at: &DateTime<Z>) -> String {
        use chrono::Datelike as _;
        let local = at.with_timezone(&self.now.timezone());
        format!("{}, {}", wording::weekday(self.lang, local.weekday()), self.moment(at))
    }

    /// The full instant with its zone, for `datetime` and `title`.
    pub(crate) fn instant<Z: TimeZone>(&self, at: &DateTime<Z>) -> String {
        at.with_timezone(&self.now.timezone()).to_rfc3339_opts(chrono::SecondsFormat::Secs, false)
    }

    /// «20 ноя».
    pub(crate) fn day(&self, day: NaiveDate) -> String {
        wording::day(self.lang, day, self.now.date_naive())
    }

    /// «13–19 ноя», both days inside.
    pub(crate) fn days(&self, from: NaiveDate, to: NaiveDate) -> String {
        wording::days(self.lang, from, to, self.now.date_naive())
    }

    /// `4:07`.
    #[expect(clippy::unused_self, reason = "said in one breath with the others, in templates")]
    pub(crate) fn clock(&self, ms: impl Amount) -> String {
        wording::clock(ms.amount())
    }

    /// «14 ч 23 мин».
    pub(crate) fn waiting(&self, time: TimeDelta) -> String {
        wording::waiting(self.lang, time)
    }

    /// «12,40 ₽».
    pub(crate) fn money(&self, money: Money) -> String {
        wording::money(self.lang, money)
    }

    /// «96 %» of 0.96.
    pub(crate) fn percent(&self, share: f64) -> String {
        wording::percent(self.lang, share)
    }

    /// «68,0».
    pub(crate) fn average(&self, value: f64) -> String {
        wording::average(self.lang, value)
    }

    /// «1,5», «2».
    pub(crate) fn points(&self, value: f64) -> String {
        wording::points(self.lang, value)
    }

    /// «2 141».
    pub(crate) fn number(&self, number: impl Amount) -> String {
        wording::grouped(self.lang, number.amount())
    }

    /// «Оператор», «Клиент», «Голос».
    pub(crate) fn speaker(&self, speaker: Speaker) -> String {
        self.say(match speaker {
            Speaker::Operator => "speaker-operator",
            Speaker::Client => "speaker-client",
            Speaker::Unknown => "speaker-unknown",
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    /// Every `"key"` that the sources and the templates ask for.
    fn used_keys(folder: &Path, keys: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                used_keys(&path, keys);
                continue;
            }
            let source = std::fs::read_to_string(&path).unwrap();
            for (at, _) in source.match_indices("t.") {
                let rest = source.get(at + 2..).unwrap();
                for verb in ["say(", "count(", "put(", "put2(", "with("] {
                    if let Some(key) =
                        rest.strip_prefix(verb).and_then(|rest| rest.trim_start().strip_prefix('"'))
                    {
                        keys.insert(key.split('"').next().unwrap().to_owned());
                    }
                }
            }
        }
    }

    fn written_keys(lang: &str) -> BTreeSet<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("locales").join(lang);
        let mut keys = BTreeSet::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
            for line in text.lines() {
                if let Some((key, _)) =
                    line.split_once(" =").filter(|(key, _)| !key.starts_with([' ', '#', '.']))
                {
                    assert!(keys.insert(key.to_owned()), "{lang}: {key} is written twice");
                }
            }
        }
        keys
    }

    #[test]
    fn every_key_that_pages_ask_for_has_a_text_in_both_languages() {
        let mut used = BTreeSet::new();
        for folder in ["src", "templates"] {
            used_keys(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut used);
        }
        assert!(used.len() > 30, "the scan found only {used:?}");
        let written = written_keys("ru");
        let missing: Vec<_> = used.difference(&written).collect();
        assert!(missing.is_empty(), "no text for {missing:?}");
        assert_eq!(written, written_keys("en"));
    }

    #[test]
    fn russian_counts_have_three_forms() {
        let t = Words::new(Lang::Ru, chrono_tz::Europe::Moscow, DateTime::UNIX_EPOCH);
        let calls = |count: u64| t.count("calls-count", count).replace(wording::NO_BREAK, " ");
        assert_eq!(
            [1, 2, 5, 11, 21, 43, 2141].map(calls),
            ["1 звонок", "2 звонка", "5 звонков", "11 звонков", "21 звонок", "43 звонка", "2 141 звонок"]
        );
    }
}

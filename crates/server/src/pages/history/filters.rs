//! The filters above the list, and the chips that repeat what was chosen.

use chrono::{Datelike as _, Days, NaiveDate};
use domain::{CallStatus, Verdict};

use super::Asked;
use crate::Web;
use crate::access::Scope;
use crate::pages::layout::Frame;
use crate::pages::parts::verdict_key;
use crate::pages::words::Words;
use crate::problem::Problem;

/// A thing to choose.
#[derive(Debug, Clone)]
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) words: String,
    pub(crate) chosen: bool,
}

/// A ready period.
#[derive(Debug, Clone)]
pub(crate) struct Ready {
    pub(crate) href: String,
    pub(crate) words: String,
    pub(crate) chosen: bool,
}

/// Something chosen, and the list without it.
#[derive(Debug, Clone)]
pub(crate) struct Chip {
    pub(crate) words: String,
    pub(crate) href: String,
}

/// Everything that the form offers.
#[derive(Debug, Clone)]
pub(crate) struct Filters {
    pub(crate) periods: Vec<Ready>,
    pub(crate) period_words: String,
    pub(crate) managers: Vec<Choice>,
    pub(crate) scores: Vec<Choice>,
    pub(crate) statuses: Vec<Choice>,
    pub(crate) criteria: Vec<Choice>,
    pub(crate) verdicts: Vec<Choice>,
    pub(crate) oldest_first: String,
    pub(crate) newest_first: String,
    /// How many are chosen, for the button of the phone.
    pub(crate) chosen: usize,
}

impl Filters {
    pub(crate) async fn of(web: &Web, f: &Frame, asked: &Asked) -> Result<Self, Problem> {
        let t = &f.t;
        let own = f.viewer.as_ref().is_some_and(|viewer| matches!(viewer.scope, Scope::Manager(_)));
        let all = web.known().await?;
        let managers = if own { &[][..] } else { all.managers.as_slice() };
        let (criterion, verdict) = asked.get("criterion").and_then(|text| text.rsplit_once(':')).unzip();
        let mut known: Vec<Choice> = Vec::new();
        for (_, key, title) in &all.criteria {
            if known.iter().all(|one| one.value != *key) {
                let (words, value) = (title.clone(), key.clone());
                known.push(Choice { chosen: criterion == Some(key), words, value });
            }
        }
        let mut filters = Self {
            periods: periods(t, asked),
            period_words: period_words(t, asked).unwrap_or_else(|| t.say("filter-period")),
            managers: managers
                .iter()
                .map(|(id, name)| Choice {
                    chosen: asked.get("manager") == Some(id),
                    words: name.as_ref().unwrap_or(id).clone(),
                    value: id.clone(),
                })
                .collect(),
            scores: scores(t, asked),
            statuses: CallStatus::ALL
                .into_iter()
                .map(|status| Choice {
                    value: status.as_str().to_owned(),
                    words: status.label(t.lang).to_owned(),
                    chosen: asked.has("status", status.as_str()),
                })
                .collect(),
            criteria: known,
            verdicts: [Verdict::NotMet, Verdict::Partly, Verdict::Met]
                .into_iter()
                .map(|one| Choice {
                    value: one.as_str().to_owned(),
                    words: t.say(verdict_key(one)),
                    chosen: verdict.map_or(one == Verdict::NotMet, |verdict| verdict == one.as_str()),
                })
                .collect(),
            oldest_first: asked.with(&[], "sort", "started_asc"),
            newest_first: asked.without(&["sort"]),
            chosen: 0,
        };
        filters.chosen = filters.chips(t, asked).len();
        Ok(filters)
    }

    /// What was chosen.
    pub(crate) fn chips(&self, t: &Words, asked: &Asked) -> Vec<Chip> {
        let mut chips = Vec::new();
        let mut chip = |words: String, names: &[&str]| chips.push(Chip { words, href: asked.without(names) });
        if let Some(words) = period_words(t, asked) {
            chip(words, &["from", "to"]);
        }
        if let Some(id) = asked.get("manager") {
            let name = self.managers.iter().find(|choice| choice.value == id);
            chip(name.map_or_else(|| id.to_owned(), |choice| choice.words.clone()), &["manager"]);
        }
        if let Some(words) = score_words(t, asked) {
            chip(words, &["min_score", "max_score", "below_score", "scored"]);
        }
        let statuses: Vec<&str> =
            self.statuses.iter().filter(|one| one.chosen).map(|one| one.words.as_str()).collect();
        if !statuses.is_empty() {
            chip(statuses.join(", "), &["status"]);
        }
        if let Some((key, verdict)) = asked.get("criterion").and_then(|text| text.rsplit_once(':')) {
            let title =
                self.criteria.iter().find(|one| one.value == key).map_or(key, |one| one.words.as_str());
            let word =
                [Verdict::Met, Verdict::Partly, Verdict::NotMet, Verdict::NotApplicable, Verdict::CannotTell]
                    .into_iter()
                    .find(|one| one.as_str() == verdict)
                    .map_or_else(String::new, |one| t.say(verdict_key(one)).to_lowercase());
            chip(format!("{title}: {word}"), &["criterion"]);
        }
        for (name, words) in plain(t, asked) {
            chip(words, &[name]);
        }
        chips
    }
}

/// Filters without a control of their own: a page's figure brought them along.
fn plain(t: &Words, asked: &Asked) -> Vec<(&'static str, String)> {
    let truth = |name: &str| asked.get(name) == Some("true");
    let mut out: Vec<(&'static str, String)> = Vec::new();
    let mut say = |name: &'static str, words: String| out.push((name, words));
    if asked.get("needs_review").is_some() {
        say(
            "needs_review",
            if truth("needs_review") { t.say("chip-review") } else { t.say("chip-reviewed") },
        );
    }
    if asked.get("call_back").is_some() {
        say(
            "call_back",
            if truth("call_back") { t.say("chip-call-back") } else { t.say("chip-called-back") },
        );
    }
    if asked.get("incomplete").is_some() {
        say(
            "incomplete",
            if truth("incomplete") { t.say("chip-incomplete") } else { t.say("chip-complete") },
        );
    }
    if let Some(length) = length(asked, "min_duration_s") {
        say("min_duration_s", t.put("chip-longer", "time", t.clock(length)));
    }
    if let Some(length) = length(asked, "max_duration_s") {
        say("max_duration_s", t.put("chip-shorter", "time", t.clock(length)));
    }
    match asked.get("direction") {
        Some("in") => say("direction", t.say("direction-in")),
        Some("out") => say("direction", t.say("direction-out")),
        Some("internal") => say("direction", t.say("direction-internal")),
        Some(_) => say("direction", t.say("direction-unknown")),
        None => {}
    }
    match asked.get("promise") {
        Some("overdue") => say("promise", t.say("chip-promise-overdue")),
        Some(_) => say("promise", t.say("chip-promise-given")),
        None => {}
    }
    if let Some((weekday, hour)) = asked.get("hour").and_then(|hour| hour.split_once('-')) {
        let day =
            weekday.parse::<u8>().ok().and_then(|day| chrono::Weekday::try_from(day.saturating_sub(1)).ok());
        let day = day.map_or("", |day| domain::wording::weekday(t.lang, day));
        say("hour", format!("{day}, {hour}:00–{hour}:59"));
    }
    match asked.get("paid") {
        Some("speech") => say("paid", t.say("chip-paid-speech")),
        Some("analysis") => say("paid", t.say("chip-paid-analysis")),
        Some("telephony") => say("paid", t.say("chip-paid-telephony")),
        Some(_) => say("paid", t.say("chip-paid-any")),
        None => {}
    }
    if let Some((_, value)) = asked.get("value").and_then(|value| value.split_once(':')) {
        let words = if value == "true" { t.say("chip-flag") } else { value.to_owned() };
        say("value", words);
    }
    for name in ["overridden", "tag", "source", "client", "phone", "rubric"] {
        if let Some(value) = asked.get(name) {
            let words = match name {
                "overridden" => t.say("chip-overridden"),
                "rubric" => t.put("chip-rubric", "rubric", value),
                _ => value.to_owned(),
            };
            say(name, words);
        }
    }
    out
}

fn length(asked: &Asked, name: &str) -> Option<u64> {
    let seconds: f64 = asked.get(name)?.parse().ok()?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked by the filter: 0 to a month"
    )]
    seconds.is_finite().then(|| (seconds.max(0.0) * 1000.0) as u64)
}

fn scores(t: &Words, asked: &Asked) -> Vec<Choice> {
    let now = |names: &[(&str, Option<&str>)]| names.iter().all(|(name, value)| asked.get(name) == *value);
    let choice = |value: &str, words: String, chosen: bool| Choice { value: value.to_owned(), words, chosen };
    vec![
        choice("low", t.say("score-low"), now(&[("below_score", Some("40")), ("min_score", None)])),
        choice("fair", t.say("score-fair"), now(&[("min_score", Some("40")), ("below_score", Some("60"))])),
        choice("good", t.say("score-good"), now(&[("min_score", Some("60")), ("below_score", None)])),
        choice("none", t.say("score-none"), now(&[("scored", Some("false"))])),
    ]
}

fn score_words(t: &Words, asked: &Asked) -> Option<String> {
    let number = |name: &str| asked.get(name).and_then(|text| text.parse::<f64>().ok()).map(|n| t.points(n));
    let (low, below, high) = (number("min_score"), number("below_score"), number("max_score"));
    match (low, below, high, asked.get("scored")) {
        (None, None, None, None) => None,
        (None, None, None, Some("false")) => Some(t.say("score-none")),
        (None, None, None, Some(_)) => Some(t.say("chip-scored")),
        (Some(low), Some(below), ..) => Some(t.put2("chip-score-between", ("low", low), ("high", below))),
        (Some(low), None, Some(high), _) => Some(t.put2("chip-score-between", ("low", low), ("high", high))),
        (Some(low), None, None, _) => Some(t.put("chip-score-from", "low", low)),
        (None, Some(limit), ..) | (None, None, Some(limit), _) => {
            Some(t.put("chip-score-below", "high", limit))
        }
    }
}

fn date(asked: &Asked, name: &str) -> Option<NaiveDate> {
    asked.get(name)?.parse().ok()
}

/// «13–20 ноя», «с 13 ноя».
fn period_words(t: &Words, asked: &Asked) -> Option<String> {
    match (date(asked, "from"), date(asked, "to")) {
        (Some(from), Some(to)) => Some(t.days(from, to)),
        (Some(from), None) => Some(t.put("chip-since", "day", t.day(from))),
        (None, Some(to)) => Some(t.put("chip-until", "day", t.day(to))),
        // an exact instant from a figure's link
        (None, None) => (asked.get("from").is_some() || asked.get("to").is_some()).then(|| exact(t, asked)),
    }
}

fn exact(t: &Words, asked: &Asked) -> String {
    let at = |name: &str| {
        let text = asked.get(name)?.replace(' ', "+");
        chrono::DateTime::parse_from_rfc3339(&text).ok()
    };
    match (at("from"), at("to")) {
        (Some(from), Some(to)) => {
            let (from, to) = (from.with_timezone(&t.now.timezone()), to.with_timezone(&t.now.timezone()));
            let midnight = |at: &chrono::DateTime<chrono_tz::Tz>| at.time() == chrono::NaiveTime::MIN;
            if midnight(&from) && midnight(&to) {
                let last = to.date_naive().checked_sub_days(Days::new(1)).unwrap_or(to.date_naive());
                return t.days(from.date_naive(), last);
            }
            format!("{} – {}", t.moment(&from), t.moment(&to))
        }
        (Some(from), None) => t.put("chip-since", "day", t.moment(&from)),
        (None, Some(to)) => t.put("chip-until", "day", t.moment(&to)),
        (None, None) => t.say("filter-period"),
    }
}

fn periods(t: &Words, asked: &Asked) -> Vec<Ready> {
    let today = t.now.date_naive();
    let back = |days: u64| today.checked_sub_days(Days::new(days)).unwrap_or(today);
    let month = today.with_day(1).unwrap_or(today);
    let spans = [
        (t.say("period-today"), today, today),
        (t.say("period-yesterday"), back(1), back(1)),
        (t.say("period-week"), back(6), today),
        (t.say("period-month"), back(29), today),
        (t.say("period-this-month"), month, today),
    ];
    let mut ready: Vec<Ready> = spans
        .into_iter()
        .map(|(words, from, to)| {
            let (from, to) = (from.to_string(), to.to_string());
            let chosen = asked.get("from") == Some(&from) && asked.get("to") == Some(&to);
            // two parameters: the second is added to the address of the first
            let first = asked.with(&["to"], "from", &from);
            Ready { href: format!("{first}&to={to}"), words, chosen }
        })
        .collect();
    ready.push(Ready {
        href: asked.without(&["from", "to"]),
        words: t.say("period-all"),
        chosen: asked.get("from").is_none() && asked.get("to").is_none(),
    });
    ready
}

//! Facts become letters: one a topic, the most pressing first.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::{CallId, Lang, Money, wording};
use fluent_templates::fluent_bundle::FluentValue;

use crate::notice::share_told;
use crate::words::say;
use crate::{Digest, HeardBadly, Letter, Line, Notice, Span, Topic};

/// Most lines of a list: the rest is counted. Ten calls are more than anybody opens from a message, and a
/// message stays far below the length that Telegram takes.
const MOST_LINES: usize = 10;
/// Longest reason that is repeated, characters.
const LONGEST_REASON: usize = 200;

/// In which words people are told.
#[derive(Debug, Clone)]
pub struct Voice {
    /// In which language.
    pub lang: Lang,
    /// By whose wall clock.
    pub zone: Tz,
    /// Where our pages are, without a slash at the end; without it nothing is linked.
    pub page: Option<String>,
}

impl Voice {
    /// One letter a topic that has something to say.
    pub fn letters(&self, facts: &[Notice], now: DateTime<Utc>) -> Vec<Letter> {
        let of = |topic: Topic| facts.iter().filter(move |fact| fact.topic() == topic).collect::<Vec<_>>();
        Topic::ALL.into_iter().flat_map(|topic| self.of_topic(topic, &of(topic), now)).collect()
    }

    /// A line that says that telling works.
    pub fn test(&self) -> Letter {
        Letter {
            title: self.say("test-title", &[]),
            lines: vec![plain(self.say("test-line", &[]))],
            silent: false,
        }
    }

    fn of_topic(&self, topic: Topic, facts: &[&Notice], now: DateTime<Utc>) -> Vec<Letter> {
        if facts.is_empty() {
            return Vec::new();
        }
        match topic {
            Topic::Stages => self.stages(facts, now),
            Topic::Budget => self.budget(facts),
            Topic::Failures => vec![self.failures(facts, now)],
            Topic::LowScores => vec![self.low_scores(facts, now)],
            Topic::Waiting => vec![self.waiting(facts, now)],
            Topic::Digest => facts.iter().filter_map(|fact| self.digest(fact, now)).collect(),
        }
    }

    /// A stage that stood and goes on again before anybody was told is told in one silent letter.
    fn stages(&self, facts: &[&Notice], now: DateTime<Utc>) -> Vec<Letter> {
        let mut stages: BTreeMap<&str, (Option<&Notice>, Option<DateTime<Utc>>)> = BTreeMap::new();
        for fact in facts {
            match fact {
                Notice::StagePaused { stage, .. } => {
                    let entry = stages.entry(stage).or_default();
                    // it stands again: what went before is over
                    *entry = (entry.0.filter(|_| entry.1.is_none()).or(Some(fact)), None);
                }
                Notice::StageResumed { stage, at } => stages.entry(stage).or_default().1 = Some(*at),
                _ => {}
            }
        }
        stages.into_iter().map(|(stage, (paused, resumed))| self.stage(stage, paused, resumed, now)).collect()
    }

    fn stage(
        &self,
        stage: &str,
        paused: Option<&Notice>,
        resumed: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Letter {
        let titled = |key| self.say(key, &[("stage", stage.to_owned().into())]);
        let Some(Notice::StagePaused { reason, hint, at, .. }) = paused else {
            return Letter { title: titled("resumed-title"), lines: Vec::new(), silent: true };
        };
        let reason = plain(short(reason));
        if let Some(resumed) = resumed {
            let time = wording::waiting(self.lang, resumed - *at);
            let stood = plain(self.say("stood-for", &[("time", time.into())]));
            return Letter { title: titled("resumed-title"), lines: vec![reason, stood], silent: true };
        }
        let since = self.say("paused-since", &[("at", self.moment(*at, now).into())]);
        let mut lines = vec![reason, plain(since)];
        lines.extend(hint.as_deref().map(|hint| self.labelled("what-to-do", &short(hint))));
        lines.push(plain(self.say("resumes-itself", &[])));
        lines.extend(self.link("open-queue", "queue"));
        Letter { title: titled("paused-title"), lines, silent: false }
    }

    /// The newest word about each limit.
    fn budget(&self, facts: &[&Notice]) -> Vec<Letter> {
        let newest = facts.iter().rev().find_map(|fact| match fact {
            Notice::Budget { spent, limit, stopped, .. } => Some((*spent, *limit, *stopped)),
            _ => None,
        });
        let Some((spent, limit, stopped)) = newest else { return Vec::new() };
        let over = share_told(spent, limit, stopped) == 100;
        let figures = self.say(
            "budget-figures",
            &[("spent", self.money(spent).into()), ("limit", self.money(limit).into())],
        );
        let what = self.say(if over { "budget-over-line" } else { "budget-near-line" }, &[]);
        let title = self.say(if over { "budget-over-title" } else { "budget-near-title" }, &[]);
        vec![Letter { title, lines: vec![plain(figures), plain(what)], silent: false }]
    }

    fn failures(&self, facts: &[&Notice], now: DateTime<Utc>) -> Letter {
        let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
        let mut calls = Vec::new();
        for fact in facts {
            let Notice::CallFailed { call, started_at, reason } = fact else { continue };
            *reasons.entry(short(reason)).or_default() += 1;
            calls.push((*call, *started_at));
        }
        let mut reasons: Vec<(String, usize)> = reasons.into_iter().collect();
        reasons.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
        let mut lines: Vec<Line> = reasons
            .iter()
            .take(MOST_LINES)
            .map(|(reason, count)| vec![Span::Strong(count.to_string()), Span::Text(format!(" · {reason}"))])
            .collect();
        lines.extend(self.more(reasons.len()));
        lines.push(Line::new());
        lines.extend(calls.iter().take(3).map(|(call, at)| vec![self.call(*call, *at, now)]));
        lines.push(plain(self.say("failures-line", &[])));
        lines.extend(self.link("open-queue", "queue"));
        Letter { title: self.count("failures-title", calls.len()), lines, silent: false }
    }

    fn low_scores(&self, facts: &[&Notice], now: DateTime<Utc>) -> Letter {
        let mut heard: Vec<&HeardBadly> = facts
            .iter()
            .filter_map(|fact| match fact {
                Notice::LowScore(heard) => Some(heard),
                _ => None,
            })
            .collect();
        heard.sort_by(|one, other| one.score.total_cmp(&other.score));
        let mut lines: Vec<Line> = heard.iter().take(MOST_LINES).map(|one| self.heard(one, now)).collect();
        lines.extend(self.more(heard.len()));
        Letter { title: self.count("low-title", heard.len()), lines, silent: false }
    }

    fn waiting(&self, facts: &[&Notice], now: DateTime<Utc>) -> Letter {
        let waiting = facts.iter().filter_map(|fact| match fact {
            Notice::ClientWaits { call, at, ending } => Some((*call, *at, ending)),
            _ => None,
        });
        let mut waiting: Vec<_> = waiting.collect();
        waiting.sort_by_key(|(_, at, _)| *at);
        let mut lines: Vec<Line> = waiting
            .iter()
            .take(MOST_LINES)
            .map(|(call, at, ending)| {
                let time = wording::waiting(self.lang, now - *at);
                let waits =
                    self.say("waits-line", &[("ending", two_digits(ending).into()), ("time", time.into())]);
                vec![self.call(*call, Some(*at), now), Span::Text(format!(" · {waits}"))]
            })
            .collect();
        lines.extend(self.more(waiting.len()));
        Letter { title: self.count("waits-title", waiting.len()), lines, silent: false }
    }

    fn digest(&self, fact: &Notice, now: DateTime<Utc>) -> Option<Letter> {
        let Notice::DayIsOver(digest) = fact else { return None };
        let today = now.with_timezone(&self.zone).date_naive();
        let day = wording::day(self.lang, digest.day, today);
        let title = self.say("digest-title", &[("day", day.into())]);
        if digest.calls == 0 {
            return Some(Letter { title, lines: vec![plain(self.say("digest-empty", &[]))], silent: true });
        }
        let mut lines = self.figures(digest);
        if !digest.hear_first.is_empty() {
            lines.push(Line::new());
            lines.push(vec![Span::Strong(self.say("digest-hear", &[]))]);
            lines.extend(digest.hear_first.iter().take(3).map(|one| self.heard(one, now)));
        }
        lines.extend(self.link("open-dashboard", "dashboard"));
        Some(Letter { title, lines, silent: true })
    }

    fn figures(&self, digest: &Digest) -> Vec<Line> {
        let mut lines = vec![self.figure("digest-calls", digest.calls, Some(digest.scored))];
        if let Some(average) = digest.average {
            let before = digest.before.map(|before| wording::change(self.lang, average - before));
            let shown = wording::average(self.lang, average);
            let line = match before {
                Some(before) => {
                    self.say("digest-average-beside", &[("average", shown.into()), ("change", before.into())])
                }
                None => self.say("digest-average", &[("average", shown.into())]),
            };
            lines.push(plain(line));
        }
        if digest.missed > 0 {
            lines.push(self.figure("digest-missed", digest.missed, Some(digest.not_called_back)));
        }
        for (key, count) in [("digest-review", digest.needs_review), ("digest-failed", digest.failed)] {
            if count > 0 {
                lines.push(self.figure(key, count, None));
            }
        }
        let spent: Vec<String> = digest.spent.iter().map(|money| self.money(*money)).collect();
        if !spent.is_empty() {
            lines.push(plain(self.say("digest-spent", &[("spent", spent.join(" + ").into())])));
        }
        lines
    }

    fn figure(&self, key: &str, count: u64, of_these: Option<u64>) -> Line {
        let grouped = |count| wording::grouped(self.lang, count);
        let args = [
            ("count", FluentValue::from(count)),
            ("shown", grouped(count).into()),
            ("of", of_these.map(grouped).unwrap_or_default().into()),
        ];
        plain(self.say(key, &args))
    }

    fn heard(&self, one: &HeardBadly, now: DateTime<Utc>) -> Line {
        let mut line = vec![
            Span::Strong(wording::score(one.score)),
            Span::Text(" · ".into()),
            self.call(one.call, one.started_at, now),
        ];
        line.extend(one.critical.as_deref().map(|title| Span::Text(format!(" · {}", short(title)))));
        line
    }

    /// A call by the moment it began, which leads to its page.
    fn call(&self, call: CallId, started_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Span {
        let text = started_at.map_or_else(|| self.say("a-call", &[]), |at| self.moment(at, now));
        match &self.page {
            Some(page) => Span::Link { text, url: format!("{page}/history/{call}") },
            None => Span::Text(text),
        }
    }

    fn link(&self, key: &str, page: &str) -> Option<Line> {
        let base = self.page.as_ref()?;
        Some(vec![Span::Link { text: self.say(key, &[]), url: format!("{base}/{page}") }])
    }

    fn labelled(&self, key: &str, text: &str) -> Line {
        vec![Span::Strong(self.say(key, &[])), Span::Text(format!(" {text}"))]
    }

    fn more(&self, all: usize) -> Option<Line> {
        let rest = all.checked_sub(MOST_LINES).filter(|rest| *rest > 0)?;
        Some(plain(self.say("and-more", &[("count", FluentValue::from(rest))])))
    }

    fn count(&self, key: &str, count: usize) -> String {
        let shown = wording::grouped(self.lang, u64::try_from(count).unwrap_or(u64::MAX));
        self.say(key, &[("count", FluentValue::from(count)), ("shown", shown.into())])
    }

    fn moment(&self, at: DateTime<Utc>, now: DateTime<Utc>) -> String {
        wording::moment(self.lang, &at, &now.with_timezone(&self.zone))
    }

    fn money(&self, money: Money) -> String {
        wording::money(self.lang, money)
    }

    fn say(&self, key: &str, args: &[(&'static str, FluentValue<'static>)]) -> String {
        say(self.lang, key, args)
    }
}

fn plain(text: String) -> Line {
    vec![Span::Text(text)]
}

/// Reasons come from providers: one line, and not for ever.
fn short(reason: &str) -> String {
    let line: String = reason.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut words: String = line.chars().take(LONGEST_REASON).collect();
    if words.len() < line.len() {
        words.push('…');
    }
    words
}

/// Whatever was kept, no more than two digits are told.
fn two_digits(ending: &str) -> String {
    let digits: Vec<char> = ending.chars().filter(char::is_ascii_digit).collect();
    digits.iter().skip(digits.len().saturating_sub(2)).collect()
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use chrono_tz::Europe::Moscow;
    use domain::Currency;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn now() -> DateTime<Utc> {
        at("2026-11-21T09:00:00Z")
    }

    fn call(number: u8) -> CallId {
        CallId::derive("test", &number.to_string())
    }

    fn voice(lang: Lang) -> Voice {
        Voice { lang, zone: Moscow, page: Some("https://zvonar.example.ru".into()) }
    }

    fn money(rubles: i64) -> Money {
        Money { currency: Currency::RUB, micros: rubles * 1_000_000 }
    }

    fn heard(number: u8, score: f64, critical: Option<&str>) -> HeardBadly {
        let started_at = Some(at("2026-11-20T07:15:00Z"));
        HeardBadly { call: call(number), started_at, score, critical: critical.map(str::to_owned) }
    }

    fn everything() -> Vec<Notice> {
        let failed = |number, reason: &str| Notice::CallFailed {
            call: call(number),
            started_at: Some(at("2026-11-21T06:10:00Z")),
            reason: reason.into(),
        };
        vec![
            Notice::LowScore(heard(1, 29.0, None)),
            Notice::LowScore(heard(2, 0.0, Some("Грубость менеджера"))),
            failed(3, "запись недоступна"),
            failed(4, "запись недоступна"),
            failed(5, "модель ответила не по форме <b>"),
            Notice::ClientWaits { call: call(6), at: at("2026-11-21T06:20:00Z"), ending: "67".into() },
            Notice::Budget {
                spent: money(2_636),
                limit: money(3_000),
                day: "2026-11-21".parse().unwrap(),
                stopped: false,
            },
            Notice::StagePaused {
                stage: "Речь".into(),
                reason: "ключ отклонён".into(),
                hint: Some("получите новый ключ и задайте OPENAI_API_KEY".into()),
                at: at("2026-11-21T06:30:00Z"),
            },
            Notice::DayIsOver(Digest {
                day: "2026-11-20".parse().unwrap(),
                calls: 1_412,
                scored: 1_100,
                average: Some(68.4),
                before: Some(66.0),
                needs_review: 41,
                missed: 12,
                not_called_back: 3,
                failed: 1,
                spent: vec![money(412)],
                hear_first: vec![heard(2, 0.0, Some("Грубость менеджера")), heard(1, 29.0, None)],
            }),
        ]
    }

    #[test]
    fn facts_are_told_by_topic_the_most_pressing_first() {
        for lang in [Lang::Ru, Lang::En] {
            let letters = voice(lang).letters(&everything(), now());
            let told: Vec<String> = letters.iter().map(Letter::text).collect();
            insta::assert_snapshot!(format!("letters_{}", lang.pick("ru", "en")), told.join("\n---\n\n"));
        }
    }

    #[test]
    fn telegram_and_mail_hold_the_same_and_no_stranger_writes_tags() {
        let letters = voice(Lang::Ru).letters(&everything(), now());
        let failures = &letters[2];
        insta::assert_snapshot!("telegram", failures.telegram());
        insta::assert_snapshot!("mail", failures.html());
        assert!(!failures.telegram().contains("форме <b>") && !failures.html().contains("форме <b>"));
    }

    #[test]
    fn a_stage_that_goes_on_before_anybody_was_told_makes_no_noise() {
        let stood = |hour: u8| Notice::StagePaused {
            stage: "Речь".into(),
            reason: "нет связи".into(),
            hint: None,
            at: at(&format!("2026-11-21T0{hour}:00:00Z")),
        };
        let goes = |hour: u8| Notice::StageResumed {
            stage: "Речь".into(),
            at: at(&format!("2026-11-21T0{hour}:10:00Z")),
        };
        let letters = voice(Lang::Ru).letters(&[stood(1), goes(3)], now());
        assert_eq!(letters.len(), 1);
        let text = letters[0].text().replace(wording::NO_BREAK, " ");
        assert!(letters[0].silent && text.contains("2 ч 10 мин"), "{text}");
        // and one that stands again is told with its sound
        let letters = voice(Lang::Ru).letters(&[stood(1), goes(3), stood(5)], now());
        assert!(letters.len() == 1 && !letters[0].silent);
        assert!(letters[0].text().contains("08:00"), "{}", letters[0].text());
    }

    #[test]
    fn a_thousand_failures_fit_one_message_and_show_no_number() {
        let facts: Vec<Notice> = (0..1_000_u32)
            .map(|n| Notice::CallFailed {
                call: CallId::derive("test", &n.to_string()),
                started_at: None,
                reason: format!("причина {n} {}", "очень длинная ".repeat(50)),
            })
            .collect();
        let letters = voice(Lang::Ru).letters(&facts, now());
        assert_eq!(letters.len(), 1);
        assert!(letters[0].telegram().chars().count() < 4_096, "{}", letters[0].telegram().len());
        let waits = Notice::ClientWaits {
            call: call(1),
            at: now() - TimeDelta::hours(1),
            ending: "+79161234567".into(),
        };
        let text = voice(Lang::Ru).letters(&[waits], now())[0].text();
        assert!(text.contains("67") && !text.contains("4567"), "{text}");
    }

    #[test]
    fn the_same_fact_has_the_same_name_and_survives_being_kept() {
        for fact in everything() {
            let kept = serde_json::to_string(&fact).unwrap();
            let back: Notice = serde_json::from_str(&kept).unwrap();
            assert_eq!((back.key(), &back), (fact.key(), &fact), "{kept}");
        }
        let budget = |spent, day: &str, stopped| {
            let (spent, limit, day) = (money(spent), money(100), day.parse().unwrap());
            Notice::Budget { spent, limit, day, stopped }.key()
        };
        let at_share = |spent, day| budget(spent, day, false);
        let (today, tomorrow) = ("2026-11-21", "2026-11-22");
        assert_eq!(at_share(80, today), at_share(99, today));
        assert_ne!(at_share(99, today), at_share(100, today));
        assert_ne!(at_share(99, today), at_share(99, tomorrow), "each day is told of");
        assert_eq!(budget(70, today, true), at_share(100, today), "a rest that pays for nothing is no rest");
    }
}

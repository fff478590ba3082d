//! The week by hours as a table of links: calls, missed calls, or scores.

use store::HourFigures;

use crate::api::CallQuery;
use crate::pages::reports::{Choice, Figure, ReportQuery, Scene};

/// Office hours are shown even when they are empty.
const USUAL_HOURS: std::ops::RangeInclusive<u8> = 9..=19;
const DAYS: [&str; 7] = ["dash-mon", "dash-tue", "dash-wed", "dash-thu", "dash-fri", "dash-sat", "dash-sun"];

/// What the map shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    Calls,
    Missed,
    Score,
}

/// An hour.
#[derive(Debug, Clone)]
pub(crate) struct Cell {
    /// 0–5: the ground.
    pub(crate) level: u8,
    /// `None` = nothing there.
    pub(crate) figure: Option<Figure>,
    /// «Вт, 12:00 — 11», for those who hear the page.
    pub(crate) said: String,
}

/// A weekday.
#[derive(Debug, Clone)]
pub(crate) struct Day {
    pub(crate) name: String,
    pub(crate) cells: Vec<Cell>,
}

/// The map.
#[derive(Debug, Clone)]
pub(crate) struct Heat {
    pub(crate) title: String,
    pub(crate) kinds: Vec<Choice>,
    pub(crate) hours: Vec<u8>,
    pub(crate) days: Vec<Day>,
    pub(crate) caption: String,
    /// The hour when most are missed, and the sentence before and after its figure.
    pub(crate) peak: Option<Figure>,
    pub(crate) empty: bool,
}

impl Heat {
    pub(crate) fn of(scene: &Scene, figures: &[HourFigures]) -> Self {
        let t = &scene.t;
        let shown = match scene.query.heat.as_deref() {
            Some("calls") => Shown::Calls,
            Some("score") => Shown::Score,
            Some("missed") => Shown::Missed,
            // what can be acted on comes first, where there is any
            _ if figures.iter().any(|hour| hour.missed > 0) => Shown::Missed,
            _ => Shown::Calls,
        };
        let kinds = [
            ("calls", "dash-heat-calls-short", Shown::Calls),
            ("missed", "dash-heat-missed-short", Shown::Missed),
            ("score", "dash-heat-score-short", Shown::Score),
        ]
        .map(|(value, key, kind)| Choice {
            title: t.say(key),
            href: format!(
                "{}#heat",
                ReportQuery { heat: Some(value.to_owned()), ..scene.query.clone() }.at("/dashboard")
            ),
            chosen: kind == shown,
        });
        let (first, last) =
            figures.iter().fold((*USUAL_HOURS.start(), *USUAL_HOURS.end()), |(first, last), hour| {
                (first.min(hour.hour), last.max(hour.hour))
            });
        let most = figures.iter().map(|hour| value(hour, shown)).fold(0.0, f64::max);
        let days = (1..=7u8)
            .zip(DAYS)
            .map(|(weekday, key)| Day {
                name: t.say(key),
                cells: (first..=last)
                    .map(|hour| {
                        let known = figures.iter().find(|each| (each.weekday, each.hour) == (weekday, hour));
                        cell(scene, shown, known, most, &t.say(key))
                    })
                    .collect(),
            })
            .collect();
        Self {
            title: t.say(match shown {
                Shown::Calls => "dash-heat",
                Shown::Missed => "dash-heat-missed",
                Shown::Score => "dash-heat-score",
            }),
            kinds: kinds.into(),
            hours: (first..=last).collect(),
            days,
            caption: t.put("dash-heat-caption", "zone", t.now.timezone().name()),
            peak: (shown == Shown::Missed).then(|| peak(scene, figures)).flatten(),
            empty: most <= 0.0,
        }
    }
}

fn value(hour: &HourFigures, shown: Shown) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "counts of calls; only six grades are shown")]
    match shown {
        Shown::Calls => hour.calls as f64,
        Shown::Missed => hour.missed as f64,
        Shown::Score => hour.scores.mean.map_or(0.0, |mean| mean.max(0.1)),
    }
}

fn query(scene: &Scene, hour: &HourFigures, shown: Shown) -> CallQuery {
    CallQuery {
        hour: Some(format!("{}-{}", hour.weekday, hour.hour)),
        status: (shown == Shown::Missed).then(|| "missed".to_owned()),
        scored: (shown == Shown::Score).then_some(true),
        ..scene.calls()
    }
}

fn cell(scene: &Scene, shown: Shown, hour: Option<&HourFigures>, most: f64, day: &str) -> Cell {
    let Some((hour, value)) = hour.map(|hour| (hour, value(hour, shown))).filter(|(_, value)| *value > 0.0)
    else {
        return Cell { level: 0, figure: None, said: String::new() };
    };
    let t = &scene.t;
    let query = query(scene, hour, shown);
    let figure = match shown {
        Shown::Calls => scene.count(hour.calls, &query),
        Shown::Missed => scene.count(hour.missed, &query),
        Shown::Score => Figure::value(domain::wording::score(value), hour.scores.scored, &query),
    };
    let said = t.with(
        "dash-heat-cell",
        &[
            ("day", day.to_owned().into()),
            ("hour", hour.hour.to_string().into()),
            ("shown", figure.shown.clone().into()),
        ],
    );
    let level = match shown {
        // the darker the weaker: what stands out is what to act on
        Shown::Score => match value {
            weak if weak < 40.0 => 5,
            fair if fair < 60.0 => 4,
            middling if middling < 70.0 => 3,
            good if good < 80.0 => 2,
            _ => 1,
        },
        Shown::Calls | Shown::Missed => grade(value, most),
    };
    Cell { level, figure: Some(figure), said }
}

/// 1–5 by the share of the greatest.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and 5")]
fn grade(value: f64, most: f64) -> u8 {
    (value / most * 5.0).ceil().clamp(1.0, 5.0) as u8
}

fn peak(scene: &Scene, figures: &[HourFigures]) -> Option<Figure> {
    let all: u64 = figures.iter().map(|hour| hour.missed).sum();
    let hour = figures.iter().max_by_key(|hour| hour.missed).filter(|hour| hour.missed > 1)?;
    let t = &scene.t;
    let day = usize::from(hour.weekday.saturating_sub(1));
    let shown = t.with(
        "dash-heat-peak-missed",
        &[
            ("day", t.say(DAYS.get(day).copied().unwrap_or("dash-mon")).into()),
            ("hours", format!("{}–{}", hour.hour, hour.hour + 1).into()),
            ("shown", t.number(hour.missed).into()),
            ("all", t.number(all).into()),
        ],
    );
    Some(Figure::value(shown, hour.missed, &query(scene, hour, Shown::Missed)))
}

//! What was spent, on what and when. A figure of money leads to the calls that it was spent on.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use domain::{Currency, Money as Amount};
use store::{Overview, SpendFigures};

use super::ratio;
use crate::api::CallQuery;
use crate::pages::reports::{Figure, Scene, days_of, history};
use crate::problem::Problem;

/// A row: an item in a currency.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) title: String,
    /// «1 670 звонков».
    pub(crate) calls: Figure,
    pub(crate) share: f64,
    pub(crate) sum: Figure,
}

/// A day.
#[derive(Debug, Clone)]
pub(crate) struct Day {
    pub(crate) iso: String,
    pub(crate) label: String,
    /// For the script: units of the currency.
    pub(crate) raw: String,
    /// What was paid on that day, for calls of whatever day.
    pub(crate) sum: String,
    pub(crate) said: String,
    /// The calls of the day.
    pub(crate) href: String,
}

/// Money of the period.
#[derive(Debug, Clone)]
pub(crate) struct Money {
    /// The totals, by currency.
    pub(crate) totals: Vec<Figure>,
    /// «2 636» and «,78 ₽» of the greater currency, to print the second small.
    pub(crate) whole: String,
    pub(crate) rest: String,
    pub(crate) per_call: Option<String>,
    pub(crate) rows: Vec<Row>,
    pub(crate) days: Vec<Day>,
    /// What of the day's limit is spent today, where there is a limit.
    pub(crate) today: Option<Today>,
}

/// Today against the limit of a day.
#[derive(Debug, Clone)]
pub(crate) struct Today {
    /// «Сегодня 12,40 ₽ из 300 ₽ на сутки».
    pub(crate) said: String,
    /// 0–1.
    pub(crate) share: f64,
    /// `warn` near the limit.
    pub(crate) tone: &'static str,
}

/// The figures of money; `None` for those whose business it is not.
pub(crate) async fn money(scene: &Scene, overview: &Overview, leads: bool) -> Result<Option<Money>, Problem> {
    if !leads {
        return Ok(None);
    }
    let t = &scene.t;
    let spent = scene.web.store().spend_by_day(&scene.period()).await?;
    let paid = |item: &str| CallQuery { paid: Some(item.to_owned()), ..scene.calls() };
    let any = paid("any");
    let all = count(scene, &any).await?;
    let mut by_item: BTreeMap<(Currency, &str), i64> = BTreeMap::new();
    for each in &spent {
        *by_item.entry((each.amount.currency, each.item.as_str())).or_default() += each.amount.micros;
    }
    let most = by_item.values().copied().max().unwrap_or(0).max(1);
    let mut rows = Vec::new();
    for ((currency, item), micros) in by_item {
        let query = paid(item);
        let calls = count(scene, &query).await?;
        rows.push(Row {
            title: match item {
                "speech" => t.say("dash-item-speech"),
                "analysis" => t.say("dash-item-analysis"),
                "telephony" => t.say("dash-item-telephony"),
                other => other.to_owned(),
            },
            calls: Figure::value(t.count("dash-item-calls", calls), calls, &query),
            share: ratio(micros.unsigned_abs(), most.unsigned_abs()),
            sum: Figure::value(t.money(Amount::from_micros(currency, micros)), calls, &query),
        });
    }
    rows.sort_by(|one, other| other.share.total_cmp(&one.share));
    let totals: Vec<Figure> =
        overview.spent.iter().map(|sum| Figure::value(t.money(*sum), all, &any)).collect();
    let (whole, rest) = parted(totals.first().map_or("", |sum| sum.shown.as_str()));
    let per_call = overview.spent.first().filter(|_| all > 0).map(|sum| {
        let each = sum.micros / i64::try_from(all).unwrap_or(i64::MAX);
        t.put("dash-per-call", "money", t.money(Amount::from_micros(sum.currency, each)))
    });
    let days = days(scene, &spent, overview.spent.first().map(|sum| sum.currency));
    let today = today(scene).await?;
    Ok(Some(Money { totals, whole, rest, per_call, rows, days, today }))
}

async fn today(scene: &Scene) -> Result<Option<Today>, Problem> {
    /// From here on the limit is worth a look.
    const NEAR: f64 = 0.8;
    let (t, config) = (&scene.t, scene.web.config());
    let Some(limit) = config.daily_budget else { return Ok(None) };
    let midnight = days_of(t.now.date_naive(), t.now.date_naive(), t.now.timezone()).from.unwrap_or_default();
    let spent = scene.web.store().spent_since(midnight).await?;
    let spent: i64 =
        spent.iter().map(|sum| sum.convert(limit.currency, config.rub_micros_per_usd).micros).sum();
    let share = ratio(spent.unsigned_abs(), limit.micros.unsigned_abs()).min(1.0);
    let spent = t.money(Amount::from_micros(limit.currency, spent));
    Ok(Some(Today {
        said: t.put2("dash-money-today", ("spent", spent), ("limit", t.money(limit))),
        share,
        tone: if share >= NEAR { "warn" } else { "accent" },
    }))
}

async fn count(scene: &Scene, query: &CallQuery) -> Result<u64, Problem> {
    let filter = query.filter(scene.t.now.timezone(), scene.web.clock().now())?;
    Ok(scene.web.visible(&scene.viewer).count(&filter).await?)
}

/// «2 636,78 ₽» → «2 636», «,78 ₽».
fn parted(sum: &str) -> (String, String) {
    match sum.rfind([',', '.']).and_then(|at| sum.split_at_checked(at)) {
        Some((whole, rest)) => (whole.to_owned(), rest.to_owned()),
        None => (sum.to_owned(), String::new()),
    }
}

/// Days with money in them, of the currency that was spent most; few are not worth a chart.
fn days(scene: &Scene, spent: &[SpendFigures], currency: Option<Currency>) -> Vec<Day> {
    let Some(currency) = currency else { return Vec::new() };
    let mut by_day: BTreeMap<NaiveDate, i64> = BTreeMap::new();
    for each in spent.iter().filter(|each| each.amount.currency == currency) {
        *by_day.entry(each.day).or_default() += each.amount.micros;
    }
    if by_day.len() < 3 {
        return Vec::new();
    }
    let whole = scene.chosen.first.iter_days().take_while(|day| *day <= scene.chosen.last);
    whole
        .map(|day| {
            let amount = Amount::from_micros(currency, by_day.get(&day).copied().unwrap_or(0));
            let (label, sum) = (scene.t.day(day), scene.t.money(amount));
            Day {
                iso: day.to_string(),
                said: format!("{label}\n{sum}"),
                href: history(&CallQuery {
                    from: Some(day.to_string()),
                    to: Some(day.to_string()),
                    ..scene.calls()
                }),
                label,
                raw: amount.amount(),
                sum,
            }
        })
        .collect()
}

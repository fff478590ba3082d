//! People in the figures: sellers, clients whom nobody rang back, promises that somebody gave.

use std::collections::HashMap;

use domain::PhoneNumber;
use store::{ManagerFigures, Overview, PromiseFigures, PromiseState, WaitingClient};

use crate::api::CallQuery;
use crate::pages::reports::{Change, Figure, ReportQuery, Scene, WEAK, call_at, enough, history};

/// A mean that fell by so many points is worth a talk.
const WORRY: f64 = 3.0;

/// A seller.
#[derive(Debug, Clone)]
pub(crate) struct ManagerRow {
    pub(crate) name: String,
    /// Their own page.
    pub(crate) href: String,
    pub(crate) calls: Figure,
    pub(crate) scored: Figure,
    /// The mean score.
    pub(crate) mean: Option<f64>,
    pub(crate) change: Option<Change>,
    pub(crate) weak: Figure,
    /// «63 %».
    pub(crate) talk: Option<String>,
    /// `warn` outside of the norm.
    pub(crate) talk_tone: &'static str,
    pub(crate) missed: Figure,
    pub(crate) not_rung: Figure,
    /// The calls behind the mean.
    pub(crate) mean_href: String,
    pub(crate) few: bool,
}

/// The table of sellers.
#[derive(Debug, Clone)]
pub(crate) struct Managers {
    pub(crate) rows: Vec<ManagerRow>,
    pub(crate) all: u64,
    /// The same report on their page.
    pub(crate) more: String,
    /// The mean of all.
    pub(crate) mean: Option<f64>,
    pub(crate) talk: Option<String>,
}

impl Managers {
    pub(crate) fn of(scene: &Scene, figures: &[ManagerFigures], overview: &Overview) -> Self {
        let mut rows = manager_rows(scene, figures);
        let all = rows.len() as u64;
        rows.truncate(super::LISTED);
        Self {
            rows,
            all,
            more: scene.query.at("/managers"),
            mean: overview.scores.mean,
            talk: overview.talk_share.map(|share| scene.t.percent(share)),
        }
    }
}

/// A row for each, in the given order.
pub(crate) fn manager_rows(scene: &Scene, figures: &[ManagerFigures]) -> Vec<ManagerRow> {
    figures.iter().map(|each| manager_row(scene, each)).collect()
}

fn manager_row(scene: &Scene, figures: &ManagerFigures) -> ManagerRow {
    let t = &scene.t;
    let calls = CallQuery { manager: Some(figures.id.clone()), ..scene.calls() };
    let scored = CallQuery { scored: Some(true), ..calls.clone() };
    let scores = &figures.scores;
    let few = !enough(scores);
    let mean_now = scores.mean.filter(|_| !few);
    ManagerRow {
        name: figures.name.clone().unwrap_or_else(|| figures.id.clone()),
        href: ReportQuery { manager: None, heat: None, ..scene.query.clone() }
            .at(&format!("/managers/{}", segment(&figures.id))),
        calls: scene.count(figures.calls, &calls),
        scored: scene.count(scores.scored, &scored),
        mean: scores.mean,
        change: Change::of(t, mean_now, figures.previous_mean, WORRY),
        weak: scene.count(scores.weak, &CallQuery { below_score: Some(WEAK), ..calls.clone() }),
        talk: figures.talk_share.map(|share| t.percent(share)),
        talk_tone: if figures.talk_share.is_some_and(|share| share > 0.6) { "warn" } else { "" },
        missed: scene
            .count(figures.missed, &CallQuery { status: Some("missed".to_owned()), ..calls.clone() }),
        not_rung: scene.count(figures.not_rung_back, &CallQuery { call_back: Some(true), ..calls }),
        mean_href: history(&scored),
        few,
    }
}

/// An id as a segment of a path.
pub(crate) fn segment(id: &str) -> String {
    let mut out = String::new();
    for byte in id.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            _ => {
                use std::fmt::Write as _;
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

/// A client whom nobody rang back.
#[derive(Debug, Clone)]
pub(crate) struct WaitingRow {
    /// «+7 (900) 000-61-15».
    pub(crate) phone: String,
    /// For dialling.
    pub(crate) dial: String,
    /// The client's calls.
    pub(crate) href: String,
    pub(crate) known: bool,
    pub(crate) last: String,
    pub(crate) last_instant: String,
    pub(crate) last_href: String,
    pub(crate) rang: Figure,
    /// «14 ч 23 мин».
    pub(crate) waits: String,
}

/// Clients whom nobody rang back.
#[derive(Debug, Clone)]
pub(crate) struct Waiting {
    pub(crate) rows: Vec<WaitingRow>,
    pub(crate) clients: u64,
}

impl Waiting {
    pub(crate) fn of(scene: &Scene, clients: &[WaitingClient], all: u64) -> Self {
        Self { rows: clients.iter().map(|client| waiting_row(scene, client)).collect(), clients: all }
    }
}

fn waiting_row(scene: &Scene, client: &WaitingClient) -> WaitingRow {
    let t = &scene.t;
    let phone = client.phone.as_str();
    let query = CallQuery { phone: Some(phone.to_owned()), call_back: Some(true), ..scene.calls() };
    WaitingRow {
        phone: shown_phone(&client.phone),
        dial: phone.to_owned(),
        href: history(&CallQuery { phone: Some(phone.to_owned()), ..CallQuery::default() }),
        known: client.known_calls > 0,
        last: t.moment(&client.last_at),
        last_instant: t.instant(&client.last_at),
        last_href: call_at(&client.last_call.to_string()),
        rang: scene.count(client.rang, &query),
        waits: t.waiting(t.now.to_utc() - client.last_at),
    }
}

/// A promise to a client.
#[derive(Debug, Clone)]
pub(crate) struct PromiseRow {
    pub(crate) late: bool,
    pub(crate) what: String,
    pub(crate) phone: Option<String>,
    pub(crate) manager: Option<String>,
    pub(crate) due: String,
    pub(crate) due_instant: String,
    pub(crate) href: String,
}

/// Those that are not kept yet, in the given order.
pub(crate) fn promise_rows(
    scene: &Scene,
    promises: &[PromiseFigures],
    names: &HashMap<String, String>,
) -> Vec<PromiseRow> {
    let t = &scene.t;
    promises
        .iter()
        .filter(|promise| matches!(promise.state, PromiseState::Overdue | PromiseState::Open))
        .map(|promise| PromiseRow {
            late: promise.state == PromiseState::Overdue,
            what: promise.what.clone(),
            phone: promise.client.as_ref().map(shown_phone),
            manager: promise.manager_id.as_ref().map(|id| names.get(id).unwrap_or(id).clone()),
            due: t.moment(&promise.due),
            due_instant: t.instant(&promise.due),
            href: call_at(&promise.call.to_string()),
        })
        .collect()
}

/// «+7 (900) 000-61-15».
pub(crate) fn shown_phone(phone: &PhoneNumber) -> String {
    phone.pretty()
}

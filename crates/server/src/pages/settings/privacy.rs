//! Personal data: how long what is kept, who was erased and what is left of it, and erasing.

use askama::Template;
use axum::extract::{Query, RawForm, State};
use axum::response::Response;
use chrono::TimeDelta;
use domain::PhoneNumber;
use serde::Deserialize;
use store::{Cursor, Erasure, PageRequest, StoreError};

use super::{Fields, Tab, TabLink, tabs};
use crate::Web;
use crate::access::Viewer;
use crate::pages::layout::{Frame, Place, page};
use crate::pages::words::Words;
use crate::problem::Problem;

const ROWS: u32 = 20;

/// Which receipts.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct PrivacyQuery {
    after: Option<String>,
}

#[derive(Debug, Clone)]
struct Kept {
    what: &'static str,
    how_long: String,
    /// In the settings: how it is changed.
    env: &'static str,
}

#[derive(Debug, Clone)]
struct ReceiptRow {
    id: i64,
    at: String,
    instant: String,
    ending: String,
    who: String,
    lines: Vec<String>,
    waits: Option<String>,
}

#[derive(Template)]
#[template(path = "pages/settings/privacy.html")]
struct Privacy {
    f: Frame,
    tabs: Vec<TabLink>,
    kept: Vec<Kept>,
    receipts: Vec<ReceiptRow>,
    next: Option<String>,
    later: bool,
    /// What was just erased.
    fresh: Option<ReceiptRow>,
    /// Files that only a person may delete.
    left: Vec<String>,
    error: Option<String>,
}

/// `GET /settings/privacy`.
///
/// # Errors
/// When the store fails.
pub(super) async fn show(
    State(web): State<Web>,
    frame: Frame,
    Query(query): Query<PrivacyQuery>,
) -> Result<Response, Problem> {
    render(&web, frame.at(Place::Settings), query, Told::default()).await
}

/// `POST /settings/privacy`: erases a number, once the box says that it is meant.
///
/// # Errors
/// When the store fails.
pub(super) async fn erase(
    State(web): State<Web>,
    viewer: Viewer,
    frame: Frame,
    form: RawForm,
) -> Result<Response, Problem> {
    let f = frame.at(Place::Settings);
    let fields = Fields::of(&form);
    let told = match (PhoneNumber::parse(fields.get("phone")), fields.get("sure")) {
        (None, _) => Told { error: Some(f.t.say("settings-privacy-no-phone")), ..Told::default() },
        (Some(_), "") => Told { error: Some(f.t.say("settings-privacy-not-sure")), ..Told::default() },
        (Some(phone), _) => {
            let erased = web.app().erase_phone(&phone, &viewer.name).await?;
            let left = erased.left.iter().chain(&erased.failed).map(|path| path.display().to_string());
            Told { fresh: Some(row(&f.t, &erased.erasure)), left: left.collect(), error: None }
        }
    };
    render(&web, f, PrivacyQuery::default(), told).await
}

/// What a form has to say.
#[derive(Default)]
struct Told {
    fresh: Option<ReceiptRow>,
    left: Vec<String>,
    error: Option<String>,
}

async fn render(web: &Web, f: Frame, query: PrivacyQuery, told: Told) -> Result<Response, Problem> {
    let after = query.after.clone().filter(|text| !text.trim().is_empty()).map(Cursor);
    let later = after.is_some();
    let read = match web.store().erasures(PageRequest { after, limit: ROWS }).await {
        // an old address with a cursor that no page gave: from the beginning
        Err(StoreError::Invalid(_)) => web.store().erasures(PageRequest { after: None, limit: ROWS }).await?,
        other => other?,
    };
    let receipts = read.items.iter().map(|erasure| row(&f.t, erasure)).collect();
    let next = read.next.map(|Cursor(after)| format!("/settings/privacy?after={after}"));
    let Told { fresh, left, error } = told;
    page(&Privacy {
        tabs: tabs(&f, Tab::Privacy),
        kept: kept(web, &f.t),
        receipts,
        next,
        later,
        fresh,
        left,
        error,
        f,
    })
}

fn kept(web: &Web, t: &Words) -> Vec<Kept> {
    let keeping = web.config().keeping;
    let line = |what, days: Option<TimeDelta>, env| {
        let how_long = match days {
            Some(days) => t.put("settings-privacy-days", "days", days.num_days()),
            None => t.say("settings-privacy-always"),
        };
        Kept { what, how_long, env }
    };
    vec![
        line("settings-privacy-recordings", keeping.recordings, "ZVONAR_KEEP_RECORDINGS_DAYS"),
        line("settings-privacy-words", keeping.words, "ZVONAR_KEEP_WORDS_DAYS"),
        line("settings-privacy-raw", keeping.raw_answers, "ZVONAR_KEEP_RAW_ANSWERS_DAYS"),
        line("settings-privacy-dialogues", keeping.dialogues, "ZVONAR_KEEP_DIALOGUES_DAYS"),
        line("settings-privacy-log", keeping.access_log, "ZVONAR_KEEP_ACCESS_LOG_DAYS"),
        line("settings-privacy-receipts", keeping.receipts, "ZVONAR_KEEP_RECEIPTS_DAYS"),
    ]
}

fn row(t: &Words, erasure: &Erasure) -> ReceiptRow {
    let places = erasure.places.iter().filter(|place| place.gone + place.by_hand > 0);
    let lines = places.map(|place| {
        let named = place_name(t, &place.place);
        match (place.gone, place.by_hand) {
            (gone, 0) => format!("{named}: {gone}"),
            (0, by_hand) => format!("{named}: {}", t.put("settings-privacy-by-hand", "count", by_hand)),
            (gone, by_hand) => {
                format!("{named}: {gone}, {}", t.put("settings-privacy-by-hand", "count", by_hand))
            }
        }
    });
    ReceiptRow {
        id: erasure.id.0,
        at: t.moment(&erasure.begun_at),
        instant: t.instant(&erasure.begun_at),
        ending: erasure.ending.clone(),
        who: erasure.who.clone(),
        lines: lines.collect(),
        waits: erasure.trouble.clone(),
    }
}

fn place_name(t: &Words, place: &str) -> String {
    match place {
        "calls" => t.say("settings-place-calls"),
        "transcripts" => t.say("settings-place-transcripts"),
        "analyses" => t.say("settings-place-analyses"),
        "conversations" => t.say("settings-place-conversations"),
        "recordings" => t.say("settings-place-recordings"),
        "sheet_rows" => t.say("settings-place-sheet"),
        "exports" => t.say("settings-place-exports"),
        other => t.put("settings-place-source", "source", other.trim_start_matches("at_source/").to_owned()),
    }
}

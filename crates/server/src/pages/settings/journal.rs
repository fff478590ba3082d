//! The audit log: who did what to what.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use chrono::NaiveDate;
use domain::TimeWindow;
use serde::{Deserialize, Serialize};
use store::{AuditFilter, Cursor, PageRequest, StoreError};

use super::{Tab, TabLink, tabs};
use crate::Web;
use crate::api::midnight;
use crate::pages::layout::{Frame, Place, page};
use crate::pages::reports::with_query;
use crate::pages::words::Words;
use crate::problem::Problem;

const ROWS: u32 = 50;

/// What of the log.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct JournalQuery {
    who: Option<String>,
    what: Option<String>,
    target: Option<String>,
    from: Option<String>,
    to: Option<String>,
    after: Option<String>,
}

/// A deed that stands in the log.
#[derive(Debug, Clone)]
struct DeedChoice {
    name: String,
    words: String,
    chosen: bool,
}

#[derive(Debug, Clone)]
struct Line {
    at: String,
    instant: String,
    who: String,
    what: String,
    target: String,
}

#[derive(Template)]
#[template(path = "pages/settings/audit.html")]
struct Journal {
    f: Frame,
    tabs: Vec<TabLink>,
    lines: Vec<Line>,
    deeds: Vec<DeedChoice>,
    who: String,
    target: String,
    from: String,
    to: String,
    next: Option<String>,
    later: bool,
}

/// `GET /settings/audit`.
///
/// # Errors
/// When the store fails.
pub(super) async fn show(
    State(web): State<Web>,
    frame: Frame,
    Query(query): Query<JournalQuery>,
) -> Result<Response, Problem> {
    let f = frame.at(Place::Settings);
    // what is asked for may have been a moment ago
    web.write_looks().await;
    let set = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
    let zone = web.config().timezone;
    let day = |text: &Option<String>| text.as_deref().and_then(|text| text.parse::<NaiveDate>().ok());
    let window = TimeWindow {
        from: day(&query.from).map(|day| midnight(day, zone)),
        to: day(&query.to).and_then(|day| day.succ_opt()).map(|day| midnight(day, zone)),
    };
    let target = set(&query.target).map(|target| target.trim().to_owned());
    let filter = AuditFilter { window, who: set(&query.who), what: set(&query.what), target };
    let request = PageRequest { after: set(&query.after).map(Cursor), limit: ROWS };
    let read = match web.store().audit_lines(&filter, request).await {
        // an old address with a cursor that no page gave: from the beginning
        Err(StoreError::Invalid(_)) => {
            web.store().audit_lines(&filter, PageRequest { after: None, limit: ROWS }).await?
        }
        other => other?,
    };
    let lines = read
        .items
        .into_iter()
        .map(|entry| Line {
            at: f.t.moment(&entry.at),
            instant: f.t.instant(&entry.at),
            who: entry.who,
            what: deed_words(&f.t, &entry.what),
            target: entry.target,
        })
        .collect();
    let deeds = web
        .store()
        .audit_deeds()
        .await?
        .into_iter()
        .map(|name| DeedChoice {
            words: deed_words(&f.t, &name),
            chosen: query.what.as_deref() == Some(name.as_str()),
            name,
        })
        .collect();
    let next = read.next.map(|Cursor(after)| {
        with_query("/settings/audit", &JournalQuery { after: Some(after), ..query.clone() })
    });
    page(&Journal {
        tabs: tabs(&f, Tab::Audit),
        lines,
        deeds,
        who: query.who.clone().unwrap_or_default(),
        target: query.target.clone().unwrap_or_default(),
        from: query.from.clone().unwrap_or_default(),
        to: query.to.clone().unwrap_or_default(),
        next,
        later: query.after.is_some(),
        f,
    })
}

/// A deed in words; one that this version does not know is shown as it stands.
fn deed_words(t: &Words, name: &str) -> String {
    let key = match name {
        "login" => "deed-login",
        "login_refused" => "deed-login-refused",
        "logout" => "deed-logout",
        "logout_everywhere" => "deed-logout-everywhere",
        "listen" => "deed-listen",
        "export" => "deed-export",
        "override" => "deed-override",
        "dispute" => "deed-dispute",
        "settle" => "deed-settle",
        "erase" | "erase_phone" => "deed-erase",
        "rubric" => "deed-rubric",
        "user" => "deed-user",
        "user_removed" => "deed-user-removed",
        "token" => "deed-token",
        "token_removed" => "deed-token-removed",
        "settings" => "deed-settings",
        "queue" => "deed-queue",
        "view" => "deed-view",
        "list" => "deed-list",
        "search" => "deed-search",
        "audit" => "deed-audit",
        "forget" => "deed-forget",
        "call" => "deed-call",
        "hang_up" => "deed-hang-up",
        other => return other.to_owned(),
    };
    t.say(key)
}

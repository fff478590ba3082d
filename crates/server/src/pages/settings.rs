//! `/settings`: who comes in, where results go, whether all is well, who did what. A page for each;
//! the look is for everyone who leads, the rest for admins.

mod delivery;
mod health;
mod hooks;
mod journal;
mod journal_words;
mod people;
mod privacy;
mod tokens;

use askama::Template;
use axum::Router;
use axum::extract::{RawForm, State};
use axum::response::Response;
use axum::routing::{get, post};

use super::layout::{Frame, Place, Theme, page};
use crate::Web;
use crate::access::Role;
use crate::problem::Problem;

/// Handlers of this room.
pub(super) fn router() -> Router<Web> {
    Router::new()
        .route("/settings", get(look))
        .route("/settings/users", get(people::show).post(people::save))
        .route("/settings/users/door", post(people::door))
        .route("/settings/users/remove", post(people::remove))
        .route("/settings/tokens", get(tokens::show).post(tokens::make))
        .route("/settings/tokens/remove", post(tokens::remove))
        .route("/settings/delivery", get(delivery::show).post(delivery::check_sheet))
        .route("/settings/webhooks", get(hooks::show).post(hooks::add))
        .route("/settings/webhooks/remove", post(hooks::remove))
        .route("/settings/webhooks/retry", post(hooks::retry))
        .route("/settings/health", get(health::show).post(health::examine))
        .route("/settings/audit", get(journal::show))
        .route("/settings/privacy", get(privacy::show).post(privacy::erase))
}

/// The pages of settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tab {
    Look,
    Users,
    Tokens,
    Delivery,
    Webhooks,
    Health,
    Audit,
    Privacy,
}

/// A link to a page of settings.
#[derive(Debug, Clone, Copy)]
pub(super) struct TabLink {
    pub(super) href: &'static str,
    pub(super) key: &'static str,
    pub(super) current: bool,
}

/// The links that the reader may use.
pub(super) fn tabs(f: &Frame, current: Tab) -> Vec<TabLink> {
    let admin = f.viewer.as_ref().is_some_and(|viewer| viewer.is(&[Role::Admin]));
    [
        (Tab::Look, "/settings", "settings-you"),
        (Tab::Users, "/settings/users", "settings-users"),
        (Tab::Tokens, "/settings/tokens", "settings-tokens"),
        (Tab::Delivery, "/settings/delivery", "settings-sinks"),
        (Tab::Webhooks, "/settings/webhooks", "settings-hooks"),
        (Tab::Health, "/settings/health", "settings-doctor"),
        (Tab::Audit, "/settings/audit", "settings-audit"),
        (Tab::Privacy, "/settings/privacy", "settings-privacy"),
    ]
    .into_iter()
    .filter(|(tab, _, _)| admin || *tab == Tab::Look)
    .map(|(tab, href, key)| TabLink { href, key, current: tab == current })
    .collect()
}

/// The fields of a form; the first of a name.
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    pub(super) fn of(RawForm(form): &RawForm) -> Self {
        Self(url::form_urlencoded::parse(form).into_owned().collect())
    }

    /// Trimmed; empty where there is none.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.trim())
    }

    /// As typed: a password may begin with a space.
    pub(super) fn raw(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str())
    }

    /// Every value of a name.
    pub(super) fn all(&self, name: &str) -> Vec<String> {
        self.0.iter().filter(|(known, _)| known == name).map(|(_, value)| value.clone()).collect()
    }
}

#[derive(Template)]
#[template(path = "pages/settings/look.html")]
struct Look {
    f: Frame,
    tabs: Vec<TabLink>,
}

impl Look {
    fn is_theme(&self, theme: Theme) -> bool {
        self.f.theme == theme
    }
}

/// `GET /settings`.
///
/// # Errors
/// When the page is not rendered.
async fn look(State(_): State<Web>, frame: Frame) -> Result<Response, Problem> {
    let f = frame.at(Place::Settings);
    page(&Look { tabs: tabs(&f, Tab::Look), f })
}

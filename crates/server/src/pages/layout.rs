//! The frame around every page: who reads, in which language and light, and where in the house.
//!
//! A handler takes a [`Frame`] as an extractor, says its [`Place`], and gives it to its template as `f`.

use std::convert::Infallible;

use askama::Template;
use axum::extract::FromRequestParts;
use axum::response::{Html, IntoResponse as _, Response};
use axum_extra::extract::CookieJar;
use http::HeaderMap;
use http::request::Parts;
use store::JobState;

use super::words::Words;
use crate::Web;
use crate::access::{Role, Via, Viewer};
use crate::kept::Weighed;
use crate::problem::Problem;

/// The light of the page: the system's unless a cookie says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Theme {
    /// As the system has it.
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text {
            "light" => Some(Self::Light),
            "dark" => Some(Self::Dark),
            "system" => Some(Self::System),
            _ => None,
        }
    }

    /// For `data-theme`; empty for the system's.
    pub(crate) fn named(self) -> &'static str {
        match self {
            Self::System => "",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// The rooms of the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Dashboard,
    History,
    Analyze,
    Managers,
    Live,
    Queue,
    Rubrics,
    Settings,
    /// The page of keys and words: on no line of the navigation.
    Help,
    /// A page of trouble: nowhere in the house.
    Nowhere,
}

impl Place {
    const ALL: [Self; 8] = [
        Self::Dashboard,
        Self::History,
        Self::Analyze,
        Self::Managers,
        Self::Live,
        Self::Queue,
        Self::Rubrics,
        Self::Settings,
    ];

    /// The key of its name.
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::Dashboard => "nav-dashboard",
            Self::History => "nav-history",
            Self::Analyze => "nav-analyze",
            Self::Managers => "nav-managers",
            Self::Live => "nav-live",
            Self::Queue => "nav-queue",
            Self::Rubrics => "nav-rubrics",
            Self::Settings => "nav-settings",
            Self::Help => "help-title",
            Self::Nowhere => "brand",
        }
    }

    const fn href(self) -> &'static str {
        match self {
            Self::Dashboard => "/dashboard",
            Self::History => "/history",
            Self::Analyze | Self::Nowhere => "/",
            Self::Managers => "/managers",
            Self::Live => "/live",
            Self::Queue => "/queue",
            Self::Rubrics => "/rubrics",
            Self::Settings => "/settings",
            Self::Help => "/help",
        }
    }

    const fn icon(self) -> &'static str {
        match self {
            Self::Dashboard => "dashboard",
            Self::History => "history",
            Self::Analyze => "analyze",
            Self::Managers => "managers",
            Self::Live => "live",
            Self::Queue => "queue",
            Self::Rubrics => "rubrics",
            Self::Settings => "settings",
            Self::Help | Self::Nowhere => "info",
        }
    }

    /// Managers look at their own calls; the house is run by others.
    fn open_to(self, role: Role) -> bool {
        match self {
            Self::Dashboard | Self::History => role != Role::Integration,
            Self::Managers => matches!(role, Role::Admin | Role::Supervisor | Role::Manager),
            Self::Analyze | Self::Help | Self::Nowhere => true,
            Self::Live | Self::Queue | Self::Rubrics | Self::Settings => {
                matches!(role, Role::Admin | Role::Supervisor)
            }
        }
    }
}

/// A line of the navigation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NavItem {
    pub(crate) href: &'static str,
    pub(crate) icon: &'static str,
    pub(crate) key: &'static str,
    pub(crate) current: bool,
    /// Set apart from those above.
    pub(crate) apart: bool,
    /// Things that wait for a person; 0 = quiet.
    pub(crate) trouble: u64,
}

/// What every page knows.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    /// The words of the reader's language.
    pub(crate) t: Words,
    /// Whoever reads; `None` on pages for anyone.
    pub(crate) viewer: Option<Viewer>,
    /// The light.
    pub(crate) theme: Theme,
    /// Where in the house.
    pub(crate) place: Place,
    /// This page's path and query, for coming back to.
    pub(crate) path: String,
    /// A confirmation of what was just done.
    pub(crate) toast: String,
    /// Calls that wait for a person in the queue.
    pub(crate) trouble: u64,
}

impl Frame {
    /// Stands at a place of the navigation.
    pub(crate) fn at(mut self, place: Place) -> Self {
        self.place = place;
        self
    }

    fn role(&self) -> Option<Role> {
        self.viewer.as_ref().map(|viewer| viewer.role)
    }

    /// Whether the reader answers for others' calls.
    pub(crate) fn leads(&self) -> bool {
        matches!(self.role(), Some(Role::Admin | Role::Supervisor))
    }

    /// For the hidden field of forms; empty where none is asked for.
    pub(crate) fn csrf(&self) -> &str {
        self.viewer.as_ref().map_or("", Viewer::csrf)
    }

    fn items(&self) -> impl Iterator<Item = (Place, NavItem)> {
        let role = self.role();
        Place::ALL.into_iter().filter(move |place| role.is_some_and(|role| place.open_to(role))).map(
            move |place| {
                let item = NavItem {
                    href: place.href(),
                    icon: place.icon(),
                    // who sees own calls alone is led to the own page
                    key: if place == Place::Managers && role == Some(Role::Manager) {
                        "manager-own"
                    } else {
                        place.key()
                    },
                    current: place == self.place,
                    apart: place == Place::Rubrics,
                    trouble: if place == Place::Queue { self.trouble } else { 0 },
                };
                (place, item)
            },
        )
    }

    /// The whole navigation.
    pub(crate) fn nav(&self) -> Vec<NavItem> {
        self.items().map(|(_, item)| item).collect()
    }

    /// On a phone: what is used daily.
    pub(crate) fn tabs(&self) -> Vec<NavItem> {
        self.items().filter(|(place, _)| is_daily(*place)).map(|(_, item)| item).collect()
    }

    /// On a phone: the rest.
    pub(crate) fn more(&self) -> Vec<NavItem> {
        self.items().filter(|(place, _)| !is_daily(*place)).map(|(_, item)| item).collect()
    }

    /// Whether the page is one of the rest.
    pub(crate) fn in_more(&self) -> bool {
        !is_daily(self.place) && self.place != Place::Nowhere
    }

    /// The reader's name; whoever sits at the machine has none.
    pub(crate) fn name(&self) -> String {
        match &self.viewer {
            Some(Viewer { via: Via::OpenLoopback, .. }) | None => self.t.say("this-computer"),
            Some(viewer) => viewer.name.clone(),
        }
    }

    /// Two letters of the name.
    pub(crate) fn initials(&self) -> String {
        let name = self.name();
        let mut words = name.split([' ', '.', '_', '-']).filter_map(|word| word.chars().next());
        let (first, second) = (words.next(), words.next());
        first.into_iter().chain(second).flat_map(char::to_uppercase).collect()
    }

    /// The key of the role's name.
    pub(crate) fn role_key(&self) -> &'static str {
        match self.viewer.as_ref() {
            Some(Viewer { via: Via::OpenLoopback, .. }) | None => "role-open",
            Some(viewer) => match viewer.role {
                Role::Admin => "role-admin",
                Role::Supervisor => "role-supervisor",
                Role::Manager => "role-manager",
                Role::Integration => "role-integration",
            },
        }
    }

    /// Whether there is a session to end.
    pub(crate) fn can_leave(&self) -> bool {
        self.viewer.as_ref().is_some_and(|viewer| matches!(viewer.via, Via::Session { .. }))
    }

    pub(crate) fn other_lang(&self) -> &'static str {
        self.t.lang.pick("en", "ru")
    }

    pub(crate) fn other_lang_name(&self) -> &'static str {
        self.t.lang.pick("English", "Русский")
    }
}

const fn is_daily(place: Place) -> bool {
    matches!(place, Place::Dashboard | Place::History | Place::Analyze | Place::Managers)
}

impl FromRequestParts<Web> for Frame {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Infallible> {
        let jar = CookieJar::from_headers(&parts.headers);
        let t = Words::new(web.lang(&parts.headers), web.config().timezone, web.clock().now());
        let toast = jar.get("done").and_then(|cookie| confirmation(&t, cookie.value())).unwrap_or_default();
        Ok(Self {
            t,
            viewer: parts.extensions.get::<Viewer>().cloned(),
            theme: theme(&parts.headers),
            place: Place::History,
            path: parts.uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string),
            toast,
            trouble: waiting_for_people(parts, web).await,
        })
    }
}

/// The light that the reader chose.
fn theme(headers: &HeaderMap) -> Theme {
    let jar = CookieJar::from_headers(headers);
    jar.get("theme").and_then(|cookie| Theme::parse(cookie.value())).unwrap_or_default()
}

/// Jobs that nobody but a person can help, for those who run the house. A figure in a corner never
/// takes the page down with it.
async fn waiting_for_people(parts: &Parts, web: &Web) -> u64 {
    let leads = |viewer: &Viewer| matches!(viewer.role, Role::Admin | Role::Supervisor);
    if parts.method != http::Method::GET || !parts.extensions.get::<Viewer>().is_some_and(leads) {
        return 0;
    }
    let waiting = web.kept("waiting for people".to_owned(), async {
        let counts = web.store().queue_counts(None).await?;
        Ok(Waiting(
            counts.iter().filter(|count| count.state == JobState::Dead).map(|count| count.count).sum(),
        ))
    });
    waiting.await.map_or(0, |waiting| waiting.0)
}

/// Jobs.
struct Waiting(u64);

impl Weighed for Waiting {
    fn weight(&self) -> usize {
        8
    }
}

/// The words of a confirmation that a redirect left in the cookie `done`: a key of ours, never a text.
fn confirmation(t: &Words, key: &str) -> Option<String> {
    let known =
        key.len() < 40 && key.starts_with("done-") && key.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    known.then(|| t.say(key))
}

/// A rendered template as an answer.
pub(crate) fn page(template: &impl Template) -> Result<Response, Problem> {
    match template.render() {
        Ok(html) => Ok(Html(html).into_response()),
        Err(error) => {
            tracing::error!(%error, "a page was not rendered");
            Err(Problem::internal())
        }
    }
}

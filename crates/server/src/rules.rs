//! Which role may use which route, as data: the one table that the door, the tests and the docs read.
//!
//! A room lists its routes in a `RULES` beside its `router()`. The door looks the matched path up here
//! before any handler runs; what is not listed answers 404 to everybody, so a forgotten rule shows at
//! the first try and never opens anything.

use http::Method;

use crate::access::Role;

/// Who may come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    /// Everybody, and nobody asks who it is: health and static files are given while the database is away,
    /// and however many others wait for it.
    Unasked,
    /// Everybody, signed in or not: the login page, webhooks.
    Anyone,
    /// These roles.
    Roles(&'static [Role]),
    /// A scenario of ours, by the backend's secret; no role.
    Scenario,
}

impl Who {
    /// All people and programs with an account.
    pub(crate) const SIGNED_IN: Self =
        Self::Roles(&[Role::Admin, Role::Supervisor, Role::Manager, Role::Integration]);
    /// People: everybody but programs.
    pub(crate) const PEOPLE: Self = Self::Roles(&[Role::Admin, Role::Supervisor, Role::Manager]);
    /// Those who answer for others' calls.
    pub(crate) const LEADERS: Self = Self::Roles(&[Role::Admin, Role::Supervisor]);
    /// Leaders and programs: whoever may bring calls in.
    pub(crate) const INTAKE: Self = Self::Roles(&[Role::Admin, Role::Supervisor, Role::Integration]);
    /// The owner of the installation.
    pub(crate) const ADMIN: Self = Self::Roles(&[Role::Admin]);
}

/// What a route may cost: its body, its time, the shape of its refusals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// A page for a browser: refusals are pages, a stranger is sent to `/login`.
    Page,
    /// JSON in and out, up to 1 MB.
    Api,
    /// JSON in; the answer may take minutes.
    Slow,
    /// A body that goes to disk as it comes.
    Upload,
    /// An answer without an end: events, exports, sound.
    Stream,
    /// A notice from another program, with a secret of its own.
    Hook,
    /// A form of a browser that sends a file.
    PageUpload,
}

impl Class {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Api => "api",
            Self::Slow => "slow",
            Self::Upload => "upload",
            Self::Stream => "stream",
            Self::Hook => "hook",
            Self::PageUpload => "page_upload",
        }
    }

    /// Whether refusals are pages.
    pub(crate) const fn is_page(self) -> bool {
        matches!(self, Self::Page | Self::PageUpload)
    }
}

/// One route.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    /// The method; `GET` speaks for `HEAD` too.
    pub(crate) method: Method,
    /// The path as the router spells it: `/history/{id}`.
    pub(crate) path: &'static str,
    /// Who.
    pub(crate) who: Who,
    /// At what cost.
    pub(crate) class: Class,
}

impl Rule {
    /// `GET path`.
    pub(crate) const fn get(path: &'static str, who: Who, class: Class) -> Self {
        Self { method: Method::GET, path, who, class }
    }

    /// `POST path`.
    pub(crate) const fn post(path: &'static str, who: Who, class: Class) -> Self {
        Self { method: Method::POST, path, who, class }
    }

    /// `DELETE path`.
    pub(crate) const fn delete(path: &'static str, who: Who, class: Class) -> Self {
        Self { method: Method::DELETE, path, who, class }
    }
}

/// The rooms' tables.
const ROOMS: [&[Rule]; 8] = [
    crate::access::RULES,
    crate::watch::RULES,
    crate::seed::RULES,
    crate::api::RULES,
    crate::outgoing::RULES,
    crate::pages::RULES,
    crate::voice::RULES,
    crate::voice::PAGES,
];

/// Every route of the service.
pub(crate) fn all() -> impl Iterator<Item = &'static Rule> {
    ROOMS.into_iter().flatten()
}

/// A route as others may read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteRule {
    /// `GET`, `POST`, …
    pub method: String,
    /// The path as the router spells it: `/history/{id}`.
    pub path: &'static str,
    /// The roles that may use it; `None` = anybody, signed in or not. None at all: scenarios, by their secret.
    pub roles: Option<Vec<&'static str>>,
    /// The class of its cost: `page`, `api`, `slow`, `upload`, `stream`, `hook`, `page_upload`.
    pub class: &'static str,
}

/// Every route of the service with who may use it: for tests and for the documents.
pub fn routes() -> Vec<RouteRule> {
    let row = |rule: &Rule| RouteRule {
        method: rule.method.to_string(),
        path: rule.path,
        roles: match rule.who {
            Who::Unasked | Who::Anyone => None,
            Who::Roles(roles) => Some(roles.iter().map(|role| role.as_str()).collect()),
            Who::Scenario => Some(Vec::new()),
        },
        class: rule.class.as_str(),
    };
    all().map(row).collect()
}

/// The rule of a request; `HEAD` asks for what `GET` gives.
pub(crate) fn find(method: &Method, path: &str) -> Option<&'static Rule> {
    let method = if method == Method::HEAD { &Method::GET } else { method };
    all().find(|rule| rule.method == *method && rule.path == path)
}

//! Who is it, and may they: the door of the service.

mod accounts;
mod audit;
mod csrf;
mod door;
mod host;
mod login;
mod looks;
mod passwords;
mod recognise;
mod role;
mod scrapers;
mod secret;
mod tries;
mod viewer;

use std::sync::Arc;

use axum::routing::post;
use domain::Clock;
use secrecy::{ExposeSecret as _, SecretString};

pub use accounts::{AccountError, NewAccount, add_user, make_token, remove_account, set_password};
pub(crate) use audit::Deed;
pub(crate) use door::{door, sign_in_first};
pub(crate) use login::local_path;
pub(crate) use recognise::{by_secret, peer, recognise};
pub(crate) use role::{Role, Scope};
pub(crate) use scrapers::may_see_figures;
pub(crate) use secret::fresh as fresh_secret;
pub(crate) use viewer::{Via, Viewer};

use crate::Web;
use crate::rules::{Class, Rule, Who};
use looks::Looks;
use passwords::Passwords;
use scrapers::Scrapers;
use tries::Tries;

/// Routes of this room. The page `GET /login` is drawn by `pages`.
pub(crate) const RULES: &[Rule] = &[
    Rule::post("/login", Who::Anyone, Class::Page),
    Rule::post("/logout", Who::SIGNED_IN, Class::Page),
    Rule::post("/logout/everywhere", Who::SIGNED_IN, Class::Page),
];

/// Handlers of this room.
pub(crate) fn router() -> axum::Router<Web> {
    axum::Router::new()
        .route("/login", post(login::sign_in))
        .route("/logout", post(login::sign_out))
        .route("/logout/everywhere", post(login::sign_out_everywhere))
}

/// The door's memory.
#[derive(Debug)]
pub(crate) struct Access {
    admin_token: Option<SecretString>,
    webhook_key: Option<SecretString>,
    passwords: Passwords,
    tries: Tries,
    looks: Looks,
    scrapers: Scrapers,
}

impl Access {
    /// An empty secret is none.
    pub(crate) fn new(
        admin_token: Option<SecretString>,
        webhook_key: Option<SecretString>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let set = |secret: Option<SecretString>| secret.filter(|secret| !secret.expose_secret().is_empty());
        let (admin_token, webhook_key) = (set(admin_token), set(webhook_key));
        Self {
            admin_token,
            webhook_key,
            passwords: Passwords::new(),
            tries: Tries::new(clock),
            looks: Looks::default(),
            scrapers: Scrapers::default(),
        }
    }

    pub(crate) fn has_admin_token(&self) -> bool {
        self.admin_token.is_some()
    }

    fn is_admin_token(&self, shown: &str) -> bool {
        is(self.admin_token.as_ref(), shown)
    }

    /// Whether it is the key that stands in the path of webhooks.
    pub(crate) fn is_webhook_key(&self, shown: &str) -> bool {
        is(self.webhook_key.as_ref(), shown)
    }

    fn passwords(&self) -> &Passwords {
        &self.passwords
    }

    fn tries(&self) -> &Tries {
        &self.tries
    }
}

fn is(secret: Option<&SecretString>, shown: &str) -> bool {
    secret.is_some_and(|secret| secret::equal(secret.expose_secret(), shown))
}

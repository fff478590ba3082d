//! Who is it, and may they: the door of the service.

mod accounts;
mod audit;
mod csrf;
mod door;
mod host;
mod login;
mod passwords;
mod recognise;
mod role;
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
pub(crate) use recognise::{by_secret, is_local, peer};
pub(crate) use role::{Role, Scope};
pub(crate) use viewer::{Via, Viewer};

use crate::Web;
use crate::rules::{Class, Rule, Who};
use passwords::Passwords;
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
    passwords: Passwords,
    tries: Tries,
}

impl Access {
    /// An empty admin token is none.
    pub(crate) fn new(admin_token: Option<SecretString>, clock: Arc<dyn Clock>) -> Self {
        let admin_token = admin_token.filter(|token| !token.expose_secret().is_empty());
        Self { admin_token, passwords: Passwords::new(), tries: Tries::new(clock) }
    }

    pub(crate) fn has_admin_token(&self) -> bool {
        self.admin_token.is_some()
    }

    fn is_admin_token(&self, shown: &str) -> bool {
        self.admin_token.as_ref().is_some_and(|token| secret::equal(token.expose_secret(), shown))
    }

    fn passwords(&self) -> &Passwords {
        &self.passwords
    }

    fn tries(&self) -> &Tries {
        &self.tries
    }
}

//! The web service: the REST contract, webhooks, the pages that a head of sales opens every morning.
//!
//! [`serve`] opens the door and works until it is stopped; [`router`] is the same without a socket, for
//! tests and for embedding in a program of one's own:
//!
//! ```no_run
//! # async fn start() -> Result<(), Box<dyn std::error::Error>> {
//! let loaded = app::load(&app::ConfigInput::from_process())?;
//! let app = std::sync::Arc::new(app::App::open(loaded.config).await?);
//! let options = server::ServeOptions::new("127.0.0.1:8000".parse()?);
//! let web = server::Web::open(app, &options).await?;
//! let router: axum::Router = server::router(web);
//! # Ok(())
//! # }
//! ```
//!
//! Rooms: `access` (who is it, and may they), `guard` (what any request may cost), `seed` (the four
//! addresses that the product began with), `api` (`/api/v1`), `outgoing` (what we tell others), `pages`.
//! Every route stands in its room's table of rules with the roles that may use it; a route without a
//! rule answers nobody. Calls are reached through `VisibleCalls` alone, which knows whose they are.
//!
//! Place: a program above `app`; nobody but `cli` uses it.

mod access;
mod api;
mod arguments;
mod guard;
mod kept;
mod known;
mod outgoing;
mod pages;
mod problem;
mod revisions;
mod rules;
mod seed;
mod serve;
mod socket;
mod visible;
mod voice;
mod watch;
mod web;

pub use access::{AccountError, NewAccount, add_user, make_token, remove_account, set_password};
pub use arguments::Asked;
pub use outgoing::tell_others;
pub use rules::{RouteRule, routes};
pub use serve::{Ready, ServeError, ServeOptions, router, serve, serve_figures, welcome};
pub use web::Web;

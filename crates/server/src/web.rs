//! What every handler holds: the installation and the door's memory.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use app::{App, Config};
use axum_extra::extract::CookieJar;
use domain::{Clock, Lang};
use http::{HeaderMap, header};
use store::{Store, StoreError};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::access::{Access, Viewer};
use crate::guard::Turns;
use crate::kept::{Kept, Weighed};
use crate::problem::Problem;
use crate::revisions::Revisions;
use crate::seed::UisHints;
use crate::visible::VisibleCalls;
use crate::watch::Readiness;
use crate::{ServeError, ServeOptions};

/// Yes or no.
struct Flag(bool);

impl Weighed for Flag {
    fn weight(&self) -> usize {
        1
    }
}

/// The state of the service; cheap to clone.
#[derive(Clone)]
pub struct Web(Arc<Parts>);

struct Parts {
    app: Arc<App>,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    bind: SocketAddr,
    access: Access,
    turns: Turns,
    readiness: Readiness,
    stopping: CancellationToken,
    outbox: Notify,
    patience: Duration,
    uis_hints: UisHints,
    kept: Kept,
    revisions: Revisions,
    opening: i64,
}

impl Web {
    /// Puts the service together.
    ///
    /// # Errors
    /// [`ServeError::Unprotected`] where others could reach us and nothing would keep them out; the
    /// store's.
    pub async fn open(app: Arc<App>, options: &ServeOptions) -> Result<Self, ServeError> {
        let (bind, clock, store) = (options.bind, app.clock(), app.store());
        let webhook_key = app.config().server.webhook_key.clone();
        let opening = clock.now().timestamp_micros();
        let access = Access::new(options.admin_token.clone(), webhook_key, Arc::clone(&clock));
        let web = Self(Arc::new(Parts {
            app,
            store,
            clock,
            bind,
            access,
            turns: Turns::default(),
            readiness: Readiness::default(),
            stopping: CancellationToken::new(),
            outbox: Notify::new(),
            patience: options.patience,
            uis_hints: UisHints::default(),
            kept: Kept::default(),
            revisions: Revisions::default(),
            opening,
        }));
        if bind.ip().is_loopback() || web.has_anybody().await? {
            Ok(web)
        } else {
            Err(ServeError::Unprotected { bind })
        }
    }

    /// Whether there is anybody to be told from strangers: an admin token, an API token, a user. One who is
    /// shut out counts: nobody is let in by shutting the last one out.
    async fn has_anybody(&self) -> Result<bool, StoreError> {
        let store = self.store();
        Ok(self.access().has_admin_token() || store.has_accounts().await? || !store.users().await?.is_empty())
    }

    /// [`Self::has_anybody`], asked again only where something has changed.
    pub(crate) async fn is_guarded(&self) -> Result<bool, Problem> {
        if self.access().has_admin_token() {
            return Ok(true);
        }
        let guarded = self.kept("guarded".to_owned(), async { Ok(Flag(self.has_anybody().await?)) });
        Ok(guarded.await?.0)
    }

    /// An answer that is made once as long as nothing changes; `key` names all that it depends on beside the
    /// database.
    ///
    /// # Errors
    /// Those of `read`; when the store fails.
    pub(crate) async fn kept<T>(
        &self,
        key: String,
        read: impl Future<Output = Result<T, Problem>>,
    ) -> Result<Arc<T>, Problem>
    where
        T: Weighed + Send + Sync + 'static,
    {
        let mark = self.store().change_mark().await?;
        self.0.kept.answer(mark, key, read).await
    }

    /// Tells this service from the one that ran before it: marks of changes are counted from its start.
    pub(crate) fn opening(&self) -> i64 {
        self.0.opening
    }

    /// Revisions of rubrics that were read.
    pub(crate) fn revisions(&self) -> &Revisions {
        &self.0.revisions
    }

    /// The installation.
    pub(crate) fn app(&self) -> &Arc<App> {
        &self.0.app
    }

    /// The settings.
    pub(crate) fn config(&self) -> &Config {
        self.0.app.config()
    }

    /// The database. Calls are reached through [`Self::visible`].
    pub(crate) fn store(&self) -> &Arc<dyn Store> {
        &self.0.store
    }

    /// The time.
    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        &self.0.clock
    }

    /// The door's memory.
    pub(crate) fn access(&self) -> &Access {
        &self.0.access
    }

    /// Who waits for whom.
    pub(crate) fn turns(&self) -> &Turns {
        &self.0.turns
    }

    /// Whether work can be done.
    pub(crate) fn readiness(&self) -> &Readiness {
        &self.0.readiness
    }

    /// How long an answer waits for a judgement before it says where to look for it.
    pub(crate) fn patience(&self) -> Duration {
        self.0.patience
    }

    /// Notices that wait until UIS is asked.
    pub(crate) fn uis_hints(&self) -> &UisHints {
        &self.0.uis_hints
    }

    /// Rung when something was put into the outbox.
    pub(crate) fn outbox(&self) -> &Notify {
        &self.0.outbox
    }

    /// Cancelled when the service is stopped: answers without an end, and whatever works in the
    /// background, end then.
    pub(crate) fn stopping(&self) -> &CancellationToken {
        &self.0.stopping
    }

    /// What the viewer may see of the calls.
    pub(crate) fn visible(&self, viewer: &Viewer) -> VisibleCalls {
        VisibleCalls::new(Arc::clone(&self.0.app), viewer.scope.clone())
    }

    /// The language to answer in: the person's choice (cookie `lang`), else the browser's wish, else
    /// the installation's.
    pub(crate) fn lang(&self, headers: &HeaderMap) -> Lang {
        let chosen = CookieJar::from_headers(headers).get("lang").and_then(|cookie| named(cookie.value()));
        let wish = || headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok().and_then(wished);
        chosen.or_else(wish).unwrap_or(self.config().lang)
    }

    /// Whether only this machine can reach us.
    pub(crate) fn bound_to_loopback(&self) -> bool {
        self.0.bind.ip().is_loopback()
    }
}

fn named(tag: &str) -> Option<Lang> {
    let language = tag.split('-').next().unwrap_or_default();
    match language.trim().to_ascii_lowercase().as_str() {
        "ru" => Some(Lang::Ru),
        "en" => Some(Lang::En),
        _ => None,
    }
}

/// The language of `Accept-Language` with the greatest weight that we speak.
fn wished(header: &str) -> Option<Lang> {
    let mut best: Option<(f32, Lang)> = None;
    for range in header.split(',').take(16) {
        let mut parts = range.split(';');
        let Some(lang) = parts.next().and_then(named) else { continue };
        let weight = parts.find_map(|part| part.trim().strip_prefix("q=")?.parse().ok()).unwrap_or(1.0);
        if weight > 0.0 && best.is_none_or(|(most, _)| weight > most) {
            best = Some((weight, lang));
        }
    }
    best.map(|(_, lang)| lang)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browsers_wish_is_weighed() {
        assert_eq!(wished("en-GB,en;q=0.9,ru;q=0.8"), Some(Lang::En));
        assert_eq!(wished("de, ru;q=0.4, en;q=0.3"), Some(Lang::Ru));
        assert_eq!(wished("ru;q=0, en;q=0.1"), Some(Lang::En));
        assert_eq!(wished("de"), None);
        assert_eq!(wished("*"), None);
    }
}

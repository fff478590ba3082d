//! Who may see the figures: this machine, and administrators.
//!
//! Figures are wanted most while the database is away, and then nobody can be looked up in it. So a token
//! that was an administrator's lately opens the figures, and nothing else, until the database answers again.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::Sha256;
use http::request::Parts;
use http::{StatusCode, header};
use store::StoreError;
use tokio::time::{Instant, timeout};

use super::recognise::{bearer, is_local, recognise};
use super::{Role, Via, secret, sign_in_first};
use crate::Web;
use crate::problem::Problem;

/// A database that has not named the viewer by then is away.
const PATIENCE: Duration = Duration::from_secs(1);
/// A token is good for figures so long after it was last looked up.
const REMEMBERED: Duration = Duration::from_hours(24);

/// Digests of administrators' tokens, and when each was looked up.
#[derive(Debug, Default)]
pub(super) struct Scrapers(Mutex<HashMap<Sha256, Instant>>);

impl Scrapers {
    fn seen(&self, token: Sha256) {
        let (mut known, now) = (self.0.lock().unwrap_or_else(PoisonError::into_inner), Instant::now());
        known.retain(|_, seen| now - *seen < REMEMBERED);
        known.insert(token, now);
    }

    fn forget(&self, token: &Sha256) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(token);
    }

    fn knows(&self, token: &Sha256) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(token).is_some_and(|seen| seen.elapsed() < REMEMBERED)
    }
}

/// Lets this machine and administrators see the figures.
///
/// # Errors
/// 401 for everybody else; 429 for too many wrong tokens; 503 for a token that nobody knows while the
/// database is away.
pub(crate) async fn may_see_figures(web: &Web, request: &Parts) -> Result<(), Problem> {
    let (headers, extensions) = (&request.headers, &request.extensions);
    let authority = request.uri.authority().map(http::uri::Authority::as_str);
    if is_local(web, headers, extensions, authority) {
        return Ok(());
    }
    let shown = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(bearer);
    let (token, scrapers) = (shown.map(secret::digest), &web.access().scrapers);
    let is_known = || token.as_ref().is_some_and(|token| scrapers.knows(token));
    let viewer = match timeout(PATIENCE, recognise(web, headers, extensions, authority)).await {
        Ok(Ok(viewer)) => viewer,
        Err(_) if is_known() => return Ok(()),
        Err(late) => return Err(StoreError::Unavailable(Box::new(late)).into()),
        Ok(Err(problem)) if problem.status == StatusCode::SERVICE_UNAVAILABLE && is_known() => return Ok(()),
        Ok(Err(problem)) => {
            if let Some(token) = token.filter(|_| problem.status == StatusCode::UNAUTHORIZED) {
                scrapers.forget(&token);
            }
            return Err(problem);
        }
    };
    let admin = viewer.filter(|viewer| viewer.is(&[Role::Admin])).ok_or_else(sign_in_first)?;
    if let Some(token) = token.filter(|_| admin.via == Via::Token) {
        scrapers.seen(token);
    }
    Ok(())
}

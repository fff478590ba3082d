//! Who looked at what: calls that were opened, words that were searched, the log itself.
//!
//! Looks are many, and every write makes kept answers stale. So they are written a moment later and
//! together, and one person's looks at one thing within ten minutes are one line. A process that is killed
//! takes the looks of its last two seconds along.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::extract::Request;
use chrono::{DateTime, Utc};
use domain::CallId;
use http::Method;
use tokio::time::{Instant, sleep};

use super::{Deed, Viewer};
use crate::Web;

/// How long looks wait for each other.
const TOGETHER: Duration = Duration::from_secs(2);
/// Looks of one person at one thing are one line for so long.
const ONE_LINE: Duration = Duration::from_mins(10);
/// Remembered at most; past this the quiet ones are forgotten.
const REMEMBERED: usize = 10_000;
/// Waiting at most: a flood is cut, and says so.
const WAITING: usize = 10_000;

/// A look: who, what, at what.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Look {
    who: String,
    deed: Deed,
    target: String,
}

/// Looks that are not written yet, and those that need not be.
#[derive(Debug, Default)]
pub(crate) struct Looks(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    seen: HashMap<Look, Instant>,
    waiting: Vec<(Look, DateTime<Utc>)>,
}

impl Look {
    /// What a request looks at, if it is worth a line.
    pub(crate) fn of(route: &str, request: &Request) -> Option<Self> {
        let viewer = request.extensions().get::<Viewer>()?;
        if request.method() != Method::GET {
            return None;
        }
        let (deed, target) = match route {
            "/history/{id}" | "/api/v1/calls/{id}" => {
                let id = request.uri().path().rsplit('/').next()?;
                (Deed::View, CallId::parse(id).ok()?.to_string())
            }
            "/history" | "/api/v1/search" => (Deed::Search, digest(request.uri().query()?)?),
            "/settings/audit" => (Deed::Audit, "log".to_owned()),
            "/settings/privacy" | "/api/v1/erasures" => (Deed::Audit, "receipts".to_owned()),
            _ => return None,
        };
        Some(Self { who: viewer.name.clone(), deed, target })
    }
}

/// What was searched for, as a digest.
fn digest(query: &str) -> Option<String> {
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    app::searched(&pairs.find(|(name, _)| name == "q")?.1)
}

impl Looks {
    /// Notes a look; `true` when somebody has to write it down.
    fn note(&self, look: Look, at: DateTime<Utc>) -> bool {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if state.seen.get(&look).is_some_and(|seen| now - *seen < ONE_LINE) {
            return false;
        }
        if state.seen.len() >= REMEMBERED {
            state.seen.retain(|_, seen| now - *seen < ONE_LINE);
            if state.seen.len() >= REMEMBERED {
                state.seen.clear();
            }
        }
        if state.waiting.len() >= WAITING {
            tracing::error!("too many looks at once: one is not written down");
            return false;
        }
        state.seen.insert(look.clone(), now);
        state.waiting.push((look, at));
        state.waiting.len() == 1
    }

    fn take(&self) -> Vec<(Look, DateTime<Utc>)> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner).waiting)
    }
}

impl Web {
    /// Somebody looked: it is written down before long.
    pub(crate) fn looked(&self, look: Look) {
        if self.access().looks.note(look, self.clock().now()) {
            let web = self.clone();
            tokio::spawn(async move {
                tokio::select! {
                    () = sleep(TOGETHER) => {}
                    () = web.stopping().cancelled() => {}
                }
                web.write_looks().await;
            });
        }
    }

    /// Writes down what waits.
    pub(crate) async fn write_looks(&self) {
        for (look, at) in self.access().looks.take() {
            let written = self.store().audit(&look.who, look.deed.as_str(), &look.target, at).await;
            if let Err(error) = written {
                tracing::error!(%error, deed = look.deed.as_str(), "the audit log was not written");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(who: &str) -> Look {
        Look { who: who.to_owned(), deed: Deed::View, target: "1".to_owned() }
    }

    #[tokio::test(start_paused = true)]
    async fn one_persons_looks_at_one_call_are_one_line_for_a_while() {
        let (looks, at) = (Looks::default(), DateTime::UNIX_EPOCH);
        assert!(looks.note(look("anna"), at), "somebody has to write it down");
        assert!(!looks.note(look("anna"), at));
        assert!(!looks.note(look("oleg"), at), "whoever writes writes all");
        assert_eq!(looks.take().len(), 2);
        assert!(!looks.note(look("anna"), at));
        assert!(looks.take().is_empty(), "the same look again");
        tokio::time::advance(ONE_LINE).await;
        assert!(looks.note(look("anna"), at));
    }

    #[test]
    fn searched_words_are_kept_as_a_digest() {
        let kept = digest("status=done&q=%D0%98%D0%B2%D0%B0%D0%BD").unwrap();
        assert_eq!(kept.len(), "words ".len() + 16);
        assert_eq!(digest("q=+%20&x=1"), None);
        assert_eq!(digest("q=%D0%B8%D0%B2%D0%B0%D0%BD"), Some(kept), "case aside");
    }
}

//! What is read of people at a terminal stands in the access log, as what is read on the pages does.
//!
//! Targets are ids, endings and digests: never a number, never a word.

use chrono::NaiveDate;
use domain::CallId;
use sha2::{Digest as _, Sha256};

use crate::App;

/// What was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen<'a> {
    /// A call was opened.
    Call(CallId),
    /// The list of calls.
    List,
    /// Words were searched for.
    Words(&'a str),
    /// Calls were taken out as a file with this ending.
    File(&'a str),
    /// The weeks of managers were taken out: of this Monday, or of the last week.
    Week(Option<NaiveDate>),
}

impl Seen<'_> {
    /// The deed and its target, in the words of the pages' own log; `None` for what reads nothing.
    fn line(&self) -> Option<(&'static str, String)> {
        Some(match self {
            Self::Call(id) => ("view", id.to_string()),
            Self::List => ("list", "calls".to_owned()),
            Self::Words(words) => ("search", searched(words)?),
            Self::File(ending) => ("export", (*ending).to_owned()),
            Self::Week(day) => ("export", day.map_or_else(|| "week".to_owned(), |day| format!("week {day}"))),
        })
    }
}

/// What was searched for, as a digest: words may be a name.
pub fn searched(words: &str) -> Option<String> {
    let words = words.trim().to_lowercase();
    if words.is_empty() {
        return None;
    }
    let digest: String = hex::encode(Sha256::digest(words)).chars().take(16).collect();
    Some(format!("words {digest}"))
}

impl App {
    /// Writes down that whoever runs this program read something. A log that cannot be written keeps nobody
    /// from their calls: it is told to the program's own log.
    pub async fn note_seen(&self, seen: &Seen<'_>) {
        let Some((deed, target)) = seen.line() else { return };
        let who = format!("CLI: {}", self.config().person);
        if let Err(error) = self.store().audit(&who, deed, &target, self.clock().now()).await {
            tracing::error!(%error, deed, "the access log was not written");
        }
    }
}

#[cfg(test)]
mod tests {
    use store::{AuditFilter, PageRequest};

    use super::*;
    use crate::testing::app_in;

    #[tokio::test]
    async fn what_is_read_at_a_terminal_stands_in_the_log_without_words() {
        let place = tempfile::tempdir().unwrap();
        let app = app_in(place.path(), &[]).await;
        let id = CallId::derive("folder", "1");
        let day = NaiveDate::from_ymd_opt(2026, 11, 16).unwrap();
        for seen in [
            Seen::Call(id),
            Seen::List,
            Seen::Words("Иван Петров"),
            Seen::Words(" "),
            Seen::File("xlsx"),
            Seen::Week(Some(day)),
        ] {
            app.note_seen(&seen).await;
        }
        let page = PageRequest { after: None, limit: 10 };
        let lines = app.store().audit_lines(&AuditFilter::default(), page).await.unwrap().items;
        let who = format!("CLI: {}", app.config().person);
        assert!(lines.iter().all(|line| line.who == who), "{lines:?}");
        let mut said: Vec<_> = lines.iter().map(|line| format!("{} {}", line.what, line.target)).collect();
        said.sort();
        let words = format!("search {}", searched("иван петров").unwrap());
        let mut expected = vec![
            format!("view {id}"),
            "list calls".to_owned(),
            words,
            "export xlsx".to_owned(),
            "export week 2026-11-16".to_owned(),
        ];
        expected.sort();
        assert_eq!(said, expected);
    }
}

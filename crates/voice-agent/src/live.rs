//! What is happening in calls now, for whoever looks on: the page that follows a call, a terminal.
//!
//! A looker-on who is slow misses lines and reads the dialogue instead; nobody waits for him.

use chrono::{DateTime, Utc};
use domain::CallId;
use tokio::sync::broadcast;

use crate::{Action, AnswerSource, Ending};

/// Lines kept for a slow looker-on.
const KEPT: usize = 1024;

/// Something that happened in a call.
#[derive(Clone, PartialEq)]
pub struct LiveEvent {
    /// Which call.
    pub call: CallId,
    /// When.
    pub at: DateTime<Utc>,
    /// What.
    pub what: LiveLine,
}

/// What happened.
#[derive(Clone, PartialEq)]
pub enum LiveLine {
    /// The call was placed or came in.
    Began,
    /// The client answered.
    Answered,
    /// The client said this; in real time the words may come piece by piece, the last piece whole.
    Heard {
        /// Of the turn.
        turn: u32,
        /// The words.
        text: String,
    },
    /// The robot says this.
    Said {
        /// Of the turn; 0 for the greeting.
        turn: u32,
        /// The words.
        text: String,
        /// Where they came from.
        source: AnswerSource,
        /// What the telephone does next.
        action: Action,
        /// From the client's last word (or the request) to ours, ms; for the first part of an answer.
        latency_ms: Option<u64>,
    },
    /// The line went down.
    Ended {
        /// Why.
        why: Ending,
    },
}

/// Tells lookers-on. Clones tell the same ones.
#[derive(Debug, Clone)]
pub struct LiveFeed(broadcast::Sender<LiveEvent>);

impl Default for LiveFeed {
    fn default() -> Self {
        Self(broadcast::Sender::new(KEPT))
    }
}

impl LiveFeed {
    /// Tells it to those who look on now.
    pub fn tell(&self, call: CallId, at: DateTime<Utc>, what: LiveLine) {
        // an error means that nobody looks on
        let _nobody = self.0.send(LiveEvent { call, at, what });
    }

    /// From now on.
    pub fn follow(&self) -> broadcast::Receiver<LiveEvent> {
        self.0.subscribe()
    }
}

//! Progress where no eyes look: a line at most every few seconds, fit for a log.

use std::time::Instant;

use super::{Display, PLAIN_EVERY, Standing, stage_name, waiting};
use crate::terminal::Terminal;
use crate::texts::t;
use crate::wording;
use store::Stage;

/// The lines.
pub(crate) struct PlainLines {
    terminal: Terminal,
    last: Option<Instant>,
    said: String,
}

impl PlainLines {
    pub(crate) fn new(terminal: Terminal) -> Self {
        Self { terminal, last: None, said: String::new() }
    }
}

impl Display for PlainLines {
    fn show(&mut self, standing: &Standing, now: Instant) {
        let last = *self.last.get_or_insert(now);
        if now.saturating_duration_since(last) < PLAIN_EVERY {
            return;
        }
        let line = line(&self.terminal, standing);
        if line != self.said {
            self.terminal.say(&line);
            self.said = line;
            self.last = Some(now);
        }
    }

    fn say(&mut self, warning: &str) {
        self.terminal.warn(warning);
    }

    fn finish(&mut self, _standing: &Standing) {}
}

/// «Речь в текст 17/24 · Разбор 16/24 · осталось 0:38».
fn line(terminal: &Terminal, standing: &Standing) -> String {
    let texts = terminal.texts;
    let mut parts: Vec<String> = Stage::ALL
        .into_iter()
        .zip(standing.done)
        .filter(|(stage, _)| matches!(stage, Stage::Transcribe | Stage::Analyze))
        .map(|(stage, done)| format!("{} {done}/{}", stage_name(texts, stage), standing.total))
        .collect();
    parts.extend(standing.pace.left().map(|left| t!(texts, "progress-left", time = wording::elapsed(left))));
    parts.extend(standing.waiting.map(|seconds| waiting(texts, seconds)));
    parts.join(", ")
}

//! Progress for eyes: a bar per stage, the money and how to stop below them.

use std::time::{Duration, Instant};

use console::Term;
use domain::Money;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use store::Stage;

use super::{Display, Standing, stage_name, waiting};
use crate::help::padded;
use crate::terminal::{Terminal, Tone};
use crate::texts::t;
use crate::wording;

/// Redraws a second.
const HZ: u8 = 8;
/// Width of a bar.
const BAR: usize = 24;
/// Width of a stage's name.
const NAME: usize = 13;

/// The bars of a run: a block of lines that is written over itself.
///
/// Not bars of indicatif: several of them are throttled one by one, so that some keep old figures,
/// and what is printed between them shifts their lines.
pub(crate) struct Bars {
    terminal: Terminal,
    max_cost: Option<Money>,
    screen: Term,
    /// Lines on the screen now.
    drawn: usize,
}

impl Bars {
    pub(crate) fn new(terminal: Terminal, max_cost: Option<Money>) -> Self {
        Self { terminal, max_cost, screen: Term::buffered_stderr(), drawn: 0 }
    }

    /// Writes the block in place of what was there.
    fn draw(&mut self, text: &str) {
        let written = self.screen.clear_last_lines(self.drawn).and_then(|()| self.screen.write_str(text));
        self.drawn = text.lines().count();
        if let Err(error) = written.and_then(|()| self.screen.flush()) {
            tracing::debug!(%error, "progress cannot be shown");
        }
    }

    fn text(&self, standing: &Standing, running: bool) -> String {
        let stages = Stage::ALL.into_iter().zip(standing.done);
        let mut lines: Vec<String> =
            stages.map(|(stage, done)| stage_line(&self.terminal, stage, done, standing)).collect();
        if running {
            lines.push(self.foot(standing));
        }
        lines.iter().fold(String::new(), |text, line| text + line + "\n")
    }

    /// «Потрачено 8,10 ₽ из 300,00 ₽. Ctrl+C остановит, потом продолжим с этого места»
    fn foot(&self, standing: &Standing) -> String {
        let texts = self.terminal.texts;
        let spent = match (standing.spent, self.max_cost) {
            (Some(spent), Some(most)) => {
                let (spent, most) = (wording::money(texts, spent), wording::money(texts, most));
                t!(texts, "progress-spent-of", spent = spent, most = most)
            }
            (Some(spent), None) => t!(texts, "progress-spent", spent = wording::money(texts, spent)),
            (None, _) => String::new(),
        };
        let waiting = standing.waiting.map(|seconds| waiting(texts, seconds)).unwrap_or_default();
        let parts = [spent, waiting, t!(texts, "progress-stop")];
        let foot = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
        let foot = self.terminal.cut(&foot, self.terminal.err.width.saturating_sub(1));
        self.terminal.paint_err(Tone::Quiet, &foot)
    }
}

impl Display for Bars {
    fn show(&mut self, standing: &Standing, _now: Instant) {
        let text = self.text(standing, true);
        self.draw(&text);
    }

    fn say(&mut self, warning: &str) {
        self.draw("");
        self.terminal.warn(warning);
    }

    fn finish(&mut self, standing: &Standing) {
        let text = self.text(standing, false);
        self.draw(&text);
    }
}

/// «Речь в текст  17/24  #################.......  11/мин, осталось 0:38»
fn stage_line(terminal: &Terminal, stage: Stage, done: usize, standing: &Standing) -> String {
    let texts = terminal.texts;
    let count = format!("{done}/{}", standing.total);
    let filled = (done * BAR).checked_div(standing.total).unwrap_or(0).min(BAR);
    let bar = format!("{}{}", "#".repeat(filled), ".".repeat(BAR - filled));
    let note = if standing.total > 0 && done >= standing.total {
        t!(texts, "progress-done")
    } else if stage == Stage::Transcribe {
        let pace = &standing.pace;
        let rate = pace.per_minute().map(|rate| t!(texts, "progress-rate", rate = rate));
        let left = pace.left().map(|left| t!(texts, "progress-left", time = wording::elapsed(left)));
        [rate, left].into_iter().flatten().collect::<Vec<_>>().join(", ")
    } else {
        String::new()
    };
    let width = standing.total.to_string().len() * 2 + 1;
    let line =
        format!("{} {}  {bar}  {note}", padded(&stage_name(texts, stage), NAME), padded(&count, width));
    terminal.cut(line.trim_end(), terminal.err.width.saturating_sub(1))
}

/// A bar that is a line of text: indicatif only keeps it in its place.
fn text_line() -> ProgressStyle {
    ProgressStyle::with_template("{msg}").unwrap_or_else(|_| ProgressStyle::default_spinner())
}

/// The bar of one file's speech.
pub(crate) struct FileBar {
    bar: ProgressBar,
    terminal: Terminal,
    name: String,
    begun: Instant,
}

impl FileBar {
    pub(crate) fn new(terminal: Terminal, name: &str) -> Self {
        let target = if terminal.err.tty {
            ProgressDrawTarget::stderr_with_hz(HZ)
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(Some(1), target).with_style(text_line());
        Self { bar, terminal, name: name.to_owned(), begun: Instant::now() }
    }

    pub(crate) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

impl transcribe::Progress for FileBar {
    fn decoded(&self, done_ms: u64, of_ms: u64) {
        let filled =
            usize::try_from((done_ms * BAR as u64).checked_div(of_ms).unwrap_or(0)).unwrap_or(0).min(BAR);
        let bar = format!("{}{}", "#".repeat(filled), ".".repeat(BAR - filled));
        let left = left(self.begun.elapsed(), done_ms, of_ms)
            .map(|left| t!(self.terminal.texts, "progress-left", time = wording::elapsed(left)))
            .unwrap_or_default();
        let figures = format!("{}/{}", wording::clock(done_ms), wording::clock(of_ms));
        let name = self.terminal.cut(&self.name, 30);
        let line = format!("{name}  {figures}  {bar}  {left}");
        self.bar.set_message(self.terminal.cut(line.trim_end(), self.terminal.err.width.saturating_sub(1)));
    }
}

/// The bar of a download.
pub(crate) struct ByteBar {
    bar: ProgressBar,
    terminal: Terminal,
    name: String,
    state: std::sync::Mutex<ByteState>,
}

struct ByteState {
    begun: Option<(Instant, u64)>,
    said: Option<Instant>,
}

impl ByteBar {
    pub(crate) fn new(terminal: Terminal, name: &str) -> Self {
        let target = if terminal.err.tty {
            ProgressDrawTarget::stderr_with_hz(HZ)
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(Some(1), target).with_style(text_line());
        let state = std::sync::Mutex::new(ByteState { begun: None, said: None });
        Self { bar, terminal, name: name.to_owned(), state }
    }

    /// `done` bytes of `of` are on the disk.
    pub(crate) fn advanced(&self, done: u64, of: Option<u64>) {
        let Ok(mut state) = self.state.lock() else { return };
        let now = Instant::now();
        // what an earlier attempt left came in no time
        let (begun, before) = *state.begun.get_or_insert((now, done));
        let texts = self.terminal.texts;
        let whole = of.unwrap_or(done);
        let filled =
            usize::try_from((done * BAR as u64).checked_div(whole).unwrap_or(0)).unwrap_or(0).min(BAR);
        let bar = format!("{}{}", "#".repeat(filled), ".".repeat(BAR - filled));
        let figures = t!(
            texts,
            "progress-bytes",
            done = wording::bytes(texts, done),
            of = wording::bytes(texts, whole)
        );
        let left = left(
            now.saturating_duration_since(begun),
            done.saturating_sub(before),
            whole.saturating_sub(before),
        )
        .map(|left| t!(texts, "progress-left", time = wording::elapsed(left)))
        .unwrap_or_default();
        let line = format!("{}  {figures}  {bar}  {left}", self.name);
        let line = self.terminal.cut(line.trim_end(), self.terminal.err.width.saturating_sub(1));
        if self.terminal.err.tty {
            self.bar.set_message(line);
        } else if state.said.is_none_or(|said| now.saturating_duration_since(said) >= super::PLAIN_EVERY) {
            state.said = Some(now);
            self.terminal.say(&line);
        }
    }

    pub(crate) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

/// Time left at the rate so far; nothing is foretold in the first two seconds.
fn left(worked: Duration, done: u64, of: u64) -> Option<Duration> {
    if worked < Duration::from_secs(2) || done == 0 || done >= of {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "a figure for eyes")]
    Duration::try_from_secs_f64(worked.as_secs_f64() * (of - done) as f64 / done as f64).ok()
}

#[cfg(test)]
mod tests {
    use console::measure_text_width;
    use domain::Lang;

    use super::*;
    use crate::terminal::tests::plain;

    #[test]
    fn a_stage_is_name_count_bar_and_note() {
        let terminal = plain(Lang::Ru, 80);
        let standing = Standing { done: [24, 17, 16, 0], total: 24, ..Standing::default() };
        assert_eq!(
            stage_line(&terminal, Stage::Fetch, 24, &standing),
            "Запись        24/24  ########################  готово"
        );
        assert_eq!(
            stage_line(&terminal, Stage::Transcribe, 17, &standing),
            "Речь в текст  17/24  #################......."
        );
        let narrow = plain(Lang::Ru, 40);
        assert!(measure_text_width(&stage_line(&narrow, Stage::Fetch, 24, &standing)) < 40);
    }
}

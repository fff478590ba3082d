//! How far a run is: four bars on a terminal, a plain line now and then elsewhere; always on stderr.

mod bars;
mod campaign;
mod pace;
mod plain;

use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use domain::Money;
use pipeline::{RunEvent, RunObserver};
use store::Stage;

pub(crate) use bars::{Bars, ByteBar, FileBar};
pub(crate) use campaign::CampaignProgress;
pub(crate) use pace::Pace;
pub(crate) use plain::PlainLines;

use crate::terminal::Terminal;
use crate::texts::{Texts, t};

/// The display is renewed this often at most.
const SHOWN_EVERY: Duration = Duration::from_millis(125);
/// Plain lines come at most this often.
const PLAIN_EVERY: Duration = Duration::from_secs(5);

/// What is known about a run at a moment.
#[derive(Debug, Clone, Default)]
pub(crate) struct Standing {
    /// Calls that have passed each stage.
    pub(crate) done: [usize; 4],
    /// Of so many.
    pub(crate) total: usize,
    /// Speech, its rate and the time left.
    pub(crate) pace: Pace,
    /// Spent so far.
    pub(crate) spent: Option<Money>,
    /// Nothing can be done for so many seconds.
    pub(crate) waiting: Option<u64>,
}

/// Shows a standing.
pub(crate) trait Display: Send {
    fn show(&mut self, standing: &Standing, now: Instant);
    fn say(&mut self, warning: &str);
    fn finish(&mut self, standing: &Standing);
}

/// Listens to a run and has it shown, a few times a second: events come by the thousand.
pub(crate) struct RunProgress {
    state: Mutex<State>,
}

struct State {
    standing: Standing,
    display: Box<dyn Display>,
    warned: Vec<String>,
    /// Something has happened since it was shown.
    news: bool,
    /// The last state stands; nothing is drawn any more.
    ended: bool,
}

impl RunProgress {
    /// Bars where eyes look, lines elsewhere and where the log would tear the bars.
    pub(crate) fn new(terminal: Terminal, max_cost: Option<Money>, logging: bool) -> Arc<Self> {
        let display: Box<dyn Display> = if terminal.err.tty && !logging {
            Box::new(Bars::new(terminal, max_cost))
        } else {
            Box::new(PlainLines::new(terminal))
        };
        let standing = Standing { pace: Pace::new(Instant::now()), ..Standing::default() };
        let state = State { standing, display, warned: Vec::new(), news: true, ended: false };
        let progress = Arc::new(Self { state: Mutex::new(state) });
        tokio::spawn(keep_shown(Arc::downgrade(&progress)));
        progress
    }

    /// Shows what is new.
    fn show(&self) {
        let Ok(mut state) = self.state.lock() else { return };
        if std::mem::take(&mut state.news) && !state.ended {
            let State { standing, display, .. } = &mut *state;
            display.show(standing, Instant::now());
        }
    }

    /// The run has ended: the last state stays on the screen.
    pub(crate) fn finish(&self) {
        if let Ok(mut state) = self.state.lock() {
            let State { standing, display, ended, .. } = &mut *state;
            if !std::mem::replace(ended, true) {
                display.finish(standing);
            }
        }
    }

    /// Says those warnings that were not said on the way.
    pub(crate) fn say_once(&self, warnings: &[String]) {
        for warning in warnings {
            self.event(RunEvent::Warning(warning.clone()));
        }
    }
}

impl RunObserver for RunProgress {
    fn event(&self, event: RunEvent) {
        let Ok(mut state) = self.state.lock() else { return };
        let State { standing, display, warned, news, .. } = &mut *state;
        *news = true;
        standing.waiting = None;
        let now = Instant::now();
        match event {
            RunEvent::Warning(warning) => {
                if !warned.contains(&warning) {
                    display.say(&warning);
                    warned.push(warning);
                }
            }
            RunEvent::Discovered { calls, .. } => standing.total = calls,
            RunEvent::Stage { stage, done, total } => {
                standing.total = total;
                if let Some(count) = standing.done.get_mut(index(stage)) {
                    *count = done;
                }
                if stage == Stage::Transcribe {
                    standing.pace.passed(done, total, now);
                }
            }
            RunEvent::Speech { call, done_ms, of_ms } => standing.pace.speech(call, done_ms, of_ms, now),
            RunEvent::Spent(money) => standing.spent = Some(money),
            RunEvent::Waiting { seconds } => standing.waiting = Some(seconds),
        }
    }
}

/// Ends with the run.
async fn keep_shown(progress: Weak<RunProgress>) {
    let mut ticks = tokio::time::interval(SHOWN_EVERY);
    loop {
        ticks.tick().await;
        let Some(progress) = progress.upgrade() else { return };
        progress.show();
    }
}

fn index(stage: Stage) -> usize {
    Stage::ALL.iter().position(|each| *each == stage).unwrap_or(0)
}

/// «Повтор через 0:30.»
fn waiting(texts: Texts, seconds: u64) -> String {
    t!(texts, "progress-waiting", time = crate::wording::clock(seconds.saturating_mul(1000)))
}

/// «Речь в текст».
pub(crate) fn stage_name(texts: Texts, stage: Stage) -> String {
    match stage {
        Stage::Fetch => t!(texts, "stage-fetch"),
        Stage::Transcribe => t!(texts, "stage-transcribe"),
        Stage::Analyze => t!(texts, "stage-analyze"),
        Stage::Deliver => t!(texts, "stage-deliver"),
    }
}

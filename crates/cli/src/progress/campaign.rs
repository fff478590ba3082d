//! How far a campaign is: a line for each call that is over, and below them, for eyes, a bar.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::{Money, PhoneNumber};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use voice_agent::{CampaignFigures, CampaignObserver, CampaignRun, LeadOutcome, LeadState};

use crate::terminal::{Sign, Terminal, Tone};
use crate::texts::t;
use crate::wording;

/// The list is written again so often at most.
const BETWEEN_WRITINGS: Duration = Duration::from_secs(3);
/// Redraws a second.
const HZ: u8 = 4;

/// Shows a campaign, and has its list written now and then.
pub(crate) struct CampaignProgress<W> {
    terminal: Terminal,
    max_cost: Option<Money>,
    zone: Tz,
    bar: Option<ProgressBar>,
    write: W,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Something happened since the list was written.
    news: bool,
    written: Option<Instant>,
    /// Told once for each.
    waits: Option<DateTime<Utc>>,
}

impl<W: Fn(&CampaignRun) + Send + Sync> CampaignProgress<W> {
    pub(crate) fn new(terminal: Terminal, max_cost: Option<Money>, zone: Tz, write: W) -> Self {
        let bar = terminal.err.tty.then(|| {
            let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr_with_hz(HZ));
            if let Ok(style) = ProgressStyle::with_template("{bar:20} {msg}") {
                bar.set_style(style.progress_chars(if terminal.utf8 {
                    "█▉▊▋▌▍▎▏ "
                } else {
                    "#."
                }));
            }
            bar
        });
        Self { terminal, max_cost, zone, bar, write, state: Mutex::default() }
    }

    /// The bar goes, the lines stay.
    pub(crate) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn say(&self, line: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| self.terminal.say(line)),
            None => self.terminal.say(line),
        }
    }

    /// «12 из 20 · на линии 3 · ждут 5 · 84,00 ₽ из 300,00 ₽»
    fn message(&self, figures: &CampaignFigures) -> String {
        let texts = self.terminal.texts;
        let mut parts = vec![
            t!(texts, "campaign-done", done = figures.settled, of = figures.people),
            t!(texts, "campaign-on-the-line", count = figures.calling),
            t!(texts, "campaign-waiting", count = figures.waiting),
        ];
        let spent: Vec<String> = figures.spent.iter().map(|sum| wording::money(texts, *sum)).collect();
        match (spent.is_empty(), self.max_cost) {
            (true, None) => {}
            (empty, most) => {
                let spent = if empty { wording::money(texts, zero(most)) } else { spent.join(" + ") };
                parts.push(most.map_or(spent.clone(), |most| {
                    t!(texts, "campaign-of-money", spent = spent, most = wording::money(texts, most))
                }));
            }
        }
        let room = self.terminal.err.width.saturating_sub(22);
        self.terminal.cut(&parts.join(" · "), room)
    }
}

fn zero(most: Option<Money>) -> Money {
    Money::zero(most.map_or(domain::Currency::RUB, |most| most.currency))
}

impl<W: Fn(&CampaignRun) + Send + Sync> CampaignObserver for CampaignProgress<W> {
    fn looked(&self, run: &CampaignRun) {
        if let Some(bar) = &self.bar {
            let figures = run.figures();
            bar.set_length(figures.people as u64);
            bar.set_position(figures.settled as u64);
            bar.set_message(self.message(&figures));
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.news && state.written.is_none_or(|at| at.elapsed() >= BETWEEN_WRITINGS) {
            (state.news, state.written) = (false, Some(Instant::now()));
            drop(state);
            (self.write)(run);
        }
    }

    fn ended(&self, phone: &PhoneNumber, lead: &LeadState) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).news = true;
        let Some(outcome) = lead.outcome else { return };
        let (texts, terminal) = (self.terminal.texts, &self.terminal);
        let sign = match outcome {
            LeadOutcome::Talked => terminal.sign(Sign::Good).to_owned(),
            LeadOutcome::Failed => terminal.paint_err(Tone::Bad, terminal.sign(Sign::Bad)),
            _ => terminal.paint_err(Tone::Quiet, terminal.sign(Sign::Absent)),
        };
        let mut line = format!("{sign} {}  {}", phone.pretty(), app::outcome_words(outcome, texts.lang));
        if let Some(talk) = lead.talk_ms.filter(|_| outcome == LeadOutcome::Talked) {
            line = format!("{line}, {}", wording::clock(talk));
        }
        if lead.again_at.is_some() {
            line = format!("{line}; {}", t!(texts, "campaign-again"));
        }
        let answers = lead
            .fields
            .iter()
            .filter_map(|field| Some(format!("{}: {}", field.title, field.value.as_ref()?)));
        let answers = answers.collect::<Vec<_>>().join(" · ");
        if !answers.is_empty() {
            line = format!("{line}  {}", terminal.paint_err(Tone::Quiet, &answers));
        }
        self.say(&terminal.cut(&line, terminal.err.width.saturating_sub(1)));
    }

    fn waits(&self, until: DateTime<Utc>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.waits.replace(until) == Some(until) {
            return;
        }
        drop(state);
        let at = until.with_timezone(&self.zone).format("%d.%m %H:%M").to_string();
        self.say(&t!(self.terminal.texts, "campaign-waits", at = at));
    }
}

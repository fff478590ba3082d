//! One call: what is known of it, and what comes in from its two ends. No sockets here: frames and
//! events come in, commands and frames go out, time is told.

use std::{
    collections::VecDeque,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use futures::{FutureExt as _, future::BoxFuture, stream::FuturesUnordered};
use openai_client::{OpenAiError, RealtimeCommand, RealtimeConnection, RealtimeEvent, RealtimeSession};
use tokio::time::Instant;

use super::{
    BridgeCall, BridgeEnd, BridgeOutcome, BridgeParts, BridgeSettings,
    answers::Answers,
    brief,
    ends::{AFTER_LAST_WORD, AFTER_STOP, Leave},
    errands::{Edit, Errand},
    exchanges::Exchanges,
    floor::Floor,
    frames::Outbox,
    telephone::Telephone,
};

/// Sound alone brings nothing to be done but so often: what waits for a pause looks for it then.
const LOOK: Duration = Duration::from_millis(100);

/// How far the call has come.
#[derive(Debug)]
pub(super) enum Phase {
    /// Both ends are awaited.
    Opening { until: Instant },
    /// The two speak.
    Talking,
    /// The robot says its last words, still to be asked for or on their way.
    Leaving { how: Leave, until: Instant },
    /// Nothing more happens.
    Over,
}

/// One call.
pub(super) struct Conversation {
    pub(super) parts: BridgeParts,
    pub(super) settings: Arc<BridgeSettings>,
    pub(super) call: BridgeCall,
    pub(super) now: Instant,
    begun: Instant,
    pub(super) phase: Phase,
    pub(super) telephone: Option<Telephone>,
    pub(super) to_media: Outbox,
    /// Room for a packet's sound.
    pub(super) sound: Vec<u8>,
    pub(super) last_frame: Instant,
    pub(super) stopped: Option<Instant>,
    /// Something happened that is more than a packet of sound.
    pub(super) stirred: bool,
    /// A session stands that was not listened to yet.
    pub(super) line_is_new: bool,
    due: Instant,
    looked: Instant,
    alive_due: Option<Instant>,
    pub(super) session: RealtimeSession,
    pub(super) line: Option<RealtimeConnection>,
    pub(super) connecting: Option<BoxFuture<'static, Result<RealtimeConnection, OpenAiError>>>,
    pub(super) renew_at: Option<Instant>,
    pub(super) losses: u32,
    pub(super) floor: Floor,
    pub(super) answers: Answers,
    pub(super) exchanges: Exchanges,
    pub(super) errands: FuturesUnordered<BoxFuture<'static, Errand>>,
    pub(super) edits: VecDeque<Edit>,
    pub(super) keeping: Option<BoxFuture<'static, ()>>,
    pub(super) outcome: BridgeOutcome,
}

impl Conversation {
    pub(super) fn new(
        parts: BridgeParts,
        settings: Arc<BridgeSettings>,
        call: BridgeCall,
        now: Instant,
    ) -> Self {
        let session = brief::session(&call.persona, &settings);
        let exchanges = Exchanges::new(&call.before);
        let mut conversation = Self {
            phase: Phase::Opening { until: now + settings.open_within },
            parts,
            settings,
            call,
            now,
            begun: now,
            telephone: None,
            to_media: Outbox::default(),
            sound: Vec::with_capacity(1024),
            last_frame: now,
            stopped: None,
            stirred: true,
            line_is_new: false,
            due: now,
            looked: now,
            alive_due: None,
            session,
            line: None,
            connecting: None,
            renew_at: None,
            losses: 0,
            floor: Floor::default(),
            answers: Answers::default(),
            exchanges,
            errands: FuturesUnordered::new(),
            edits: VecDeque::new(),
            keeping: None,
            outcome: BridgeOutcome {
                end: BridgeEnd::MediaLost,
                turns: Vec::new(),
                recording: None,
                latencies_ms: Vec::new(),
                interruptions: 0,
                cost: Vec::new(),
                sessions: 0,
                faulty_packets: 0,
            },
        };
        conversation.connect();
        conversation
    }

    pub(super) fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Over)
    }

    pub(super) fn is_talking(&self) -> bool {
        matches!(self.phase, Phase::Talking)
    }

    /// A command for the model; lost with the line, if that is lost.
    pub(super) fn tell(&mut self, command: &RealtimeCommand) {
        let told = self.line.as_mut().map(|line| line.send(command));
        if let Some(Err(error)) = told {
            self.line_lost(&error);
        }
    }

    // --- from the model

    pub(super) fn model_says(&mut self, event: RealtimeEvent) {
        if let RealtimeEvent::Audio { spoken, audio } = event {
            self.sound_comes(&spoken, audio);
            // it is played at once
            self.due = self.now;
            return;
        }
        self.stirred = true;
        match event {
            RealtimeEvent::AudioDone { spoken } => self.sound_ends(&spoken),
            RealtimeEvent::Words { spoken, delta } => self.words_come(&spoken, &delta, false),
            RealtimeEvent::WordsDone { spoken, text } => self.words_come(&spoken, &text, true),
            RealtimeEvent::ResponseCreated { response } => self.answer_begins(response),
            RealtimeEvent::ResponseDone(end) => self.answer_ends(*end),
            RealtimeEvent::SpeechStarted { item, .. } => self.speech_starts(item),
            RealtimeEvent::SpeechStopped { item, .. } => self.speech_stops(&item),
            RealtimeEvent::Committed { item } => self.speech_counts(&item),
            RealtimeEvent::Heard { item, text, billed_ms } => self.heard(&item, &text, billed_ms),
            RealtimeEvent::HeardNothing { item } => self.heard_nothing(&item),
            RealtimeEvent::Fault(fault) => self.fault(&fault),
            // SessionCreated, SessionUpdated, Truncated and what nobody knows
            _ => {}
        }
    }

    // --- time

    /// Whether anything may be due.
    pub(super) fn is_due(&self) -> bool {
        self.stirred || self.now >= self.due || self.now >= self.looked + LOOK
    }

    /// Does what is due; when to come again.
    pub(super) fn tick(&mut self) -> Instant {
        self.looked = self.now;
        self.watch_line();
        self.play();
        self.judge_without_words();
        self.ask();
        self.settle(false);
        self.watch_silence();
        self.watch_limits();
        self.watch_answer();
        self.renew();
        self.watch_ends();
        self.due = self.next_due();
        self.due
    }

    fn watch_line(&mut self) {
        let Some(line) = &mut self.line else { return };
        match line.keep_alive(self.now) {
            Ok(due) => self.alive_due = due,
            Err(error) => self.line_lost(&error),
        }
    }

    fn next_due(&self) -> Instant {
        let ends = self.telephone.as_ref().map(|telephone| telephone.playout.ends_at());
        let phase = match &self.phase {
            Phase::Opening { until } => Some(*until),
            Phase::Leaving { until, .. } => {
                // spoken out, it waits for nothing but the end of the sound
                let spoken = (!self.answers.is_any()).then_some(()).and(ends).map(|at| at + AFTER_LAST_WORD);
                Some(spoken.filter(|at| *at > self.now).map_or(*until, |at| at.min(*until)))
            }
            Phase::Talking | Phase::Over => None,
        };
        let playing = self.telephone.as_ref().and_then(|telephone| telephone.playout.due(self.now));
        [
            phase,
            playing,
            self.floor.due(),
            self.answer_due(),
            self.settle_due(ends),
            self.silence_due(),
            self.limit_due(),
            self.renewal_due(),
            self.alive_due.filter(|_| self.line.is_some()),
            self.stopped.map(|at| at + AFTER_STOP),
        ]
        .into_iter()
        .flatten()
        .fold(self.last_frame + self.settings.media_silence, Instant::min)
    }

    /// Since the first sound of the call, ms.
    pub(super) fn ms(&self, at: Instant) -> u64 {
        let began = self.telephone.as_ref().map_or(self.begun, |telephone| telephone.began);
        u64::try_from(at.saturating_duration_since(began).as_millis()).unwrap_or(u64::MAX)
    }

    /// Hands the recording on; unless `is_rung` only when a block is full.
    pub(super) fn poll_recorder(&mut self, is_rung: bool, cx: &mut Context<'_>) {
        if let Some(recorder) = self.telephone.as_mut().and_then(|telephone| telephone.recorder.as_mut())
            && (is_rung || recorder.has_block())
        {
            recorder.poll(cx);
        }
    }

    /// A session that was being opened stands, or does not.
    pub(super) fn poll_connecting(&mut self, cx: &mut Context<'_>) {
        let Some(connecting) = &mut self.connecting else { return };
        let Poll::Ready(opened) = connecting.poll_unpin(cx) else { return };
        self.connecting = None;
        match opened {
            Ok(line) => self.line_stands(line),
            Err(error) => self.no_line(&error),
        }
    }

    pub(super) async fn into_outcome(mut self, now: Instant) -> BridgeOutcome {
        if let Some(telephone) = self.telephone.take() {
            self.outcome.faulty_packets = telephone.arrivals.faulty;
            if let Some(recorder) = telephone.recorder {
                self.outcome.recording = recorder.finish(now).await;
            }
        }
        self.outcome
    }
}

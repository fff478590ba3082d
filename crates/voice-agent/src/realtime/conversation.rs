//! One call: what is known of it, and what comes in from its two ends. No sockets here: frames and
//! events come in, commands and frames go out, time is told.

use std::{
    collections::VecDeque,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use futures::{FutureExt as _, future::BoxFuture, stream::FuturesUnordered};
use openai_client::{
    G711, OpenAiError, RealtimeCommand, RealtimeConnection, RealtimeEvent, RealtimeSession, WhoSays,
};
use tokio::time::Instant;

use super::{
    BridgeCall, BridgeEnd, BridgeOutcome, BridgeParts, BridgeSettings,
    answers::{Answers, Wanted},
    arrivals::{Arrivals, Arrived},
    brief,
    errands::{Edit, Errand},
    exchanges::Exchanges,
    floor::Floor,
    frames::{self, FromMedia},
    meter::Meter,
    playout::Playout,
    recorder::Recorder,
};
use crate::Ending;

/// A packet of more than this is no packet: 2 s.
const MOST_PACKET: usize = 16_000;
/// The robot's last words must be over by then.
const LONGEST_GOODBYE: Duration = Duration::from_secs(20);
/// What the network may add to what we reckon as heard.
const AFTER_LAST_WORD: Duration = Duration::from_millis(200);
/// After `stop` the telephone says soon what comes next.
const AFTER_STOP: Duration = Duration::from_secs(3);

/// How the robot leaves once it has said its last words.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Leave {
    HangUp(Ending),
    Transfer(domain::PhoneNumber),
}

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

/// The telephone's end, once its sound has begun.
pub(super) struct Telephone {
    pub(super) code: G711,
    pub(super) began: Instant,
    first_sample: Option<u64>,
    taken: u64,
    arrivals: Arrivals,
    pub(super) meter: Meter,
    pub(super) playout: Playout,
    pub(super) recorder: Option<Recorder>,
    /// When the client's last speech ended.
    pub(super) spoke_until: Option<Instant>,
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
    pub(super) to_media: VecDeque<String>,
    sound: Vec<u8>,
    last_frame: Instant,
    stopped: Option<Instant>,
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
            to_media: VecDeque::new(),
            sound: Vec::with_capacity(1024),
            last_frame: now,
            stopped: None,
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

    /// Nothing more happens.
    pub(super) fn end(&mut self, end: BridgeEnd) {
        if !self.is_over() {
            self.outcome.end = end;
            self.phase = Phase::Over;
            self.connecting = None;
        }
    }

    /// A person of ours hangs up.
    pub(super) fn stop(&mut self) {
        if !self.is_over() {
            self.to_media.push_back(frames::order("hangup"));
            self.end(BridgeEnd::Stopped);
        }
    }

    /// On by turns.
    pub(super) fn fall_back(&mut self, reason: impl Into<String>) {
        if self.is_over() {
            return;
        }
        if let Phase::Leaving { how, .. } = &self.phase {
            // there is nothing left to talk about: the last words are lost, not the end
            let how = how.clone();
            self.leave(how);
            return;
        }
        let reason = reason.into();
        tracing::warn!(call = %self.call.call, reason, "a call goes on by turns: the model is out of reach");
        self.to_media.push_back(frames::order("fallback"));
        self.end(BridgeEnd::FellBack { reason });
    }

    /// A command for the model; lost with the line, if that is lost.
    pub(super) fn tell(&mut self, command: &RealtimeCommand) {
        let told = self.line.as_mut().map(|line| line.send(command));
        if let Some(Err(error)) = told {
            self.line_lost(&error);
        }
    }

    // --- from the telephone

    pub(super) fn media_lost(&mut self) {
        self.end(BridgeEnd::MediaLost);
    }

    pub(super) fn media_says(&mut self, frame: &[u8]) {
        self.last_frame = self.now;
        match FromMedia::read(frame) {
            FromMedia::Media { timestamp, payload } => self.hear(timestamp, &payload),
            FromMedia::Start(code) => self.begin(code),
            FromMedia::Stop => self.stopped = Some(self.now),
            FromMedia::Ended => self.end(BridgeEnd::ClientHungUp),
            FromMedia::Key(key) => self.key(&key),
            FromMedia::Other => {}
        }
    }

    /// The telephone's sound begins, or begins again.
    fn begin(&mut self, code: Option<G711>) {
        self.stopped = None;
        let Some(code) = code else {
            self.fall_back("the telephone sends another code than G.711");
            return;
        };
        if let Some(telephone) = &mut self.telephone {
            // a new stream counts from anew
            telephone.arrivals = Arrivals::new(telephone.code);
            telephone.first_sample = None;
            return;
        }
        if code != self.session.format {
            self.session.format = code;
            self.line = None;
            self.connect();
        }
        let (playout, start) = Playout::begin(code, self.now);
        self.to_media.push_back(start);
        let recorder = self.call.recording.clone().map(|path| Recorder::begin(path, code, self.now));
        self.telephone = Some(Telephone {
            code,
            began: self.now,
            first_sample: None,
            taken: 0,
            arrivals: Arrivals::new(code),
            meter: Meter::new(code),
            playout,
            recorder,
            spoke_until: None,
        });
        self.open();
    }

    /// Both ends stand: the robot greets.
    pub(super) fn open(&mut self) {
        if self.telephone.is_none() || self.line.is_none() || !matches!(self.phase, Phase::Opening { .. }) {
            return;
        }
        self.phase = Phase::Talking;
        if self.call.before.is_empty() {
            let words = self.call.persona.opening(self.call.incoming);
            self.exchanges.greets();
            self.want(Wanted::By(brief::word_for_word(&words)));
        } else {
            self.want(Wanted::Any);
        }
    }

    /// The client's sound.
    fn hear(&mut self, timestamp: Option<u64>, payload: &str) {
        let Some(telephone) = &mut self.telephone else { return };
        let mut sound = std::mem::take(&mut self.sound);
        sound.clear();
        let is_sound = payload.len() <= MOST_PACKET * 2
            && STANDARD.decode_vec(payload, &mut sound).is_ok()
            && !sound.is_empty()
            && sound.len() <= MOST_PACKET;
        if is_sound {
            match telephone.arrivals.take(timestamp, &sound) {
                Arrived::InTurn => {
                    let end = telephone.place(timestamp, sound.len());
                    self.pass_on(&sound, payload, end);
                }
                Arrived::Instead(whole) if !whole.is_empty() => {
                    let end = telephone.place(None, whole.len());
                    self.pass_on(&whole, &STANDARD.encode(&whole), end);
                }
                Arrived::Instead(_) => {}
            }
        }
        self.sound = sound;
    }

    fn pass_on(&mut self, sound: &[u8], base64: &str, ends_at: u64) {
        let Some(telephone) = &mut self.telephone else { return };
        if let Some(recorder) = &mut telephone.recorder {
            recorder.client(Some(ends_at), sound, self.now);
        }
        if telephone.meter.hear(sound) {
            telephone.spoke_until = Some(self.now);
        }
        if let Some(Err(error)) = self.line.as_mut().map(|line| line.append(base64)) {
            self.line_lost(&error);
        }
        self.listen();
    }

    /// A key is said to the model in words: telephones' menus know it, models do not.
    fn key(&mut self, key: &str) {
        if key.chars().all(|c| c.is_ascii_digit() || "*#".contains(c)) && !key.is_empty() && self.is_talking()
        {
            let text = format!("Клиент нажал клавишу {key}.");
            self.tell(&RealtimeCommand::AddText { who: WhoSays::System, text });
        }
    }

    // --- from the model

    pub(super) fn model_says(&mut self, event: RealtimeEvent) {
        match event {
            RealtimeEvent::Audio { spoken, audio } => self.sound_comes(&spoken, audio),
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

    /// Does what is due; when to come again.
    pub(super) fn tick(&mut self) -> Instant {
        self.play();
        self.judge_without_words();
        self.ask();
        self.settle(false);
        self.watch_silence();
        self.watch_limits();
        self.watch_answer();
        self.renew();
        self.watch_ends();
        self.next_due()
    }

    fn watch_ends(&mut self) {
        let now = self.now;
        match &self.phase {
            Phase::Opening { until } if now >= *until => match (&self.line, &self.telephone) {
                (_, None) => self.media_lost(),
                _ => self.fall_back("the model did not open a session in time"),
            },
            Phase::Leaving { how, until } => {
                let (how, until) = (how.clone(), *until);
                let spoken = !self.answers.is_any() && self.is_played_out(AFTER_LAST_WORD);
                if spoken || now >= until {
                    self.leave(how);
                }
            }
            _ => {}
        }
        if now >= self.last_frame + self.settings.media_silence {
            self.media_lost();
        }
        if self.stopped.is_some_and(|at| now >= at + AFTER_STOP) {
            self.end(BridgeEnd::ClientHungUp);
        }
    }

    fn leave(&mut self, how: Leave) {
        self.settle(true);
        if let Some(telephone) = &mut self.telephone {
            self.to_media.push_back(telephone.playout.end());
        }
        match how {
            Leave::HangUp(why) => {
                self.to_media.push_back(frames::order("hangup"));
                self.end(BridgeEnd::HungUp(why));
            }
            Leave::Transfer(to) => {
                self.to_media.push_back(frames::transfer(to.as_str()));
                self.end(BridgeEnd::Transferred { to });
            }
        }
    }

    /// The robot says its last words, `words` if it has not said them, and leaves.
    pub(super) fn wind_up(&mut self, how: Leave, words: Option<String>) {
        if !self.is_talking() {
            return;
        }
        self.exchanges.intends(&how);
        let intends = match &how {
            Leave::HangUp(why) => *why,
            Leave::Transfer(_) => Ending::Transferred,
        };
        self.keep(Edit::Intends(intends));
        self.phase = Phase::Leaving { how, until: self.now + LONGEST_GOODBYE };
        if let Some(words) = words {
            self.want(Wanted::By(brief::word_for_word(&words)));
        }
    }

    /// Whether all that the robot said was heard, and so long ago.
    pub(super) fn is_played_out(&self, since: Duration) -> bool {
        self.telephone.as_ref().is_none_or(|telephone| telephone.playout.ends_at() + since <= self.now)
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
            self.answers.due(),
            self.exchanges.due(self.now, ends),
            self.silence_due(),
            self.limit_due(),
            self.renewal_due(),
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

    pub(super) fn poll_recorder(&mut self, cx: &mut Context<'_>) {
        if let Some(recorder) = self.telephone.as_mut().and_then(|telephone| telephone.recorder.as_mut()) {
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

impl Telephone {
    /// Counts a packet; the sample of the call at which it ends.
    fn place(&mut self, timestamp: Option<u64>, length: usize) -> u64 {
        let length = length as u64;
        if let Some(at) = timestamp {
            let first = *self.first_sample.get_or_insert(at.saturating_sub(self.taken));
            self.taken = at.saturating_sub(first);
        }
        self.taken = self.taken.saturating_add(length);
        self.taken
    }
}

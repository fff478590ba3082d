//! A telephone in memory: 20 ms packets on the clock, a buffer that plays what it gets, and a memory of calls.

use std::{
    collections::VecDeque,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard},
    task::{Context, Poll, ready},
    time::Duration,
};

use async_trait::async_trait;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use domain::{CallId, Clock, Money, PhoneNumber};
use openai_client::{
    G711, SpeechModel,
    testing::{
        FakeRealtime,
        realtime::{encode_g711, hum},
    },
};
use serde_json::{Value, json};
use tokio::time::{Instant, Interval, interval};
use tokio_util::sync::CancellationToken;
use voice_agent::{
    Begun, Bridge, BridgeCall, BridgeOutcome, BridgeParts, BridgeSettings, CallMemory, DialogMode, Dialogue,
    LiveFeed, MediaLost, MediaSocket, PartFailed, Persona, Personas, PlacedRequest, ToolCaller, ToolSpec,
};

#[derive(Debug)]
pub(crate) struct StillClock;

impl Clock for StillClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_176_000, 0).unwrap()
    }
}

#[derive(Default)]
pub(crate) struct Memory {
    pub(crate) dialogue: Mutex<Option<Dialogue>>,
    pub(crate) stopped: Mutex<Vec<PhoneNumber>>,
    pub(crate) failing: Mutex<u32>,
}

#[async_trait]
impl CallMemory for Memory {
    async fn begin(
        &self,
        _: &Dialogue,
        _: Option<(&str, &PlacedRequest)>,
        _: Option<u32>,
    ) -> Result<Begun, PartFailed> {
        Ok(Begun::New)
    }

    async fn dialogue(&self, _: CallId) -> Result<Option<Dialogue>, PartFailed> {
        let mut failing = self.failing.lock().unwrap();
        if *failing > 0 {
            *failing -= 1;
            return Err(PartFailed::passing("memory", "locked"));
        }
        Ok(self.dialogue.lock().unwrap().clone())
    }

    async fn save(&self, dialogue: &Dialogue) -> Result<bool, PartFailed> {
        let mut stored = self.dialogue.lock().unwrap();
        let mut new = dialogue.clone();
        new.version += 1;
        *stored = Some(new);
        Ok(true)
    }

    async fn open_calls(&self, _: u32) -> Result<Vec<Dialogue>, PartFailed> {
        Ok(Vec::new())
    }

    async fn calls_in_progress(&self) -> Result<u32, PartFailed> {
        Ok(0)
    }

    async fn placed(&self, _: &str) -> Result<Option<PlacedRequest>, PartFailed> {
        Ok(None)
    }

    async fn spent_since(&self, _: DateTime<Utc>) -> Result<Vec<Money>, PartFailed> {
        Ok(Vec::new())
    }

    async fn is_stopped(&self, phone: &PhoneNumber) -> Result<bool, PartFailed> {
        Ok(self.stopped.lock().unwrap().contains(phone))
    }

    async fn stop(&self, phone: &PhoneNumber, _: &str, _: DateTime<Utc>) -> Result<(), PartFailed> {
        self.stopped.lock().unwrap().push(phone.clone());
        Ok(())
    }
}

/// Answers after a while with what it was asked.
pub(crate) struct Echo(Duration);

#[async_trait]
impl ToolCaller for Echo {
    async fn call(&self, tool: &ToolSpec, arguments: &Value) -> Result<Value, PartFailed> {
        tokio::time::sleep(self.0).await;
        Ok(json!({"tool": tool.name, "asked": arguments}))
    }
}

#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "what happens to a line comes one by one")]
struct Line {
    speech: VecDeque<u8>,
    received: Vec<Value>,
    /// What the client hears from each moment on, ms of the call: (at, sound).
    played: Vec<(u64, Vec<u8>)>,
    plays_until: u64,
    closed_by_us: bool,
    ended: bool,
    lost: bool,
    drop_every: u64,
    paused: bool,
}

/// The telephone's handle for a test.
#[derive(Clone)]
pub(crate) struct Telephone {
    line: Arc<Mutex<Line>>,
    began: Instant,
}

/// Its socket.
pub(crate) struct Socket {
    telephone: Telephone,
    clock: Interval,
    sent: u64,
    samples: u64,
    frame: Bytes,
}

impl Telephone {
    pub(crate) fn new() -> (Self, Socket) {
        let telephone = Self { line: Arc::default(), began: Instant::now() };
        let socket = Socket {
            telephone: telephone.clone(),
            clock: interval(Duration::from_millis(20)),
            sent: 0,
            samples: 0,
            frame: Bytes::new(),
        };
        (telephone, socket)
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap()
    }

    pub(crate) fn ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap()
    }

    /// The client speaks for so long.
    pub(crate) fn speaks(&self, ms: u64) {
        self.line().speech.extend(encode_g711(G711::Mulaw, &hum(ms)));
    }

    pub(crate) fn hangs_up(&self) {
        self.line().ended = true;
    }

    pub(crate) fn is_lost(&self) {
        self.line().lost = true;
    }

    /// Every n-th packet is lost.
    pub(crate) fn loses_every(&self, n: u64) {
        self.line().drop_every = n;
    }

    /// No packets any more.
    pub(crate) fn goes_dead(&self) {
        self.line().paused = true;
    }

    /// Orders in turn: `clear`, `hangup`, `fallback`, `transfer`.
    pub(crate) fn orders(&self) -> Vec<String> {
        let line = self.line();
        line.received.iter().filter_map(|frame| frame["customEvent"].as_str().map(str::to_owned)).collect()
    }

    pub(crate) fn received(&self) -> Vec<Value> {
        self.line().received.clone()
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.line().closed_by_us
    }

    /// So much was heard of the robot, ms.
    pub(crate) fn heard_ms(&self) -> u64 {
        let now = self.ms();
        self.line()
            .played
            .iter()
            .map(|(at, sound)| (sound.len() as u64 / 8).min(now.saturating_sub(*at)))
            .sum()
    }

    pub(crate) fn is_playing(&self) -> bool {
        let now = self.ms();
        self.line().plays_until > now
    }

    /// Waits until the robot speaks.
    pub(crate) async fn robot_speaks(&self) {
        while !self.is_playing() && !self.is_closed() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Waits until the robot has said what it says first.
    pub(crate) async fn is_greeted(&self) {
        self.robot_speaks().await;
        self.robot_is_silent().await;
    }

    /// The client says something; waits until the robot begins to answer.
    pub(crate) async fn asks(&self, ms: u64) {
        self.speaks(ms);
        pause(ms).await;
        self.robot_speaks().await;
    }

    /// Waits until the robot has been silent for a while.
    pub(crate) async fn robot_is_silent(&self) {
        let mut silent = 0;
        while silent < 30 {
            tokio::time::sleep(Duration::from_millis(10)).await;
            silent = if self.is_playing() { 0 } else { silent + 1 };
        }
    }
}

impl Socket {
    fn packet(&mut self) -> Option<Bytes> {
        let mut line = self.telephone.line.lock().unwrap();
        let mut sound: Vec<u8> = (0..160).map_while(|_| line.speech.pop_front()).collect();
        sound.resize(160, G711::Mulaw.silence());
        self.sent += 1;
        let timestamp = self.samples;
        self.samples += 160;
        if line.drop_every > 0 && self.sent.is_multiple_of(line.drop_every) {
            return None;
        }
        let frame = json!({"event": "media", "sequenceNumber": self.sent,
            "media": {"chunk": self.sent - 1, "timestamp": timestamp, "payload": STANDARD.encode(sound)}});
        Some(Bytes::from(frame.to_string()))
    }
}

impl MediaSocket for Socket {
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<&[u8]>> {
        self.frame = ready!(self.poll_packet(cx)).unwrap_or_default();
        Poll::Ready((!self.frame.is_empty()).then_some(&self.frame[..]))
    }

    fn send(&mut self, text: &str) -> Result<(), MediaLost> {
        let frame: Value = serde_json::from_str(text).unwrap();
        let now = self.telephone.ms();
        let mut line = self.telephone.line.lock().unwrap();
        if line.lost {
            return Err(MediaLost);
        }
        if let Some(payload) = frame["media"]["payload"].as_str() {
            let sound = STANDARD.decode(payload).unwrap();
            assert_eq!(sound.len() % 160, 0, "whole frames");
            let starts = line.plays_until.max(now);
            assert!(starts - now <= 300, "a lead of {} ms", starts - now);
            line.plays_until = starts + sound.len() as u64 / 8;
            line.played.push((starts, sound));
        }
        if frame["customEvent"] == "clear" {
            line.plays_until = now;
            for (at, sound) in &mut line.played {
                let heard = usize::try_from(now.saturating_sub(*at) * 8).unwrap();
                sound.truncate(heard);
            }
        }
        line.received.push(frame);
        Ok(())
    }

    fn poll_flush(&mut self, _: &mut Context<'_>) -> Poll<Result<(), MediaLost>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(&mut self, _: &mut Context<'_>) -> Poll<()> {
        self.telephone.line().closed_by_us = true;
        Poll::Ready(())
    }
}

impl Socket {
    fn poll_packet(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        loop {
            if self.clock.poll_tick(cx).is_pending() {
                return Poll::Pending;
            }
            let (ended, lost, paused) = {
                let line = self.telephone.line.lock().unwrap();
                (line.ended, line.lost, line.paused)
            };
            if lost {
                return Poll::Ready(None);
            }
            if ended {
                return Poll::Ready(Some(Bytes::from_static(br#"{"customEvent":"ended"}"#)));
            }
            if self.sent == 0 {
                self.sent = 1;
                let start = json!({"event": "start", "sequenceNumber": 0,
                    "start": {"mediaFormat": {"encoding": "ULAW", "sampleRate": 8000},
                              "customParameters": "{\"call_id\":\"c\"}"}});
                return Poll::Ready(Some(Bytes::from(start.to_string())));
            }
            if paused {
                continue;
            }
            if let Some(packet) = self.packet() {
                return Poll::Ready(Some(packet));
            }
        }
    }
}

/// Everything that a call needs.
pub(crate) struct Rig {
    pub(crate) model: FakeRealtime,
    pub(crate) memory: Arc<Memory>,
    pub(crate) live: LiveFeed,
    pub(crate) settings: BridgeSettings,
    pub(crate) persona: Persona,
    pub(crate) stop: CancellationToken,
    pub(crate) recording: Option<std::path::PathBuf>,
    pub(crate) tool_takes: Duration,
}

pub(crate) fn phone() -> PhoneNumber {
    PhoneNumber::parse("+79161234567").unwrap()
}

pub(crate) fn hearing() -> SpeechModel {
    SpeechModel {
        name: "gpt-transcribe".into(),
        timestamps: false,
        prompt: true,
        keywords: true,
        languages_list: true,
        max_seconds: 1390,
        max_bytes: 26_214_400,
    }
}

impl Rig {
    pub(crate) fn new() -> Self {
        let mut persona = (*Personas::built_in().get("lead-qualification").unwrap()).clone();
        persona.greeting = "Добрый день, это робот.".into();
        persona.disclosure = None;
        persona.greeting_incoming = None;
        persona.transfer.clear();
        persona.tools.clear();
        Self {
            model: FakeRealtime::new(),
            memory: Arc::default(),
            live: LiveFeed::default(),
            settings: BridgeSettings { hearing: Some(hearing()), ..BridgeSettings::default() },
            persona,
            stop: CancellationToken::new(),
            recording: None,
            tool_takes: Duration::from_secs(1),
        }
    }

    pub(crate) fn bridge(&self) -> Bridge {
        let parts = BridgeParts {
            realtime: Arc::new(self.model.clone()),
            memory: Arc::clone(&self.memory) as Arc<dyn CallMemory>,
            tools: Arc::new(Echo(self.tool_takes)),
            live: self.live.clone(),
            clock: Arc::new(StillClock),
        };
        Bridge::new(parts, self.settings.clone())
    }

    pub(crate) fn call(&self) -> BridgeCall {
        let now = StillClock.now();
        let mut dialogue = Dialogue::new("voximplant", "1", &self.persona.id, DialogMode::Realtime, now);
        dialogue.phone = Some(phone());
        let call = dialogue.call;
        *self.memory.dialogue.lock().unwrap() = Some(dialogue);
        BridgeCall {
            call,
            persona: Arc::new(self.persona.clone()),
            phone: Some(phone()),
            incoming: false,
            before: Vec::new(),
            recording: self.recording.clone(),
            stop: self.stop.clone(),
        }
    }

    /// Holds a call while the test plays the client; the script ends before the bridge or with it.
    pub(crate) async fn hold<F: Future<Output = ()>>(
        &self,
        script: impl FnOnce(Telephone) -> F,
    ) -> (BridgeOutcome, Telephone) {
        let (telephone, socket) = Telephone::new();
        let bridge = self.bridge();
        let held = tokio::time::timeout(Duration::from_mins(20), bridge.run(socket, self.call()));
        let (outcome, ()) = tokio::join!(held, script(telephone.clone()));
        let outcome = outcome.expect("the call ends");
        assert!(telephone.is_closed(), "the telephone's socket is closed");
        assert_eq!(self.model.sessions().1, 0, "no session is left open");
        (outcome, telephone)
    }

    pub(crate) fn kept(&self) -> Dialogue {
        self.memory.dialogue.lock().unwrap().clone().unwrap()
    }
}

/// So long.
pub(crate) async fn pause(ms: u64) {
    tokio::time::sleep(Duration::from_millis(ms)).await;
}

/// The client says something and waits for the answer to its end.
pub(crate) async fn exchange(telephone: &Telephone, ms: u64) {
    telephone.asks(ms).await;
    telephone.robot_is_silent().await;
}

pub(crate) type Script = Pin<Box<dyn Future<Output = ()>>>;

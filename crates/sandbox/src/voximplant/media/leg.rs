//! One leg of a call between a scripted client and a media socket: frames in, frames out, on a clock.

use std::collections::VecDeque;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use openai_client::G711;
use openai_client::testing::realtime::{decode_g711, encode_g711};
use serde_json::{Value, json};

use super::ScriptedCaller;

/// 20 ms.
const FRAME: usize = 160;
const SAMPLES: i64 = 160;
/// The platform plays from a buffer of ten seconds; what exceeds it is dropped silently.
const MOST_BUFFERED: usize = 10 * 8000;
/// -45 dBFS as a mean square: what is louder is heard as speech.
const LOUD: i64 = 33_800;

/// Something that happens on the line, for whoever looks on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallerNote {
    /// The client says a turn (from 0).
    Says {
        /// Which.
        turn: usize,
        /// The words.
        text: String,
        /// Into the robot's words.
        interrupting: bool,
    },
    /// The robot is heard.
    RobotSpeaks,
    /// The robot has been silent for a while.
    RobotSilent,
    /// The backend orders: `clear`, `hangup`, `fallback`, `transfer`.
    Order(String),
}

/// What came of the media socket.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MediaReport {
    /// Length of the line, ms.
    pub duration_ms: u64,
    /// Orders of the backend in turn.
    pub orders: Vec<String>,
    /// Whom to connect, if that was ordered.
    pub transfer_to: Option<String>,
    /// The socket was lost, or closed by the backend: nobody ended the call.
    pub is_lost: bool,
    /// How many turns the client said.
    pub turns: usize,
    /// From the end of a client's turn to the robot's first sound in his ear, ms.
    pub answered_after_ms: Vec<u64>,
    /// What the client heard of the robot that was loud, ms.
    pub heard_ms: u64,
    /// Sound that the platform's buffer could not take, ms.
    pub dropped_ms: u64,
    /// What the platform recorded: 16 bits at 8 kHz, the client's and the robot's voice.
    pub client: Vec<i16>,
    /// As heard by the client.
    pub robot: Vec<i16>,
}

/// The leg.
#[expect(clippy::struct_excessive_bools, reason = "what is known of a line: each stands alone")]
pub(super) struct Leg {
    code: G711,
    caller: ScriptedCaller,
    next_turn: usize,
    speech: VecDeque<i16>,
    buffer: VecDeque<u8>,
    has_started: bool,
    sequence: u64,
    samples: u64,
    now_ms: u64,
    robot_since: Option<u64>,
    silent_since: u64,
    told_silent: bool,
    heard_since_turn: bool,
    spoke_until: Option<u64>,
    stops_at: Option<u64>,
    pub(super) is_over: bool,
    pub(super) report: MediaReport,
    pub(super) notes: Vec<CallerNote>,
}

impl Leg {
    pub(super) fn new(code: G711, caller: ScriptedCaller) -> Self {
        Self {
            code,
            caller,
            next_turn: 0,
            speech: VecDeque::new(),
            buffer: VecDeque::new(),
            has_started: false,
            sequence: 0,
            samples: 0,
            now_ms: 0,
            robot_since: None,
            silent_since: 0,
            told_silent: false,
            heard_since_turn: false,
            spoke_until: None,
            stops_at: None,
            is_over: false,
            report: MediaReport::default(),
            notes: Vec::new(),
        }
    }

    /// The frame that begins the stream.
    pub(super) fn start(&self, call_id: &str) -> String {
        let encoding = match self.code {
            G711::Mulaw => "ULAW",
            G711::Alaw => "ALAW",
        };
        // parameters come as a JSON string
        let parameters = json!({ "call_id": call_id }).to_string();
        json!({"event": "start", "sequenceNumber": 0, "start": {
            "mediaFormat": {"encoding": encoding, "sampleRate": 8000}, "customParameters": parameters}})
        .to_string()
    }

    /// A frame of the backend.
    pub(super) fn take(&mut self, text: &str) {
        let Ok(frame) = serde_json::from_str::<Value>(text) else { return };
        match (frame["event"].as_str(), frame["customEvent"].as_str()) {
            (Some("start"), None) => {
                let format = &frame["start"]["mediaFormat"];
                let wanted = match self.code {
                    G711::Mulaw => "ULAW",
                    G711::Alaw => "ALAW",
                };
                // another pair is taken without a word and never played
                self.has_started = format["encoding"] == wanted && format["sampleRate"] == 8000;
            }
            (Some("media"), None) => self.buffer_sound(&frame["media"]["payload"]),
            (None, Some(order)) => self.obey(order, &frame),
            _ => {}
        }
    }

    fn buffer_sound(&mut self, payload: &Value) {
        let sound = payload.as_str().and_then(|text| STANDARD.decode(text).ok());
        let Some(sound) = sound.filter(|_| self.has_started) else { return };
        let room = MOST_BUFFERED.saturating_sub(self.buffer.len()).min(sound.len());
        self.report.dropped_ms += (sound.len() - room) as u64 / 8;
        self.buffer.extend(sound.iter().take(room));
    }

    fn obey(&mut self, order: &str, frame: &Value) {
        self.notes.push(CallerNote::Order(order.to_owned()));
        self.report.orders.push(order.to_owned());
        match order {
            "clear" => self.buffer.clear(),
            "transfer" => {
                self.report.transfer_to = frame["transfer_to"].as_str().map(str::to_owned);
                self.is_over = true;
            }
            "hangup" | "fallback" => self.is_over = true,
            _ => {}
        }
    }

    /// The next 20 ms: what the client hears now, and what he says.
    pub(super) fn tick(&mut self) -> String {
        self.hear();
        self.decide();
        let mut said: Vec<i16> = (0..FRAME).map_while(|_| self.speech.pop_front()).collect();
        if !said.is_empty() && self.speech.is_empty() {
            self.spoke_until = Some(self.now_ms + 20);
        }
        said.resize(FRAME, 0);
        let payload = STANDARD.encode(encode_g711(self.code, &said));
        self.report.client.extend(said);
        self.sequence += 1;
        let frame = json!({"event": "media", "sequenceNumber": self.sequence, "media": {
            "chunk": self.sequence - 1, "timestamp": self.samples, "payload": payload}});
        self.samples += FRAME as u64;
        self.now_ms += 20;
        self.report.duration_ms = self.now_ms;
        if self.caller.hangs_up_at_ms.is_some_and(|at| self.now_ms >= at)
            || self.stops_at.is_some_and(|at| self.now_ms >= at)
        {
            self.is_over = true;
        }
        frame.to_string()
    }

    fn hear(&mut self) {
        let mut heard: Vec<u8> = (0..FRAME).map_while(|_| self.buffer.pop_front()).collect();
        heard.resize(FRAME, self.code.silence());
        let heard = decode_g711(self.code, &heard);
        let energy: i64 = heard.iter().map(|sample| i64::from(*sample) * i64::from(*sample)).sum();
        let is_loud = energy / SAMPLES > LOUD;
        self.report.robot.extend(heard);
        if is_loud {
            self.report.heard_ms += 20;
            if self.robot_since.is_none() {
                self.robot_since = Some(self.now_ms);
                self.notes.push(CallerNote::RobotSpeaks);
            }
            if let Some(until) = self.spoke_until.take() {
                self.report.answered_after_ms.push(self.now_ms.saturating_sub(until));
            }
            (self.silent_since, self.told_silent, self.heard_since_turn) = (self.now_ms + 20, false, true);
        } else if self.now_ms.saturating_sub(self.silent_since) >= self.caller.patience_ms
            && self.robot_since.take().is_some()
            && !self.told_silent
        {
            self.told_silent = true;
            self.notes.push(CallerNote::RobotSilent);
        }
    }

    /// Whether it is the client's turn.
    fn decide(&mut self) {
        if !self.speech.is_empty() || !self.heard_since_turn {
            return;
        }
        let robot_done = self.now_ms.saturating_sub(self.silent_since) >= self.caller.patience_ms;
        let interrupts = self.caller.interrupts.contains(&self.next_turn)
            && self.robot_since.is_some_and(|since| self.now_ms >= since + self.caller.interrupts_after_ms);
        if !robot_done && !interrupts {
            return;
        }
        let Some(phrase) = self.caller.turns.get(self.next_turn) else {
            if let Some(after) = self.caller.hangs_up_after_ms.filter(|_| robot_done) {
                self.stops_at.get_or_insert(self.now_ms + after);
            }
            return;
        };
        self.notes.push(CallerNote::Says {
            turn: self.next_turn,
            text: phrase.text.clone(),
            interrupting: !robot_done,
        });
        self.speech.extend(&phrase.sound);
        // the robot has to answer this turn before the next
        (self.heard_since_turn, self.robot_since) = (false, None);
        self.next_turn += 1;
        self.report.turns = self.next_turn;
    }

    /// What the scenario says last.
    pub(super) fn ended() -> String {
        json!({"customEvent": "ended"}).to_string()
    }
}

//! The telephone's end of a call: its stream begins, its packets are put in order, written down and handed on.

use base64_simd::STANDARD;
use openai_client::{G711, RealtimeCommand, WhoSays};
use tokio::time::Instant;

use super::{
    BridgeEnd,
    answers::Wanted,
    arrivals::{Arrivals, Arrived},
    brief,
    conversation::{Conversation, Phase},
    frames::FromMedia,
    meter::Meter,
    playout::Playout,
    recorder::Recorder,
};

/// A packet of more than this is no packet: 2 s.
const MOST_PACKET: usize = 16_000;

/// The telephone's end, once its sound has begun.
pub(super) struct Telephone {
    pub(super) code: G711,
    pub(super) began: Instant,
    first_sample: Option<u64>,
    taken: u64,
    pub(super) arrivals: Arrivals,
    pub(super) meter: Meter,
    pub(super) playout: Playout,
    pub(super) recorder: Option<Recorder>,
    /// When the client's last speech ended.
    pub(super) spoke_until: Option<Instant>,
}

impl Conversation {
    pub(super) fn media_lost(&mut self) {
        self.end(BridgeEnd::MediaLost);
    }

    pub(super) fn media_says(&mut self, frame: &[u8]) {
        self.last_frame = self.now;
        let frame = FromMedia::read(frame);
        if let FromMedia::Media { timestamp, payload } = &frame {
            self.hear(*timestamp, payload);
            return;
        }
        self.stirred = true;
        match frame {
            FromMedia::Start(code) => self.begin(code),
            FromMedia::Stop => self.stopped = Some(self.now),
            FromMedia::Ended => self.end(BridgeEnd::ClientHungUp),
            FromMedia::Key(key) => self.key(&key),
            FromMedia::Media { .. } | FromMedia::Other => {}
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
        self.to_media.push(&start);
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
            && STANDARD.decode_append(payload, &mut sound).is_ok()
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
                    self.pass_on(&whole, &STANDARD.encode_to_string(&whole), end);
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

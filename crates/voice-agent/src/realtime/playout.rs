//! What the robot says, on its way to the telephone: paced, so that little of it lies where it can only
//! be thrown away, and counted, so that it is known to the millisecond what was heard.
//!
//! The platform plays at once what it gets (and drops silently what exceeds ten seconds). So what is
//! played when follows from what was sent when: no acknowledgement is needed.

use std::{collections::VecDeque, time::Duration};

use bytes::Bytes;
use openai_client::{G711, SpokenItem};
use tokio::time::Instant;

use super::{
    frames::{Outbox, ToMedia},
    meter,
};

/// 20 ms of sound.
const FRAME: usize = 160;
/// What is sent ahead of its time.
const LEAD: Duration = Duration::from_millis(240);
/// Where much waits, it is sent in steps of this length…
const STEP: Duration = Duration::from_millis(60);
/// …when only so much of the lead is left.
const LEFT: Duration = Duration::from_millis(180);
/// Two minutes of speech: no answer is longer.
const MOST_QUEUED: usize = 120 * 8000;
/// Items that are remembered with their words.
const MOST_ITEMS: usize = 512;

/// Something that the robot says.
#[derive(Debug)]
pub(super) struct Said {
    /// Where it belongs.
    pub(super) spoken: SpokenItem,
    /// Its words, as they come.
    pub(super) text: String,
    /// Bytes of sound that came.
    received: u64,
    /// Bytes that were sent on.
    sent: u64,
    /// When its first sound is played, and when the last that was sent.
    pub(super) played: Option<(Instant, Instant)>,
    /// It was cut after so many bytes.
    pub(super) cut: Option<u64>,
    is_complete: bool,
}

impl Said {
    /// Its words as far as they were heard.
    pub(super) fn heard_words(&self) -> String {
        match self.cut {
            None => self.text.trim().to_owned(),
            Some(heard) => share_of(&self.text, heard, self.received),
        }
    }
}

/// Whole words up to the share, with a dash for the rest: speech is even enough for that.
fn share_of(text: &str, heard: u64, whole: u64) -> String {
    let letters = text.chars().count() as u64;
    let most = letters.saturating_mul(heard).checked_div(whole).unwrap_or(0);
    let mut kept = String::new();
    let mut count = 0;
    for word in text.split_inclusive(' ') {
        count += word.chars().count() as u64;
        if count > most {
            break;
        }
        kept.push_str(word);
    }
    let kept = kept.trim();
    if kept.is_empty() { String::new() } else { format!("{kept} —") }
}

/// Something that was interrupted.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cut {
    pub(super) spoken: SpokenItem,
    /// Sound that was heard, ms.
    pub(super) heard_ms: u64,
}

/// Takes the robot's sound; gives frames when their time has come.
#[derive(Debug)]
pub(super) struct Playout {
    code: G711,
    out: ToMedia,
    queue: VecDeque<(usize, Bytes)>,
    queued: usize,
    pub(super) said: Vec<Said>,
    /// When all that was sent is played.
    plays_until: Instant,
    scratch: Vec<u8>,
}

/// A frame that goes out.
#[derive(Debug)]
pub(super) struct Frame<'a> {
    pub(super) sound: &'a [u8],
    /// When it is played.
    pub(super) starts: Instant,
    /// Its first 20 ms that can be heard, from its start.
    pub(super) first_loud: Option<Duration>,
}

fn length(bytes: usize) -> Duration {
    Duration::from_micros(bytes as u64 * 125)
}

fn bytes(length: Duration) -> u64 {
    u64::try_from(length.as_micros() / 125).unwrap_or(u64::MAX)
}

impl Playout {
    /// The stream, and the frame that begins it.
    pub(super) fn begin(code: G711, now: Instant) -> (Self, String) {
        let (out, start) = ToMedia::begin(code);
        let playout = Self {
            code,
            out,
            queue: VecDeque::new(),
            queued: 0,
            said: Vec::new(),
            plays_until: now,
            scratch: Vec::with_capacity(2048),
        };
        (playout, start)
    }

    /// The frame that ends it.
    pub(super) fn end(&mut self) -> String {
        self.out.end()
    }

    fn index(&mut self, spoken: &SpokenItem) -> usize {
        // the one that is spoken now is the last
        let known = self.said.iter().rposition(|said| {
            said.spoken.item == spoken.item && said.spoken.content_index == spoken.content_index
        });
        known.unwrap_or_else(|| {
            if self.said.len() >= MOST_ITEMS && self.queue.is_empty() {
                self.said.clear();
            }
            self.said.push(Said {
                spoken: spoken.clone(),
                text: String::new(),
                received: 0,
                sent: 0,
                played: None,
                cut: None,
                is_complete: false,
            });
            self.said.len() - 1
        })
    }

    fn item(&mut self, spoken: &SpokenItem) -> Option<&mut Said> {
        let index = self.index(spoken);
        self.said.get_mut(index)
    }

    /// Takes sound; `false` when it is more than anybody listens to.
    pub(super) fn take(&mut self, spoken: &SpokenItem, sound: Bytes) -> bool {
        let index = self.index(spoken);
        let Some(said) = self.said.get_mut(index) else { return false };
        if said.cut.is_some() || sound.is_empty() {
            return true;
        }
        if self.queued + sound.len() > MOST_QUEUED {
            return false;
        }
        said.received += sound.len() as u64;
        self.queued += sound.len();
        self.queue.push_back((index, sound));
        true
    }

    /// No more sound of it comes: what is left is filled up to a whole frame.
    pub(super) fn complete(&mut self, spoken: &SpokenItem) {
        let index = self.index(spoken);
        let Some(said) = self.said.get_mut(index) else { return };
        if said.is_complete || said.cut.is_some() {
            return;
        }
        said.is_complete = true;
        let odd = self.queued % FRAME;
        if odd != 0 {
            let silence = vec![self.code.silence(); FRAME - odd];
            self.queued += silence.len();
            self.queue.push_back((index, Bytes::from(silence)));
        }
    }

    /// Words of it, more or all.
    pub(super) fn add_words(&mut self, spoken: &SpokenItem, words: &str, all: bool) {
        if let Some(said) = self.item(spoken) {
            if all {
                said.text.clear();
            }
            if said.text.len() + words.len() <= 64 << 10 {
                said.text.push_str(words);
            }
        }
    }

    /// Whether the client hears the robot, or is about to.
    pub(super) fn is_audible(&self, now: Instant) -> bool {
        self.plays_until > now || self.queued > 0
    }

    /// When all that came so far will have been heard.
    pub(super) fn ends_at(&self) -> Instant {
        self.plays_until + length(self.queued)
    }

    /// When something is to be sent.
    pub(super) fn due(&self, now: Instant) -> Option<Instant> {
        (self.queued >= FRAME).then(|| {
            // a step less than the lead is left: time for the next
            let until = self.plays_until.checked_sub(LEFT).unwrap_or(now);
            until.max(now)
        })
    }

    /// Puts the next frame whose time has come into the outbox. `listens` for the first sound in it that can
    /// be heard.
    pub(super) fn next(&mut self, now: Instant, listens: bool, outbox: &mut Outbox) -> Option<Frame<'_>> {
        let starts = self.plays_until.max(now);
        let room = LEAD.checked_sub(starts - now)?;
        // in steps, lest every timer brings a frame of 20 ms
        if self.queued < FRAME || (room < STEP && self.queued > usize::try_from(bytes(room)).ok()?) {
            return None;
        }
        let most = usize::try_from(bytes(room)).ok()?.min(self.queued) / FRAME * FRAME;
        if most == 0 {
            return None;
        }
        self.scratch.clear();
        while self.scratch.len() < most {
            let Some((index, mut sound)) = self.queue.pop_front() else { break };
            let part = sound.split_to(sound.len().min(most - self.scratch.len()));
            if let Some(said) = self.said.get_mut(index) {
                let from = starts + length(self.scratch.len());
                let until = from + length(part.len());
                said.played = Some((said.played.map_or(from, |(first, _)| first), until));
                // padding is no part of the item
                said.sent = (said.sent + part.len() as u64).min(said.received);
            }
            self.scratch.extend_from_slice(&part);
            if !sound.is_empty() {
                self.queue.push_front((index, sound));
            }
        }
        self.queued -= self.scratch.len();
        self.plays_until = starts + length(self.scratch.len());
        let first_loud = listens
            .then(|| self.scratch.chunks(FRAME).position(|frame| meter::is_loud(self.code, frame)))
            .flatten()
            .map(|frames| length(frames * FRAME));
        let Self { out, scratch, .. } = self;
        outbox.write(|text| out.sound(scratch, text));
        Some(Frame { sound: scratch, starts, first_loud })
    }

    /// Silence: nothing more is played. What was cut, and where.
    pub(super) fn clear(&mut self, now: Instant) -> Vec<Cut> {
        let mut unheard = bytes(self.plays_until.saturating_duration_since(now));
        self.queue.clear();
        self.queued = 0;
        self.plays_until = now;
        let mut cuts = Vec::new();
        // of what is held back only the words are here
        let came = |said: &&mut Said| said.cut.is_none() && said.received > 0;
        for said in self.said.iter_mut().rev().filter(came) {
            let lost = unheard.min(said.sent);
            unheard -= lost;
            let heard = said.sent - lost;
            if heard == said.received && said.is_complete {
                // whatever stands before it was heard, too
                break;
            }
            said.cut = Some(heard);
            said.played = said.played.map(|(from, until)| (from, until.min(now).max(from)));
            cuts.push(Cut { spoken: said.spoken.clone(), heard_ms: heard / G711::BYTES_A_MS as u64 });
        }
        cuts.reverse();
        cuts
    }
}

#[cfg(test)]
mod tests {
    use openai_client::{ItemId, ResponseId};

    use super::*;

    fn item(name: &str) -> SpokenItem {
        SpokenItem { response: ResponseId::new("r"), item: ItemId::new(name), content_index: 0 }
    }

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn begin() -> (Playout, Instant) {
        let now = Instant::now();
        (Playout::begin(G711::Mulaw, now).0, now)
    }

    /// Lengths of frames that go out at a moment, ms.
    fn sent(playout: &mut Playout, now: Instant) -> Vec<usize> {
        std::iter::from_fn(|| {
            playout.next(now, false, &mut Outbox::default()).map(|frame| frame.sound.len() / 8)
        })
        .collect()
    }

    fn sound(ms: usize) -> Bytes {
        Bytes::from(vec![0x90; ms * 8])
    }

    #[test]
    fn sound_in_real_time_passes_at_once() {
        let (mut playout, mut now) = begin();
        for _ in 0..50 {
            playout.take(&item("a"), sound(20));
            assert_eq!(sent(&mut playout, now), [20]);
            now += ms(20);
        }
    }

    #[test]
    fn what_comes_faster_is_sent_a_little_ahead_of_its_time() {
        let (mut playout, start) = begin();
        playout.take(&item("a"), sound(1000));
        assert_eq!(sent(&mut playout, start), [240]);
        assert_eq!(playout.due(start), Some(start + ms(60)));
        assert!(sent(&mut playout, start + ms(59)).is_empty());
        assert_eq!(sent(&mut playout, start + ms(60)), [60]);
        let mut now = start + ms(60);
        let mut all = 300;
        while let Some(due) = playout.due(now) {
            now = due;
            all += sent(&mut playout, now).iter().sum::<usize>();
        }
        assert_eq!((all, now), (1000, start + ms(780)), "the last is sent when 220 ms are left");
        assert_eq!(playout.ends_at(), start + ms(1000));
    }

    #[test]
    fn an_odd_end_is_filled_up_when_no_more_comes() {
        let (mut playout, now) = begin();
        playout.take(&item("a"), Bytes::from(vec![0x90; 200]));
        assert_eq!(sent(&mut playout, now), [20]);
        assert!(playout.due(now).is_none(), "five odd milliseconds wait for more");
        playout.complete(&item("a"));
        assert_eq!(sent(&mut playout, now), [20]);
    }

    #[test]
    fn an_interruption_cuts_at_what_was_heard() {
        let (mut playout, start) = begin();
        playout.take(&item("a"), sound(100));
        playout.complete(&item("a"));
        playout.take(&item("b"), sound(1000));
        playout.take(&item("c"), sound(500));
        sent(&mut playout, start);
        let cuts = playout.clear(start + ms(150));
        assert_eq!(
            cuts,
            [Cut { spoken: item("b"), heard_ms: 50 }, Cut { spoken: item("c"), heard_ms: 0 }],
            "the first was heard whole"
        );
        assert!(!playout.is_audible(start + ms(150)));
        assert!(playout.take(&item("b"), sound(20)), "late sound is not played");
        assert!(playout.due(start + ms(150)).is_none());
    }

    #[test]
    fn words_are_kept_as_far_as_they_were_heard() {
        assert_eq!(share_of("Добрый день, это Ромашка", 500, 1000), "Добрый —");
        assert_eq!(share_of("Добрый день", 10, 1000), "");
        assert_eq!(share_of("Добрый день", 1000, 1000), "Добрый день —");
        assert_eq!(share_of("Добрый день", 5, 0), "");
    }

    #[test]
    fn the_first_sound_that_is_heard_is_found_behind_silence() {
        let (mut playout, now) = begin();
        playout.take(&item("a"), Bytes::from(vec![0xff; 40 * 8]));
        playout.take(&item("a"), sound(60));
        let mut outbox = Outbox::default();
        let frame = playout.next(now, true, &mut outbox).unwrap();
        assert_eq!((frame.first_loud, frame.starts), (Some(ms(40)), now));
    }

    #[test]
    fn speech_without_end_is_refused() {
        let (mut playout, _) = begin();
        let taken = (0..200).take_while(|_| playout.take(&item("a"), sound(1000))).count();
        assert_eq!(taken, 120);
    }
}

//! Finds phrases: some two thirds of a second of the sound are held against every place of every
//! phrase, then the best place is followed as long as both agree.

use std::ops::Range;

use super::features::{BANDS, Features, Shape};
use super::words::{self, TimedWord};
use crate::world::Bank;

/// Frames that are looked up at a time.
const PROBE: usize = 32;
/// Fewer frames say nothing: 120 ms.
const SHORTEST: usize = 6;
/// Every fourth frame at every second place tells the likely places.
const STRIDE: usize = 4;
const PLACES: usize = 2;
/// Likely places that are looked at closely.
const LIKELY: usize = 16;
/// A silence of so many frames may be a cut: a probe does not reach over it.
const GAP: usize = 10;
/// How alike a probe and its place must be (1 = the same). Other speech reaches 0.6 at most.
const ALIKE: f32 = 0.68;
/// The same for a probe of few frames: a hiss is like any fricative.
const FEW: usize = 16;
const FEW_ALIKE: f32 = 0.85;
/// A sound that changes less than this is no speech: tones of the network. Speech reaches 0.8.
const STEADY: f32 = 0.92;
/// How alike the loudest frames must be for a place to be looked at.
const MAY_BE: f32 = 0.3;
/// How far a probe reaches that starts with so few.
const BEYOND: usize = 64;
/// How alike the frames must be on the way on, over so many at a time.
const STILL_ALIKE: f32 = 0.4;
const STEP: usize = 8;
/// What does not match is passed over in such steps.
const SKIP: usize = 4;

/// A part of a phrase, found in a sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Match {
    phrase: usize,
    /// Which frames of the phrase.
    pub(super) heard: Range<usize>,
    /// Frame of the sound at which they begin.
    pub(super) at: usize,
}

struct Known {
    shapes: Vec<Shape>,
    /// `energy[i]` = the sum of squares of all frames before `i`.
    energy: Vec<f32>,
    words: Vec<TimedWord>,
    /// From the first frame that speaks to behind the last.
    spoken: Range<usize>,
}

/// All phrases of the bank, ready to be compared.
pub(super) struct Index(Vec<Known>);

impl Index {
    pub(super) fn of(bank: &Bank) -> Self {
        let phrases = bank.dialogues().iter().flat_map(|dialogue| &dialogue.phrases);
        Self(
            phrases
                .map(|phrase| {
                    let features = Features::of(bank.pcm(phrase), crate::world::bank::RATE);
                    Known {
                        energy: energy(&features.shapes),
                        words: words::timed(&phrase.text, &features.active),
                        spoken: words::spoken(&features.active),
                        shapes: features.shapes,
                    }
                })
                .collect(),
        )
    }

    /// The words of what was found; `None` if it holds no whole word.
    pub(super) fn words(&self, found: &Match) -> Option<String> {
        let known = self.0.get(found.phrase)?;
        let text = words::within(&known.words, &known.spoken, &found.heard);
        (!text.is_empty()).then_some(text)
    }

    /// Everything that is found, by start.
    pub(super) fn matches(&self, sound: &Features) -> Vec<Match> {
        let mut found: Vec<Match> = Vec::new();
        let mut at = 0;
        while let Some(start) = next_active(&sound.active, at) {
            let probe = probe(sound, start);
            let place = if probe.len() < SHORTEST {
                None
            } else if probe.len() < FEW {
                // a short word alone is like many: what follows its pause tells more, if it is of the same phrase
                let more = sound.shapes.get(start..(start + BEYOND).min(sound.shapes.len()));
                more.and_then(|more| self.place(more)).or_else(|| self.place(probe))
            } else {
                self.place(probe)
            };
            let Some((phrase, frame)) = place else {
                at = start + if probe.len() < SHORTEST { probe.len().max(1) } else { SKIP };
                continue;
            };
            let Some(one) = self.follow(sound, phrase, frame, start, found.last()) else {
                at = start + SKIP;
                continue;
            };
            at = one.at + one.heard.len();
            match found.last_mut() {
                Some(last) if continues(last, &one) => last.heard.end = one.heard.end,
                _ => found.push(one),
            }
        }
        found
    }

    /// The place that is most like the probe, if it is alike enough: phrase and frame.
    fn place(&self, probe: &[Shape]) -> Option<(usize, usize)> {
        let norm = energy(probe).last().copied()?.sqrt();
        if steadiness(probe, norm) > STEADY {
            return None;
        }
        let (stride, places) = if probe.len() < FEW { (1, 1) } else { (STRIDE, PLACES) };
        let loud = loudest(probe);
        let mut likely: Vec<(f32, usize, usize)> = Vec::with_capacity(LIKELY + 1);
        for (phrase, known) in self.0.iter().enumerate() {
            let last = known.shapes.len().saturating_sub(SHORTEST);
            for frame in (0..last).step_by(places) {
                if places > 1 && !known.may_be(probe, loud, frame) {
                    continue;
                }
                let score = known.likeness(probe, frame, norm, stride);
                if likely.len() < LIKELY || likely.last().is_some_and(|worst| worst.0 < score) {
                    let place = likely.partition_point(|better| better.0 >= score);
                    likely.insert(place, (score, phrase, frame));
                    likely.truncate(LIKELY);
                }
            }
        }
        let alike = if probe.len() < FEW { FEW_ALIKE } else { ALIKE };
        likely
            .iter()
            .flat_map(|&(_, phrase, frame)| {
                (frame.saturating_sub(PLACES)..=frame + PLACES).map(move |frame| (phrase, frame))
            })
            .filter_map(|(phrase, frame)| {
                let score = self.0.get(phrase)?.likeness(probe, frame, norm, 1);
                Some((score, phrase, frame))
            })
            .filter(|(score, ..)| *score >= alike)
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, phrase, frame)| (phrase, frame))
    }

    /// How far the sound and the phrase go on together, in both directions.
    fn follow(
        &self,
        sound: &Features,
        phrase: usize,
        frame: usize,
        start: usize,
        before: Option<&Match>,
    ) -> Option<Match> {
        let known = self.0.get(phrase)?;
        let agree = |frame: usize, at: usize, count: usize| {
            let ours = sound.shapes.get(at..at + count).unwrap_or_default();
            let norm = energy(ours).last().copied().unwrap_or(0.0).sqrt();
            let theirs = known.energy_of(frame..frame + count);
            // where both are silent they agree, where one speaks alone they do not
            if norm == 0.0 || theirs == 0.0 {
                return norm.max(theirs.sqrt()) < f32::EPSILON + ONE_SPEAKS;
            }
            known.likeness(ours, frame, norm, 1) >= STILL_ALIKE
        };
        let longest = (known.shapes.len() - frame).min(sound.shapes.len() - start);
        let mut length = 0;
        while length < longest {
            let step = STEP.min(longest - length);
            if !agree(frame + length, start + length, step) {
                break;
            }
            length += step;
        }
        if length == 0 {
            return None;
        }
        let earliest = before.map_or(0, |before| before.at + before.heard.len());
        let mut back = 0;
        while back + STEP <= frame.min(start.saturating_sub(earliest))
            && agree(frame - back - STEP, start - back - STEP, STEP)
        {
            back += STEP;
        }
        let heard = frame - back..frame + length;
        // the silence around a phrase is no part of it
        let heard = heard.start.max(known.spoken.start)..heard.end.min(known.spoken.end);
        let at = (start + heard.start).checked_sub(frame)?;
        (!heard.is_empty()).then_some(Match { phrase, heard, at })
    }
}

/// Energy of a step in which one side alone speaks a little: edges of words fall differently.
const ONE_SPEAKS: f32 = 8.0;

impl Known {
    fn energy_of(&self, frames: Range<usize>) -> f32 {
        let at = |frame: usize| {
            let frame = frame.min(self.energy.len().saturating_sub(1));
            self.energy.get(frame).copied().unwrap_or(0.0)
        };
        (at(frames.end) - at(frames.start)).max(0.0)
    }

    /// A quick look at the probe's loudest frames: most places are ruled out by it.
    fn may_be(&self, probe: &[Shape], loud: [usize; 2], frame: usize) -> bool {
        let (mut both, mut ours, mut theirs) = (0.0, 0.0, 0.0);
        for at in loud {
            let (Some(a), Some(b)) = (probe.get(at), self.shapes.get(frame + at)) else { return true };
            both += dot(a, b);
            ours += dot(a, a);
            theirs += dot(b, b);
        }
        both > 0.0 && both * both >= MAY_BE * MAY_BE * ours * theirs
    }

    /// Cosine of the probe and the frames from `frame` on, every `stride`-th looked at.
    #[expect(clippy::cast_precision_loss, reason = "a stride")]
    fn likeness(&self, probe: &[Shape], frame: usize, norm: f32, stride: usize) -> f32 {
        let theirs = self.energy_of(frame..frame + probe.len()).sqrt();
        if theirs == 0.0 || norm == 0.0 {
            return 0.0;
        }
        let place = self.shapes.get(frame..).unwrap_or_default();
        let dot: f32 = probe.iter().zip(place).step_by(stride).map(|(a, b)| dot(a, b)).sum();
        dot * stride as f32 / (norm * theirs)
    }
}

fn dot(a: &Shape, b: &Shape) -> f32 {
    let mut sum = 0.0;
    for i in 0..BANDS {
        sum += a[i] * b[i];
    }
    sum
}

/// The loudest frame of each half.
fn loudest(probe: &[Shape]) -> [usize; 2] {
    let half = probe.len() / 2;
    let of = |from: usize, to: usize| {
        let energy = |at: &usize| probe.get(*at).map_or(0.0, |shape| dot(shape, shape));
        (from..to).max_by(|a, b| energy(a).total_cmp(&energy(b))).unwrap_or(from)
    };
    [of(0, half), of(half, probe.len())]
}

fn energy(shapes: &[Shape]) -> Vec<f32> {
    let mut sum = 0.0;
    std::iter::once(0.0)
        .chain(shapes.iter().map(move |shape| {
            sum += dot(shape, shape);
            sum
        }))
        .collect()
}

/// How much all frames are the same: 1 for a tone.
#[expect(clippy::cast_precision_loss, reason = "frames of one probe")]
fn steadiness(probe: &[Shape], norm: f32) -> f32 {
    let mut sum = [0.0; BANDS];
    for shape in probe {
        sum.iter_mut().zip(shape).for_each(|(sum, x)| *sum += x);
    }
    dot(&sum, &sum) / (probe.len().max(1) as f32 * norm * norm).max(f32::EPSILON)
}

fn next_active(active: &[bool], from: usize) -> Option<usize> {
    active.iter().skip(from).position(|active| *active).map(|more| from + more)
}

/// What is said from here on, up to the next gap.
fn probe(sound: &Features, start: usize) -> &[Shape] {
    let mut end = start;
    for (frame, active) in sound.active.iter().enumerate().skip(start).take(PROBE) {
        if *active {
            end = frame + 1;
        } else if frame - end >= GAP {
            break;
        }
    }
    sound.shapes.get(start..end).unwrap_or_default()
}

/// The second match is the same phrase going on.
fn continues(last: &Match, one: &Match) -> bool {
    const SLACK: usize = 25;
    let sound_gap = one.at - (last.at + last.heard.len()).min(one.at);
    last.phrase == one.phrase
        && one.heard.start + 2 >= last.heard.end
        && one.heard.start - last.heard.end.min(one.heard.start) <= SLACK
        && sound_gap <= SLACK
}

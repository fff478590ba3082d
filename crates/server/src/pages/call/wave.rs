//! The waveform: two voices drawn here, so that it stands without scripts and within the policy.
//!
//! Times are given in percent of the length: the picture stretches to the page, words do not.

use std::fmt::Write as _;

use domain::{ChannelLayout, OperatorChannel, Speaker, Survey};

use super::talk::{Gap, Quote};
use crate::pages::words::Words;

/// Bars of a voice: about two pixels each on a wide page.
const BARS: usize = 400;

/// A voice.
pub(crate) struct Lane {
    /// `op`, `cl` or `both`: whose colour.
    pub(crate) class: &'static str,
    /// Of a box 0–400 by 0–40.
    pub(crate) path: String,
    /// From the top, px.
    pub(crate) y: u32,
}

/// A quote's number above the wave.
pub(crate) struct Mark {
    pub(crate) number: usize,
    pub(crate) ms: u64,
    pub(crate) x: String,
    pub(crate) bad: bool,
    pub(crate) words: String,
}

/// Speech that was not recognised.
pub(crate) struct Hatch {
    pub(crate) x: String,
    pub(crate) width: String,
    pub(crate) y: u32,
}

/// A time under the wave.
pub(crate) struct Tick {
    pub(crate) x: String,
    pub(crate) words: String,
}

/// The picture.
pub(crate) struct Wave {
    pub(crate) lanes: Vec<Lane>,
    pub(crate) marks: Vec<Mark>,
    pub(crate) hatches: Vec<Hatch>,
    pub(crate) ticks: Vec<Tick>,
    /// Of the whole, px.
    pub(crate) height: u32,
    /// Where the voices end and the times begin, px.
    pub(crate) floor: u32,
    pub(crate) legend: Vec<(&'static str, String)>,
}

/// Room for the numbers above, px.
const TOP: u32 = 28;
/// Of a voice, px.
const LANE: u32 = 44;

impl Wave {
    pub(crate) fn of(
        t: &Words,
        survey: &Survey,
        operator: OperatorChannel,
        quotes: &[Quote],
        gaps: &[Gap],
    ) -> Self {
        let length = survey.duration_ms.max(1);
        let stereo = survey.layout == ChannelLayout::Stereo && survey.peaks.channels.len() > 1;
        let shown = if stereo { 2 } else { 1 };
        // the operator stands above, whichever channel it is
        let mut channels: Vec<usize> = (0..survey.peaks.channels.len().min(shown)).collect();
        let whose = |channel: usize| survey.speaker(u8::try_from(channel).unwrap_or(0), operator);
        channels.sort_by_key(|channel| whose(*channel) != Speaker::Operator);
        let loudest = survey.peaks.channels.iter().flatten().map(|(low, high)| reach(*low, *high)).max();
        let loudest = loudest.unwrap_or(0).max(24);
        let lanes: Vec<Lane> = channels
            .iter()
            .enumerate()
            .map(|(at, channel)| Lane {
                class: match whose(*channel) {
                    Speaker::Operator => "op",
                    Speaker::Client => "cl",
                    Speaker::Unknown => "both",
                },
                path: bars(survey.peaks.channels.get(*channel).map_or(&[], Vec::as_slice), loudest),
                y: TOP + LANE * u32::try_from(at).unwrap_or(0),
            })
            .collect();
        let floor = TOP + LANE * u32::try_from(lanes.len().max(1)).unwrap_or(1);
        let lane_of =
            |channel: u8| channels.iter().position(|known| *known == usize::from(channel)).unwrap_or(0);
        Self {
            marks: marks(quotes, length),
            hatches: gaps
                .iter()
                .map(|gap| Hatch {
                    x: percent(gap.start_ms, length),
                    width: percent(gap.end_ms.saturating_sub(gap.start_ms), length),
                    y: TOP + LANE * u32::try_from(lane_of(gap.channel)).unwrap_or(0),
                })
                .collect(),
            ticks: ticks(t, length),
            height: floor + 20,
            floor,
            legend: legend(t, &channels, whose, stereo),
            lanes,
        }
    }
}

fn legend(
    t: &Words,
    channels: &[usize],
    whose: impl Fn(usize) -> Speaker,
    stereo: bool,
) -> Vec<(&'static str, String)> {
    if !stereo {
        return vec![("both", t.say("wave-mono"))];
    }
    channels
        .iter()
        .map(|channel| {
            let side = if *channel == 0 { t.say("wave-left") } else { t.say("wave-right") };
            match whose(*channel) {
                Speaker::Operator => ("op", t.put("wave-operator", "side", side)),
                Speaker::Client | Speaker::Unknown => ("cl", t.put("wave-client", "side", side)),
            }
        })
        .collect()
}

fn reach(low: i8, high: i8) -> u32 {
    u32::from(low.unsigned_abs()).max(u32::from(high.unsigned_abs()))
}

/// Vertical strokes around the middle of a box 400 × 40.
fn bars(peaks: &[(i8, i8)], loudest: u32) -> String {
    let count = peaks.len().clamp(1, BARS);
    let mut path = String::with_capacity(count * 16);
    for bar in 0..count {
        let (from, to) = (bar * peaks.len() / count, (bar + 1) * peaks.len() / count);
        let loud = peaks.get(from..to).unwrap_or_default().iter().map(|(low, high)| reach(*low, *high)).max();
        // quiet voices are drawn visibly: the eye looks for who speaks, not for how loud
        let share = f64::from(loud.unwrap_or(0)) / f64::from(loudest);
        let half = (share.min(1.0).powf(0.7) * 18.0).max(0.6);
        #[expect(clippy::cast_precision_loss, reason = "at most 400")]
        let x = (bar as f64 + 0.5) * 400.0 / count as f64;
        // writing to a String never fails
        let _ = write!(path, "M{x:.1} {:.1}V{:.1}", 20.0 - half, 20.0 + half);
    }
    path
}

/// Numbers of quotes; where they would cover each other, later ones move on a little.
fn marks(quotes: &[Quote], length: u64) -> Vec<Mark> {
    /// Of the width: a number and a hair on a page of 1100 px.
    const APART: f64 = 2.2;
    let mut last = -APART;
    quotes
        .iter()
        .map(|quote| {
            let x = part(quote.start_ms, length).max(last + APART).min(98.5);
            last = x;
            Mark {
                number: quote.number,
                ms: quote.start_ms,
                x: format!("{x:.2}%"),
                bad: quote.bad,
                words: quote.words.clone(),
            }
        })
        .collect()
}

fn ticks(t: &Words, length: u64) -> Vec<Tick> {
    const STEPS_S: [u64; 9] = [5, 10, 15, 30, 60, 120, 300, 600, 1800];
    let step =
        STEPS_S.into_iter().map(|step| step * 1000).find(|step| length / step <= 9).unwrap_or(3_600_000);
    // the last one must not run over the edge
    (0..=length / step)
        .map(|tick| tick * step)
        .filter(|ms| part(*ms, length) < 94.0)
        .map(|ms| Tick { x: percent(ms, length), words: t.clock(ms) })
        .collect()
}

#[expect(clippy::cast_precision_loss, reason = "a call is shorter than 2^53 ms")]
fn part(ms: u64, length: u64) -> f64 {
    ms.min(length) as f64 * 100.0 / length as f64
}

fn percent(ms: u64, length: u64) -> String {
    format!("{:.2}%", part(ms, length))
}

/// The place of the needle, `12.34`.
pub(crate) fn needle(ms: u64, length: u64) -> String {
    format!("{:.2}", part(ms, length.max(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_recording_is_drawn_with_a_bounded_path() {
        let peaks = vec![(-100_i8, 127_i8); 90_000];
        let path = bars(&peaks, 127);
        assert_eq!(path.matches('M').count(), BARS);
        assert!(path.starts_with("M0.5 2.0V38.0"), "{path:.40}");
        assert_eq!(bars(&[], 24).matches('M').count(), 1);
    }

    #[test]
    fn numbers_that_would_cover_each_other_move_on() {
        let quote =
            |number, start_ms| Quote { number, start_ms, end_ms: start_ms, bad: false, words: String::new() };
        let marks = marks(&[quote(1, 0), quote(2, 100), quote(3, 60_000)], 100_000);
        let places: Vec<&str> = marks.iter().map(|mark| mark.x.as_str()).collect();
        assert_eq!(places, ["0.00%", "2.20%", "60.00%"]);
    }
}

//! The one pass over a recording that measures everything: layout, utterances, gates, loudness, picture.
//!
//! Memory does not grow with the file but for six bytes per channel and 32 ms.

use std::path::Path;

use domain::{ChannelLayout, Survey, Utterance, UtteranceGate};

use crate::gates::{self, GateOptions};
use crate::grid::Grid;
use crate::layout::LayoutMeter;
use crate::loudness::LoudnessMeter;
use crate::meter::{ChannelMeter, Trace, share};
use crate::resample::{RateChange, Stream};
use crate::units::{FRAME_MS, count, frames_to_ms, index};
use crate::vad::{self, VadOptions};
use crate::voice::FRAME;
use crate::{AudioError, AudioLimits, peaks};

/// How a recording is measured.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct SurveyOptions {
    /// What is read at all.
    pub limits: AudioLimits,
    /// Where utterances begin and end.
    pub vad: VadOptions,
    /// Which of them are speech.
    pub gates: GateOptions,
}

/// Decodes a recording once, in bounded memory, and measures it. Blocks: call it on a blocking thread.
///
/// # Errors
/// Every case of [`AudioError`]; the file is never changed.
pub fn survey(path: &Path, options: &SurveyOptions) -> Result<Survey, AudioError> {
    let mut stream = Stream::as_it_is(path, &options.limits)?;
    let info = stream.info().clone();
    let (channels, grid) = (usize::from(info.channels), Grid::of(stream.rate()));
    let mut meters: Vec<ChannelMeter> = (0..channels).map(|_| ChannelMeter::new(grid)).collect();
    let mut loudness = LoudnessMeter::new(grid.rate());
    let mut layout = LayoutMeter::default();
    let mut frames = Framing::new(channels, grid)?;
    let mut samples = 0;
    while let Some(block) = stream.next()? {
        loudness.push(block);
        samples += count(block.first().map_or(0, Vec::len));
        frames.push(block)?;
        frames.measure(&mut meters, &mut layout);
    }
    frames.finish()?;
    frames.measure(&mut meters, &mut layout);
    let layout = if channels == 1 { ChannelLayout::Mono } else { layout.finish() };
    let duration_ms = frames_to_ms(samples, grid.rate());
    let (traces, pictures): (Vec<_>, Vec<_>) = meters.into_iter().map(ChannelMeter::finish).unzip();
    let tones: Vec<Vec<bool>> = traces.iter().map(|t| gates::tones(t, &options.gates)).collect();
    let utterances = utterances(&traces, &tones, layout, duration_ms, options);
    let tone_share = tone_share(&traces, &tones, &utterances);
    Ok(Survey {
        format: info.format,
        sample_rate_hz: info.sample_rate_hz,
        duration_ms,
        layout,
        loudness_lufs: loudness.finish(channels),
        utterances,
        tone_share,
        peaks: peaks::join(pictures),
    })
}

fn utterances(
    traces: &[Trace],
    tones: &[Vec<bool>],
    layout: ChannelLayout,
    duration_ms: u64,
    options: &SurveyOptions,
) -> Vec<Utterance> {
    // in dual mono the second channel has nothing to add
    let speaking = if layout == ChannelLayout::Stereo { traces.len() } else { 1 };
    let mut found = Vec::new();
    for (channel, (trace, tone)) in traces.iter().zip(tones).enumerate().take(speaking) {
        let other = (layout == ChannelLayout::Stereo).then(|| traces.get(1 - channel.min(1))).flatten();
        for frames in intervals(trace, tone, other, options) {
            let utterance = Utterance {
                channel: u8::try_from(channel).unwrap_or(u8::MAX),
                start_ms: count(frames.start) * FRAME_MS,
                end_ms: (count(frames.end) * FRAME_MS).min(duration_ms),
                level_dbfs: gates::level_dbfs(trace, &frames),
                gate: gates::judge(trace, other, &frames, &options.gates),
                pitch_hz: gates::pitch_hz(trace, &frames),
            };
            if utterance.start_ms < utterance.end_ms {
                found.push(utterance);
            }
        }
    }
    found.sort_by_key(|u| (u.start_ms, u.channel));
    found
}

/// Share of windows with a tone. Beating tones waver too much to be marked one by one: of those the verdict on
/// the whole utterance tells.
fn tone_share(traces: &[Trace], tones: &[Vec<bool>], utterances: &[Utterance]) -> Vec<f32> {
    let window_ms = 2 * FRAME_MS;
    let one = |(channel, (trace, tone)): (usize, (&Trace, &Vec<bool>))| {
        let gated: Vec<_> = utterances
            .iter()
            .filter(|u| usize::from(u.channel) == channel && u.gate == UtteranceGate::Tone)
            .map(|u| index(u.start_ms / window_ms)..index(u.end_ms / window_ms))
            .collect();
        share(tone.len(), |w| {
            let in_line = trace.line.get(w).is_some_and(|l| *l >= 230);
            tone.get(w).copied().unwrap_or(false) || in_line && gated.iter().any(|g| g.contains(&w))
        })
    };
    traces.iter().zip(tones).enumerate().map(one).collect()
}

/// What a frame that sounds like a voice is, before anything is joined.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Voice {
    Own,
    Tone,
    /// The other channel, heard through.
    Other,
}

/// Speech, tones and the other speaker's voice are cut apart first: a beep right behind a phrase, or the
/// answer of the other side heard through, is an interval of its own, and no phrase grows by it.
fn intervals(
    trace: &Trace,
    tone: &[bool],
    other: Option<&Trace>,
    options: &SurveyOptions,
) -> Vec<std::ops::Range<usize>> {
    let in_tone = |frame: usize| tone.get(frame / 2).copied().unwrap_or(false);
    let through = gates::heard_through(trace, other, &options.gates);
    let voice = |frame: usize| match through.get(frame) {
        _ if in_tone(frame) => Voice::Tone,
        Some(true) => Voice::Other,
        _ => Voice::Own,
    };
    let part = |wanted: Voice| {
        trace.voice.iter().enumerate().map(move |(f, v)| if voice(f) == wanted { *v } else { 0 })
    };
    let unpadded = VadOptions { pad_frames: 0, ..options.vad };
    let mut all = vad::utterances(vad::runs(part(Voice::Own), &options.vad), &trace.level, &options.vad);
    // a pad that reaches into a loud tone would make the phrase look like one
    for frames in &mut all {
        let heard = |f: &usize| !in_tone(*f);
        frames.start = frames.clone().find(heard).unwrap_or(frames.end);
        frames.end = frames.clone().rfind(heard).map_or(frames.start, |last| last + 1);
    }
    all.retain(|frames| !frames.is_empty());
    for foreign in [Voice::Tone, Voice::Other] {
        all.extend(vad::utterances(vad::runs(part(foreign), &unpadded), &trace.level, &unpadded));
    }
    all
}

/// Cuts blocks of any length into frames, at the rate of the grid and at the voice detector's.
struct Framing {
    frame: usize,
    sound: Vec<Vec<f32>>,
    /// The same at 16 kHz, where that is another rate.
    heard: Option<(RateChange, Vec<Vec<f32>>)>,
}

impl Framing {
    fn new(channels: usize, grid: Grid) -> Result<Self, AudioError> {
        let planes = vec![Vec::new(); channels];
        let heard = match grid {
            Grid::Telephone => Some((RateChange::new(grid.rate(), channels)?, planes.clone())),
            Grid::Wide => None,
        };
        Ok(Self { frame: grid.frame(), sound: planes, heard })
    }

    fn push(&mut self, block: &[Vec<f32>]) -> Result<(), AudioError> {
        for (to, plane) in self.sound.iter_mut().zip(block) {
            to.extend_from_slice(plane);
        }
        if let Some((change, heard)) = &mut self.heard {
            let from = heard.first().map_or(0, Vec::len);
            change.push(block, heard)?;
            clamp(heard, from);
        }
        Ok(())
    }

    /// What is left, and silence up to a whole frame.
    fn finish(&mut self) -> Result<(), AudioError> {
        if let Some((change, heard)) = &mut self.heard {
            let from = heard.first().map_or(0, Vec::len);
            change.finish(heard)?;
            clamp(heard, from);
            pad(heard, FRAME);
        }
        pad(&mut self.sound, self.frame);
        Ok(())
    }

    /// Measures every whole frame that has come at both rates.
    fn measure(&mut self, meters: &mut [ChannelMeter], layout: &mut LayoutMeter) {
        let heard = self.heard.as_ref().map_or(&self.sound, |(_, heard)| heard);
        let whole = |planes: &[Vec<f32>], frame: usize| planes.first().map_or(0, |plane| plane.len() / frame);
        let ready = whole(&self.sound, self.frame).min(whole(heard, FRAME));
        for ((meter, sound), heard) in meters.iter_mut().zip(&self.sound).zip(heard) {
            for (sound, heard) in sound.chunks_exact(self.frame).zip(heard.as_chunks::<FRAME>().0).take(ready)
            {
                meter.push(sound, heard);
            }
        }
        if let [left, right] = self.sound.as_slice() {
            for (left, right) in left.chunks_exact(self.frame).zip(right.chunks_exact(self.frame)).take(ready)
            {
                layout.push(left, right);
            }
        }
        forget(&mut self.sound, ready * self.frame);
        if let Some((_, heard)) = &mut self.heard {
            forget(heard, ready * FRAME);
        }
    }
}

/// Silence up to a whole frame.
fn pad(planes: &mut [Vec<f32>], frame: usize) {
    for plane in planes {
        plane.resize(plane.len().next_multiple_of(frame), 0.0);
    }
}

/// So many samples are measured.
fn forget(planes: &mut [Vec<f32>], samples: usize) {
    for plane in planes {
        plane.drain(..samples);
    }
}

/// What the filter overshoots by.
fn clamp(planes: &mut [Vec<f32>], from: usize) {
    planes.iter_mut().flat_map(|plane| plane.iter_mut().skip(from)).for_each(|x| *x = x.clamp(-1.0, 1.0));
}

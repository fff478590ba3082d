//! From scores to utterances: where speech begins, ends, and where a long one is cut.
//!
//! Works on frames of 16 ms. Defaults were measured on telephone calls with the same voice detector.

use std::ops::Range;

/// When a voice begins and ends. Frames are 16 ms.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VadOptions {
    /// A run begins at this score, 0–1.
    pub on: f32,
    /// It stays on from this score, 0–1.
    pub stay: f32,
    /// It ends after so many frames under `stay`.
    pub end_after_frames: usize,
    /// Shorter runs are dropped, frames.
    pub min_frames: usize,
    /// Added on each side, frames.
    pub pad_frames: usize,
    /// Longest utterance, frames: a recogniser's window is 30 s.
    pub max_frames: usize,
    /// A longer one is cut at its quietest frame from here on, frames.
    pub cut_from_frames: usize,
}

impl Default for VadOptions {
    fn default() -> Self {
        Self {
            on: 0.5,
            stay: 0.35,
            end_after_frames: 32,
            min_frames: 10,
            pad_frames: 12,
            max_frames: 1750,
            cut_from_frames: 1250,
        }
    }
}

/// Frames around a cut that are judged together, so that one quiet sample in a vowel is no pause.
const CUT_SMOOTH: usize = 4;

/// Runs of voice, unpadded, in frames.
pub(crate) fn runs(scores: impl Iterator<Item = u8>, options: &VadOptions) -> Vec<Range<usize>> {
    let on = crate::units::to_u8(options.on * 255.0);
    let stay = crate::units::to_u8(options.stay * 255.0);
    let mut runs = Vec::new();
    let mut open: Option<Range<usize>> = None;
    for (frame, score) in scores.enumerate() {
        match &mut open {
            None if score >= on => open = Some(frame..frame + 1),
            Some(run) if score >= stay => run.end = frame + 1,
            Some(run) if frame + 1 - run.end >= options.end_after_frames => runs.extend(open.take()),
            _ => {}
        }
    }
    runs.extend(open);
    runs.retain(|run| run.len() >= options.min_frames);
    runs
}

/// Pads the runs, joins what overlaps, cuts what is too long. Results do not overlap.
pub(crate) fn utterances(runs: Vec<Range<usize>>, level: &[u8], options: &VadOptions) -> Vec<Range<usize>> {
    let mut padded: Vec<Range<usize>> = Vec::with_capacity(runs.len());
    for run in runs {
        let run = run.start.saturating_sub(options.pad_frames)
            ..run.end.saturating_add(options.pad_frames).min(level.len());
        match padded.last_mut() {
            Some(last) if run.start < last.end && run.end - last.start <= options.max_frames => {
                last.end = run.end;
            }
            Some(last) if run.start < last.end => {
                // too long together: the pads meet halfway
                let middle = usize::midpoint(run.start, last.end);
                last.end = middle;
                padded.push(middle..run.end);
            }
            _ => padded.push(run),
        }
    }
    let mut cut = Vec::with_capacity(padded.len());
    for mut run in padded {
        while run.len() > options.max_frames.max(2) {
            let at = quietest(level, run.start + options.cut_from_frames..run.start + options.max_frames);
            let at = at.clamp(run.start + 1, run.end - 1);
            cut.push(run.start..at);
            run.start = at;
        }
        cut.push(run);
    }
    cut
}

/// Where to cut: the middle of the quietest stretch. `level` counts decibels under full scale.
fn quietest(level: &[u8], within: Range<usize>) -> usize {
    let quiet = |at: &usize| {
        let around = at.saturating_sub(CUT_SMOOTH)..(at + CUT_SMOOTH + 1).min(level.len());
        level.get(around).unwrap_or_default().iter().map(|l| u32::from(*l)).sum::<u32>()
    };
    within.clone().max_by_key(quiet).unwrap_or(within.end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scores(pattern: &[(usize, u8)]) -> Vec<u8> {
        pattern.iter().flat_map(|(frames, score)| std::iter::repeat_n(*score, *frames)).collect()
    }

    #[test]
    fn a_short_pause_joins_and_a_long_one_parts() {
        let options = VadOptions::default();
        let joined = runs(scores(&[(5, 0), (40, 200), (31, 0), (40, 200), (60, 0)]).into_iter(), &options);
        assert_eq!((joined.len(), joined[0].clone()), (1, 5..116));
        let parted = runs(scores(&[(5, 0), (40, 200), (32, 0), (40, 200), (60, 0)]).into_iter(), &options);
        assert_eq!(parted, [5..45, 77..117]);
    }

    #[test]
    fn a_click_is_no_speech_and_a_weak_voice_does_not_start_a_run() {
        let options = VadOptions::default();
        assert!(runs(scores(&[(50, 0), (9, 255), (50, 0)]).into_iter(), &options).is_empty());
        assert!(runs(scores(&[(50, 100)]).into_iter(), &options).is_empty());
        let held = runs(scores(&[(12, 200), (50, 100), (40, 0)]).into_iter(), &options);
        assert_eq!(held, std::iter::once(0..62).collect::<Vec<_>>());
    }

    #[test]
    fn a_monologue_is_cut_where_it_is_quietest() {
        let options = VadOptions::default();
        let mut level = vec![50_u8; 4000];
        level[1400..1420].fill(150);
        let cut = utterances(std::iter::once(0..4000).collect(), &level, &options);
        assert_eq!(cut.first().map(|c| (1400..1420).contains(&c.end)), Some(true), "{cut:?}");
        assert!(cut.iter().all(|c| c.len() <= options.max_frames));
        assert!(cut.windows(2).all(|w| w[0].end == w[1].start), "nothing is lost at a cut");
        assert_eq!(cut.last().map(|c| c.end), Some(4000));
    }

    #[test]
    fn absurd_options_still_end() {
        let options = VadOptions { max_frames: 0, cut_from_frames: 9999, ..VadOptions::default() };
        let cut = utterances(std::iter::once(0..100).collect(), &[0; 100], &options);
        assert!(cut.iter().all(|c| c.len() <= 99));
    }
}

//! The waveform for a picture, without knowing the length beforehand.
//!
//! Buckets start at 5 ms; whenever there are 2000, neighbours are joined and the bucket doubles.

use domain::Peaks;

use crate::units::{index, ms_to_frames, to_i8};

/// First length of a bucket.
const FIRST_MS: u64 = 5;
/// Most buckets: more than a screen is wide.
const MAX_BUCKETS: usize = 2000;

/// Peaks of one channel.
pub(crate) struct PeakMeter {
    done: Vec<(f32, f32)>,
    samples: usize,
    ms: u64,
    open: (f32, f32),
    open_samples: usize,
}

impl PeakMeter {
    /// For samples at this rate.
    pub(crate) fn new(rate: u32) -> Self {
        let samples = index(ms_to_frames(FIRST_MS, rate)).max(1);
        Self { done: Vec::new(), samples, ms: FIRST_MS, open: (0.0, 0.0), open_samples: 0 }
    }

    pub(crate) fn push(&mut self, mut samples: &[f32]) {
        while !samples.is_empty() {
            let (now, rest) = samples.split_at((self.samples - self.open_samples).min(samples.len()));
            self.open = extremes(self.open, now);
            self.open_samples += now.len();
            if self.open_samples == self.samples {
                self.close();
            }
            samples = rest;
        }
    }

    fn close(&mut self) {
        self.done.push(std::mem::replace(&mut self.open, (0.0, 0.0)));
        self.open_samples = 0;
        if self.done.len() == MAX_BUCKETS {
            let (pairs, _) = self.done.as_chunks::<2>();
            self.done = pairs.iter().map(|[a, b]| (a.0.min(b.0), a.1.max(b.1))).collect();
            self.samples *= 2;
            self.ms *= 2;
        }
    }
}

/// Eight at a time, and by comparing: `min` and `max` ask about numbers that are none, which is not vectorised.
fn extremes((low, high): (f32, f32), samples: &[f32]) -> (f32, f32) {
    let (mut lows, mut highs) = ([low; 8], [high; 8]);
    let (eights, rest) = samples.as_chunks::<8>();
    for eight in eights {
        lows = std::array::from_fn(|lane| if eight[lane] < lows[lane] { eight[lane] } else { lows[lane] });
        highs = std::array::from_fn(|lane| if eight[lane] > highs[lane] { eight[lane] } else { highs[lane] });
    }
    let least = lows.iter().chain(rest).copied().fold(low, f32::min);
    (least, highs.iter().chain(rest).copied().fold(high, f32::max))
}

/// Puts the channels together.
pub(crate) fn join(meters: Vec<PeakMeter>) -> Peaks {
    let bucket_ms = meters.first().map_or(FIRST_MS, |m| m.ms);
    let pack = |(low, high): (f32, f32)| (to_i8(low * 127.0), to_i8(high * 127.0));
    let channels = meters
        .into_iter()
        .map(|mut meter| {
            if meter.open_samples > 0 {
                meter.done.push(meter.open);
            }
            meter.done.into_iter().map(pack).collect()
        })
        .collect();
    Peaks { bucket_ms, channels }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_recording_keeps_a_bounded_picture_and_its_extremes() {
        let mut meter = PeakMeter::new(16_000);
        let hour = 16_000 * 3600;
        for _ in 0..hour / 1000 {
            meter.push(&[0.0; 1000]);
        }
        meter.push(&[-1.0, 0.5]);
        let peaks = join(vec![meter]);
        let buckets = &peaks.channels[0];
        assert!((1000..=2001).contains(&buckets.len()), "{}", buckets.len());
        assert_eq!(buckets.last(), Some(&(-127, 64)));
        let covered = peaks.bucket_ms * u64::try_from(buckets.len()).unwrap();
        assert!((3_600_000..3_610_000).contains(&covered), "{covered}");
    }
}

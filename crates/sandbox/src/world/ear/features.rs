//! What a sound looks like: the shape of its spectrum every 20 ms, whatever its loudness and rate.

use realfft::RealFftPlanner;

/// Bands of the spectrum.
pub(super) const BANDS: usize = 12;
/// From one frame to the next, ms.
pub(super) const HOP_MS: u64 = 20;
/// Length of a frame against the hop: 32 ms.
const WINDOW_HOPS: f32 = 1.6;
/// The part of the telephone band that every codec leaves alone, Hz.
const LOWEST: f32 = 280.0;
const HIGHEST: f32 = 3300.0;
/// What lies so far below the loudest frame is not looked at, as power: -40 dB.
const FLOOR: f32 = 1e-4;
/// A frame speaks if it is not this far below the loudest, as power: -30 dB …
const QUIET: f32 = 1e-3;
/// … and louder than the noise of a line, mean square: -46 dBFS.
const NOISE: f32 = 2.5e-5;

/// A frame: zero in every band where nobody speaks.
pub(super) type Shape = [f32; BANDS];

/// Frame by frame.
pub(super) struct Features {
    pub(super) shapes: Vec<Shape>,
    pub(super) active: Vec<bool>,
}

impl Features {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "numbers of samples, positive and small"
    )]
    pub(super) fn of(pcm: &[f32], rate: u32) -> Self {
        let hop = (rate as usize * HOP_MS as usize / 1000).max(1);
        let size = (hop as f32 * WINDOW_HOPS) as usize;
        let window: Vec<f32> = (0..size)
            .map(|i| 0.5 - 0.5 * (std::f32::consts::TAU * (i as f32 + 0.5) / size as f32).cos())
            .collect();
        let band_of = bands(size, rate);
        let fft = RealFftPlanner::<f32>::new().plan_fft_forward(size);
        let (mut input, mut spectrum) = (fft.make_input_vec(), fft.make_output_vec());
        let mut powers: Vec<Shape> = Vec::with_capacity(pcm.len() / hop);
        let mut loudness: Vec<f32> = Vec::with_capacity(pcm.len() / hop);
        for frame in pcm.windows(size).step_by(hop) {
            loudness.push(frame.iter().map(|x| x * x).sum::<f32>() / size as f32);
            input.iter_mut().zip(frame).zip(&window).for_each(|((out, x), w)| *out = x * w);
            let mut power = [0.0; BANDS];
            if fft.process(&mut input, &mut spectrum).is_ok() {
                for (bin, band) in spectrum.iter().zip(&band_of) {
                    if let Some(sum) = band.and_then(|band| power.get_mut(band)) {
                        *sum += bin.norm_sqr();
                    }
                }
            }
            powers.push(power);
        }
        Self::shaped(&powers, &loudness)
    }

    #[expect(clippy::cast_precision_loss, reason = "twelve bands")]
    fn shaped(powers: &[Shape], loudness: &[f32]) -> Self {
        let totals: Vec<f32> = powers.iter().map(|power| power.iter().sum()).collect();
        let peak = totals.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
        let floor = peak * FLOOR / BANDS as f32;
        let shape = |power: &Shape| {
            let logs = power.map(|x| (x + floor).ln());
            let mean = logs.iter().sum::<f32>() / BANDS as f32;
            logs.map(|x| x - mean)
        };
        let active: Vec<bool> =
            totals.iter().zip(loudness).map(|(total, loud)| *total > peak * QUIET && *loud > NOISE).collect();
        let shapes = powers
            .iter()
            .zip(&active)
            .map(|(power, active)| if *active { shape(power) } else { [0.0; BANDS] })
            .collect();
        Self { shapes, active }
    }
}

/// The band of each bin: evenly spaced in the logarithm of pitch.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "bins of one spectrum, inside the bands"
)]
fn bands(size: usize, rate: u32) -> Vec<Option<usize>> {
    (0..=size / 2)
        .map(|bin| {
            let hertz = bin as f32 * rate as f32 / size as f32;
            let inside = (LOWEST..HIGHEST).contains(&hertz);
            inside.then(|| ((hertz / LOWEST).ln() / (HIGHEST / LOWEST).ln() * BANDS as f32) as usize)
        })
        .collect()
}

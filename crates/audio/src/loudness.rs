//! Loudness after ITU-R BS.1770-5 and EBU R 128: of each channel by itself, integrated over the recording.
//!
//! Our own and not the crate for it: there each sample waits for four sums after the one before, so that loudness
//! alone took a seventh of a survey. Here it waits for one, and both channels are filtered side by side. A test holds
//! the figures to those of the crate.

use crate::units::{narrow, power_to_dbfs, real64};

/// Absolute gate, LUFS.
const SILENT: f64 = -70.0;
/// Relative gate, LU.
const UNDER: f64 = -10.0;
/// What the K filter adds to a sine of 1 kHz, dB.
const OFFSET: f64 = -0.691;
/// Steps of 100 ms in a block of 400 ms.
const STEPS: usize = 4;

/// A value for each of two channels.
type Both = [f64; 2];

/// Measures one or two channels.
pub(crate) struct LoudnessMeter {
    filter: Filter,
    step: usize,
    filled: usize,
    power: Both,
    /// Mean power of each 100 ms, by channel.
    steps: [Vec<f32>; 2],
}

impl LoudnessMeter {
    /// For samples at this rate.
    pub(crate) fn new(rate: u32) -> Self {
        let step = crate::units::index(u64::from(rate.div_ceil(10)).max(1));
        Self {
            filter: Filter::new(f64::from(rate)),
            step,
            filled: 0,
            power: [0.0; 2],
            steps: Default::default(),
        }
    }

    /// The next samples of every channel, as many of each.
    pub(crate) fn push(&mut self, planes: &[Vec<f32>]) {
        match planes {
            [] => {}
            [only] => self.filtered(only, only),
            [left, right, ..] => self.filtered(left, right),
        }
    }

    fn filtered(&mut self, mut left: &[f32], mut right: &[f32]) {
        while !left.is_empty() && !right.is_empty() {
            let now = (self.step - self.filled).min(left.len()).min(right.len());
            let ((left_now, left_rest), (right_now, right_rest)) = (left.split_at(now), right.split_at(now));
            let power = self.filter.power(left_now, right_now);
            self.power = [self.power[0] + power[0], self.power[1] + power[1]];
            self.filled += now;
            if self.filled == self.step {
                for (steps, power) in self.steps.iter_mut().zip(self.power) {
                    steps.push(narrow(power / real64(crate::units::count(self.step))));
                }
                (self.power, self.filled) = ([0.0; 2], 0);
            }
            (left, right) = (left_rest, right_rest);
        }
    }

    /// LUFS of the first `channels`; `None` where a channel is shorter than 400 ms, or never over -70 LUFS.
    pub(crate) fn finish(self, channels: usize) -> Vec<Option<f32>> {
        self.steps.iter().take(channels).map(|steps| integrated(steps)).collect()
    }
}

fn integrated(steps: &[f32]) -> Option<f32> {
    let block = |four: &[f32]| four.iter().copied().map(f64::from).sum::<f64>() / real64(4);
    let loud = |gate: f64| {
        let over = move |power: &f64| OFFSET + 10.0 * power.log10() > gate;
        let (sum, count) =
            steps.windows(STEPS).map(block).filter(over).fold((0.0, 0_u64), |(sum, n), p| (sum + p, n + 1));
        (count > 0).then(|| OFFSET + f64::from(power_to_dbfs(sum / real64(count))))
    };
    let ungated = loud(SILENT)?;
    loud((ungated + UNDER).max(SILENT)).map(narrow)
}

/// The K filter: a shelf and a high pass, as one filter of the fourth order.
struct Filter {
    ahead: [f64; 5],
    back: [f64; 4],
    state: [Both; 4],
}

impl Filter {
    /// The standard gives coefficients for 48 kHz; for other rates they are made of the analogue filter behind them,
    /// whose figures are those of libebur128.
    fn new(rate: f64) -> Self {
        let warped = |hz: f64| (std::f64::consts::PI * (hz / rate).min(0.49)).tan();
        let (k, q) = (warped(1_681.974_450_955_533), 0.707_175_236_955_419_6);
        let high = 10_f64.powf(3.999_843_853_973_347 / 20.0);
        let band = high.powf(0.499_666_774_154_541_6);
        let a0 = 1.0 + k / q + k * k;
        let shelf_ahead = [
            (high + band * k / q + k * k) / a0,
            2.0 * (k * k - high) / a0,
            (high - band * k / q + k * k) / a0,
        ];
        let shelf_back = [1.0, 2.0 * (k * k - 1.0) / a0, (1.0 - k / q + k * k) / a0];
        let (k, q) = (warped(38.135_470_876_024_44), 0.500_327_037_323_877_3);
        let a0 = 1.0 + k / q + k * k;
        let pass_back = [1.0, 2.0 * (k * k - 1.0) / a0, (1.0 - k / q + k * k) / a0];
        let [_, back @ ..] = product(shelf_back, pass_back);
        Self { ahead: product(shelf_ahead, [1.0, -2.0, 1.0]), back, state: [[0.0; 2]; 4] }
    }

    /// Sum of the squares of the filtered samples.
    fn power(&mut self, left: &[f32], right: &[f32]) -> Both {
        let [b0, b1, b2, b3, b4] = self.ahead;
        let [a1, a2, a3, a4] = self.back;
        let [mut s1, mut s2, mut s3, mut s4] = self.state;
        let mut power = [0.0; 2];
        for (left, right) in left.iter().zip(right) {
            let x = [f64::from(*left), f64::from(*right)];
            // what came last is taken last: only that has to be waited for
            let s0 = lanes(|i| (x[i] - a4 * s4[i] - a3 * s3[i] - a2 * s2[i]) - a1 * s1[i]);
            let y = lanes(|i| (b4 * s4[i] + b3 * s3[i] + b2 * s2[i] + b1 * s1[i]) + b0 * s0[i]);
            power = lanes(|i| power[i] + y[i] * y[i]);
            (s4, s3, s2, s1) = (s3, s2, s1, s0);
        }
        // in long silence the state would sink into numbers that processors are slow with
        let kept = |s: Both| s.map(|x| if x.abs() < f64::MIN_POSITIVE * 1e20 { 0.0 } else { x });
        self.state = [kept(s1), kept(s2), kept(s3), kept(s4)];
        power
    }
}

fn lanes(of: impl Fn(usize) -> f64) -> Both {
    [of(0), of(1)]
}

/// Two polynomials of the second degree multiplied.
fn product(a: [f64; 3], b: [f64; 3]) -> [f64; 5] {
    [
        a[0] * b[0],
        a[0] * b[1] + a[1] * b[0],
        a[0] * b[2] + a[1] * b[1] + a[2] * b[0],
        a[1] * b[2] + a[2] * b[1],
        a[2] * b[2],
    ]
}

#[cfg(test)]
mod tests {
    use ebur128::{EbuR128, Mode};

    use super::*;
    use crate::units::real;

    /// Loud and quiet stretches of a chord, and a pause.
    fn sound(rate: u32, level: f32) -> Vec<f32> {
        let rate = real(usize::try_from(rate).unwrap());
        let sample = |i: usize| {
            let t = real(i) / rate;
            let loud = [1.0, 0.3, 0.0, 0.6, 0.05][i / 9_000 % 5];
            let tones = [180.0, 440.0, 1300.0, 3100.0].map(|hz: f32| (std::f32::consts::TAU * hz * t).sin());
            tones.iter().sum::<f32>() * 0.2 * level * loud
        };
        (0..usize::try_from(60_000_u32).unwrap()).map(sample).collect()
    }

    #[test]
    fn figures_are_those_of_the_crate() {
        for rate in [8_000, 11_025, 16_000] {
            let (left, right) = (sound(rate, 1.0), sound(rate, 0.03));
            let mut ours = LoudnessMeter::new(rate);
            for (left, right) in left.chunks(777).zip(right.chunks(777)) {
                ours.push(&[left.to_vec(), right.to_vec()]);
            }
            for (ours, samples) in ours.finish(2).into_iter().zip([left, right]) {
                let mut theirs = EbuR128::new(1, rate, Mode::I).unwrap();
                theirs.add_frames_f32(&samples).unwrap();
                let (ours, theirs) = (f64::from(ours.unwrap()), theirs.loudness_global().unwrap());
                assert!((ours - theirs).abs() < 0.02, "{rate} Hz: {ours} and {theirs} LUFS");
            }
        }
    }

    #[test]
    fn silence_and_less_than_a_block_have_no_loudness() {
        let mut meter = LoudnessMeter::new(16_000);
        meter.push(&[vec![0.5; 6_000], vec![0.0; 6_000]]);
        assert_eq!(meter.finish(2), [None, None], "under 400 ms");
        let mut meter = LoudnessMeter::new(16_000);
        meter.push(&[vec![0.0; 60_000]]);
        assert_eq!(meter.finish(1), [None]);
    }
}

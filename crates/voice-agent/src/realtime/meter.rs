//! Loudness of G.711 without decoding it: a table of squares. Speech is what stands well above the
//! line's own noise.

use openai_client::G711;

/// Mean square of -45 dBFS: quieter sound on a telephone is no speech.
const LEAST: u64 = 33_800;
/// Ten decibels above the noise.
const ABOVE_NOISE: u64 = 10;
/// So long without speech ends a run of it, ms.
const PAUSE_MS: u32 = 300;

/// Squares of the 256 samples of both codes (ITU-T G.711).
const SQUARES: [[u32; 256]; 2] = [squares(true), squares(false)];

const fn squares(mulaw: bool) -> [u32; 256] {
    let mut table = [0; 256];
    let mut code = 0;
    while code < 256 {
        #[expect(clippy::cast_possible_truncation, reason = "under 256; squares of 15 bits")]
        let level = if mulaw { mulaw_level(code as u8) } else { alaw_level(code as u8) } as u32;
        table[code] = level * level;
        code += 1;
    }
    table
}

/// The size of a µ-law sample, of 32 768.
const fn mulaw_level(code: u8) -> u16 {
    let code = !code;
    let (exponent, mantissa) = ((code >> 4) & 7, (code & 15) as u16);
    (((mantissa << 3) + 0x84) << exponent) - 0x84
}

/// The size of an A-law sample, of 32 768.
const fn alaw_level(code: u8) -> u16 {
    let code = code ^ 0x55;
    let (exponent, mantissa) = ((code >> 4) & 7, (code & 15) as u16);
    match exponent {
        0 => (mantissa << 4) + 8,
        _ => ((mantissa << 4) + 0x108) << (exponent - 1),
    }
}

fn energy(code: G711, sound: &[u8]) -> u64 {
    let table = match code {
        G711::Mulaw => &SQUARES[0],
        G711::Alaw => &SQUARES[1],
    };
    let sum: u64 = sound.iter().map(|byte| u64::from(table[usize::from(*byte)])).sum();
    sum / (sound.len() as u64).max(1)
}

/// Whether so much sound would be heard as speech on a clean line.
pub(super) fn is_loud(code: G711, sound: &[u8]) -> bool {
    energy(code, sound) > LEAST
}

/// Hears speech in the client's packets.
#[derive(Debug)]
pub(super) struct Meter {
    code: G711,
    /// Mean square of the line's noise.
    noise: u64,
    quiet_ms: u32,
    /// Speech in the run that goes on, ms.
    pub(super) voiced_ms: u32,
}

impl Meter {
    pub(super) fn new(code: G711) -> Self {
        Self { code, noise: LEAST / ABOVE_NOISE, quiet_ms: PAUSE_MS, voiced_ms: 0 }
    }

    /// Whether the packet is speech.
    pub(super) fn hear(&mut self, sound: &[u8]) -> bool {
        let level = energy(self.code, sound);
        let length = u32::try_from(sound.len() / G711::BYTES_A_MS).unwrap_or(0);
        // down at once, up by a quarter of a percent a packet: speech is too short to count as noise
        self.noise = if level < self.noise { level } else { self.noise + self.noise / 400 + 1 };
        let is_speech = level > LEAST.max(self.noise.saturating_mul(ABOVE_NOISE));
        if is_speech {
            self.quiet_ms = 0;
            self.voiced_ms = self.voiced_ms.saturating_add(length);
        } else {
            self.quiet_ms = self.quiet_ms.saturating_add(length);
            if self.quiet_ms >= PAUSE_MS {
                self.voiced_ms = 0;
            }
        }
        is_speech
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_nothing_and_full_scale_is_full_scale() {
        assert_eq!((mulaw_level(0xff), mulaw_level(0x80), mulaw_level(0x00)), (0, 32_124, 32_124));
        assert_eq!((alaw_level(0xd5), alaw_level(0x2a)), (8, 32_256));
        assert!(!is_loud(G711::Mulaw, &[0xff; 160]) && !is_loud(G711::Alaw, &[0xd5; 160]));
        assert!(is_loud(G711::Mulaw, &[0xb0; 160]) && is_loud(G711::Alaw, &[0x10; 160]));
    }

    #[test]
    fn a_run_of_speech_lasts_over_short_pauses() {
        let mut meter = Meter::new(G711::Mulaw);
        let (speech, silence) = ([0xa0; 160], [0xff; 160]);
        (0..10).for_each(|_| assert!(meter.hear(&speech)));
        (0..10).for_each(|_| assert!(!meter.hear(&silence)));
        meter.hear(&speech);
        assert_eq!(meter.voiced_ms, 220);
        (0..15).for_each(|_| assert!(!meter.hear(&silence)));
        assert_eq!(meter.voiced_ms, 0);
    }

    #[test]
    fn a_humming_line_becomes_the_noise_that_speech_must_exceed() {
        let mut meter = Meter::new(G711::Mulaw);
        // about -40 dBFS without end
        let hum = [0xc8; 160];
        let heard = (0..3000).map(|_| meter.hear(&hum)).collect::<Vec<_>>();
        assert!(heard[0] && !heard[2999], "after a minute it is known");
        assert!(meter.hear(&[0x90; 160]), "speech is still heard");
    }
}

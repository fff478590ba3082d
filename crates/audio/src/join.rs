//! Two recordings of one call, a side each, become one stereo file: the employee left, the client right.
//!
//! Exchanges that record each leg by itself start the files at different moments: the later one is given
//! silence in front, and the shorter one silence behind. Memory does not grow with the recordings.

use std::path::Path;

use bytes::Bytes;

use crate::decode::Decoder;
use crate::encode::{to_i16, wav_error, wav_spec};
use crate::resample::Stream;
use crate::units::{RATE, index, ms_to_frames};
use crate::{AudioError, AudioLimits};

/// The file of one side.
#[derive(Debug, Clone)]
pub enum LegFile<'a> {
    /// On this machine's disk.
    OnDisk(&'a Path),
    /// Small enough to have stayed in memory.
    InMemory(Bytes),
}

impl<'a> From<&'a Path> for LegFile<'a> {
    fn from(path: &'a Path) -> Self {
        Self::OnDisk(path)
    }
}

impl LegFile<'_> {
    /// Length that its header tells, ms.
    pub fn length_ms(&self) -> Option<u64> {
        self.open(&AudioLimits::default()).ok()?.info.duration_hint_ms
    }

    fn open(&self, limits: &AudioLimits) -> Result<Decoder, AudioError> {
        match self {
            Self::OnDisk(path) => Decoder::open(path, limits),
            Self::InMemory(bytes) => Decoder::of(bytes.clone(), limits),
        }
    }
}

/// Joins two legs into a 16-bit stereo WAV file: left the employee, right the client. The client's file begins
/// `offset_ms` after the employee's (before it, if negative). Blocks: use it on a blocking thread.
///
/// The file keeps the legs' rate where both have the same, up to 16 kHz; else it has 16 kHz. A leg of several
/// channels is mixed. `to` is replaced; after an error it does not exist.
///
/// # Errors
/// Whatever reading a leg may end in; `TooLong` for an offset past the limit of a recording's length.
pub fn join_legs<'a>(
    operator: impl Into<LegFile<'a>>,
    client: impl Into<LegFile<'a>>,
    offset_ms: i64,
    to: &Path,
) -> Result<(), AudioError> {
    let joined = join(&operator.into(), &client.into(), offset_ms, to);
    if joined.is_err() {
        // half a recording must not look like a whole one
        let _ = std::fs::remove_file(to);
    }
    joined
}

fn join(operator: &LegFile<'_>, client: &LegFile<'_>, offset_ms: i64, to: &Path) -> Result<(), AudioError> {
    let limits = AudioLimits::default();
    let late_ms = offset_ms.unsigned_abs();
    if late_ms > limits.max_duration_ms {
        return Err(AudioError::TooLong { limit_ms: limits.max_duration_ms });
    }
    let (left, right) = (operator.open(&limits)?, client.open(&limits)?);
    let same_rate = left.rate == right.rate && left.rate <= RATE;
    let rate = if same_rate { left.rate } else { RATE };
    let silence = index(ms_to_frames(late_ms, rate));
    let (before_left, before_right) = if offset_ms < 0 { (silence, 0) } else { (0, silence) };
    let mut left = Leg::new(Stream::new(left, rate)?, before_left);
    let mut right = Leg::new(Stream::new(right, rate)?, before_right);
    let file = std::io::BufWriter::with_capacity(WRITTEN_AT_ONCE, std::fs::File::create(to)?);
    let mut writer = hound::WavWriter::new(file, wav_spec(2, rate)).map_err(wav_error)?;
    loop {
        let ready = left.fill()?.max(right.fill()?);
        if ready == 0 {
            break;
        }
        // whoever has ended is silent from here on; whoever goes on gives what both have
        let now = match (left.ended, right.ended) {
            (true, true) => ready,
            (true, false) => right.len(),
            (false, true) => left.len(),
            (false, false) => left.len().min(right.len()),
        };
        write(&mut writer, &mut left, &mut right, now)?;
    }
    writer.finalize().map_err(wav_error)
}

/// So many samples of each side, side by side; who has fewer is silent behind them.
fn write<W: std::io::Write + std::io::Seek>(
    writer: &mut hound::WavWriter<W>,
    left: &mut Leg,
    right: &mut Leg,
    samples: usize,
) -> Result<(), AudioError> {
    let both = u32::try_from(2 * samples).map_err(|_| AudioError::corrupt("a block of an odd size"))?;
    let mut block = writer.get_i16_writer(both);
    let (left, right) = (left.take(samples), right.take(samples));
    for at in 0..samples {
        block.write_sample(left.get(at).copied().unwrap_or(0));
        block.write_sample(right.get(at).copied().unwrap_or(0));
    }
    block.flush().map_err(wav_error)
}

/// One side: silence that is still to come, and samples that are read and not yet written.
struct Leg {
    sound: Stream,
    silence: usize,
    read: Vec<i16>,
    taken: usize,
    ended: bool,
}

/// Bytes that go to the disk at once.
const WRITTEN_AT_ONCE: usize = 1 << 18;
/// Silence is handed out in pieces of this many samples.
const SILENCE_STEP: usize = 4096;

impl Leg {
    fn new(sound: Stream, silence: usize) -> Self {
        Self { sound, silence, read: Vec::new(), taken: 0, ended: false }
    }

    /// Reads on if nothing is left; how much there is now.
    fn fill(&mut self) -> Result<usize, AudioError> {
        while self.len() == 0 && !self.ended {
            self.read.clear();
            self.taken = 0;
            if self.silence > 0 {
                let now = self.silence.min(SILENCE_STEP);
                self.silence -= now;
                self.read.extend(std::iter::repeat_n(0, now));
                continue;
            }
            match self.sound.next()? {
                None => self.ended = true,
                Some([only]) => self.read.extend(only.iter().map(|x| to_i16(*x))),
                Some(planes) => self.read.extend(mixed(planes)),
            }
        }
        Ok(self.len())
    }

    fn len(&self) -> usize {
        self.read.len() - self.taken
    }

    /// At most so many.
    fn take(&mut self, samples: usize) -> &[i16] {
        let from = self.taken;
        self.taken = self.read.len().min(from + samples);
        self.read.get(from..self.taken).unwrap_or_default()
    }
}

/// The mean of the channels, 16 bits.
fn mixed(planes: &[Vec<f32>]) -> impl Iterator<Item = i16> {
    let share = 1.0 / crate::units::real(planes.len().max(1));
    let frames = planes.first().map_or(0, Vec::len);
    (0..frames).map(move |at| {
        let sum: f32 = planes.iter().filter_map(|plane| plane.get(at)).sum();
        to_i16((sum * share).clamp(-1.0, 1.0))
    })
}

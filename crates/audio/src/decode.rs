//! One recording as a stream of samples: whatever the container, bounded, and with panics of decoders contained.
//!
//! Decoders are other people's code and read hostile bytes; a panic in one becomes [`AudioError::Corrupt`].
//! This needs `panic = "unwind"`, which the release profile states.

use std::fs::File;
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use bytes::Bytes;

use crate::container::ContainerReader;
use crate::riff::{self, Coding, WaveHeader};
use crate::sniff::{self, Kind};
use crate::source::Input;
use crate::units::{count, frames_to_ms, ms_to_frames};
use crate::wav::WavReader;
use crate::{AudioError, AudioLimits};

/// How much may be missing of what the container promises: the share, and a floor for rounding in headers
/// and for the encoder's padding.
const MISSING_SHARE: f64 = 0.02;
const MISSING_FLOOR_MS: u64 = 120;

/// What a file is, by its header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AudioInfo {
    /// Container and codec: `wav/pcm_s16le`, `ogg/opus`, `mp3`, …
    pub format: String,
    /// Sample rate in the file, Hz (Opus: always 48 000).
    pub sample_rate_hz: u32,
    /// Channels, at least 1.
    pub channels: u8,
    /// Length that the header states or lets estimate, ms; `None` in streams.
    pub duration_hint_ms: Option<u64>,
}

/// Looks at a file's content (never at its extension) without decoding it.
///
/// # Errors
/// Everything that the header alone tells: see [`AudioError`].
pub fn probe(path: &Path) -> Result<AudioInfo, AudioError> {
    Decoder::open(path, &AudioLimits::default()).map(|decoder| decoder.info)
}

/// A recording that is being decoded.
pub(crate) struct Decoder {
    inner: Inner,
    pub(crate) info: AudioInfo,
    /// Rate of the samples that come out, Hz.
    pub(crate) rate: u32,
    promised_ms: Option<u64>,
    decoded_frames: u64,
    max_frames: u64,
    limits: AudioLimits,
    finished: bool,
}

enum Inner {
    Wav(WavReader),
    Container(ContainerReader),
}

impl Decoder {
    /// Recognises and opens a file.
    pub(crate) fn open(path: &Path, limits: &AudioLimits) -> Result<Self, AudioError> {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        if metadata.is_dir() {
            return Err(AudioError::NotAudio { looks_like: "a folder" });
        }
        contained(|| Self::recognise(Input::File(file), metadata.len(), limits))
    }

    /// The same of a file in memory.
    pub(crate) fn of(file: Bytes, limits: &AudioLimits) -> Result<Self, AudioError> {
        let bytes = count(file.len());
        contained(|| Self::recognise(Input::Memory(Cursor::new(file)), bytes, limits))
    }

    fn recognise(mut file: Input, bytes: u64, limits: &AudioLimits) -> Result<Self, AudioError> {
        if bytes > limits.max_bytes {
            return Err(AudioError::TooLarge { bytes, limit_bytes: limits.max_bytes });
        }
        let sniffed = sniff::sniff(&mut file)?;
        if sniffed.kind == Kind::Wav {
            let header = riff::read_header(&mut file, sniffed.base, bytes)?;
            match header.coding {
                Coding::Adpcm => {}
                Coding::Mpeg => {
                    let (at, bytes) = (header.data_at, header.data_bytes);
                    return Self::container(file, Kind::Mpeg, "wav/", at, bytes, limits);
                }
                _ => return Self::wav(file, &header, limits),
            }
        }
        let left = bytes.saturating_sub(sniffed.base);
        Self::container(file, sniffed.kind, prefix(sniffed.kind), sniffed.base, left, limits)
    }

    fn wav(file: Input, header: &WaveHeader, limits: &AudioLimits) -> Result<Self, AudioError> {
        check(header.rate, u32::from(header.channels), limits)?;
        let frame_bytes = u64::from(header.channels) * u64::from(header.coding.bytes());
        let ms = |bytes: u64| frames_to_ms(bytes / frame_bytes.max(1), header.rate);
        let promised_ms = header.promised_bytes.map(ms);
        let info = AudioInfo {
            format: format!("wav/{}", header.coding.name()),
            sample_rate_hz: header.rate,
            channels: u8::try_from(header.channels).unwrap_or(u8::MAX),
            duration_hint_ms: promised_ms.or(Some(ms(header.data_bytes))),
        };
        check_length(Some(ms(header.data_bytes)), limits)?;
        let inner = Inner::Wav(WavReader::new(file, header)?);
        Ok(Self::new(inner, info, header.rate, promised_ms, limits))
    }

    fn container(
        mut file: Input,
        kind: Kind,
        prefix: &str,
        base: u64,
        bytes: u64,
        limits: &AudioLimits,
    ) -> Result<Self, AudioError> {
        let promises = kind != Kind::Mpeg || mpeg_promises(&mut file, base)?;
        if kind == Kind::Ogg && !crate::ogg::ends_whole(&mut file, base, base + bytes)? {
            return Err(AudioError::corrupt("it ends in the middle of an Ogg page: it was cut"));
        }
        let (reader, track) = ContainerReader::open(file, kind, base, bytes, limits.max_channels)?;
        check(track.rate, track.channels, limits)?;
        check_length(track.length_ms, limits)?;
        let info = AudioInfo {
            format: format!("{prefix}{}", track.codec),
            sample_rate_hz: track.rate,
            channels: u8::try_from(track.channels).unwrap_or(u8::MAX),
            duration_hint_ms: track.length_ms,
        };
        let promised_ms = track.length_ms.filter(|_| promises);
        Ok(Self::new(Inner::Container(reader), info, track.decoded_rate, promised_ms, limits))
    }

    fn new(inner: Inner, info: AudioInfo, rate: u32, promised_ms: Option<u64>, limits: &AudioLimits) -> Self {
        let max_frames = ms_to_frames(limits.max_duration_ms, rate);
        Self {
            inner,
            info,
            rate,
            promised_ms,
            decoded_frames: 0,
            max_frames,
            limits: *limits,
            finished: false,
        }
    }

    /// Replaces `planes` (one per channel) with the next samples, ±8 at most and finite; false at the end.
    ///
    /// # Errors
    /// Also `Truncated` and `Empty`, which show at the end only.
    pub(crate) fn next(&mut self, planes: &mut Vec<Vec<f32>>) -> Result<bool, AudioError> {
        if self.finished {
            return Ok(false);
        }
        let inner = &mut self.inner;
        let more = contained(|| match inner {
            Inner::Wav(reader) => reader.next(planes),
            Inner::Container(reader) => reader.next(planes),
        });
        self.finished = !matches!(more, Ok(true));
        if !more? {
            return self.check_end().map(|()| false);
        }
        self.decoded_frames += count(planes.first().map_or(0, Vec::len));
        if self.decoded_frames > self.max_frames {
            self.finished = true;
            return Err(AudioError::TooLong { limit_ms: self.limits.max_duration_ms });
        }
        Ok(true)
    }

    fn check_end(&self) -> Result<(), AudioError> {
        let lost = match &self.inner {
            Inner::Wav(_) => 0,
            Inner::Container(reader) => reader.lost_frames,
        };
        let decoded_ms = frames_to_ms(self.decoded_frames, self.rate);
        if let Some(expected_ms) = self.promised_ms.filter(|e| missing_too_much(decoded_ms, *e)) {
            return Err(AudioError::Truncated { decoded_ms, expected_ms });
        }
        if self.decoded_frames == 0 {
            return Err(AudioError::Empty { what: "a header and no sound behind it" });
        }
        let lost_ms = frames_to_ms(lost, self.rate);
        if missing_too_much(decoded_ms.saturating_sub(lost_ms), decoded_ms) {
            return Err(AudioError::corrupt(format!("{lost_ms} of {decoded_ms} ms cannot be decoded")));
        }
        Ok(())
    }
}

fn missing_too_much(there_ms: u64, expected_ms: u64) -> bool {
    let missing = expected_ms.saturating_sub(there_ms);
    let share = crate::units::real64(missing) > crate::units::real64(expected_ms) * MISSING_SHARE;
    share && missing > MISSING_FLOOR_MS
}

fn check(rate: u32, channels: u32, limits: &AudioLimits) -> Result<(), AudioError> {
    if channels > u32::from(limits.max_channels) {
        return Err(AudioError::TooManyChannels { channels, limit: limits.max_channels });
    }
    if channels == 0 {
        return Err(AudioError::corrupt("the header says 0 channels"));
    }
    if rate == 0 {
        return Err(AudioError::corrupt("the header says 0 Hz"));
    }
    if !(limits.min_sample_rate_hz..=limits.max_sample_rate_hz).contains(&rate) {
        return Err(AudioError::Unsupported {
            what: format!("a sample rate of {rate} Hz"),
            hint: "convert it to 8 or 16 kHz",
        });
    }
    Ok(())
}

fn check_length(length_ms: Option<u64>, limits: &AudioLimits) -> Result<(), AudioError> {
    match length_ms {
        Some(ms) if ms > limits.max_duration_ms => {
            Err(AudioError::TooLong { limit_ms: limits.max_duration_ms })
        }
        _ => Ok(()),
    }
}

fn mpeg_promises(file: &mut Input, base: u64) -> Result<bool, AudioError> {
    use std::io::{Read as _, Seek as _, SeekFrom};
    file.seek(SeekFrom::Start(base))?;
    let mut frame = Vec::with_capacity(256);
    file.take(256).read_to_end(&mut frame)?;
    Ok(crate::mpeg::promises_length(&frame))
}

fn prefix(kind: Kind) -> &'static str {
    match kind {
        Kind::Wav => "wav/",
        Kind::Mpeg | Kind::Flac => "",
        Kind::Adts => "adts/",
        Kind::Ogg => "ogg/",
        Kind::Matroska => "matroska/",
        Kind::Mp4 => "mp4/",
    }
}

/// Runs decoder code; a panic inside is damage of the file, not the end of the process.
/// Nothing that was being changed is used afterwards: the reader is finished on any error.
fn contained<T>(decode: impl FnOnce() -> Result<T, AudioError>) -> Result<T, AudioError> {
    catch_unwind(AssertUnwindSafe(decode))
        .unwrap_or_else(|_| Err(AudioError::corrupt("its decoder broke on malformed data")))
}

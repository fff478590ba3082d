//! Everything but plain WAV: demuxed by symphonia, decoded by symphonia or (Opus) by libopus.
//!
//! Opus is decoded at 16 kHz straight away: the format allows it, and it saves two thirds of the work.

use opus::{Channels, Decoder as OpusDecoder};
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions, well_known};
use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::formats::{FormatOptions, FormatReader, Track, TrackType};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::packet::Packet;
use symphonia::default::{formats, get_codecs};

use crate::AudioError;
use crate::sniff::Kind;
use crate::source::{Input, Window};
use crate::units::{RATE, count, index};
use crate::wav::finite;

/// Packets in a row that give no sound: more, and the file is a loop or rubbish.
const MAX_IDLE_PACKETS: u32 = 20_000;
/// Opus always counts in 48 kHz (RFC 7845 §4).
const OPUS_CLOCK: u32 = 48_000;
/// Longest packet (RFC 6716 §2: 120 ms), frames at 16 kHz.
const OPUS_LONGEST: usize = 1920;

/// One audio track of a container.
pub(crate) struct ContainerReader {
    demuxer: Box<dyn FormatReader>,
    track: u32,
    decoder: Codec,
    /// Frames at the decoded rate that could not be decoded and stand as silence.
    pub(crate) lost_frames: u64,
}

/// What the container says about the track.
pub(crate) struct TrackInfo {
    pub(crate) codec: &'static str,
    pub(crate) rate: u32,
    pub(crate) decoded_rate: u32,
    pub(crate) channels: u32,
    /// Length that the container states or lets estimate, ms.
    pub(crate) length_ms: Option<u64>,
}

enum Codec {
    Symphonia(Box<dyn AudioDecoder>),
    Opus { decoder: Box<OpusDecoder>, pcm: Vec<f32>, channels: usize, skip: usize },
}

impl ContainerReader {
    /// Opens `bytes` of `file` from `base` on.
    pub(crate) fn open(
        file: Input,
        kind: Kind,
        base: u64,
        bytes: u64,
        max_channels: u8,
    ) -> Result<(Self, TrackInfo), AudioError> {
        let window = Window::new(file, base, bytes)?;
        let mss = MediaSourceStream::new(Box::new(window), MediaSourceStreamOptions::default());
        let demuxer = demuxer(kind, mss).map_err(|e| opening(kind, e))?;
        let track = demuxer
            .first_track_known_codec(TrackType::Audio)
            .or_else(|| demuxer.first_track(TrackType::Audio))
            .ok_or(AudioError::NotAudio { looks_like: "a media file without a sound track" })?;
        let params = track
            .codec_params
            .as_ref()
            .and_then(|p| p.audio())
            .ok_or_else(|| AudioError::corrupt("a sound track without parameters"))?;
        let opus = params.codec == well_known::CODEC_ID_OPUS;
        let rate = if opus { OPUS_CLOCK } else { params.sample_rate.unwrap_or(0) };
        let channels = params.channels.as_ref().map_or(0, |c| u32::try_from(c.count()).unwrap_or(u32::MAX));
        if channels > u32::from(max_channels) {
            return Err(AudioError::TooManyChannels { channels, limit: max_channels });
        }
        let info = TrackInfo {
            codec: codec_name(params),
            rate,
            decoded_rate: if opus { RATE } else { rate },
            channels,
            length_ms: length_ms(demuxer.as_ref(), track, rate),
        };
        let decoder = if opus { opus_codec(kind, params, channels)? } else { symphonia_codec(params)? };
        let track = track.id;
        Ok((Self { demuxer, track, decoder, lost_frames: 0 }, info))
    }

    /// Fills `planes` with the sound of the next packet that has any; false at the end.
    pub(crate) fn next(&mut self, planes: &mut Vec<Vec<f32>>) -> Result<bool, AudioError> {
        let channels = planes.len();
        for _ in 0..MAX_IDLE_PACKETS {
            let packet = match self.demuxer.next_packet() {
                Ok(Some(packet)) => packet,
                Ok(None) | Err(SymphoniaError::ResetRequired) => return Ok(false),
                // the end in the middle of a packet: whether too much is missing is judged on the length
                Err(SymphoniaError::IoError(e)) if e.kind() == std::io::ErrorKind::UnexpectedEof => {
                    return Ok(false);
                }
                Err(SymphoniaError::DecodeError(_)) => continue,
                Err(e) => return Err(reading(e)),
            };
            if packet.track_id != self.track {
                continue;
            }
            self.decode(&packet, planes)?;
            if planes.len() != channels {
                return Err(AudioError::corrupt("the number of channels changes in the middle"));
            }
            if planes.first().is_some_and(|p| !p.is_empty()) {
                planes.iter_mut().flatten().for_each(|x| *x = finite(*x));
                return Ok(true);
            }
        }
        Err(AudioError::corrupt("packets without sound and without end"))
    }

    fn decode(&mut self, packet: &Packet, planes: &mut Vec<Vec<f32>>) -> Result<(), AudioError> {
        match &mut self.decoder {
            Codec::Symphonia(decoder) => match decoder.decode(packet) {
                Ok(sound) => sound.copy_to_vecs_planar::<f32>(planes),
                Err(SymphoniaError::DecodeError(_) | SymphoniaError::IoError(_)) => {
                    // silence of the same length keeps the clock; 2 s bound a lying header
                    let frames = packet.dur.get().min(96_000);
                    self.lost_frames += frames;
                    for plane in planes {
                        plane.clear();
                        plane.resize(index(frames), 0.0);
                    }
                }
                Err(e) => return Err(reading(e)),
            },
            Codec::Opus { decoder, pcm, channels, skip } => {
                planes.iter_mut().for_each(Vec::clear);
                let clock = u64::from(OPUS_CLOCK / RATE);
                let frames = if let Some(frames) = decode_opus(decoder, &packet.data, pcm) {
                    frames
                } else {
                    let frames = index(packet.dur.get() / clock).min(pcm.len() / *channels);
                    self.lost_frames += count(frames);
                    pcm.fill(0.0);
                    frames
                };
                let from = index(packet.trim_start.get() / clock).min(frames);
                let to = frames.saturating_sub(index(packet.trim_end.get() / clock)).max(from);
                let from = from.max((*skip).min(to));
                *skip = skip.saturating_sub(frames);
                for (channel, plane) in planes.iter_mut().enumerate() {
                    let samples = pcm.iter().skip(channel).step_by(*channels);
                    plane.extend(samples.take(to).skip(from).copied());
                }
            }
        }
        Ok(())
    }
}

fn demuxer(kind: Kind, mss: MediaSourceStream<'static>) -> Result<Box<dyn FormatReader>, SymphoniaError> {
    let options = FormatOptions::default();
    Ok(match kind {
        Kind::Wav => Box::new(formats::WavReader::try_new(mss, options)?),
        Kind::Mpeg => Box::new(formats::MpaReader::try_new(mss, options)?),
        Kind::Adts => Box::new(formats::AdtsReader::try_new(mss, options)?),
        Kind::Ogg => Box::new(formats::OggReader::try_new(mss, options)?),
        Kind::Flac => Box::new(formats::FlacReader::try_new(mss, options)?),
        Kind::Matroska => Box::new(formats::MkvReader::try_new(mss, options)?),
        Kind::Mp4 => Box::new(formats::IsoMp4Reader::try_new(mss, options)?),
    })
}

fn symphonia_codec(params: &AudioCodecParameters) -> Result<Codec, AudioError> {
    match get_codecs().make_audio_decoder(params, &AudioDecoderOptions::default()) {
        Ok(decoder) => Ok(Codec::Symphonia(decoder)),
        Err(SymphoniaError::Unsupported(_)) => Err(AudioError::Unsupported {
            what: format!("the codec {}", codec_name(params)),
            hint: "convert it to WAV, MP3, OGG, M4A (AAC-LC) or FLAC",
        }),
        Err(e) => Err(reading(e)),
    }
}

fn opus_codec(kind: Kind, params: &AudioCodecParameters, channels: u32) -> Result<Codec, AudioError> {
    let (layout, channels) = if channels > 1 { (Channels::Stereo, 2) } else { (Channels::Mono, 1) };
    let decoder = OpusDecoder::new(RATE, layout).map_err(|e| AudioError::corrupt(format!("Opus: {e}")))?;
    // Ogg's demuxer marks the pre-skip on its packets, Matroska's leaves it to the reader of OpusHead
    let skip = match (kind, params.extra_data.as_deref()) {
        (Kind::Matroska, Some(&[_, _, _, _, _, _, _, _, _, _, low, high, ..])) => {
            usize::from(u16::from_le_bytes([low, high])) / 3
        }
        _ => 0,
    };
    let pcm = vec![0.0; OPUS_LONGEST * channels];
    Ok(Codec::Opus { decoder: Box::new(decoder), pcm, channels, skip })
}

/// An empty packet would make libopus invent sound for what it takes for a lost one.
fn decode_opus(decoder: &mut OpusDecoder, packet: &[u8], pcm: &mut [f32]) -> Option<usize> {
    if packet.is_empty() { None } else { decoder.decode_float(packet, pcm, false).ok() }
}

fn length_ms(demuxer: &dyn FormatReader, track: &Track, rate: u32) -> Option<u64> {
    if let Some(frames) = track.num_frames.filter(|_| rate > 0) {
        return Some(crate::units::frames_to_ms(frames, rate));
    }
    let media = demuxer.media_info();
    let (base, duration) =
        track.time_base.zip(track.duration).or_else(|| media.time_base.zip(media.duration))?;
    let numerator = u128::from(duration.get()) * 1000 * u128::from(base.numer.get());
    u64::try_from(numerator / u128::from(base.denom.get())).ok()
}

fn codec_name(params: &AudioCodecParameters) -> &'static str {
    match params.codec {
        well_known::CODEC_ID_OPUS => "opus",
        well_known::CODEC_ID_VORBIS => "vorbis",
        well_known::CODEC_ID_FLAC => "flac",
        well_known::CODEC_ID_AAC => "aac",
        well_known::CODEC_ID_MP1 => "mp1",
        well_known::CODEC_ID_MP2 => "mp2",
        well_known::CODEC_ID_MP3 => "mp3",
        well_known::CODEC_ID_ALAC => "alac",
        well_known::CODEC_ID_ADPCM_MS => "adpcm_ms",
        well_known::CODEC_ID_ADPCM_IMA_WAV => "adpcm_ima_wav",
        well_known::CODEC_ID_PCM_ALAW => "pcm_alaw",
        well_known::CODEC_ID_PCM_MULAW => "pcm_mulaw",
        well_known::CODEC_ID_PCM_S16LE => "pcm_s16le",
        _ => "unknown",
    }
}

/// An end of file while the header is read is damage, not a short recording.
fn opening(kind: Kind, e: SymphoniaError) -> AudioError {
    match e {
        SymphoniaError::IoError(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => {
            AudioError::corrupt(match kind {
                Kind::Mp4 => "the M4A file has no index (moov): its writing was not finished",
                _ => "the file ends before its sound begins",
            })
        }
        // `missing moov atom` and the like: an unfinished file, not an unknown one
        SymphoniaError::Unsupported(what) if what.contains("missing") => AudioError::corrupt(what),
        e => reading(e),
    }
}

fn reading(e: SymphoniaError) -> AudioError {
    match e {
        SymphoniaError::IoError(e)
            if matches!(
                e.kind(),
                std::io::ErrorKind::UnexpectedEof
                    | std::io::ErrorKind::InvalidData
                    | std::io::ErrorKind::InvalidInput
                    | std::io::ErrorKind::Other
            ) && e.raw_os_error().is_none() =>
        {
            AudioError::corrupt(e.to_string())
        }
        SymphoniaError::IoError(e) => AudioError::Io(e),
        SymphoniaError::Unsupported(what) => AudioError::Unsupported {
            what: what.to_owned(),
            hint: "convert it to WAV, MP3, OGG, M4A (AAC-LC) or FLAC",
        },
        e => AudioError::corrupt(e.to_string()),
    }
}

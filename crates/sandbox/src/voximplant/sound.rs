//! What the platform records: one turn of the client, and the whole call in stereo. 16 bits, 8 kHz.

use bytes::Bytes;

/// Samples a second.
const RATE: u32 = 8_000;

/// Both sides of a call.
#[derive(Debug, Clone, Default)]
pub(super) struct Tracks {
    pub(super) robot: Vec<i16>,
    pub(super) client: Vec<i16>,
}

impl Tracks {
    /// So many samples go by; who speaks is heard.
    pub(super) fn say(&mut self, robot: Option<&[i16]>, client: Option<&[i16]>, length: usize) {
        for (track, sound) in [(&mut self.robot, robot), (&mut self.client, client)] {
            let end = track.len() + length;
            track.extend(sound.into_iter().flatten().take(length));
            track.resize(end, 0);
        }
    }

    /// The robot left, the client right.
    pub(super) fn wav(self) -> Bytes {
        wav(&[&self.robot, &self.client])
    }
}

/// One thing that the client said, with the pause that ended it.
pub(super) fn turn_recording(sound: &[i16], pause: usize) -> Bytes {
    let mut track = sound.to_vec();
    track.resize(track.len() + pause, 0);
    wav(&[&track])
}

fn wav(tracks: &[&[i16]]) -> Bytes {
    let channels = u16::try_from(tracks.len()).unwrap_or(1);
    let length = tracks.iter().map(|track| track.len()).max().unwrap_or(0);
    let data = u32::try_from(length * tracks.len() * 2).unwrap_or(u32::MAX - 36);
    let mut out = Vec::with_capacity(44 + length * tracks.len() * 2);
    out.extend_from_slice(b"RIFF");
    out.extend_from_slice(&(data + 36).to_le_bytes());
    out.extend_from_slice(b"WAVEfmt ");
    out.extend_from_slice(&16_u32.to_le_bytes());
    out.extend_from_slice(&1_u16.to_le_bytes());
    out.extend_from_slice(&channels.to_le_bytes());
    out.extend_from_slice(&RATE.to_le_bytes());
    out.extend_from_slice(&(RATE * u32::from(channels) * 2).to_le_bytes());
    out.extend_from_slice(&(channels * 2).to_le_bytes());
    out.extend_from_slice(&16_u16.to_le_bytes());
    out.extend_from_slice(b"data");
    out.extend_from_slice(&data.to_le_bytes());
    for at in 0..length {
        for track in tracks {
            out.extend_from_slice(&track.get(at).copied().unwrap_or(0).to_le_bytes());
        }
    }
    out.into()
}

//! How long an uploaded sound is, told by its packets: headers may lie.

use std::io::Cursor;

use axum::body::Bytes;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, TrackType};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::MetadataOptions;
use symphonia::default::get_probe;

/// Its length, ms; `None` if it is no sound.
pub(super) fn duration_ms(bytes: Bytes) -> Option<u64> {
    let source = MediaSourceStream::new(Box::new(Cursor::new(bytes)), MediaSourceStreamOptions::default());
    let mut format =
        get_probe().probe(&Hint::new(), source, FormatOptions::default(), MetadataOptions::default()).ok()?;
    let track = format.default_track(TrackType::Audio)?;
    let (id, base) = (track.id, track.time_base);
    let rate = track.codec_params.as_ref()?.audio()?.sample_rate?;
    let mut ticks = 0_u64;
    // a file that ends early is as long as what is there
    while let Ok(Some(packet)) = format.next_packet() {
        if packet.track_id == id {
            ticks = ticks.saturating_add(packet.dur.get());
        }
    }
    let (numer, denom) =
        base.map_or((1, u64::from(rate)), |base| (u64::from(base.numer.get()), u64::from(base.denom.get())));
    Some(ticks.saturating_mul(numer).saturating_mul(1000) / denom.max(1))
}

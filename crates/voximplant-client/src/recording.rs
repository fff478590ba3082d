//! A recording on its way, and what it means when the host sends none.

use http_client::SoundFault;

use crate::VoximplantError;

/// A recording on its way.
pub type RecordingStream = http_client::SoundStream<VoximplantError>;

impl From<SoundFault> for VoximplantError {
    fn from(fault: SoundFault) -> Self {
        match fault {
            SoundFault::Empty => Self::RecordingMissing { status: 200 },
            SoundFault::NotSound { found } => Self::NotSound { found: found.into() },
            SoundFault::BrokeOff { received, reason } => Self::RecordingTruncated { received, reason },
            SoundFault::TooLarge { limit } => Self::TooLarge { limit },
        }
    }
}

/// What a refusal of the host of recordings means.
pub(crate) fn refused(status: u16) -> VoximplantError {
    match status {
        // no source tells 404 of a file that is not there yet from one whose term is over
        404 => VoximplantError::RecordingMissing { status },
        410 => VoximplantError::RecordingGone,
        401 | 403 => VoximplantError::Forbidden {
            method: "the recording".into(),
            message: format!("HTTP {status}; secure recordings open to a service account alone"),
        },
        _ => VoximplantError::Unavailable {
            what: "the recording".into(),
            reason: format!("HTTP {status}"),
            retry_after: None,
            unsure: false,
        },
    }
}

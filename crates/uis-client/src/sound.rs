//! What it means when the media host sends no sound.

use http_client::SoundFault;

use crate::UisError;

impl From<SoundFault> for UisError {
    fn from(fault: SoundFault) -> Self {
        match fault {
            // a recording that is still being written is served empty
            SoundFault::Empty => Self::RecordingNotReady,
            SoundFault::NotSound { found } => Self::NotSound { found: found.into() },
            SoundFault::BrokeOff { received, reason } => Self::RecordingTruncated { received, reason },
            SoundFault::TooLarge { limit } => Self::TooLarge { limit },
        }
    }
}

/// What a refusal of the media host means.
pub(crate) fn refused(status: u16, body: &[u8]) -> UisError {
    let says = |words: &[u8]| body.windows(words.len()).any(|part| part.eq_ignore_ascii_case(words));
    match status {
        404 | 410 => UisError::RecordingGone { reason: "it has expired or never was".into() },
        400 if says(b"no files to concat") => {
            UisError::RecordingGone { reason: "there is no sound in it".into() }
        }
        400 => {
            UisError::RecordingGone { reason: "the media host does not take its address (HTTP 400)".into() }
        }
        401 | 403 => UisError::Forbidden {
            message: format!(
                "the media host refuses recordings (HTTP {status}); foreign addresses are often refused, a proxy in Russia (UIS_PROXY) helps"
            ),
        },
        _ => UisError::Unavailable {
            what: "the UIS media host".into(),
            reason: format!("HTTP {status}"),
            retry_after: None,
            unsure: false,
        },
    }
}

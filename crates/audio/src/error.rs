//! What can be wrong with a recording, told apart by what the caller can do about it.
//!
//! Only [`AudioError::Io`] is worth another try: all others are properties of the bytes,
//! and the same bytes give the same answer.

use std::io;

/// Why a recording cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AudioError {
    /// Zero bytes, or a header without a single sample behind it. Fetch it again later.
    #[error("the recording is empty: {what}; wait until its source has finished writing it")]
    Empty {
        /// What was found.
        what: &'static str,
    },
    /// Something else under the name of a recording.
    #[error("this is no audio file: it looks like {looks_like}; check what its source really sent")]
    NotAudio {
        /// What the first bytes say.
        looks_like: &'static str,
    },
    /// A sound format that is not decoded here. Convert it.
    #[error("{what} is not supported; {hint}")]
    Unsupported {
        /// The container or codec by name.
        what: String,
        /// What to do.
        hint: &'static str,
    },
    /// The container promises more sound than it holds. Fetch it again.
    #[error(
        "the recording is cut short: {decoded_ms} ms are there, its header promises {expected_ms} ms; fetch it again"
    )]
    Truncated {
        /// Sound that is there, ms.
        decoded_ms: u64,
        /// Sound that the container promises, ms.
        expected_ms: u64,
    },
    /// Over the limit of length.
    #[error("the recording is too long: over {limit_ms} ms; raise the limit or cut it")]
    TooLong {
        /// The limit, ms.
        limit_ms: u64,
    },
    /// Over the limit of size.
    #[error("the recording is too large: {bytes} bytes, at most {limit_bytes} are read")]
    TooLarge {
        /// Size of the file.
        bytes: u64,
        /// The limit.
        limit_bytes: u64,
    },
    /// Over the limit of channels.
    #[error(
        "the recording has {channels} channels, at most {limit} are understood; mix it down to mono or stereo"
    )]
    TooManyChannels {
        /// Channels by the header.
        channels: u32,
        /// The limit.
        limit: u8,
    },
    /// Recognised, but its inside makes no sense.
    #[error("the recording is damaged: {what}; fetch it again or convert it")]
    Corrupt {
        /// What makes no sense.
        what: String,
    },
    /// The file could not be read (or written).
    #[error("cannot read the recording: {0}")]
    Io(#[from] io::Error),
}

impl AudioError {
    /// A stable word for logs, JSON and the user interface.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty { .. } => "recording_empty",
            Self::NotAudio { .. } => "recording_not_audio",
            Self::Unsupported { .. } => "recording_unsupported",
            Self::Truncated { .. } => "recording_truncated",
            Self::TooLong { .. } => "recording_too_long",
            Self::TooLarge { .. } => "recording_too_large",
            Self::TooManyChannels { .. } => "recording_too_many_channels",
            Self::Corrupt { .. } => "recording_corrupt",
            Self::Io(_) => "recording_io",
        }
    }

    /// Whether the same call may succeed on the same bytes.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Io(e) if e.kind() != io::ErrorKind::NotFound)
    }

    pub(crate) fn corrupt(what: impl Into<String>) -> Self {
        Self::Corrupt { what: what.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_input_output_is_worth_another_try() {
        assert!(AudioError::Io(io::Error::from(io::ErrorKind::TimedOut)).is_retryable());
        assert!(!AudioError::Io(io::Error::from(io::ErrorKind::NotFound)).is_retryable());
        assert!(!AudioError::Truncated { decoded_ms: 1, expected_ms: 2 }.is_retryable());
    }

    #[test]
    fn truncation_names_both_figures() {
        let text = AudioError::Truncated { decoded_ms: 1500, expected_ms: 60000 }.to_string();
        assert!(text.contains("1500 ms") && text.contains("60000 ms"), "{text}");
    }
}

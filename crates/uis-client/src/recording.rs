//! Recordings: what names one, and whether there is one.

use crate::{CommunicationId, FullRecordLink, RecordId, UisError};

/// In which form a recording is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RecordingKind {
    /// MP3 of the talk.
    Talk,
    /// WAV of one leg.
    Wav,
    /// A message left on the answering machine.
    VoiceMail,
    /// All parts in one file, by its own address.
    Joined,
}

/// What names a recording.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RecordingRef {
    /// The form.
    pub kind: RecordingKind,
    /// The communication.
    pub communication: CommunicationId,
    /// The id; `None` for [`RecordingKind::Joined`].
    pub record: Option<RecordId>,
    /// The address of a joined file.
    pub link: Option<FullRecordLink>,
}

impl RecordingRef {
    /// One recording of a communication.
    pub const fn new(kind: RecordingKind, communication: CommunicationId, record: RecordId) -> Self {
        Self { kind, communication, record: Some(record), link: None }
    }

    /// The joined file at an address that UIS gave.
    pub const fn joined(communication: CommunicationId, link: FullRecordLink) -> Self {
        Self { kind: RecordingKind::Joined, communication, record: None, link: Some(link) }
    }
}

/// Whether a call has sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordingsState {
    /// It has; MP3 first, then WAV, voice mail, the joined file.
    Ready(Vec<RecordingRef>),
    /// There was talk, and no recording is listed yet.
    Pending,
    /// There was no talk.
    Absent,
}

/// A recording on its way.
pub type RecordingStream = http_client::SoundStream<UisError>;

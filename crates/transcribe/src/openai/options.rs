//! What is sent, and how much at once.

/// Which sound goes into one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ChannelMode {
    /// Each speaker's channel by itself: words are never given to the wrong one.
    #[default]
    PerChannel,
    /// Both channels of a stereo call mixed, where the model gives times: it hears the dialogue as people did, and
    /// double talk is paid once. A model without times is asked per channel all the same.
    Mixed,
}

impl ChannelMode {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::PerChannel => "channels",
            Self::Mixed => "mixed",
        }
    }
}

/// Options of [`OpenAiTranscriber`](super::OpenAiTranscriber).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenAiOptions {
    /// Which sound goes into one request.
    pub channels: ChannelMode,
    /// Requests of one call that are under way at the same time.
    pub concurrent: usize,
    /// Threads that read and pack the sound of all calls: as many as there are cores to spare.
    pub sound_threads: usize,
    /// Speech in one request to a model that gives times, s; the model's own limits stay above it. A minute and a
    /// half: a request or two per channel for most calls, 1.3 MB in memory, and little to repeat after a failure.
    pub piece_seconds: u32,
    /// Where the model runs, such as the host of its address: the same name at another provider may hear other
    /// words, so the cache tells them apart.
    pub endpoint: String,
}

impl Default for OpenAiOptions {
    fn default() -> Self {
        Self {
            channels: ChannelMode::default(),
            concurrent: 4,
            sound_threads: 2,
            piece_seconds: 90,
            endpoint: String::new(),
        }
    }
}

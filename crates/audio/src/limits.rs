//! Bounds on what is read: a hostile or mistaken file must cost little.

/// What a recording may be at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AudioLimits {
    /// Length of the sound, ms. Default: 8 h.
    pub max_duration_ms: u64,
    /// Size of the file, bytes. Default: 2 GiB.
    pub max_bytes: u64,
    /// Channels. Default and greatest useful value: 2 (a speaker each).
    pub max_channels: u8,
    /// Lowest sample rate, Hz. Default: 4000.
    pub min_sample_rate_hz: u32,
    /// Highest sample rate, Hz. Default: 192 000.
    pub max_sample_rate_hz: u32,
}

impl Default for AudioLimits {
    fn default() -> Self {
        Self {
            max_duration_ms: 8 * 3_600_000,
            max_bytes: 2 << 30,
            max_channels: 2,
            min_sample_rate_hz: 4_000,
            max_sample_rate_hz: 192_000,
        }
    }
}

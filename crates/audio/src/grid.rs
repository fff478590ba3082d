//! The rate at which a recording is measured: telephony at its own 8 kHz, everything else at 16 kHz.
//!
//! Frames, windows and bins are the same pieces of time and of the spectrum at both; at 8 kHz they hold half the samples,
//! for over 4 kHz there is nothing.

/// A rate and the lengths that go with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grid {
    /// 8 kHz.
    Telephone,
    /// 16 kHz.
    Wide,
}

/// The rate of telephony, Hz.
pub(crate) const TELEPHONY: u32 = 8_000;

impl Grid {
    /// For a stream of [`crate::resample::Stream`].
    pub(crate) fn of(rate: u32) -> Self {
        if rate == TELEPHONY { Self::Telephone } else { Self::Wide }
    }

    /// Samples a second.
    pub(crate) fn rate(self) -> u32 {
        match self {
            Self::Telephone => TELEPHONY,
            Self::Wide => crate::units::RATE,
        }
    }

    /// Samples of a frame: 16 ms.
    pub(crate) fn frame(self) -> usize {
        match self {
            Self::Telephone => 128,
            Self::Wide => 256,
        }
    }

    /// Samples of a transform: four frames, bins of 15.625 Hz.
    pub(crate) fn transform(self) -> usize {
        4 * self.frame()
    }
}

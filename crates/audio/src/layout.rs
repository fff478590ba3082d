//! Stereo, or one sound twice?
//!
//! Compared second by second over the parts where something is heard. A recording is dual mono only if both
//! channels carry the same sound at nearly the same level nearly always; crosstalk (the same sound far
//! quieter), a silent channel and a common ringing tone before a conversation leave it stereo.

use domain::ChannelLayout;

use crate::units::real64;

/// Frames of 256 samples in a block of about a second.
const BLOCK_FRAMES: u32 = 62;
/// Power of a frame that counts as heard: -50 dBFS.
const HEARD: f64 = 1e-5;
/// Correlation of a block that holds one and the same sound. Lossy coding of two equal channels stays above.
const SAME: f64 = 0.98;
/// Level difference (power ratio) still taken for the same: 6 dB.
const NEAR: f64 = 4.0;
/// Share of heard blocks that must be the same.
const NEARLY_ALL: f64 = 0.97;

/// Sums over the two channels of a stereo file.
#[derive(Default)]
pub(crate) struct LayoutMeter {
    left: f64,
    right: f64,
    cross: f64,
    frames: u32,
    heard_blocks: u64,
    same_blocks: u64,
}

impl LayoutMeter {
    /// One frame of both channels.
    pub(crate) fn push(&mut self, left: &[f32], right: &[f32]) {
        let (l, r, cross) = (product(left, left), product(right, right), product(left, right));
        let heard = HEARD * real64(crate::units::count(left.len()));
        if l.max(r) < heard {
            return;
        }
        self.left += l;
        self.right += r;
        self.cross += cross;
        self.frames += 1;
        if self.frames == BLOCK_FRAMES {
            self.close();
        }
    }

    fn close(&mut self) {
        if self.frames > 0 {
            let (l, r) = (self.left, self.right);
            let same = self.cross >= SAME * (l * r).sqrt() && l.max(r) <= NEAR * l.min(r);
            self.heard_blocks += 1;
            self.same_blocks += u64::from(same);
        }
        (self.left, self.right, self.cross, self.frames) = (0.0, 0.0, 0.0, 0);
    }

    /// The verdict for a file of two channels.
    pub(crate) fn finish(mut self) -> ChannelLayout {
        self.close();
        if self.heard_blocks > 0 && real64(self.same_blocks) >= NEARLY_ALL * real64(self.heard_blocks) {
            ChannelLayout::DualMono
        } else {
            ChannelLayout::Stereo
        }
    }
}

/// Sum of the products over a frame, whose length is a multiple of eight. In eight lanes, because a sum in order is not vectorised; and not fused, because a
/// processor that is only promised SSE2 calls a function for that.
fn product(one: &[f32], other: &[f32]) -> f64 {
    let mut lanes = [0.0_f32; 8];
    let (one, _) = one.as_chunks::<8>();
    let (other, _) = other.as_chunks::<8>();
    for (one, other) in one.iter().zip(other) {
        lanes = std::array::from_fn(|lane| lanes[lane] + one[lane] * other[lane]);
    }
    f64::from(lanes.iter().sum::<f32>())
}

//! A recording as a stream of blocks of equal length per channel: at 16 kHz, or telephony as it is.

use std::path::Path;

use rubato::audioadapter_buffers::direct::SequentialSliceOfVecs;
use rubato::{Fft, FixedSync, Resampler as _};

use crate::decode::{AudioInfo, Decoder};
use crate::grid::TELEPHONY;
use crate::units::{RATE, count, index};
use crate::{AudioError, AudioLimits};

/// Input frames of one transform: 128 ms of telephony.
const CHUNK: usize = 1024;

/// A recording as samples within ±1.
pub(crate) struct Stream {
    decoder: Decoder,
    rate: u32,
    resampler: Option<RateChange>,
    decoded: Vec<Vec<f32>>,
    out: Vec<Vec<f32>>,
    finished: bool,
}

impl Stream {
    /// At 16 kHz.
    pub(crate) fn at_16k(path: &Path, limits: &AudioLimits) -> Result<Self, AudioError> {
        Self::new(Decoder::open(path, limits)?, RATE)
    }

    /// Telephony stays at its 8 kHz, for no sound is added by more; everything else comes at 16 kHz.
    pub(crate) fn as_it_is(path: &Path, limits: &AudioLimits) -> Result<Self, AudioError> {
        let decoder = Decoder::open(path, limits)?;
        let rate = if decoder.rate == TELEPHONY { TELEPHONY } else { RATE };
        Self::new(decoder, rate)
    }

    /// At the decoder's own rate, or at 16 kHz.
    pub(crate) fn new(decoder: Decoder, rate: u32) -> Result<Self, AudioError> {
        let channels = usize::from(decoder.info.channels);
        let resampler =
            if decoder.rate == rate { None } else { Some(RateChange::new(decoder.rate, channels)?) };
        let planes = vec![Vec::new(); channels];
        Ok(Self { decoder, rate, resampler, decoded: planes.clone(), out: planes, finished: false })
    }

    /// Samples a second of what comes.
    pub(crate) fn rate(&self) -> u32 {
        self.rate
    }

    pub(crate) fn info(&self) -> &AudioInfo {
        &self.decoder.info
    }

    /// The next block: one slice per channel, of equal length; `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<&[Vec<f32>]>, AudioError> {
        while !self.finished {
            self.out.iter_mut().for_each(Vec::clear);
            let more = self.decoder.next(&mut self.decoded)?;
            self.finished = !more;
            match &mut self.resampler {
                None if more => std::mem::swap(&mut self.decoded, &mut self.out),
                None => {}
                Some(resampler) if more => resampler.push(&self.decoded, &mut self.out)?,
                Some(resampler) => resampler.finish(&mut self.out)?,
            }
            if self.out.first().is_some_and(|p| !p.is_empty()) {
                self.out.iter_mut().flatten().for_each(|x| *x = x.clamp(-1.0, 1.0));
                return Ok(Some(&self.out));
            }
        }
        Ok(None)
    }
}

/// The Fourier resampler, fed with blocks of any length, without its delay.
pub(crate) struct RateChange {
    fft: Fft<f32>,
    from: u32,
    pending: Vec<Vec<f32>>,
    chunk_out: Vec<Vec<f32>>,
    /// Output frames of the filter's delay that are still to be dropped.
    delay: usize,
    taken: u64,
    given: u64,
}

impl RateChange {
    pub(crate) fn new(from: u32, channels: usize) -> Result<Self, AudioError> {
        let fft = Fft::new(index(u64::from(from)), index(u64::from(RATE)), CHUNK, channels, FixedSync::Both)
            .map_err(|e| AudioError::corrupt(format!("no resampling from {from} Hz: {e}")))?;
        let chunk_out = vec![vec![0.0; fft.output_frames_max()]; channels];
        let delay = fft.output_delay();
        Ok(Self { fft, from, pending: vec![Vec::new(); channels], chunk_out, delay, taken: 0, given: 0 })
    }

    /// What comes of it is added to `out`.
    pub(crate) fn push(&mut self, planes: &[Vec<f32>], out: &mut [Vec<f32>]) -> Result<(), AudioError> {
        self.taken += count(planes.first().map_or(0, Vec::len));
        for (pending, plane) in self.pending.iter_mut().zip(planes) {
            pending.extend_from_slice(plane);
        }
        self.drain(out, u64::MAX)
    }

    /// Silence pushes the last samples out of the filter; the length is exact afterwards.
    pub(crate) fn finish(&mut self, out: &mut [Vec<f32>]) -> Result<(), AudioError> {
        let total = (u128::from(self.taken) * u128::from(RATE)).div_ceil(u128::from(self.from));
        let total = u64::try_from(total).unwrap_or(u64::MAX);
        while self.given < total {
            let chunk = self.fft.input_frames_next();
            for pending in &mut self.pending {
                let padded = pending.len().next_multiple_of(chunk).max(chunk);
                pending.resize(padded, 0.0);
            }
            self.drain(out, total)?;
        }
        Ok(())
    }

    fn drain(&mut self, out: &mut [Vec<f32>], total: u64) -> Result<(), AudioError> {
        let channels = self.pending.len();
        let chunk = self.fft.input_frames_next();
        let frames = self.fft.output_frames_max();
        let mut from = 0;
        while self.pending.first().is_some_and(|p| p.len() >= from + chunk) {
            let broken = |e: &dyn std::fmt::Display| AudioError::corrupt(format!("resampling: {e}"));
            let input: Vec<&[f32]> = self.pending.iter().filter_map(|p| p.get(from..from + chunk)).collect();
            let input =
                rubato::audioadapter_buffers::direct::SequentialSliceOfSlices::new(&input, channels, chunk)
                    .map_err(|e| broken(&e))?;
            let mut output = SequentialSliceOfVecs::new_mut(&mut self.chunk_out, channels, frames)
                .map_err(|e| broken(&e))?;
            let (_, made) =
                self.fft.process_into_buffer(&input, &mut output, None).map_err(|e| broken(&e))?;
            let skip = self.delay.min(made);
            self.delay -= skip;
            let keep = index(total.saturating_sub(self.given)).min(made - skip);
            for (plane, fresh) in out.iter_mut().zip(&self.chunk_out) {
                plane.extend_from_slice(fresh.get(skip..skip + keep).unwrap_or_default());
            }
            self.given += count(keep);
            from += chunk;
        }
        self.pending.iter_mut().for_each(|p| drop(p.drain(..from)));
        Ok(())
    }
}

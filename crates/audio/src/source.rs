//! The bytes of a recording: a file, or what is in memory; and seen from where its container begins, with a budget.
//!
//! The budget is the guard against demuxers that walk in circles over hostile offsets: an honest pass reads
//! each byte once or a few times, so a source that was asked for many times its length answers with an error.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom};

use bytes::Bytes;
use symphonia::core::io::MediaSource;

/// Seeks cost a little of the budget too: a loop may seek without reading.
const SEEK_COST: u64 = 256;

/// Where the bytes are.
pub(crate) enum Input {
    File(File),
    Memory(Cursor<Bytes>),
}

impl Read for Input {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::File(file) => file.read(to),
            Self::Memory(bytes) => bytes.read(to),
        }
    }
}

impl Seek for Input {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match self {
            Self::File(file) => file.seek(to),
            Self::Memory(bytes) => bytes.seek(to),
        }
    }
}

/// A window into them.
pub(crate) struct Window {
    file: BufReader<Input>,
    base: u64,
    bytes: u64,
    at: u64,
    budget: u64,
}

impl Window {
    /// The `bytes` from `base` on.
    pub(crate) fn new(file: Input, base: u64, bytes: u64) -> io::Result<Self> {
        let mut file = BufReader::with_capacity(64 * 1024, file);
        file.seek(SeekFrom::Start(base))?;
        Ok(Self { file, base, bytes, at: 0, budget: bytes.saturating_mul(8).saturating_add(64 << 20) })
    }

    fn spend(&mut self, bytes: u64) -> io::Result<()> {
        self.budget = self.budget.checked_sub(bytes).ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidData, "the container's offsets run in circles")
        })?;
        Ok(())
    }
}

impl Read for Window {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let left = crate::units::index(self.bytes.saturating_sub(self.at));
        let want = buf.len().min(left);
        let Some(buf) = buf.get_mut(..want) else { return Ok(0) };
        let got = self.file.read(buf)?;
        self.spend(crate::units::count(got))?;
        self.at += crate::units::count(got);
        Ok(got)
    }
}

impl Seek for Window {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.spend(SEEK_COST)?;
        let target = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.bytes.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        }
        .and_then(|at| Some((at, self.base.checked_add(at)?)));
        let (at, absolute) = target
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "an offset outside the file"))?;
        self.file.seek(SeekFrom::Start(absolute))?;
        self.at = at;
        Ok(at)
    }
}

impl MediaSource for Window {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.bytes)
    }
}

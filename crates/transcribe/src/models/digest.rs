//! SHA-256 of what is read or written, as it passes.

use std::{
    fs::File,
    io::{self, Read, Write},
    path::Path,
};

use sha2::{Digest as _, Sha256};

/// Hashes and counts what is written through it.
pub(super) struct Hashing<W> {
    inner: W,
    hasher: Sha256,
    bytes: u64,
}

impl<W: Write> Hashing<W> {
    pub(super) fn new(inner: W) -> Self {
        Self { inner, hasher: Sha256::new(), bytes: 0 }
    }

    /// The writer back, with size and lower-case hex digest.
    pub(super) fn finish(self) -> (W, u64, String) {
        (self.inner, self.bytes, hex::encode(self.hasher.finalize()))
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hasher.update(bytes.get(..written).unwrap_or_default());
        self.bytes += u64::try_from(written).unwrap_or(u64::MAX);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Size and digest of all that the reader gives.
pub(super) fn of_reader(reader: &mut impl Read) -> io::Result<(u64, String)> {
    let mut sink = Hashing::new(io::sink());
    let mut buffer = vec![0; 1 << 18];
    loop {
        let read = reader.read(&mut buffer)?;
        if read == 0 {
            let (_, bytes, sha256) = sink.finish();
            return Ok((bytes, sha256));
        }
        sink.write_all(buffer.get(..read).unwrap_or_default())?;
    }
}

/// Size and digest of a file.
pub(super) fn of_file(path: &Path) -> io::Result<(u64, String)> {
    of_reader(&mut File::open(path)?)
}

//! The ggml file of whisper.cpp: what its head says, whether its body is whole.
//!
//! whisper.cpp trusts the figures of a file: it allocates by them, and an odd one ends the
//! process with a C++ exception. So every file is walked here first, tensor by tensor.

use std::{
    collections::HashMap,
    fs::File,
    io::{self, BufReader, Read as _},
    path::Path,
};

use super::{
    ModelError,
    layout::{self, Sizes},
    mel,
};

pub(super) const MAGIC: u32 = 0x6767_6d6c;
/// A token is a few bytes; the longest of Whisper's has 128 spaces.
const LONGEST_TOKEN: u32 = 512;

/// whisper.cpp looks these up without asking whether they are there; a model without one ends the process.
const LOOKED_UP: [&[u8]; 3] = [b" ", b" -", b" '"];

/// What a whisper.cpp file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GgmlModel {
    /// `tiny`, `base`, `small`, `medium`, `large`.
    pub size: &'static str,
    /// Knows languages other than English.
    pub multilingual: bool,
    /// How weights are stored: `f16`, `q8_0`, …
    pub weights: &'static str,
}

/// Walks the file without loading it.
///
/// # Errors
/// [`ModelError::Invalid`] with the reason when whisper.cpp could not use it safely.
pub fn inspect(path: &Path) -> Result<GgmlModel, ModelError> {
    let opened = File::open(path).and_then(|file| file.metadata().map(|metadata| (file, metadata.len())));
    let (file, len) = opened.map_err(|source| ModelError::disk(path, source))?;
    let mut walk = Walk { path, file: BufReader::new(file), at: 0, len };
    walk.model()
}

struct Walk<'a> {
    path: &'a Path,
    file: BufReader<File>,
    at: u64,
    len: u64,
}

impl Walk<'_> {
    fn model(&mut self) -> Result<GgmlModel, ModelError> {
        if self.u32()? != MAGIC {
            return Err(self.invalid("not a ggml file".into()));
        }
        let (sizes, file_type) = self.sizes()?;
        self.mel_filters(&sizes)?;
        self.vocabulary(&sizes)?;
        self.tensors(&sizes)?;
        let size = match sizes.audio_layers {
            4 => "tiny",
            6 => "base",
            12 => "small",
            24 => "medium",
            _ => "large",
        };
        // quantised files carry the version of the scheme in the thousands
        let weights = match file_type % 1000 {
            0 => "f32",
            1 => "f16",
            2 => "q4_0",
            3 => "q4_1",
            7 => "q8_0",
            8 => "q5_0",
            9 => "q5_1",
            other => return Err(self.invalid(format!("weights of unknown type {other}"))),
        };
        Ok(GgmlModel { size, multilingual: sizes.vocab >= 51_865, weights })
    }

    fn sizes(&mut self) -> Result<(Sizes, u32), ModelError> {
        let sizes = Sizes {
            vocab: self.u32()?,
            audio_ctx: self.u32()?,
            audio_state: self.u32()?,
            audio_heads: self.u32()?,
            audio_layers: self.u32()?,
            text_ctx: self.u32()?,
            text_state: self.u32()?,
            text_heads: self.u32()?,
            text_layers: self.u32()?,
            mels: self.u32()?,
        };
        sizes.check().map_err(|reason| self.invalid(reason))?;
        Ok((sizes, self.u32()?))
    }

    fn mel_filters(&mut self, sizes: &Sizes) -> Result<(), ModelError> {
        let (bands, points) = (self.u32()?, self.u32()?);
        if bands != sizes.mels || points != u32::from(mel::SPECTRUM) {
            return Err(self.invalid(format!("{bands} × {points} mel filters do not fit")));
        }
        self.skip(u64::from(bands) * u64::from(points) * 4)
    }

    fn vocabulary(&mut self, sizes: &Sizes) -> Result<(), ModelError> {
        let count = self.u32()?;
        // large-v3 and converters differ by a few; the rest is named by whisper.cpp itself
        if count < sizes.end_of_text() || count > sizes.vocab {
            return Err(self.invalid(format!("{count} tokens do not fit a vocabulary of {}", sizes.vocab)));
        }
        let mut wanted = LOOKED_UP.to_vec();
        for _ in 0..count {
            let len = self.u32()?;
            if len > LONGEST_TOKEN {
                return Err(self.invalid(format!("a token of {len} bytes")));
            }
            let mut token = vec![0; usize::try_from(len).unwrap_or(0)];
            self.read(&mut token)?;
            wanted.retain(|wanted| *wanted != token);
        }
        match wanted.first() {
            None => Ok(()),
            Some(token) => {
                Err(self.invalid(format!("token {:?} is missing", String::from_utf8_lossy(token))))
            }
        }
    }

    fn tensors(&mut self, sizes: &Sizes) -> Result<(), ModelError> {
        let mut expected: HashMap<String, Vec<u64>> =
            layout::tensors(sizes).into_iter().map(|tensor| (tensor.name, tensor.dims)).collect();
        while self.at < self.len {
            let (rank, name_len, kind) = (self.u32()?, self.u32()?, self.u32()?);
            if rank == 0 || rank > 3 || name_len > 128 {
                return Err(self.invalid("a tensor's head makes no sense".into()));
            }
            let mut dims = (0..rank).map(|_| self.u32().map(u64::from)).collect::<Result<Vec<_>, _>>()?;
            dims.reverse();
            let mut name = vec![0; usize::try_from(name_len).unwrap_or(0)];
            self.read(&mut name)?;
            let name = String::from_utf8_lossy(&name).into_owned();
            match expected.remove(&name) {
                None => return Err(self.invalid(format!("tensor {name:?} is unknown or doubled"))),
                Some(shape) if !same_shape(&shape, &dims) => {
                    return Err(self.invalid(format!("tensor {name:?} has shape {dims:?}, not {shape:?}")));
                }
                Some(_) => {}
            }
            let bytes = bytes_of(kind, &dims);
            self.skip(bytes.ok_or_else(|| self.invalid(format!("tensor {name:?} has type {kind}")))?)?;
        }
        expected.keys().min().map_or(Ok(()), |name| Err(self.invalid(format!("tensor {name:?} is missing"))))
    }

    fn u32(&mut self) -> Result<u32, ModelError> {
        let mut bytes = [0; 4];
        self.read(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn read(&mut self, bytes: &mut [u8]) -> Result<(), ModelError> {
        self.at = self.at.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        self.file.read_exact(bytes).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => self.invalid("cut short".into()),
            _ => ModelError::disk(self.path, error),
        })
    }

    fn skip(&mut self, bytes: u64) -> Result<(), ModelError> {
        self.at = self.at.saturating_add(bytes);
        let step = i64::try_from(bytes).unwrap_or(i64::MAX);
        if self.at > self.len {
            return Err(self.invalid("cut short".into()));
        }
        self.file.seek_relative(step).map_err(|error| ModelError::disk(self.path, error))
    }

    fn invalid(&self, reason: String) -> ModelError {
        ModelError::invalid(self.path, reason)
    }
}

/// Some converters write a convolution's bias as (n), others as (n, 1).
fn same_shape(one: &[u64], two: &[u64]) -> bool {
    let bare = |dims: &[u64]| dims.iter().copied().filter(|dim| *dim != 1).collect::<Vec<_>>();
    bare(one) == bare(two)
}

/// Size of a tensor's data; `None` for a type that Whisper files do not use or rows that
/// do not divide into its blocks.
fn bytes_of(kind: u32, dims: &[u64]) -> Option<u64> {
    // (values, bytes) per block
    let (values, bytes) = match kind {
        0 => (1, 4),
        1 => (1, 2),
        2 => (32, 18),
        3 => (32, 20),
        6 => (32, 22),
        7 => (32, 24),
        8 => (32, 34),
        _ => return None,
    };
    let count = dims.iter().try_fold(1_u64, |all, dim| all.checked_mul(*dim))?;
    dims.last().filter(|row| *row % values == 0)?;
    Some(count / values * bytes)
}

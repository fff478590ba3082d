//! A `CTranslate2` `model.bin`: an index of its variables, and their values piece by piece.
//!
//! Layout (little-endian): u32 version 6, name of the specification, u32 revision, then each
//! variable (name, rank, sizes, type, byte count, bytes), then aliases. Texts have a u16
//! length that counts a final NUL. An int8 weight X is X divided by `X_scale` of its row.

use std::{
    collections::HashMap,
    io::{self, BufReader, Read as _, Seek as _, SeekFrom},
    path::{Path, PathBuf},
};

use half::{bf16, f16};

use super::{ModelError, layout::Sizes, source::Joined};

/// Variables of the largest Whisper: about 1300.
const MOST_VARIABLES: u32 = 20_000;
/// Values handed out at a time: bounds memory whatever the tensor's size.
const PIECE: u64 = 1 << 16;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    F32,
    I8,
    I16,
    I32,
    F16,
    Bf16,
}

impl Kind {
    fn of(code: u8) -> Option<Self> {
        [Self::F32, Self::I8, Self::I16, Self::I32, Self::F16, Self::Bf16].get(usize::from(code)).copied()
    }

    const fn bytes(self) -> u8 {
        match self {
            Self::I8 => 1,
            Self::I16 | Self::F16 | Self::Bf16 => 2,
            Self::F32 | Self::I32 => 4,
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "i32 holds only counts in these files")]
    fn decode(self, raw: &[u8], out: &mut Vec<f32>) {
        match self {
            Self::F32 => out.extend(raw.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b))),
            Self::I8 => out.extend(raw.iter().map(|b| f32::from(b.cast_signed()))),
            Self::I16 => out.extend(raw.as_chunks().0.iter().map(|b| f32::from(i16::from_le_bytes(*b)))),
            Self::I32 => out.extend(raw.as_chunks().0.iter().map(|b| i32::from_le_bytes(*b) as f32)),
            Self::F16 => out.extend(raw.as_chunks().0.iter().map(|b| f16::from_le_bytes(*b).to_f32())),
            Self::Bf16 => out.extend(raw.as_chunks().0.iter().map(|b| bf16::from_le_bytes(*b).to_f32())),
        }
    }
}

#[derive(Debug, Clone)]
struct Variable {
    dims: Vec<u64>,
    kind: Kind,
    offset: u64,
}

impl Variable {
    fn count(&self) -> u64 {
        self.dims.iter().product()
    }
}

/// An open model.
pub(super) struct Ct2Model {
    path: PathBuf,
    file: BufReader<Joined>,
    len: u64,
    variables: HashMap<String, Variable>,
}

impl Ct2Model {
    /// Reads the index and checks that the file is whole; values stay on the disk. `path` is for messages.
    pub(super) fn open(path: &Path, parts: Joined) -> Result<Self, ModelError> {
        let len = parts.len();
        let mut model =
            Self { path: path.to_owned(), file: BufReader::new(parts), len, variables: HashMap::new() };
        model.read_index()?;
        Ok(model)
    }

    fn read_index(&mut self) -> Result<(), ModelError> {
        let version = self.u32()?;
        if version != 6 {
            return Err(self.invalid(format!("CTranslate2 version {version}, only 6 is read")));
        }
        let specification = self.text()?;
        if specification != "WhisperSpec" {
            return Err(self.invalid(format!("a model for {specification:?}, not Whisper")));
        }
        self.u32()?; // revision of the specification: 3 for all known models, means nothing here
        let count = self.u32()?;
        if count > MOST_VARIABLES {
            return Err(self.invalid(format!("{count} variables are too many")));
        }
        for _ in 0..count {
            self.read_variable()?;
        }
        let aliases = self.u32()?;
        if aliases > MOST_VARIABLES {
            return Err(self.invalid(format!("{aliases} aliases are too many")));
        }
        for _ in 0..aliases {
            let (alias, target) = (self.text()?, self.text()?);
            if let Some(variable) = self.variables.get(&target).cloned() {
                self.variables.insert(alias, variable);
            }
        }
        if self.file.stream_position().map_err(|e| self.disk(e))? != self.len {
            return Err(self.invalid("bytes are left over at its end".into()));
        }
        Ok(())
    }

    fn read_variable(&mut self) -> Result<(), ModelError> {
        let name = self.text()?;
        let rank = self.u8()?;
        if rank > 4 {
            return Err(self.invalid(format!("{name:?} has {rank} dimensions")));
        }
        let dims = (0..rank).map(|_| self.u32().map(u64::from)).collect::<Result<Vec<_>, _>>()?;
        let code = self.u8()?;
        let kind = Kind::of(code).ok_or_else(|| self.invalid(format!("{name:?} has unknown type {code}")))?;
        let bytes = u64::from(self.u32()?);
        let expected = dims.iter().try_fold(u64::from(kind.bytes()), |all, dim| all.checked_mul(*dim));
        if expected != Some(bytes) {
            return Err(self.invalid(format!("{name:?} does not fill its dimensions")));
        }
        let offset = self.file.stream_position().map_err(|e| self.disk(e))?;
        if offset.saturating_add(bytes) > self.len {
            return Err(self.invalid(format!("cut short in {name:?}")));
        }
        self.file.seek_relative(i64::from(self.u32_of(bytes))).map_err(|e| self.disk(e))?;
        self.variables.insert(name, Variable { dims, kind, offset });
        Ok(())
    }

    /// A byte count of the file: it was read as u32.
    fn u32_of(&self, bytes: u64) -> u32 {
        u32::try_from(bytes.min(self.len)).unwrap_or(u32::MAX)
    }

    /// The sizes that the header of a ggml file wants.
    pub(super) fn sizes(&mut self) -> Result<Sizes, ModelError> {
        let embeddings = self.dims("decoder/embeddings/weight", 2)?;
        let audio = self.dims("encoder/position_encodings/encodings", 2)?;
        let text = self.dims("decoder/position_encodings/encodings", 2)?;
        let conv = self.dims("encoder/conv1/weight", 3)?;
        let small = |dims: &[u64], at: usize| dims.get(at).and_then(|v| u32::try_from(*v).ok()).unwrap_or(0);
        let width = small(&embeddings, 1);
        let sizes = Sizes {
            vocab: small(&embeddings, 0),
            audio_ctx: small(&audio, 0),
            audio_state: small(&audio, 1),
            audio_heads: self.heads("encoder", width)?,
            audio_layers: self.layers("encoder"),
            text_ctx: small(&text, 0),
            text_state: width,
            text_heads: self.heads("decoder", width)?,
            text_layers: self.layers("decoder"),
            mels: small(&conv, 1),
        };
        sizes.check().map_err(|reason| self.invalid(reason))?;
        Ok(sizes)
    }

    fn dims(&self, name: &str, rank: usize) -> Result<Vec<u64>, ModelError> {
        let variable = self.variables.get(name).filter(|variable| variable.dims.len() == rank);
        variable.map(|v| v.dims.clone()).ok_or_else(|| self.invalid(format!("{name:?} is missing or odd")))
    }

    fn layers(&self, side: &str) -> u32 {
        (0..=64)
            .find(|n| !self.variables.contains_key(&format!("{side}/layer_{n}/ffn/layer_norm/gamma")))
            .unwrap_or(0)
    }

    /// Older files do not say: Whisper's heads are 64 wide.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "saturates; bounds are checked after"
    )]
    fn heads(&mut self, side: &str, width: u32) -> Result<u32, ModelError> {
        let name = format!("{side}/num_heads");
        if self.variables.get(&name).is_none_or(|variable| variable.count() != 1) {
            return Ok(width / 64);
        }
        let mut heads = 0;
        self.read(&name, (0, 1), |values| {
            heads = values.first().map_or(0, |value| *value as u32);
            Ok(())
        })?;
        Ok(heads)
    }

    /// Hands part `part` of `of` equal parts of a variable's rows to `take`, in pieces of whole
    /// blocks, as real numbers.
    pub(super) fn read(
        &mut self,
        name: &str,
        (part, of): (u32, u32),
        mut take: impl FnMut(&[f32]) -> Result<(), ModelError>,
    ) -> Result<u64, ModelError> {
        let variable = self.variables.get(name).cloned();
        let variable = variable.ok_or_else(|| self.invalid(format!("{name:?} is missing")))?;
        let count = variable.count() / u64::from(of.max(1));
        let begin = count * u64::from(part);
        let scales = self.scales(name, &variable)?;
        let row = variable.dims.iter().skip(1).product::<u64>().max(1);
        let (mut raw, mut values) = (Vec::new(), Vec::new());
        let mut done = 0;
        while done < count {
            let piece = PIECE.min(count - done);
            let width = u64::from(variable.kind.bytes());
            let offset = variable.offset + (begin + done) * width;
            self.file.seek(SeekFrom::Start(offset)).map_err(|e| self.disk(e))?;
            raw.resize(usize::try_from(piece * width).unwrap_or(0), 0);
            self.file.read_exact(&mut raw).map_err(|e| self.cut(e))?;
            values.clear();
            variable.kind.decode(&raw, &mut values);
            if let Some(scales) = &scales {
                for (value, at) in values.iter_mut().zip(begin + done..) {
                    let scale = usize::try_from(at / row).ok().and_then(|row| scales.get(row));
                    *value /= scale.copied().unwrap_or(1.0);
                }
            }
            take(&values)?;
            done += piece;
        }
        Ok(count)
    }

    /// The scales of an int8 weight, one a row.
    fn scales(&mut self, name: &str, variable: &Variable) -> Result<Option<Vec<f32>>, ModelError> {
        let scale_name = format!("{name}_scale");
        let rows = variable.dims.first().copied().unwrap_or(0);
        match self.variables.get(&scale_name) {
            None => return Ok(None),
            Some(scale) if scale.count() == rows => {}
            Some(_) => return Err(self.invalid(format!("{scale_name:?} does not fit its weight"))),
        }
        let mut scales = Vec::new();
        self.read(&scale_name, (0, 1), |values| {
            scales.extend_from_slice(values);
            Ok(())
        })?;
        Ok(Some(scales))
    }

    fn u8(&mut self) -> Result<u8, ModelError> {
        self.bytes::<1>().map(|[byte]| byte)
    }

    fn u32(&mut self) -> Result<u32, ModelError> {
        self.bytes().map(u32::from_le_bytes)
    }

    fn text(&mut self) -> Result<String, ModelError> {
        let len = usize::from(u16::from_le_bytes(self.bytes()?));
        let mut bytes = vec![0; len];
        self.file.read_exact(&mut bytes).map_err(|e| self.cut(e))?;
        while bytes.last() == Some(&0) {
            bytes.pop();
        }
        String::from_utf8(bytes).map_err(|_| self.invalid("a name is no text".into()))
    }

    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], ModelError> {
        let mut bytes = [0; N];
        self.file.read_exact(&mut bytes).map_err(|e| self.cut(e))?;
        Ok(bytes)
    }

    fn cut(&self, error: io::Error) -> ModelError {
        if error.kind() == io::ErrorKind::UnexpectedEof {
            return self.invalid("cut short".into());
        }
        self.disk(error)
    }

    fn disk(&self, error: io::Error) -> ModelError {
        ModelError::disk(&self.path, error)
    }

    fn invalid(&self, reason: String) -> ModelError {
        ModelError::invalid(&self.path, reason)
    }
}

//! `CTranslate2` weights to a ggml file: head, mel filters, vocabulary, tensors.
//!
//! Streams: no more than a piece of one tensor is in memory, whatever the model's size.
//! The result depends on the source alone, byte for byte.

use std::{
    io::{self, Write},
    path::Path,
};

use super::{
    ModelError,
    ct2::Ct2Model,
    digest::Hashing,
    ggml::MAGIC,
    layout::{self, Sizes, Tensor},
    mel,
    quantise::Storage,
    vocabulary,
};

/// How the large matrices are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quantisation {
    /// 8 bits with a scale per 32 values: half the size of f16, the same words, faster.
    Q8,
    /// As in the original.
    F16,
}

impl Quantisation {
    /// ggml's number for the file; quantised ones carry version 2 of the scheme in the thousands.
    const fn file_type(self) -> u32 {
        match self {
            Self::Q8 => 2007,
            Self::F16 => 1,
        }
    }

    fn storage(self, tensor: &Tensor) -> Storage {
        match self {
            _ if tensor.is_plain() => Storage::F32,
            Self::Q8 if tensor.dims.len() == 2 => Storage::Q8,
            // the convolutions have rows of 3 values: no blocks
            _ => Storage::F16,
        }
    }
}

/// Writes the converted model; returns its size and digest.
pub(super) fn convert(
    model: &mut Ct2Model,
    vocabulary_path: &Path,
    quantisation: Quantisation,
    out_path: &Path,
    out: impl Write,
) -> Result<(u64, String), ModelError> {
    let sizes = model.sizes()?;
    let end_of_text = usize::try_from(sizes.end_of_text()).unwrap_or(0);
    let tokens = vocabulary::read(vocabulary_path, end_of_text)?;
    check_key_biases(model, &sizes, vocabulary_path)?;
    let disk = |source| ModelError::disk(out_path, source);
    let mut out = Hashing::new(out);
    write_head(&mut out, &sizes, quantisation, &tokens).map_err(disk)?;
    for tensor in layout::tensors(&sizes) {
        write_tensor(model, &tensor, quantisation.storage(&tensor), vocabulary_path, |bytes| {
            out.write_all(bytes).map_err(disk)
        })?;
    }
    out.flush().map_err(disk)?;
    let (_, bytes, sha256) = out.finish();
    Ok((bytes, sha256))
}

fn write_head(
    out: &mut impl Write,
    sizes: &Sizes,
    quantisation: Quantisation,
    tokens: &[Vec<u8>],
) -> io::Result<()> {
    let head = [
        MAGIC,
        sizes.vocab,
        sizes.audio_ctx,
        sizes.audio_state,
        sizes.audio_heads,
        sizes.audio_layers,
        sizes.text_ctx,
        sizes.text_state,
        sizes.text_heads,
        sizes.text_layers,
        sizes.mels,
        quantisation.file_type(),
        sizes.mels,
        u32::from(mel::SPECTRUM),
    ];
    for figure in head {
        out.write_all(&figure.to_le_bytes())?;
    }
    for weight in mel::filters(u16::try_from(sizes.mels).unwrap_or(0)) {
        out.write_all(&weight.to_le_bytes())?;
    }
    out.write_all(&length(tokens.len()).to_le_bytes())?;
    for token in tokens {
        out.write_all(&length(token.len()).to_le_bytes())?;
        out.write_all(token)?;
    }
    Ok(())
}

fn write_tensor(
    model: &mut Ct2Model,
    tensor: &Tensor,
    storage: Storage,
    path: &Path,
    mut write: impl FnMut(&[u8]) -> Result<(), ModelError>,
) -> Result<(), ModelError> {
    let mut head = Vec::new();
    head.extend(length(tensor.dims.len()).to_le_bytes());
    head.extend(length(tensor.name.len()).to_le_bytes());
    head.extend(storage.id().to_le_bytes());
    for dim in tensor.dims.iter().rev() {
        head.extend(u32::try_from(*dim).unwrap_or(0).to_le_bytes());
    }
    head.extend(tensor.name.as_bytes());
    write(&head)?;
    let origin = &tensor.origin;
    let mut bytes = Vec::new();
    let count = model.read(&origin.variable, (origin.part, origin.of), |values| {
        bytes.clear();
        storage.encode(values, &mut bytes);
        write(&bytes)
    })?;
    if count != tensor.dims.iter().product::<u64>() {
        return Err(ModelError::invalid(
            path,
            format!("{:?} has another shape than Whisper's", origin.variable),
        ));
    }
    Ok(())
}

/// Whisper's keys have no bias; if these had one, dropping it would spoil every word.
fn check_key_biases(model: &mut Ct2Model, sizes: &Sizes, path: &Path) -> Result<(), ModelError> {
    for origin in layout::key_biases(sizes) {
        model.read(&origin.variable, (origin.part, origin.of), |values| {
            if values.iter().all(|value| *value == 0.0) {
                return Ok(());
            }
            Err(ModelError::invalid(path, format!("{:?} has a bias for the key", origin.variable)))
        })?;
    }
    Ok(())
}

/// Lengths of names and lists here are far below 2^32.
fn length(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

//! Which tensors a Whisper model has, under which names and in which shapes.
//!
//! One table serves both ways: the conversion reads each tensor's origin in `CTranslate2`
//! from it, the inspection of a ggml file its name and shape. The ggml names are those of
//! OpenAI's checkpoints, as whisper.cpp's loader expects them (`src/whisper.cpp`).

/// Sizes of a model, in the order of the ggml header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sizes {
    pub(super) vocab: u32,
    pub(super) audio_ctx: u32,
    pub(super) audio_state: u32,
    pub(super) audio_heads: u32,
    pub(super) audio_layers: u32,
    pub(super) text_ctx: u32,
    pub(super) text_state: u32,
    pub(super) text_heads: u32,
    pub(super) text_layers: u32,
    pub(super) mels: u32,
}

impl Sizes {
    /// Refuses what no Whisper model has: whisper.cpp trusts these figures and allocates by them.
    pub(super) fn check(&self) -> Result<(), String> {
        let bounds = [
            // 51864 English only, 51865 multilingual, 51866 large-v3
            ("vocabulary", self.vocab, 51_864, 51_866),
            ("audio context", self.audio_ctx, 1500, 1500),
            ("audio width", self.audio_state, 32, 1280),
            ("audio heads", self.audio_heads, 1, 20),
            ("audio layers", self.audio_layers, 1, 32),
            ("text context", self.text_ctx, 448, 448),
            ("text width", self.text_state, self.audio_state, self.audio_state),
            ("text heads", self.text_heads, 1, 20),
            ("text layers", self.text_layers, 1, 32),
        ];
        for (what, value, least, most) in bounds {
            if !(least..=most).contains(&value) {
                return Err(format!("{what} of {value} is not Whisper's"));
            }
        }
        if !matches!(self.audio_layers, 4 | 6 | 12 | 24 | 32) {
            return Err(format!("{} audio layers match no Whisper model", self.audio_layers));
        }
        if !matches!(self.mels, 80 | 128) {
            return Err(format!("{} mel bands are not Whisper's", self.mels));
        }
        // blocks of 32 values must not straddle rows, heads must share a row evenly
        if !self.audio_state.is_multiple_of(32)
            || !self.audio_state.is_multiple_of(self.audio_heads)
            || !self.text_state.is_multiple_of(self.text_heads)
        {
            return Err(format!("width {} does not divide by its heads", self.audio_state));
        }
        Ok(())
    }

    /// The token that ends a text; ids below it stand in the vocabulary file.
    pub(super) fn end_of_text(&self) -> u32 {
        if self.vocab >= 51_865 { 50_257 } else { 50_256 }
    }
}

/// Rows of a `CTranslate2` variable: part `part` of `of` equal parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Origin {
    pub(super) variable: String,
    pub(super) part: u32,
    pub(super) of: u32,
}

/// One tensor of the ggml file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tensor {
    pub(super) name: String,
    /// Outermost first, as in `PyTorch`; the file has them reversed.
    pub(super) dims: Vec<u64>,
    pub(super) origin: Origin,
}

impl Tensor {
    /// Kept as f32 whatever the file's type: whisper.cpp adds them without converting.
    pub(super) fn is_plain(&self) -> bool {
        self.dims.len() == 1
            || self.name.ends_with("positional_embedding")
            || self.name.ends_with("conv1.bias")
            || self.name.ends_with("conv2.bias")
    }
}

/// All tensors, in the order in which we write them.
pub(super) fn tensors(sizes: &Sizes) -> Vec<Tensor> {
    let mut table = Table { tensors: Vec::new() };
    let (width, mels) = (u64::from(sizes.audio_state), u64::from(sizes.mels));
    table.add(
        "encoder.positional_embedding",
        &[u64::from(sizes.audio_ctx), width],
        "encoder/position_encodings/encodings",
    );
    for (conv, input) in [("conv1", mels), ("conv2", width)] {
        table.add(&format!("encoder.{conv}.weight"), &[width, input, 3], &format!("encoder/{conv}/weight"));
        table.add(&format!("encoder.{conv}.bias"), &[width, 1], &format!("encoder/{conv}/bias"));
    }
    for layer in 0..sizes.audio_layers {
        table.block(&format!("encoder/layer_{layer}"), &format!("encoder.blocks.{layer}"), width, false);
    }
    table.norm("encoder/layer_norm", "encoder.ln_post", width);
    table.add(
        "decoder.positional_embedding",
        &[u64::from(sizes.text_ctx), width],
        "decoder/position_encodings/encodings",
    );
    table.add(
        "decoder.token_embedding.weight",
        &[u64::from(sizes.vocab), width],
        "decoder/embeddings/weight",
    );
    for layer in 0..sizes.text_layers {
        table.block(&format!("decoder/layer_{layer}"), &format!("decoder.blocks.{layer}"), width, true);
    }
    table.norm("decoder/layer_norm", "decoder.ln", width);
    table.tensors
}

/// Biases of the keys: Whisper has none, so `CTranslate2`'s must be zero.
pub(super) fn key_biases(sizes: &Sizes) -> Vec<Origin> {
    let fused = |side: &str, layer: u32, of: u32, name: &str, part| Origin {
        variable: format!("{side}/layer_{layer}/{name}/bias"),
        part,
        of,
    };
    let encoder = (0..sizes.audio_layers).map(|n| fused("encoder", n, 3, "self_attention/linear_0", 1));
    let decoder = (0..sizes.text_layers).flat_map(|n| {
        [
            fused("decoder", n, 3, "self_attention/linear_0", 1),
            fused("decoder", n, 2, "attention/linear_1", 0),
        ]
    });
    encoder.chain(decoder).collect()
}

struct Table {
    tensors: Vec<Tensor>,
}

impl Table {
    fn add(&mut self, name: &str, dims: &[u64], variable: &str) {
        self.part(name, dims, variable, 0, 1);
    }

    fn part(&mut self, name: &str, dims: &[u64], variable: &str, part: u32, of: u32) {
        self.tensors.push(Tensor {
            name: name.to_owned(),
            dims: dims.to_vec(),
            origin: Origin { variable: variable.to_owned(), part, of },
        });
    }

    fn norm(&mut self, from: &str, to: &str, width: u64) {
        self.add(&format!("{to}.weight"), &[width], &format!("{from}/gamma"));
        self.add(&format!("{to}.bias"), &[width], &format!("{from}/beta"));
    }

    fn linear(&mut self, from: &str, to: &str, rows: u64, columns: u64) {
        self.add(&format!("{to}.weight"), &[rows, columns], &format!("{from}/weight"));
        self.add(&format!("{to}.bias"), &[rows], &format!("{from}/bias"));
    }

    /// One fused matrix of `CTranslate2` is several of ggml's; keys have no bias.
    fn fused(&mut self, from: &str, to: &str, names: &[&str], width: u64) {
        let of = u32::try_from(names.len()).unwrap_or(u32::MAX);
        for (part, name) in (0_u32..).zip(names) {
            let weight = format!("{from}/weight");
            self.part(&format!("{to}.{name}.weight"), &[width, width], &weight, part, of);
            if *name != "key" {
                self.part(&format!("{to}.{name}.bias"), &[width], &format!("{from}/bias"), part, of);
            }
        }
    }

    fn block(&mut self, from: &str, to: &str, width: u64, cross: bool) {
        self.norm(&format!("{from}/self_attention/layer_norm"), &format!("{to}.attn_ln"), width);
        let attention = format!("{to}.attn");
        self.fused(&format!("{from}/self_attention/linear_0"), &attention, &["query", "key", "value"], width);
        self.linear(&format!("{from}/self_attention/linear_1"), &format!("{to}.attn.out"), width, width);
        if cross {
            let attention = format!("{to}.cross_attn");
            self.norm(&format!("{from}/attention/layer_norm"), &format!("{to}.cross_attn_ln"), width);
            self.linear(&format!("{from}/attention/linear_0"), &format!("{attention}.query"), width, width);
            self.fused(&format!("{from}/attention/linear_1"), &attention, &["key", "value"], width);
            self.linear(&format!("{from}/attention/linear_2"), &format!("{attention}.out"), width, width);
        }
        self.norm(&format!("{from}/ffn/layer_norm"), &format!("{to}.mlp_ln"), width);
        self.linear(&format!("{from}/ffn/linear_0"), &format!("{to}.mlp.0"), 4 * width, width);
        self.linear(&format!("{from}/ffn/linear_1"), &format!("{to}.mlp.2"), width, 4 * width);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(crate) const BASE: Sizes = Sizes {
        vocab: 51_865,
        audio_ctx: 1500,
        audio_state: 512,
        audio_heads: 8,
        audio_layers: 6,
        text_ctx: 448,
        text_state: 512,
        text_heads: 8,
        text_layers: 6,
        mels: 80,
    };

    #[test]
    fn the_base_model_has_245_tensors_of_distinct_names() {
        let table = tensors(&BASE);
        let names: std::collections::BTreeSet<_> = table.iter().map(|tensor| &tensor.name).collect();
        assert_eq!((table.len(), names.len()), (245, 245));
        assert_eq!(key_biases(&BASE).len(), 18);
    }

    #[test]
    fn figures_that_no_model_has_are_refused() {
        assert_eq!(BASE.check(), Ok(()));
        for broken in [
            Sizes { vocab: u32::MAX, ..BASE },
            Sizes { audio_state: 1 << 30, text_state: 1 << 30, ..BASE },
            Sizes { audio_heads: 0, ..BASE },
            Sizes { audio_heads: 7, ..BASE },
            Sizes { audio_layers: 5, ..BASE },
            Sizes { text_layers: 4000, ..BASE },
            Sizes { mels: 0, ..BASE },
        ] {
            assert!(broken.check().is_err(), "{broken:?}");
        }
    }
}

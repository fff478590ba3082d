//! The models that we know by name, pinned by size and digest.
//!
//! Files of <https://huggingface.co/ggerganov/whisper.cpp> (MIT).

use domain::Lang;

/// Where the files live; the file's name is appended.
pub(super) const HOME: &str = "https://huggingface.co/ggerganov/whisper.cpp/resolve/main/";

/// One model of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CatalogueEntry {
    /// What people call it.
    pub name: &'static str,
    /// The file's name at its public home.
    pub file: &'static str,
    /// Size, bytes.
    pub bytes: u64,
    /// SHA-256, lower-case hex.
    pub sha256: &'static str,
    note_ru: &'static str,
    note_en: &'static str,
}

impl CatalogueEntry {
    /// What it is good for, in a few words.
    pub const fn note(&self, lang: Lang) -> &'static str {
        lang.pick(self.note_ru, self.note_en)
    }
}

/// Smallest first.
pub const CATALOGUE: [CatalogueEntry; 4] = [
    CatalogueEntry {
        name: "base",
        file: "ggml-base-q8_0.bin",
        bytes: 81_768_585,
        sha256: "c577b9a86e7e048a0b7eada054f4dd79a56bbfa911fbdacf900ac5b567cbb7d9",
        note_ru: "быстрая; суть понятна, слова неточны",
        note_en: "fast; tells what a call is about, words are inexact",
    },
    CatalogueEntry {
        name: "base-f16",
        file: "ggml-base.bin",
        bytes: 147_951_465,
        sha256: "60ed5bc3dd14eea856493d334349b405782ddcaf0028d4b5df4088345fba2efe",
        note_ru: "как base, без сжатия весов",
        note_en: "as base, weights not quantised",
    },
    CatalogueEntry {
        name: "small",
        file: "ggml-small-q8_0.bin",
        bytes: 264_464_607,
        sha256: "49c8fb02b65e6049d5fa6c04f81f53b867b5ec9540406812c643f177317f779f",
        note_ru: "точнее base, примерно втрое медленнее",
        note_en: "more exact than base, about three times slower",
    },
    CatalogueEntry {
        name: "large-v3-turbo",
        file: "ggml-large-v3-turbo-q5_0.bin",
        bytes: 574_041_195,
        sha256: "394221709cd5ad1f40c46e6031ca61bce88931e6e088c188294c6d5a55ffa7e2",
        note_ru: "самая точная; нужен сильный процессор",
        note_en: "the most exact; wants a strong processor",
    },
];

/// The entry of this name.
pub fn entry(name: &str) -> Option<&'static CatalogueEntry> {
    CATALOGUE.iter().find(|entry| entry.name == name)
}

/// Original weights that we know by the digest of their `model.bin`, and our name for them.
const KNOWN_WEIGHTS: [(&str, &str); 1] = [
    // Systran/faster-whisper-base, f16
    ("d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9", "base"),
];

/// Our name for original weights with this digest.
pub(super) fn known_weights(sha256: &str) -> Option<&'static str> {
    KNOWN_WEIGHTS.iter().find(|(known, _)| *known == sha256).map(|(_, name)| *name)
}

/// Our name for a published file with this digest.
pub(super) fn known_file(sha256: &str) -> Option<&'static str> {
    CATALOGUE.iter().find(|entry| entry.sha256 == sha256).map(|entry| entry.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_and_names_are_well_formed_and_unique() {
        for (at, model) in CATALOGUE.iter().enumerate() {
            assert_eq!(model.sha256.len(), 64);
            assert!(model.sha256.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)));
            assert_eq!(CATALOGUE.iter().position(|other| other.name == model.name), Some(at));
        }
    }
}

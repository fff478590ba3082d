//! The words of the vocabulary file, turned back into the bytes that they stand for.
//!
//! GPT-2's spelling writes each byte as one visible character («Ġ» is a space). Lines end
//! at "\n" alone: tokens hold other line ends.

use std::{collections::HashMap, fs::File, io::Read as _, path::Path};

use super::ModelError;

/// Larger than any real vocabulary (460 KB); a hostile file ends here.
const MOST_BYTES: u64 = 16 << 20;

/// The first `count` tokens of `vocabulary.txt` or `vocabulary.json`, as raw bytes.
pub(super) fn read(path: &Path, count: usize) -> Result<Vec<Vec<u8>>, ModelError> {
    let mut text = String::new();
    File::open(path)
        .and_then(|file| file.take(MOST_BYTES).read_to_string(&mut text))
        .map_err(|source| ModelError::disk(path, source))?;
    let bytes_of = byte_table();
    let decode = |token: &str| token.chars().map(|c| bytes_of.get(&c).copied()).collect::<Option<Vec<u8>>>();
    let decoded: Option<Vec<_>> = if path.extension().is_some_and(|e| e == "json") {
        let tokens: Vec<String> = serde_json::from_str(&text)
            .map_err(|error| ModelError::invalid(path, format!("not a list of words: {error}")))?;
        tokens.iter().take(count).map(|token| decode(token)).collect()
    } else {
        text.split('\n').take(count).map(decode).collect()
    };
    let tokens = decoded.ok_or_else(|| ModelError::invalid(path, "a word is not in GPT-2's spelling"))?;
    if tokens.len() < count {
        return Err(ModelError::invalid(path, format!("{} words, {count} needed", tokens.len())));
    }
    Ok(tokens)
}

/// Character to byte: 188 bytes stand for themselves, the other 68 follow from U+0100 on.
fn byte_table() -> HashMap<char, u8> {
    let itself = |byte: u8| matches!(byte, 33..=126 | 161..=172 | 174..=255);
    let others = (0..=255_u8).filter(|byte| !itself(*byte)).zip('\u{100}'..).map(|(byte, c)| (c, byte));
    (0..=255_u8).filter(|byte| itself(*byte)).map(|byte| (char::from(byte), byte)).chain(others).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_has_one_character() {
        let table = byte_table();
        assert_eq!(table.len(), 256);
        assert_eq!((table[&'Ġ'], table[&'Ċ'], table[&'!']), (b' ', b'\n', b'!'));
    }

    #[test]
    fn words_keep_the_bytes_of_cyrillic_letters() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vocabulary.txt");
        std::fs::write(&path, "ĠÐ´Ð°\n!\n").unwrap();
        let tokens = read(&path, 2).unwrap();
        assert_eq!(tokens, [" да".as_bytes().to_vec(), b"!".to_vec()]);
        assert!(read(&path, 4).is_err(), "a short vocabulary is refused");
    }
}

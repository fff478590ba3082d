//! Phrases with their sound, spoken by `assets/simulated/make_voices.py`.

use std::collections::HashMap;
use std::sync::OnceLock;

use serde::Deserialize;

/// G.711 µ-law, 8 kHz, one phrase after another.
const SOUND: &[u8] = include_bytes!("../../../assets/simulated/voices.ulaw");
const INDEX: &str = include_str!("../../../assets/simulated/voices.json");

/// Silence between two sentences, samples.
const BREATH: usize = 2_000;

#[derive(Deserialize)]
struct Phrase {
    who: Who,
    text: String,
    at: usize,
    length: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Who {
    Client,
    Robot,
}

fn index() -> &'static HashMap<(Who, String), &'static [u8]> {
    static ALL: OnceLock<HashMap<(Who, String), &'static [u8]>> = OnceLock::new();
    ALL.get_or_init(|| {
        let phrases: Vec<Phrase> = serde_json::from_str(INDEX).unwrap_or_default();
        phrases
            .into_iter()
            .filter_map(|phrase| {
                let sound = SOUND.get(phrase.at..phrase.at.checked_add(phrase.length)?)?;
                Some(((phrase.who, phrase.text), sound))
            })
            .collect()
    })
}

/// A phrase of the client.
pub(super) fn client(text: &str) -> Option<Vec<i16>> {
    let sound = index().get(&(Who::Client, text.to_owned()))?;
    Some(sound.iter().copied().map(linear).collect())
}

/// What the robot says, if every sentence of it is recorded.
pub(super) fn robot(text: &str) -> Option<Vec<i16>> {
    let mut all = Vec::new();
    for sentence in sentences(text) {
        let sound = index().get(&(Who::Robot, sentence.to_owned()))?;
        if !all.is_empty() {
            all.resize(all.len() + BREATH, 0);
        }
        all.extend(sound.iter().copied().map(linear));
    }
    (!all.is_empty()).then_some(all)
}

/// Cut after an end mark and a space.
fn sentences(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text.trim();
    while let Some(end) = rest.char_indices().zip(rest.chars().skip(1)).find_map(|((at, mark), next)| {
        (".!?…".contains(mark) && next.is_whitespace()).then_some(at + mark.len_utf8())
    }) {
        let (sentence, more) = rest.split_at(end);
        found.push(sentence);
        rest = more.trim_start();
    }
    if !rest.is_empty() {
        found.push(rest);
    }
    found
}

/// µ-law to 16 bits (ITU-T G.711).
fn linear(byte: u8) -> i16 {
    let byte = !byte;
    let exponent = (byte >> 4) & 7;
    let magnitude = ((i16::from(byte & 15) << 3) + 0x84) << exponent;
    let sample = magnitude - 0x84;
    if byte & 0x80 == 0 { sample } else { -sample }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::voice::simulated::script::LINES;

    #[test]
    fn every_line_of_the_script_is_recorded_and_audible() {
        for line in LINES {
            let text = line.say;
            let sound = client(text).unwrap_or_else(|| panic!("«{text}» is not recorded"));
            let loudest = sound.iter().map(|sample| sample.unsigned_abs()).max().unwrap();
            assert!(sound.len() > 4_000 && loudest > 5_000, "«{text}»: {} samples, {loudest}", sound.len());
        }
    }

    #[test]
    fn the_robot_is_heard_in_its_own_texts_and_nowhere_else() {
        for (id, _) in voice_agent::Personas::shipped() {
            let persona = voice_agent::Personas::built_in().get(id).unwrap();
            assert!(robot(&persona.opening(false)).is_some(), "{id}: make_voices.py is to be run again");
        }
        assert_eq!(robot("Этого никто никогда не произносил."), None);
    }

    #[test]
    fn codes_of_g711_have_their_samples() {
        for (code, sample) in [(0xFF, 0), (0x7F, 0), (0x80, 32_124), (0x00, -32_124), (0xEF, 132)] {
            assert_eq!(linear(code), sample, "{code:x}");
        }
    }

    #[test]
    fn sentences_end_at_their_marks() {
        assert_eq!(sentences("Да. Нет? Ну… 1.5 м"), ["Да.", "Нет?", "Ну…", "1.5 м"]);
        assert!(sentences(" ").is_empty());
    }
}

//! Mutated recordings: whatever the bytes, an answer in bounded time, never a panic.

use std::time::{Duration, Instant};

use audio::{AudioLimits, SurveyOptions, read_utterances};
use proptest::prelude::*;

use crate::formats;
use crate::synth::{file, fixture, folder};

/// What is done to a file.
#[derive(Debug, Clone)]
enum Change {
    Byte {
        at: usize,
        to: u8,
    },
    /// Sizes and counts are 32-bit fields.
    Word {
        at: usize,
        to: u32,
    },
    Cut {
        at: usize,
    },
    Remove {
        at: usize,
        bytes: usize,
    },
    Repeat {
        at: usize,
        bytes: usize,
    },
}

fn change() -> impl Strategy<Value = Change> {
    // headers matter most: half of the changes hit the first 512 bytes
    let at = || prop_oneof![0..512_usize, 0..60_000_usize];
    let word = prop_oneof![Just(0), Just(u32::MAX), Just(0x7fff_ffff), Just(0xff00_0000), any::<u32>()];
    prop_oneof![
        4 => (at(), any::<u8>()).prop_map(|(at, to)| Change::Byte { at, to }),
        3 => (at(), word).prop_map(|(at, to)| Change::Word { at, to }),
        1 => at().prop_map(|at| Change::Cut { at }),
        1 => (at(), 1..64_usize).prop_map(|(at, bytes)| Change::Remove { at, bytes }),
        1 => (at(), 1..600_usize).prop_map(|(at, bytes)| Change::Repeat { at, bytes }),
    ]
}

fn apply(bytes: &mut Vec<u8>, change: &Change) {
    if bytes.is_empty() {
        return;
    }
    let len = bytes.len();
    match *change {
        Change::Byte { at, to } => bytes[at % len] = to,
        Change::Word { at, to } => {
            for (i, b) in to.to_le_bytes().into_iter().enumerate() {
                bytes[(at + i) % len] = b;
            }
        }
        Change::Cut { at } => bytes.truncate(at % len),
        Change::Remove { at, bytes: n } => drop(bytes.drain(at % len..(at % len + n).min(len))),
        Change::Repeat { at, bytes: n } => {
            let part = bytes[at % len..(at % len + n).min(len)].to_vec();
            bytes.splice(at % len..at % len, part);
        }
    }
}

/// Past this a reader hangs; far over what the slowest busy machine needs for 20 s of sound.
const HANGS: Duration = Duration::from_mins(1);

/// Surveys the bytes and reads the utterances.
fn listen(bytes: &[u8]) -> Duration {
    let folder = folder();
    let path = file(&folder, "x", bytes);
    // shorter than the default: a mutated length may be true for a format that repeats silence
    let limits = AudioLimits { max_duration_ms: 20_000, ..AudioLimits::default() };
    let began = Instant::now();
    if let Ok(survey) = audio::survey(&path, &SurveyOptions { limits, ..SurveyOptions::default() }) {
        assert!(survey.utterances.iter().all(|u| u.start_ms < u.end_ms && u.end_ms <= survey.duration_ms));
        assert!(survey.utterances.iter().all(|u| u.level_dbfs.is_finite()));
        assert!(survey.tone_share.iter().all(|t| (0.0..=1.0).contains(t)));
        for one in read_utterances(&path, &survey).unwrap() {
            assert!(one.unwrap().pcm.iter().all(|x| x.abs() <= 1.0));
        }
    }
    began.elapsed()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mutated_recordings_never_panic_nor_hang(changes in prop::collection::vec(change(), 1..6)) {
        for name in formats::names() {
            let mut bytes = std::fs::read(fixture(name)).unwrap();
            for change in &changes {
                apply(&mut bytes, change);
            }
            let took = listen(&bytes);
            prop_assert!(took < HANGS, "{name}: {took:?}");
        }
    }

    #[test]
    fn noise_under_a_known_signature_never_panics(
        magic in prop::sample::select(vec![
            &b"RIFF\0\x01\0\0WAVE"[..], b"OggS\0\x02", b"fLaC\0\0\0\x22", b"\x1a\x45\xdf\xa3\x93", b"\0\0\0\x18ftypM4A ",
            b"\xff\xfb\x90\0", b"\xff\xf1\x6c\x40", b"ID3\x04\0\0\0\0\0\x10",
        ]),
        rest in prop::collection::vec(any::<u8>(), 0..3000),
    ) {
        let took = listen(&[magic, &rest].concat());
        prop_assert!(took < HANGS, "{took:?}");
    }
}

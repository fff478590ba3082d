//! The ear hears what was laid into a recording, however the recording reaches it.

use std::path::Path;
use std::sync::Arc;

use sandbox::SandboxOptions;
use sandbox::world::{Bank, BankEar, Heard, RecordKind, Situation, Spoken, World};

struct Hearing {
    world: World,
    ear: BankEar,
    folder: tempfile::TempDir,
}

fn hearing(calls: usize) -> Hearing {
    let bank = Arc::new(Bank::open().unwrap());
    let ear = BankEar::new(Arc::clone(&bank));
    let options = SandboxOptions { calls, ..SandboxOptions::new("2026-11-20T12:00:00Z".parse().unwrap()) };
    Hearing { world: World::build(&options, bank), ear, folder: tempfile::tempdir().unwrap() }
}

fn expected(spoken: &[Spoken], part: usize, leg: Option<domain::Speaker>) -> Vec<(u64, String)> {
    spoken
        .iter()
        .filter(|words| words.part == part && leg.is_none_or(|leg| leg == words.speaker))
        .map(|words| (words.start_ms, words.text.clone()))
        .collect()
}

fn text(heard: &[Heard]) -> String {
    heard.iter().map(|one| one.text.as_str()).collect::<Vec<_>>().join(" ")
}

/// Writes the sound and reads it as the product does: utterances by its own detector, 16 kHz.
fn utterances(path: &Path, sound: &[u8]) -> Vec<audio::UtterancePcm> {
    std::fs::write(path, sound).unwrap();
    let survey = audio::survey(path, &audio::SurveyOptions::default()).unwrap();
    audio::read_utterances(path, &survey).unwrap().map(Result::unwrap).collect()
}

#[test]
fn every_recording_is_heard_word_for_word_and_in_its_place() {
    let hearing = hearing(20);
    for call in hearing.world.calls().iter().step_by(2) {
        let spoken = hearing.world.spoken(call.id);
        for record in &call.records {
            let Some(sound) = hearing.world.sound(&record.id) else { continue };
            let leg = match record.kind {
                RecordKind::Talk => None,
                RecordKind::Leg(sandbox::world::LegSide::Operator) => Some(domain::Speaker::Operator),
                RecordKind::Leg(sandbox::world::LegSide::Client) => Some(domain::Speaker::Client),
            };
            let heard = hearing.ear.hear(&sound);
            let wanted = expected(&spoken, record.part, leg);
            let words: Vec<_> = heard.iter().map(|one| one.text.clone()).collect();
            assert_eq!(words, wanted.iter().map(|w| w.1.clone()).collect::<Vec<_>>(), "{:?}", record.kind);
            for (one, (start, _)) in heard.iter().zip(&wanted) {
                assert!(one.start_ms.abs_diff(*start) < 250, "{} instead of {start}", one.start_ms);
            }
        }
    }
}

#[test]
fn pieces_cut_by_the_product_resampled_quieter_and_in_flac_say_the_same_words() {
    let hearing = hearing(20);
    let mut pieces = 0;
    for call in hearing.world.calls().iter().filter(|call| call.situation == Situation::Conversation).take(3)
    {
        for record in &call.records {
            let leg = match record.kind {
                RecordKind::Talk => None,
                RecordKind::Leg(sandbox::world::LegSide::Operator) => Some(domain::Speaker::Operator),
                RecordKind::Leg(sandbox::world::LegSide::Client) => Some(domain::Speaker::Client),
            };
            let sound = hearing.world.sound(&record.id).unwrap();
            let cut = utterances(&hearing.folder.path().join(&record.id), &sound);
            let mut all = Vec::new();
            for utterance in cut {
                let quieter: Vec<f32> = utterance.pcm.iter().map(|x| x * 0.3).collect();
                let flac = audio::encode_flac_16k_mono(&quieter).unwrap();
                all.extend(hearing.ear.hear(&flac).iter().cloned());
                pieces += 1;
            }
            let wanted = expected(&hearing.world.spoken(call.id), 0, leg);
            let wanted = wanted.into_iter().map(|w| w.1).collect::<Vec<_>>().join(" ");
            assert_eq!(text(&all), wanted, "{:?}", record.kind);
        }
    }
    assert!(pieces > 20, "{pieces} pieces");
}

#[test]
fn silence_noise_and_rubbish_say_nothing() {
    let hearing = hearing(20);
    let silent = hearing.world.calls().iter().find(|call| call.situation == Situation::Silence).unwrap();
    for record in &silent.records {
        assert!(hearing.ear.hear(&hearing.world.sound(&record.id).unwrap()).is_empty());
    }
    let mut x = 1_u32;
    let hiss: Vec<f32> = (0..32_000)
        .map(|_| {
            x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (x >> 16) as f32 / 32_768.0 - 1.0
        })
        .collect();
    assert!(hearing.ear.hear(&audio::encode_wav_16k_mono(&hiss).unwrap()).is_empty());
    let tone: Vec<f32> = (0..32_000).map(|i| (i as f32 * 0.17).sin() * 0.3).collect();
    assert!(hearing.ear.hear(&audio::encode_wav_16k_mono(&tone).unwrap()).is_empty());
    assert!(hearing.ear.hear(b"no sound at all").is_empty());
}

//! Speed and memory of audio preparation, for `cargo xtask bench audio`; prints `name value` lines.
//!
//! `audio_bench ROUNDS FILE`: the fastest of so many rounds on one thread.
//! `audio_bench together FILE…`: all files at once, a thread each, and the peak memory of the process.
#![expect(clippy::print_stdout, reason = "printing is what it is for")]
#![expect(clippy::cast_precision_loss, reason = "hours in ms and memory in kB, far below 2^52")]

use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

use audio::{SurveyOptions, read_utterances, survey};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [word, files @ ..] if word == "together" => together(files),
        [rounds, file] => alone(rounds.parse()?, Path::new(file)),
        _ => Err("usage: audio_bench ROUNDS FILE | together FILE…".into()),
    }
}

fn alone(rounds: usize, file: &Path) -> Outcome<()> {
    let (mut measured, mut converted) = (Duration::MAX, Duration::MAX);
    let mut sound_ms = 0;
    for _ in 0..rounds.max(1) {
        let begun = Instant::now();
        let found = survey(file, &SurveyOptions::default())?;
        measured = measured.min(begun.elapsed());
        sound_ms = found.duration_ms;
        // the second pass decodes and resamples what will be recognised, as a plain converter would
        let begun = Instant::now();
        let mut samples = 0;
        for utterance in read_utterances(file, &found)? {
            samples += utterance?.pcm.len();
        }
        converted = converted.min(begun.elapsed());
        if samples == 0 {
            return Err("no speech in the file".into());
        }
    }
    println!("sound_s {:.1}", sound_ms as f64 / 1_000.0);
    println!("survey_s {:.3}", measured.as_secs_f64());
    println!("convert_s {:.3}", converted.as_secs_f64());
    Ok(())
}

fn together(files: &[String]) -> Outcome<()> {
    let before = memory_kb("VmHWM")?;
    std::thread::scope(|scope| {
        let threads: Vec<_> = files
            .iter()
            .map(|file| scope.spawn(|| survey(Path::new(file), &SurveyOptions::default()).map(|_| ())))
            .collect();
        threads.into_iter().try_for_each(|thread| -> Outcome<()> {
            thread.join().map_err(|_| "a thread panicked")??;
            Ok(())
        })
    })?;
    println!("before_mb {:.1}", before as f64 / 1_000.0);
    println!("peak_mb {:.1}", memory_kb("VmHWM")? as f64 / 1_000.0);
    Ok(())
}

/// A line of `/proc/self/status`, in kB.
fn memory_kb(name: &str) -> Outcome<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with(name)).ok_or("no such line")?;
    Ok(line.split_whitespace().nth(1).ok_or("no value")?.parse()?)
}

//! Audio preparation against ffmpeg, and what sixteen hours in flight weigh.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result};

use super::{example, figure, figures, table};
use crate::process;
use crate::project::Project;
use crate::tools;

/// One hour, as long as a call may reasonably be.
const SECONDS: &str = "3600";
/// How often each is timed; the fastest counts, because neighbours only ever slow it down.
const ROUNDS: usize = 3;

/// Prints it.
pub(super) fn bench(project: &Project) -> Result<()> {
    if process::answer("ffmpeg", &["-version"]).is_none() {
        tools::apt(project, "ffmpeg");
    }
    let version = process::answer("ffmpeg", &["-version"]).context("ffmpeg: install it for this bench")?;
    println!("{version}");
    let program = example(project, "tests", "audio_bench")?;
    let mut rows = Vec::new();
    let files = hours(project)?;
    for (name, path) in &files {
        let ffmpeg = (0..ROUNDS).map(|_| convert(path)).collect::<Result<Vec<f64>>>()?;
        let ffmpeg = ffmpeg.into_iter().fold(f64::INFINITY, f64::min);
        let ours = figures(Command::new(&program).arg(ROUNDS.to_string()).arg(path))?;
        let (survey, convert) = (figure(&ours, "survey_s"), figure(&ours, "convert_s"));
        let real = |seconds: f64| format!("{:.0}×", figure(&ours, "sound_s") / seconds);
        rows.push(vec![
            (*name).to_owned(),
            real(survey),
            real(convert),
            real(ffmpeg),
            format!("{:.2}", ffmpeg / convert),
        ]);
    }
    table(&["one hour, one core", "survey", "decode+16 kHz", "ffmpeg", "ffmpeg time / ours"], &rows);
    let weighed: Vec<_> =
        (0..16).filter_map(|at| files.get(at % files.len())).map(|(_, path)| path).collect();
    let memory = figures(Command::new(&program).arg("together").args(weighed))?;
    println!("\n16 × 1 h at once: peak memory {:.0} MB", figure(&memory, "peak_mb"));
    Ok(())
}

/// The same conversion by ffmpeg, on one thread: 16 kHz, 32-bit floats, both channels. Seconds.
fn convert(path: &PathBuf) -> Result<f64> {
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-nostdin", "-v", "error", "-threads", "1", "-i"]).arg(path);
    ffmpeg
        .args(["-threads", "1", "-filter_threads", "1", "-ar", "16000", "-f", "f32le", "-"])
        .stdout(Stdio::null());
    let begun = Instant::now();
    process::run(&mut ffmpeg)?;
    Ok(begun.elapsed().as_secs_f64())
}

/// The spoken examples, over and over, for one hour, in the formats that telephony hands out.
fn hours(project: &Project) -> Result<Vec<(&'static str, PathBuf)>> {
    let place = project.target("bench/audio");
    fs::create_dir_all(&place)?;
    let calls = project.root().join("examples/calls");
    let names = [
        "a_sale_objection.wav",
        "b_rude_manager.wav",
        "g_cold_call_refused.wav",
        "j_indifferent_manager.wav",
    ];
    let list: Vec<String> =
        names.iter().map(|name| format!("file '{}'\n", calls.join(name).display())).collect();
    let list_path = place.join("calls.txt");
    fs::write(&list_path, list.concat())?;
    let formats: [(&str, &str, &[&str]); 4] = [
        ("WAV PCM 8 kHz stereo", "hour.wav", &["-ar", "8000", "-ac", "2", "-c:a", "pcm_s16le"]),
        ("MP3 8 kHz stereo", "hour.mp3", &["-ar", "8000", "-ac", "2", "-b:a", "32k"]),
        ("MP3 44.1 kHz stereo", "hour44.mp3", &["-ar", "44100", "-ac", "2", "-b:a", "64k"]),
        (
            "Ogg Opus 48 kHz stereo",
            "hour.opus",
            &["-ar", "48000", "-ac", "2", "-c:a", "libopus", "-b:a", "32k"],
        ),
    ];
    let mut made = Vec::new();
    for (name, file, options) in formats {
        let path = place.join(file);
        if !path.exists() {
            println!("{}: {file}", project.say("готовлю", "making"));
            let mut ffmpeg = Command::new("ffmpeg");
            ffmpeg.args([
                "-nostdin",
                "-v",
                "error",
                "-y",
                "-stream_loop",
                "-1",
                "-f",
                "concat",
                "-safe",
                "0",
                "-i",
            ]);
            ffmpeg.arg(&list_path).args(["-t", SECONDS]).args(options).arg(&path);
            process::run(&mut ffmpeg)?;
        }
        made.push((name, path));
    }
    Ok(made)
}

//! Audio preparation against ffmpeg, and what sixteen hours in flight weigh.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result};

use super::{example, figure, figures, table};
use crate::process;
use crate::project::Project;
use crate::tools;

/// How often each is timed; the fastest counts, because neighbours only ever slow it down.
const ROUNDS: usize = 2;

/// Prints it.
pub(super) fn bench(project: &Project) -> Result<()> {
    if process::answer("ffmpeg", &["-version"]).is_none() {
        tools::apt(project, "ffmpeg");
    }
    let version = process::answer("ffmpeg", &["-version"]).context("ffmpeg: install it for this bench")?;
    println!("{version}");
    let program = example(project, "audio_bench")?;
    let mut rows = Vec::new();
    let files = recordings(project)?;
    for (name, path) in &files {
        println!("{name}");
        let ffmpeg = (0..ROUNDS).map(|_| convert(path)).collect::<Result<Vec<f64>>>()?;
        let ffmpeg = ffmpeg.into_iter().fold(f64::INFINITY, f64::min);
        // a format that cannot be read is a row too: the others are still worth knowing
        let ours = match figures(Command::new(&program).arg(ROUNDS.to_string()).arg(path)) {
            Ok(ours) => ours,
            Err(error) => {
                println!("  {error}");
                Vec::new()
            }
        };
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
    table(&["one core, times real time", "survey", "decode+16 kHz", "ffmpeg", "ffmpeg time / ours"], &rows);
    let hours: Vec<_> = files.iter().map(|(_, path)| path).filter(|path| is_hour(path)).collect();
    let weighed = hours.iter().cycle().take(16);
    let memory = figures(Command::new(&program).arg("together").args(weighed))?;
    println!("\n16 × 1 h at once: peak memory {:.0} MB", figure(&memory, "peak_mb"));
    Ok(())
}

/// The same conversion by ffmpeg, on one thread: 16 kHz, 32-bit floats, both channels. Seconds.
fn convert(path: &Path) -> Result<f64> {
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-nostdin", "-v", "error", "-threads", "1", "-i"]).arg(path);
    ffmpeg
        .args(["-threads", "1", "-filter_threads", "1", "-ar", "16000", "-f", "f32le", "-"])
        .stdout(Stdio::null());
    let begun = Instant::now();
    process::run(&mut ffmpeg)?;
    Ok(begun.elapsed().as_secs_f64())
}

/// Sixteen at once are taken of these.
fn is_hour(path: &Path) -> bool {
    path.file_stem().is_some_and(|name| name.to_string_lossy().starts_with("hour"))
}

/// The spoken examples, over and over, in the formats that telephony hands out.
fn recordings(project: &Project) -> Result<Vec<(&'static str, PathBuf)>> {
    let place = project.target("bench/audio");
    fs::create_dir_all(&place)?;
    let hour = place.join("hour.wav");
    if !hour.exists() {
        println!("{}: hour.wav", project.say("готовлю", "making"));
        fs::write(&hour, an_hour(project)?)?;
    }
    let formats: [(&str, &str, &str, &[&str]); 4] = [
        ("MP3 8 kHz stereo, 1 h", "hour.mp3", "3600", &["-b:a", "32k"]),
        ("MP3 44.1 kHz stereo, 1 h", "hour44.mp3", "3600", &["-ar", "44100", "-b:a", "64k"]),
        ("Ogg Opus (speech), 5 min", "speech.opus", "300", &["-application", "voip", "-b:a", "24k"]),
        ("Ogg Opus (audio), 5 min", "audio.opus", "300", &["-application", "audio", "-b:a", "48k"]),
    ];
    let mut made = vec![("WAV PCM 8 kHz stereo, 1 h", hour.clone())];
    for (name, file, seconds, options) in formats {
        let path = place.join(file);
        if !path.exists() {
            println!("{}: {file}", project.say("готовлю", "making"));
            let mut ffmpeg = Command::new("ffmpeg");
            ffmpeg.args(["-nostdin", "-v", "error", "-y", "-i"]).arg(&hour);
            process::run(ffmpeg.args(["-t", seconds]).args(options).arg(&path))?;
        }
        made.push((name, path));
    }
    Ok(made)
}

/// An hour of WAV, 8 kHz, 16 bits, two channels: four spoken examples behind each other, again and again.
fn an_hour(project: &Project) -> Result<Vec<u8>> {
    const HEAD: usize = 44;
    const HOUR: usize = 3_600 * 8_000 * 4;
    let mut spoken = Vec::new();
    for name in ["a_sale_objection", "b_rude_manager", "g_cold_call_refused", "j_indifferent_manager"] {
        let path = project.root().join("examples/calls").join(name).with_extension("wav");
        let call = fs::read(&path).with_context(|| path.display().to_string())?;
        let sound = call.get(HEAD..).with_context(|| path.display().to_string())?;
        // whole frames of four bytes
        spoken.extend(sound.chunks_exact(4).flatten());
    }
    let length = u32::try_from(HOUR)?;
    let mut wav = b"RIFF".to_vec();
    wav.extend((length + 36).to_le_bytes());
    wav.extend(b"WAVEfmt \x10\0\0\0\x01\0\x02\0");
    for number in [8_000_u32, 32_000, 0x0010_0004] {
        wav.extend(number.to_le_bytes());
    }
    wav.extend(b"data");
    wav.extend(length.to_le_bytes());
    wav.extend(spoken.iter().cycle().take(HOUR));
    Ok(wav)
}

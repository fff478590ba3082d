//! `cargo run -p audio --example survey -- FILE…`: what is heard in recordings, and how fast.

use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    for file in std::env::args().skip(1) {
        let began = Instant::now();
        match audio::survey(Path::new(&file), &audio::SurveyOptions::default()) {
            Ok(s) => {
                let took = began.elapsed().as_secs_f64();
                let seconds = std::time::Duration::from_millis(s.duration_ms).as_secs_f64();
                writeln!(
                    out,
                    "{file}: {}, {} Hz, {seconds:.1} s, {:?}, {:.0} times real time",
                    s.format,
                    s.sample_rate_hz,
                    s.layout,
                    seconds / took
                )?;
                let began = Instant::now();
                let samples: usize = match audio::read_utterances(Path::new(&file), &s) {
                    Ok(utterances) => utterances.flatten().map(|u| u.pcm.len()).sum(),
                    Err(_) => 0,
                };
                let again = began.elapsed().as_secs_f64();
                writeln!(out, "  second pass: {samples} samples, {:.0} times real time", seconds / again)?;
                writeln!(out, "  loudness {:?} LUFS, tones {:?}", s.loudness_lufs, s.tone_share)?;
                for u in &s.utterances {
                    writeln!(
                        out,
                        "  ch{} {:7.2}–{:7.2} s {:6.1} dBFS {:?} pitch {:?}",
                        u.channel,
                        std::time::Duration::from_millis(u.start_ms).as_secs_f64(),
                        std::time::Duration::from_millis(u.end_ms).as_secs_f64(),
                        u.level_dbfs,
                        u.gate,
                        u.pitch_hz
                    )?;
                }
            }
            Err(e) => writeln!(out, "{file}: {} ({e})", e.code())?,
        }
    }
    Ok(())
}

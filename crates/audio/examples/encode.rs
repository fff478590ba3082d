//! How fast a recording becomes what recognisers take, and how large: `cargo run --release -p audio --example encode -- CALL…`
#![expect(clippy::print_stdout, reason = "an example talks to its user")]

use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for path in std::env::args().skip(1) {
        let path = std::path::PathBuf::from(path);
        let survey = audio::survey(&path, &audio::SurveyOptions::default())?;
        let mut pcm = Vec::new();
        for one in audio::read_utterances(&path, &survey)? {
            pcm.extend(one?.pcm);
        }
        let pcm = pcm.repeat(20);
        let begun = Instant::now();
        let wav = audio::encode_wav_16k_mono(&pcm)?.len();
        let as_wav = begun.elapsed();
        let begun = Instant::now();
        let flac = audio::encode_flac_16k_mono(&pcm)?.len();
        let as_flac = begun.elapsed();
        let seconds = pcm.len() / 16_000;
        println!(
            "{}: {seconds} s; WAV {wav} bytes in {as_wav:?}, FLAC {flac} bytes in {as_flac:?}",
            path.display()
        );
    }
    Ok(())
}

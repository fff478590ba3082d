//! Local speech for `cargo xtask bench stt`: what is heard in each recording and how long it took.
//!
//! `stt_bench MODEL.bin FOLDER`: recordings whose words are known (`FOLDER/spoken/NAME.json`), one
//! after another as a person would run them; a line of JSON each. The time holds everything: decoding
//! the file, finding the utterances, recognising them.
#![expect(clippy::print_stdout, reason = "printing is what it is for")]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use domain::{OperatorChannel, Sha256};
use serde_json::json;
use transcribe::whisper::{WhisperLocal, WhisperOptions};
use transcribe::{CallAudio, Hints, NoProgress, Transcriber as _};

type Outcome<T> = Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, folder] = arguments.as_slice() else {
        return Err("usage: stt_bench MODEL.bin FOLDER".into());
    };
    let whisper = WhisperLocal::open(Path::new(model), WhisperOptions::default())?;
    for path in recordings(Path::new(folder))? {
        let begun = Instant::now();
        // a recording that is broken on purpose lies among them
        let Ok(survey) = audio::survey(&path, &audio::SurveyOptions::default()) else { continue };
        let sound_ms = survey.duration_ms;
        let audio = CallAudio {
            path: path.clone(),
            // nothing is cached here: the digest only has to differ
            sha256: Sha256::new(path.display().to_string()),
            survey: Arc::new(survey),
            operator: OperatorChannel::Left,
            reference: None,
        };
        let transcript = whisper.transcribe(&audio, &Hints::default(), &NoProgress).await?;
        let took = begun.elapsed();
        let texts: Vec<&str> = transcript.segments.iter().map(|segment| segment.text.as_str()).collect();
        let line = json!({
            "file": path.display().to_string(),
            "sound_s": std::time::Duration::from_millis(sound_ms).as_secs_f64(),
            "took_s": took.as_secs_f64(),
            "text": texts.join(" "),
        });
        println!("{line}");
    }
    Ok(())
}

/// The recordings with known words, by name.
fn recordings(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let known =
            path.file_stem().map(|stem| folder.join("spoken").join(stem).with_added_extension("json"));
        let sound = path.extension().is_some_and(|ending| ending != "json" && ending != "md");
        if sound && known.is_some_and(|known| known.is_file()) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

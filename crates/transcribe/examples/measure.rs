//! Words right and time taken, on recordings whose words are known. Run:
//! `cargo run --profile demo -p transcribe --features whisper --example measure -- MODEL.bin DIR [decodes] [threads] [beam]`
//!
//! DIR holds recordings, each with a `NAME.json` that has `segments` of `text`.

#![expect(clippy::print_stdout, reason = "a program that prints")]

use std::{
    collections::HashMap,
    error::Error,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use audio::{SurveyOptions, survey};
use domain::{OperatorChannel, Sha256};
use futures::future::try_join_all;
use transcribe::{
    CallAudio, Hints, NoProgress, Transcriber as _,
    whisper::{WhisperLocal, WhisperOptions},
};

type Anything<T> = Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Anything<()> {
    let mut arguments = std::env::args().skip(1);
    let model = arguments.next().ok_or("usage: measure MODEL.bin DIR [decodes] [threads] [beam]")?;
    let dir = arguments.next().ok_or("usage: measure MODEL.bin DIR [decodes] [threads] [beam]")?;
    let mut options = WhisperOptions::default();
    if let Some(decodes) = arguments.next() {
        options.parallel_decodes = decodes.parse()?;
    }
    if let Some(threads) = arguments.next() {
        options.threads_per_decode = threads.parse()?;
    }
    if let Some(beam) = arguments.next() {
        options.beam_size = beam.parse()?;
    }
    let whisper = WhisperLocal::open(Path::new(&model), options.clone())?;
    let calls = recordings(Path::new(&dir))?;

    let (mut all, mut all_errors, mut all_found, mut sound, mut took) = (0, 0, 0, 0.0, Duration::ZERO);
    for (path, truth) in &calls {
        let audio = look(path)?;
        let begun = Instant::now();
        let transcript = whisper.transcribe(&audio, &Hints::default(), &NoProgress).await?;
        took += begun.elapsed();
        sound += seconds(audio.survey.duration_ms);
        let heard: Vec<String> =
            transcript.segments.iter().flat_map(|segment| words(&segment.text)).collect();
        let (errors, found) = (distance(truth, &heard), recalled(truth, &heard));
        println!(
            "\n{}: {} words, {errors} errors, {found} found, {:.2} s, coverage {:.2}, dropped {}",
            path.display(),
            truth.len(),
            begun.elapsed().as_secs_f64(),
            transcript.coverage.as_ref().map_or(1.0, domain::Coverage::share),
            transcript.dropped.len(),
        );
        print!("{}", transcript.labelled_text());
        println!();
        for dropped in &transcript.dropped {
            println!(
                "  dropped {:?} {:?} {:?}",
                dropped.reason, dropped.segment.avg_logprob, dropped.segment.text
            );
        }
        if let Some(coverage) = transcript.coverage.filter(|coverage| !coverage.gaps.is_empty()) {
            println!("  gaps {:?} incomplete {}", coverage.gaps, coverage.incomplete);
        }
        (all, all_errors, all_found) = (all + truth.len(), all_errors + errors, all_found + found);
    }
    println!("\n{options:?}");
    println!(
        "words {all}, WER {:.1} %, recall {:.3}",
        percent(all_errors, all),
        percent(all_found, all) / 100.0
    );
    println!(
        "one call after another: {:.1} s of sound in {:.1} s, RTF {:.3}",
        sound,
        took.as_secs_f64(),
        took.as_secs_f64() / sound
    );

    let audios = calls.iter().map(|(path, _)| look(path)).collect::<Anything<Vec<_>>>()?;
    let begun = Instant::now();
    try_join_all(
        audios.iter().map(|audio| async { whisper.transcribe(audio, &Hints::default(), &NoProgress).await }),
    )
    .await?;
    println!("all at once: RTF {:.3}", begun.elapsed().as_secs_f64() / sound);
    Ok(())
}

/// Recordings with the words that were spoken.
fn recordings(dir: &Path) -> Anything<Vec<(PathBuf, Vec<String>)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension == "json" || extension == "md") {
            continue;
        }
        let Ok(truth) = fs::read_to_string(path.with_extension("json")) else { continue };
        let truth: serde_json::Value = serde_json::from_str(&truth)?;
        let texts =
            truth["segments"].as_array().into_iter().flatten().filter_map(|segment| segment["text"].as_str());
        found.push((path, texts.flat_map(words).collect()));
    }
    found.sort();
    Ok(found)
}

fn look(path: &Path) -> Anything<CallAudio> {
    let survey = Arc::new(survey(path, &SurveyOptions::default())?);
    Ok(CallAudio {
        path: path.to_owned(),
        sha256: Sha256::new(path.display().to_string()),
        survey,
        operator: OperatorChannel::Left,
        reference: None,
    })
}

/// Lower case, ё = е, no punctuation, numbers spelled out: «48 тысяч» is «сорок восемь тысяч».
fn words(text: &str) -> Vec<String> {
    let plain: String = text
        .to_lowercase()
        .replace('ё', "е")
        .replace('%', " процентов")
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { ' ' })
        .collect();
    plain.split_whitespace().flat_map(spell).map(|word| fold(&word)).collect()
}

/// A number under a million in words; anything else as it is.
fn spell(word: &str) -> Vec<String> {
    const ONES: [&str; 20] = [
        "ноль",
        "один",
        "два",
        "три",
        "четыре",
        "пять",
        "шесть",
        "семь",
        "восемь",
        "девять",
        "десять",
        "одиннадцать",
        "двенадцать",
        "тринадцать",
        "четырнадцать",
        "пятнадцать",
        "шестнадцать",
        "семнадцать",
        "восемнадцать",
        "девятнадцать",
    ];
    const TENS: [&str; 10] = [
        "",
        "",
        "двадцать",
        "тридцать",
        "сорок",
        "пятьдесят",
        "шестьдесят",
        "семьдесят",
        "восемьдесят",
        "девяносто",
    ];
    let Ok(number) = word.parse::<u32>() else { return vec![word.to_owned()] };
    let mut out: Vec<String> = Vec::new();
    let (thousands, mut rest) = (number / 1000, number % 1000);
    if number >= 1_000_000 {
        return vec![word.to_owned()];
    }
    if thousands > 0 {
        out.extend(spell(&thousands.to_string()));
        out.push("тысяч".into());
    }
    if rest >= 100 {
        out.push(format!("{}сот", rest / 100));
        rest %= 100;
    }
    if rest >= 20 {
        out.push(TENS[rest as usize / 10].into());
        rest %= 10;
        if rest == 0 {
            return out;
        }
    }
    if rest > 0 || number == 0 {
        out.push(ONES[rest as usize].into());
    }
    out
}

/// Cases of numerals that digits cannot show.
fn fold(word: &str) -> String {
    let folded = match word {
        "десяти" => "десять",
        "двух" => "два",
        "шести" => "шесть",
        "двенадцати" => "двенадцать",
        other => other,
    };
    folded.to_owned()
}

/// Edits from what was said to what was heard, in words.
fn distance(said: &[String], heard: &[String]) -> usize {
    let mut row: Vec<usize> = (0..=heard.len()).collect();
    for (n, word) in said.iter().enumerate() {
        let mut corner = row[0];
        row[0] = n + 1;
        for (m, other) in heard.iter().enumerate() {
            let best = (corner + usize::from(word != other)).min(row[m] + 1).min(row[m + 1] + 1);
            corner = std::mem::replace(&mut row[m + 1], best);
        }
    }
    row[heard.len()]
}

/// Words said that were heard somewhere, each heard word counted once.
fn recalled(said: &[String], heard: &[String]) -> usize {
    let mut left: HashMap<&String, usize> = HashMap::new();
    for word in heard {
        *left.entry(word).or_default() += 1;
    }
    said.iter()
        .filter(|word| left.get_mut(word).is_some_and(|count| (*count > 0).then(|| *count -= 1).is_some()))
        .count()
}

#[expect(clippy::cast_precision_loss, reason = "counts of words")]
fn percent(part: usize, whole: usize) -> f64 {
    100.0 * part as f64 / whole.max(1) as f64
}

#[expect(clippy::cast_precision_loss, reason = "minutes of sound")]
fn seconds(ms: u64) -> f64 {
    ms as f64 / 1000.0
}

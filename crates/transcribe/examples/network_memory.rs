//! What an hour costs the machine: `cargo run --release -p transcribe --example network_memory`
//!
//! An hour of two voices goes to a provider in memory that answers after a while; printed are the time, the CPU time
//! of the survey before it apart, and by how much the process grew at its peak (Linux).
#![expect(clippy::print_stdout, reason = "a measurement talks to its user")]

use std::{path::Path, sync::Arc, time::Instant};

use async_trait::async_trait;
use domain::{Money, OperatorChannel, Sha256};
use openai_client::{OpenAiError, SpeechModel, SpeechReply, SpeechRequest, TranscriptionApi};
use transcribe::{CallAudio, Hints, NoProgress, OpenAiOptions, OpenAiTranscriber, Transcriber as _};

struct Provider(SpeechModel);

#[async_trait]
impl TranscriptionApi for Provider {
    fn model(&self) -> &SpeechModel {
        &self.0
    }

    async fn transcribe(&self, request: SpeechRequest) -> Result<SpeechReply, OpenAiError> {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        let text = "слово дело ".repeat(usize::try_from(request.duration_ms / 1000).unwrap_or(1).min(9));
        Ok(SpeechReply { text, segments: Vec::new(), cost: None, request_id: None })
    }

    fn price(&self, _: u64) -> Option<Money> {
        None
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("hour.wav");
    write_hour(&path)?;
    let survey = Arc::new(audio::survey(&path, &audio::SurveyOptions::default())?);
    let speech_s = survey.speech_ms() / 1000;
    let (sha256, operator) = (Sha256::new("hour"), OperatorChannel::Left);
    let call = CallAudio { path, sha256, survey, operator, reference: None };
    for timestamps in [true, false] {
        let (max_seconds, max_bytes) = (1390, 26_214_400);
        let (prompt, keywords, languages_list) = (true, false, false);
        let name = "fake".to_owned();
        let model =
            SpeechModel { name, timestamps, prompt, keywords, languages_list, max_seconds, max_bytes };
        let engine = OpenAiTranscriber::new(Arc::new(Provider(model)), OpenAiOptions::default());
        // the peak begins anew: proc(5), clear_refs
        std::fs::write("/proc/self/clear_refs", "5")?;
        let (before, begun) = (status("VmRSS:")?, Instant::now());
        engine.transcribe(&call, &Hints::default(), &NoProgress).await?;
        let grown = status("VmHWM:")?.saturating_sub(before);
        let took = begun.elapsed();
        println!("times {timestamps}: {speech_s} s of speech in {took:.1?}, {grown} kB more at the peak");
    }
    Ok(())
}

/// An hour of two voices, by repeating a call of the examples.
fn write_hour(path: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let call = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/calls/a_sale_objection.wav");
    let mut call = hound::WavReader::open(call)?;
    let (spec, samples) = (call.spec(), call.samples::<i16>().collect::<Result<Vec<_>, _>>()?);
    let mut writer = hound::WavWriter::create(path, spec)?;
    let hour = 3600 * usize::try_from(spec.sample_rate)? * usize::from(spec.channels);
    for sample in samples.iter().cycle().take(hour) {
        writer.write_sample(*sample)?;
    }
    Ok(writer.finalize()?)
}

/// A figure of this process, kB.
fn status(name: &str) -> Result<u64, Box<dyn std::error::Error>> {
    let all = std::fs::read_to_string("/proc/self/status")?;
    let line = all.lines().find_map(|line| line.strip_prefix(name)).ok_or("no such figure")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

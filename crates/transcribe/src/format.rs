//! A transcript as people and programs read it: plain text, JSON, subtitles.

use std::fmt::Write as _;

use domain::{Segment, Speaker, Transcript};
use serde::Serialize;

/// A form of a transcript.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// A line per segment, «Оператор: …»: reads back as a dialogue.
    #[default]
    Text,
    /// `{"engine","language","coverage","segments":[{"speaker","start_s","end_s","text"}]}`.
    Json,
    /// `SubRip` subtitles.
    Srt,
    /// `WebVTT` subtitles.
    Vtt,
}

impl Format {
    /// Reads `text`, `json`, `srt`, `vtt`.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "text" => Some(Self::Text),
            "json" => Some(Self::Json),
            "srt" => Some(Self::Srt),
            "vtt" => Some(Self::Vtt),
            _ => None,
        }
    }
}

/// Writes the transcript in this form. A typed dialogue has no times, so no subtitles.
pub fn format(transcript: &Transcript, format: Format) -> String {
    match format {
        Format::Text => {
            let mut text = transcript.labelled_text();
            if !text.is_empty() {
                text.push('\n');
            }
            text
        }
        Format::Json => json(transcript),
        Format::Srt => srt(transcript),
        Format::Vtt => vtt(transcript),
    }
}

#[derive(Serialize)]
struct JsonTranscript<'a> {
    engine: String,
    language: &'a str,
    /// 0–1, three digits; null where nothing was heard because it was typed
    coverage: Option<f64>,
    segments: Vec<JsonSegment<'a>>,
}

#[derive(Serialize)]
struct JsonSegment<'a> {
    speaker: Speaker,
    start_s: Option<f64>,
    end_s: Option<f64>,
    text: &'a str,
}

fn json(transcript: &Transcript) -> String {
    let object = JsonTranscript {
        engine: transcript.engine.to_string(),
        language: &transcript.language,
        coverage: transcript.coverage.as_ref().map(|coverage| (coverage.share() * 1000.0).round() / 1000.0),
        segments: transcript
            .segments
            .iter()
            .map(|segment| JsonSegment {
                speaker: segment.speaker,
                start_s: segment.start_ms.map(seconds),
                end_s: segment.end_ms.map(seconds),
                text: &segment.text,
            })
            .collect(),
    };
    // plain strings and finite numbers: cannot fail
    serde_json::to_string_pretty(&object).map(|text| text + "\n").unwrap_or_default()
}

fn srt(transcript: &Transcript) -> String {
    let mut out = String::new();
    for (number, (segment, start, end)) in (1..).zip(timed(transcript)) {
        let (start, end) = (clock(start, ','), clock(end, ','));
        let _ = writeln!(
            out,
            "{number}\n{start} --> {end}\n{}{}\n",
            label(segment.speaker),
            one_line(&segment.text)
        );
    }
    out
}

fn vtt(transcript: &Transcript) -> String {
    let mut out = String::from("WEBVTT\n\n");
    for (segment, start, end) in timed(transcript) {
        let text = one_line(&segment.text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let voice = match segment.speaker {
            Speaker::Operator => "<v Оператор>",
            Speaker::Client => "<v Клиент>",
            Speaker::Unknown => "",
        };
        let _ = writeln!(out, "{} --> {}\n{voice}{text}\n", clock(start, '.'), clock(end, '.'));
    }
    out
}

fn timed(transcript: &Transcript) -> impl Iterator<Item = (&Segment, u64, u64)> {
    transcript.segments.iter().filter_map(|segment| Some((segment, segment.start_ms?, segment.end_ms?)))
}

/// An unknown speaker gets no label: every line would carry the same one.
fn label(speaker: Speaker) -> &'static str {
    match speaker {
        Speaker::Operator => "Оператор: ",
        Speaker::Client => "Клиент: ",
        Speaker::Unknown => "",
    }
}

/// An empty line would end the subtitle.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `hh:mm:ss,mmm`.
fn clock(ms: u64, point: char) -> String {
    let (s, m, h) = (ms / 1000 % 60, ms / 60_000 % 60, ms / 3_600_000);
    format!("{h:02}:{m:02}:{s:02}{point}{:03}", ms % 1000)
}

#[expect(clippy::cast_precision_loss, reason = "a recording's ms are far below 2^53")]
fn seconds(ms: u64) -> f64 {
    ms as f64 / 1000.0
}

#[cfg(test)]
mod tests {
    use domain::{Coverage, EngineName};

    use super::*;

    fn transcript() -> Transcript {
        let segment = |speaker, start, end, text: &str| Segment {
            speaker,
            channel: 0,
            start_ms: Some(start),
            end_ms: Some(end),
            text: text.into(),
            avg_logprob: None,
            words: Vec::new(),
        };
        Transcript {
            engine: EngineName { engine: "whisper-local".into(), model: "base".into() },
            language: "ru".into(),
            segments: vec![
                segment(Speaker::Operator, 600, 3750, "Добрый день."),
                segment(Speaker::Client, 3_725_042, 3_726_000, "Цена <5 & --> дорого"),
            ],
            dropped: Vec::new(),
            coverage: Some(Coverage { speech_ms: 3, covered_ms: 2, gaps: Vec::new(), incomplete: true }),
            metrics: None,
            cost: None,
        }
    }

    #[test]
    fn text_is_a_labelled_line_per_segment() {
        let text = format(&transcript(), Format::Text);
        assert_eq!(text, "Оператор: Добрый день.\nКлиент: Цена <5 & --> дорого\n");
    }

    #[test]
    fn json_is_the_documented_object() {
        let value: serde_json::Value = serde_json::from_str(&format(&transcript(), Format::Json)).unwrap();
        assert_eq!(
            value,
            serde_json::json!({
                "engine": "whisper-local/base", "language": "ru", "coverage": 0.667,
                "segments": [
                    {"speaker": "operator", "start_s": 0.6, "end_s": 3.75, "text": "Добрый день."},
                    {"speaker": "client", "start_s": 3725.042, "end_s": 3726.0, "text": "Цена <5 & --> дорого"},
                ],
            })
        );
    }

    #[test]
    fn subtitles_number_time_and_escape() {
        let srt = format(&transcript(), Format::Srt);
        assert!(
            srt.starts_with("1\n00:00:00,600 --> 00:00:03,750\nОператор: Добрый день.\n\n2\n01:02:05,042"),
            "{srt}"
        );
        let vtt = format(&transcript(), Format::Vtt);
        assert!(
            vtt.starts_with("WEBVTT\n\n00:00:00.600 --> 00:00:03.750\n<v Оператор>Добрый день.\n\n"),
            "{vtt}"
        );
        assert!(vtt.contains("<v Клиент>Цена &lt;5 &amp; --&gt; дорого"), "{vtt}");
    }

    #[test]
    fn a_typed_dialogue_has_no_subtitles_but_text_and_json() {
        let mut typed = transcript();
        for segment in &mut typed.segments {
            (segment.start_ms, segment.end_ms) = (None, None);
        }
        typed.coverage = None;
        assert_eq!(format(&typed, Format::Srt), "");
        assert!(format(&typed, Format::Json).contains("\"coverage\": null"));
    }
}

//! `zvonar transcribe FILE…`: words of recordings, without making calls of them.

use std::path::Path;

use serde_json::Value;
use transcribe::Format;

use crate::args::TranscribeArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::progress::FileBar;
use crate::session::Session;
use crate::terminal::Tone;
use crate::texts::t;

pub(super) async fn transcribe(args: TranscribeArgs, session: Session) -> Result<Exit, Failure> {
    let format = Format::parse(&args.format).unwrap_or_default();
    let terminal = &session.terminal;
    let several = args.files.len() > 1;
    if several && matches!(format, Format::Srt | Format::Vtt) {
        return Err(Failure::usage(
            t!(terminal.texts, "subtitles-one-file"),
            t!(terminal.texts, "subtitles-one-file-hint"),
        ));
    }
    if let Some(path) = args.files.iter().find(|path| !path.exists()) {
        return Err(Failure::usage(
            t!(terminal.texts, "run-path-missing", path = path.display().to_string()),
            t!(terminal.texts, "run-path-missing-hint"),
        ));
    }
    if let Some(warning) = session.app.engines().inexact {
        terminal.warn(&warning);
    }
    let mut exit = Exit::Good;
    let mut documents = Vec::new();
    for file in &args.files {
        match one(file, &session).await {
            Ok(transcript) => {
                let text = transcribe::format(&transcript, format);
                if format == Format::Json {
                    documents.push(document(&text, several.then_some(file.as_path())));
                } else {
                    if several {
                        terminal.print(&terminal.paint(Tone::Strong, &format!("# {}", file.display())))?;
                    }
                    terminal.print(&text)?;
                }
            }
            Err(failure) if failure.exit == Exit::Trouble => {
                failure.say(terminal);
                exit = Exit::Trouble;
            }
            Err(failure) => return Err(failure),
        }
    }
    // one file gives its object, several an array of objects with `file`
    match (several, documents.pop()) {
        (false, Some(document)) => terminal.print_json(&document)?,
        (true, Some(last)) => {
            documents.push(last);
            terminal.print_json(&Value::Array(documents))?;
        }
        (_, None) => {}
    }
    Ok(exit)
}

async fn one(file: &Path, session: &Session) -> Result<domain::Transcript, Failure> {
    let name = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy().into_owned();
    let bar = FileBar::new(session.terminal, &name);
    let done = session.app.transcribe_file(file, &bar).await;
    bar.clear();
    let done = done?;
    if let Some(coverage) = done.transcript.coverage.as_ref().filter(|coverage| coverage.incomplete) {
        let texts = session.terminal.texts;
        let share = crate::wording::percent(texts, coverage.share());
        session.terminal.warn(&t!(texts, "transcript-incomplete", name = name, share = share));
    }
    Ok(done.transcript)
}

fn document(text: &str, file: Option<&Path>) -> Value {
    let mut document: Value = serde_json::from_str(text).unwrap_or_default();
    if let (Some(file), Some(object)) = (file, document.as_object_mut()) {
        object.insert("file".to_owned(), file.display().to_string().into());
    }
    document
}

//! `zvonar model …`: the Whisper models of this machine.

use domain::Lang;
use serde_json::json;
use transcribe::models::{ModelError, ModelInfo, ModelState};

use crate::args::ModelCommand;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::progress::ByteBar;
use crate::session::Session;
use crate::table::{Cell, Column, render};
use crate::terminal::{Sign, Tone};
use crate::texts::{Texts, t};
use crate::wording;

pub(super) async fn model(args: ModelCommand, session: Session) -> Result<Exit, Failure> {
    match args {
        ModelCommand::List { json } => list(json, &session),
        ModelCommand::Pull { name } => pull(&name, &session).await,
        ModelCommand::Import { path, name } => import(&path, name.as_deref(), &session).await,
        ModelCommand::Verify { name } => verify(name.as_deref(), &session).await,
    }
}

fn list(json: bool, session: &Session) -> Result<Exit, Failure> {
    let terminal = &session.terminal;
    let texts = terminal.texts;
    let chosen = &session.app.config().model;
    let models = session.app.models().list().map_err(|error| failure(texts, &error))?;
    if json {
        let list: Vec<_> = models.iter().map(|model| model_json(model, chosen)).collect();
        terminal.print_json(&json!({ "models": list }))?;
        return Ok(Exit::Good);
    }
    let columns = [
        Column::new(t!(texts, "column-model")),
        Column::new(t!(texts, "column-state")),
        Column::new(t!(texts, "column-size")).right(),
        Column::new(t!(texts, "column-note")).elastic(12, usize::MAX),
    ];
    let rows: Vec<Vec<Cell>> = models
        .iter()
        .map(|model| {
            let own = model.name == *chosen;
            let mut note: Vec<String> = own.then(|| t!(texts, "model-chosen")).into_iter().collect();
            note.extend(model.entry.map(|entry| entry.note(texts.lang).to_owned()));
            vec![
                Cell::toned(&model.name, own.then_some(Tone::Strong)),
                Cell::toned(state_words(texts, model.state), state_tone(model.state)),
                wording::bytes(texts, model.bytes).into(),
                note.join("; ").into(),
            ]
        })
        .collect();
    terminal.print(&render(terminal, &columns, &rows))?;
    Ok(Exit::Good)
}

fn model_json(model: &ModelInfo, chosen: &str) -> serde_json::Value {
    json!({
        "name": model.name,
        "state": match model.state {
            ModelState::Absent => "absent",
            ModelState::Verified => "verified",
            ModelState::Unverified => "unverified",
            ModelState::Damaged => "damaged",
        },
        "bytes": model.bytes,
        "sha256": model.sha256,
        "path": model.path.as_ref().map(|path| path.display().to_string()),
        "chosen": model.name == chosen,
        "note": model.entry.map(|entry| entry.note(Lang::Ru)),
    })
}

fn state_words(texts: Texts, state: ModelState) -> String {
    match state {
        ModelState::Absent => t!(texts, "model-absent"),
        ModelState::Verified => t!(texts, "model-verified"),
        ModelState::Unverified => t!(texts, "model-unverified"),
        ModelState::Damaged => t!(texts, "model-damaged"),
    }
}

const fn state_tone(state: ModelState) -> Option<Tone> {
    match state {
        ModelState::Absent => Some(Tone::Quiet),
        ModelState::Verified => None,
        ModelState::Unverified => Some(Tone::Warn),
        ModelState::Damaged => Some(Tone::Bad),
    }
}

async fn pull(name: &str, session: &Session) -> Result<Exit, Failure> {
    let terminal = session.terminal;
    let http = session.app.http()?;
    let bar = ByteBar::new(terminal, name);
    let progress = |done: u64, of: Option<u64>| bar.advanced(done, of);
    let pulled = session.app.models().pull(name, &http, &progress).await;
    bar.clear();
    installed(&pulled.map_err(|error| failure(terminal.texts, &error))?, session)
}

async fn import(path: &std::path::Path, name: Option<&str>, session: &Session) -> Result<Exit, Failure> {
    let texts = session.terminal.texts;
    session.terminal.say(&t!(texts, "model-importing", path = path.display().to_string()));
    let imported = session.app.models().import(path, name).await;
    installed(&imported.map_err(|error| failure(texts, &error))?, session)
}

/// What has come in and how to use it.
fn installed(model: &ModelInfo, session: &Session) -> Result<Exit, Failure> {
    let terminal = &session.terminal;
    let texts = terminal.texts;
    let size = wording::bytes(texts, model.bytes);
    let line = t!(
        texts,
        "model-installed",
        name = model.name.clone(),
        size = size,
        state = state_words(texts, model.state)
    );
    let mut out = format!("{} {line}\n", terminal.sign(Sign::Good));
    if model.name != session.app.config().model {
        out.push_str(&t!(texts, "model-use", name = model.name.clone()));
        out.push('\n');
    }
    terminal.print(&out)?;
    Ok(Exit::Good)
}

async fn verify(name: Option<&str>, session: &Session) -> Result<Exit, Failure> {
    let terminal = &session.terminal;
    let texts = terminal.texts;
    let models = session.app.models();
    let names: Vec<String> = if let Some(name) = name {
        vec![name.to_owned()]
    } else {
        let all = models.list().map_err(|error| failure(texts, &error))?;
        all.into_iter().filter(|model| model.state != ModelState::Absent).map(|model| model.name).collect()
    };
    if names.is_empty() {
        return Err(Failure::trouble(t!(texts, "model-none")).hint("zvonar model pull base"));
    }
    let mut exit = Exit::Good;
    for name in names {
        match models.verify(&name).await {
            Ok(model) => {
                let line =
                    format!("{} {name}: {}", terminal.sign(Sign::Good), state_words(texts, model.state));
                terminal.print(&line)?;
            }
            Err(error) => {
                failure(texts, &error).say(terminal);
                exit = Exit::Trouble;
            }
        }
    }
    Ok(exit)
}

/// The error in the person's language.
fn failure(texts: Texts, error: &ModelError) -> Failure {
    app::model_error(texts.lang, error).into()
}

//! `zvonar config …`: works without opening anything.

use app::{AppError, ConfigInput};
use serde_json::json;

use crate::args::ConfigCommand;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::loaded;
use crate::table::{Cell, Column, render};
use crate::terminal::{Sign, Terminal, Tone};
use crate::texts::t;
use crate::wording;

/// The file that `init` writes.
const FILE: &str = "zvonar.toml";

/// From this width on the names in the environment are shown.
const ROOMY: usize = 100;

pub(super) fn config(args: &ConfigCommand, input: &ConfigInput, terminal: Terminal) -> Result<Exit, Failure> {
    match args {
        ConfigCommand::Init { force } => init(*force, input, &terminal),
        ConfigCommand::Show { json } => show(*json, input, terminal),
        ConfigCommand::Check => check(input, terminal),
    }
}

fn init(force: bool, input: &ConfigInput, terminal: &Terminal) -> Result<Exit, Failure> {
    let texts = terminal.texts;
    let path = input.cwd.join(input.file.clone().unwrap_or_else(|| FILE.into()));
    let shown = path.display().to_string();
    let failed = |error: std::io::Error| {
        Failure::trouble(t!(
            texts,
            "file-not-written",
            path = shown.clone(),
            reason = wording::io_error(texts, &error)
        ))
    };
    let text = app::example_toml(texts.lang);
    if force {
        std::fs::write(&path, text).map_err(failed)?;
    } else {
        let made = std::fs::OpenOptions::new().write(true).create_new(true).open(&path);
        let mut file = match made {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                return Err(Failure::usage(
                    t!(texts, "config-exists", path = shown),
                    "zvonar config init --force",
                ));
            }
            made => made.map_err(failed)?,
        };
        std::io::Write::write_all(&mut file, text.as_bytes()).map_err(failed)?;
    }
    terminal.print(&t!(texts, "config-written", path = shown))?;
    Ok(Exit::Good)
}

fn show(json: bool, input: &ConfigInput, terminal: Terminal) -> Result<Exit, Failure> {
    let loaded = loaded(input, &terminal)?;
    let terminal = terminal.in_language(loaded.config.lang);
    let texts = terminal.texts;
    let shown = loaded.shown();
    if json {
        let keys: Vec<_> = shown
            .iter()
            .map(|key| json!({ "key": key.key, "env": key.env, "value": key.value, "origin": key.origin, "doc": key.doc }))
            .collect();
        let files: Vec<_> = loaded.files.iter().map(|file| file.display().to_string()).collect();
        terminal.print_json(&json!({ "settings": keys, "files": files, "warnings": loaded.warnings }))?;
        return Ok(Exit::Good);
    }
    let mut columns = vec![
        Column::new(t!(texts, "column-key")),
        Column::new(t!(texts, "column-value")).elastic(12, 48),
        Column::new(t!(texts, "column-origin")).elastic(12, 40),
    ];
    // the names in the environment follow from the keys: they are the first to go
    let roomy = terminal.out.width >= ROOMY;
    if roomy {
        columns.push(Column::new(t!(texts, "column-environment")).elastic(8, usize::MAX));
    }
    let rows: Vec<Vec<Cell>> = shown
        .iter()
        .map(|key| {
            let own = key.origin != "default";
            let value = if key.value.is_empty() { terminal.sign(Sign::Dash) } else { &key.value };
            let mut row = vec![
                Cell::toned(key.key, own.then_some(Tone::Strong)),
                value.into(),
                Cell::toned(origin(&terminal, &key.origin), (!own).then_some(Tone::Quiet)),
            ];
            if roomy {
                row.push(Cell::toned(key.env, Some(Tone::Quiet)));
            }
            row
        })
        .collect();
    terminal.print(&render(&terminal, &columns, &rows))?;
    for warning in &loaded.warnings {
        terminal.warn(warning);
    }
    Ok(Exit::Good)
}

/// Files are called by their path, the other origins by a word.
fn origin(terminal: &Terminal, origin: &str) -> String {
    match origin {
        "default" => t!(terminal.texts, "origin-default"),
        "environment" => t!(terminal.texts, "origin-environment"),
        "flag" => t!(terminal.texts, "origin-flag"),
        file => file.to_owned(),
    }
}

fn check(input: &ConfigInput, terminal: Terminal) -> Result<Exit, Failure> {
    let loaded = loaded(input, &terminal)?;
    let terminal = terminal.in_language(loaded.config.lang);
    for warning in &loaded.warnings {
        terminal.warn(warning);
    }
    let (wrong, missing) = app::check_parts(&loaded.config);
    for AppError { message, hint, .. } in &missing {
        terminal.warn(&format!("{message}\n  {} {hint}", terminal.sign(Sign::Arrow)));
    }
    let told: Vec<Failure> = wrong.into_iter().map(Failure::from).collect();
    for failure in &told {
        failure.say(&terminal);
    }
    if !told.is_empty() || !loaded.warnings.is_empty() {
        return Ok(Exit::Usage);
    }
    let files: Vec<_> = loaded.files.iter().map(|file| file.display().to_string()).collect();
    let line = if files.is_empty() {
        t!(terminal.texts, "config-good-no-files")
    } else {
        t!(terminal.texts, "config-good", files = files.join(", "))
    };
    terminal.print(&format!("{} {line}", terminal.sign(Sign::Good)))?;
    Ok(Exit::Good)
}

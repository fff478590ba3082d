//! The project's own commands: `cargo xtask demo | test | docs | bench`.
//!
//! Plain Rust with two small dependencies, so that it compiles in seconds on a fresh machine; all
//! heavier work is done by the programs that it builds and starts.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "telling what happens is what it is for")]
#![expect(clippy::disallowed_methods, reason = "it reads the environment and waits; nothing is built on it")]

mod bench;
mod closing;
mod demo;
mod docs;
mod model;
mod node;
mod process;
mod production;
mod project;
mod python;
mod shipping;
mod suite;
mod tools;

use std::process::ExitCode;

use anyhow::Result;

use crate::project::Project;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let project = Project::here();
    match dispatch(&project, &arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("\n{}: {error:#}", project.say("ошибка", "error"));
            ExitCode::FAILURE
        }
    }
}

fn dispatch(project: &Project, arguments: &[String]) -> Result<ExitCode> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["demo"] => demo::demo(project),
        ["demo", "--production"] => production::demo(project, false),
        ["demo", "--production", "--keep"] => production::demo(project, true),
        ["test", flags @ ..] => suite::test(project, flags),
        ["docs"] => docs::write(project),
        ["docs", "--check"] => docs::check(project),
        ["bench", name, flags @ ..] => bench::bench(project, name, flags),
        ["help" | "--help" | "-h"] => {
            println!("{}", usage(project));
            Ok(ExitCode::SUCCESS)
        }
        _ => {
            eprintln!("{}", usage(project));
            Ok(ExitCode::from(2))
        }
    }
}

fn usage(project: &Project) -> &'static str {
    project.say(
        "cargo xtask demo                          собрать, взять модель, оценить examples/calls, показать таблицу\n\
         cargo xtask demo --production [--keep]    месяц звонков от UIS до Google Таблицы, без ключей\n\
         cargo xtask test [--only ШАГ…] [--list]   все проверки; --keep-going не останавливается на первой неудаче, --full: пути в полный рост\n\
         cargo xtask docs [--check]                записать docs/CLI.md и docs/CONFIGURATION.md\n\
         cargo xtask bench audio|stt|pipeline|store|web\n\
         \nZVONAR_LANG=en: in English",
        "cargo xtask demo                          build, get the model, score examples/calls, show the table\n\
         cargo xtask demo --production [--keep]    a month of calls from UIS to a Google Sheet, without keys\n\
         cargo xtask test [--only STEP…] [--list]  every check; --keep-going does not stop at the first failure, --full: journeys at full size\n\
         cargo xtask docs [--check]                write docs/CLI.md and docs/CONFIGURATION.md\n\
         cargo xtask bench audio|stt|pipeline|store|web\n\
         \nZVONAR_LANG=ru: in Russian",
    )
}

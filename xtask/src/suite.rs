//! `cargo xtask test`: every check there is; CI calls this and nothing else.
//!
//! Cheap steps all run, so that one look shows all that is off; the dear ones stop at the first
//! failure. Everything is built in one profile with one set of features: nothing is built twice.

use std::env;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::docs;
use crate::model;
use crate::node;
use crate::process;
use crate::project::Project;
use crate::shipping;
use crate::tools::{Tools, apt};

/// What a step needs to work.
struct Bench<'a> {
    project: &'a Project,
    tools: Tools,
    nextest: bool,
    /// Journeys in worlds of full size.
    full: bool,
}

/// How a step ended well.
enum Ended {
    Passed,
    /// Not run, and why.
    Skipped(&'static str),
}

type Work = fn(&Bench<'_>) -> Result<Ended>;

struct Step {
    name: &'static str,
    russian: &'static str,
    english: &'static str,
    cheap: bool,
    work: Work,
}

const STEPS: &[Step] = &[
    Step {
        name: "format", russian: "форматирование", english: "formatting", cheap: true, work: format
    },
    Step {
        name: "deny",
        russian: "лицензии и запреты (cargo-deny, если есть)",
        english: "licences and bans (cargo-deny, if there)",
        cheap: true,
        work: deny,
    },
    Step {
        name: "lint",
        russian: "clippy без единого предупреждения",
        english: "clippy without a single warning",
        cheap: false,
        work: lint,
    },
    Step {
        name: "build",
        russian: "сборка всего",
        english: "building everything",
        cheap: false,
        work: build,
    },
    Step {
        name: "docs",
        russian: "docs/CLI.md и docs/CONFIGURATION.md свежие",
        english: "docs/CLI.md and docs/CONFIGURATION.md are fresh",
        cheap: false,
        work: pages,
    },
    Step {
        name: "unit", russian: "тесты крейтов", english: "tests of the crates", cheap: false, work: unit
    },
    Step {
        name: "doctest",
        russian: "примеры из документации",
        english: "examples of the documentation",
        cheap: false,
        work: doctest,
    },
    Step {
        name: "rustdoc",
        russian: "документация без предупреждений",
        english: "documentation without warnings",
        cheap: false,
        work: rustdoc,
    },
    Step {
        name: "scenarios",
        russian: "сценарии звонков под Node",
        english: "telephone scenarios under Node",
        cheap: true,
        work: scenarios,
    },
    Step {
        name: "shipping",
        russian: "Dockerfile, его сценарии, compose.yaml",
        english: "the Dockerfile, its scripts, compose.yaml",
        cheap: true,
        work: shipping,
    },
    Step {
        name: "journeys",
        russian: "от начала до конца, с настоящим Whisper",
        english: "end to end, with the real Whisper",
        cheap: false,
        work: journeys,
    },
    Step {
        name: "browser",
        russian: "страницы в Chromium",
        english: "the pages in Chromium",
        cheap: false,
        work: browser,
    },
];

struct Flags<'a> {
    only: Vec<&'a str>,
    full: bool,
    list: bool,
    keep_going: bool,
}

fn flags<'a>(words: &[&'a str]) -> Result<Flags<'a>> {
    let mut flags = Flags { only: Vec::new(), full: false, list: false, keep_going: false };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match *word {
            "--list" => flags.list = true,
            "--full" => flags.full = true,
            "--keep-going" => flags.keep_going = true,
            "--only" => match words.next() {
                Some(name) if STEPS.iter().any(|step| step.name == *name) => flags.only.push(name),
                name => bail!("--only {name:?}: cargo xtask test --list"),
            },
            other => bail!("{other}: cargo xtask help"),
        }
    }
    Ok(flags)
}

/// Runs the steps and prints a table of them.
///
/// # Errors
/// Wrong flags, or tools that are missing and cannot be installed.
pub(crate) fn test(project: &Project, words: &[&str]) -> Result<ExitCode> {
    let flags = flags(words)?;
    if flags.list {
        for step in STEPS {
            println!("{:<10}{}", step.name, project.say(step.russian, step.english));
        }
        return Ok(ExitCode::SUCCESS);
    }
    let tools = Tools::ensure(project)?;
    println!("{}", tools.summary);
    let nextest = process::answer("cargo", &["nextest", "--version"]).is_some();
    let bench = Bench { project, tools, nextest, full: flags.full };
    let chosen = STEPS.iter().filter(|step| flags.only.is_empty() || flags.only.contains(&step.name));
    let mut results: Vec<(&Step, Duration, Result<Ended>)> = Vec::new();
    for step in chosen {
        let failed = results.iter().any(|(_, _, result)| result.is_err());
        if failed && !step.cheap && !flags.keep_going {
            continue;
        }
        println!("\n── {} · {}", step.name, project.say(step.russian, step.english));
        let begun = Instant::now();
        let result = (step.work)(&bench);
        if let Err(error) = &result {
            eprintln!("{error:#}");
        }
        results.push((step, begun.elapsed(), result));
    }
    Ok(conclude(project, &results))
}

fn conclude(project: &Project, results: &[(&Step, Duration, Result<Ended>)]) -> ExitCode {
    println!();
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    for (step, took, result) in results {
        let word = match result {
            Ok(Ended::Passed) => {
                passed += 1;
                project.say("пройдено", "passed").to_owned()
            }
            Ok(Ended::Skipped(why)) => {
                skipped += 1;
                format!("{} ({why})", project.say("пропущено", "skipped"))
            }
            Err(_) => {
                failed += 1;
                project.say("НЕ ПРОЙДЕНО", "FAILED").to_owned()
            }
        };
        println!("{:<10}{:>14}  {word}", step.name, project.time(*took));
    }
    let unreached = STEPS.len() - results.len();
    if failed > 0 && unreached > 0 {
        println!("{}: {unreached}", project.say("не дошли до шагов", "steps not reached"));
    }
    println!("\nsteps: {passed} passed, {failed} failed, {skipped} skipped");
    if failed > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn passed(command: &mut Command) -> Result<Ended> {
    process::run(command).map(|()| Ended::Passed)
}

impl Bench<'_> {
    fn cargo(&self, arguments: &[&str]) -> Command {
        let mut cargo = self.tools.cargo(self.project);
        cargo.args(arguments);
        cargo
    }
}

fn format(bench: &Bench<'_>) -> Result<Ended> {
    passed(&mut bench.cargo(&["fmt", "--all", "--check"]))
}

fn deny(bench: &Bench<'_>) -> Result<Ended> {
    if process::answer("cargo", &["deny", "--version"]).is_none() {
        // package `tests` holds the same lists over cargo metadata
        return Ok(Ended::Skipped("cargo-deny: no such tool here; house_rules.rs holds the same lists"));
    }
    passed(&mut bench.cargo(&["deny", "--offline", "check", "bans", "licenses", "sources"]))
}

fn lint(bench: &Bench<'_>) -> Result<Ended> {
    passed(&mut bench.cargo(&["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]))
}

fn build(bench: &Bench<'_>) -> Result<Ended> {
    passed(&mut bench.cargo(&["build", "--workspace", "--all-targets", "--locked"]))
}

fn pages(bench: &Bench<'_>) -> Result<Ended> {
    docs::compare(bench.project).map(|()| Ended::Passed)
}

fn unit(bench: &Bench<'_>) -> Result<Ended> {
    server_of_tests(bench.project)?;
    passed(&mut if bench.nextest {
        bench.cargo(&[
            "nextest",
            "run",
            "--workspace",
            "--locked",
            "--no-fail-fast",
            "-E",
            "not package(tests)",
        ])
    } else {
        bench.cargo(&[
            "test",
            "--workspace",
            "--exclude",
            "tests",
            "--locked",
            "--no-fail-fast",
            "--all-targets",
        ])
    })
}

/// PostgreSQL's programs for the tests of the shared database, which start a server of their own.
fn server_of_tests(project: &Project) -> Result<()> {
    let there = || {
        let kept = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
        let debian = kept.into_iter().any(|version| version.path().join("bin/initdb").exists());
        debian || process::answer("initdb", &["--version"]).is_some()
    };
    if !there() {
        apt(project, "postgresql");
    }
    if !there() {
        bail!("{}\n  apt-get install postgresql", project.say("нужен PostgreSQL", "PostgreSQL is needed"));
    }
    Ok(())
}

fn doctest(bench: &Bench<'_>) -> Result<Ended> {
    passed(&mut bench.cargo(&["test", "--doc", "--workspace", "--locked"]))
}

fn rustdoc(bench: &Bench<'_>) -> Result<Ended> {
    // with --examples, because then cargo picks the features that everything else was checked with
    let mut doc =
        bench.cargo(&["doc", "--no-deps", "--workspace", "--lib", "--bins", "--examples", "--locked"]);
    passed(doc.env("RUSTDOCFLAGS", "-D warnings"))
}

/// Package `tests`: the rules of the house, and the built program against recordings.
fn journeys(bench: &Bench<'_>) -> Result<Ended> {
    server_of_tests(bench.project)?;
    let zvonar = bench.project.target(&format!("debug/zvonar{}", env::consts::EXE_SUFFIX));
    let model = model::ensure(bench.project, &zvonar)?;
    let mut tests = if bench.nextest {
        bench.cargo(&["nextest", "run", "--workspace", "--locked", "--no-fail-fast", "-E", "package(tests)"])
    } else {
        bench.cargo(&["test", "--package", "tests", "--locked", "--no-fail-fast"])
    };
    if bench.full {
        tests.env("ZVONAR_TEST_FULL", "1");
    }
    passed(tests.env("ZVONAR_BIN", zvonar).env("ZVONAR_TEST_MODEL", model))
}

fn scenarios(bench: &Bench<'_>) -> Result<Ended> {
    node::scenarios(bench.project).map(|()| Ended::Passed)
}

fn shipping(bench: &Bench<'_>) -> Result<Ended> {
    shipping::check(bench.project).map(|()| Ended::Passed)
}

fn browser(bench: &Bench<'_>) -> Result<Ended> {
    node::browser(bench.project).map(|()| Ended::Passed)
}

//! Local speech against faster-whisper: the same weights, beam and threads; errors beside speed.

use std::fs;
use std::process::Command;

use anyhow::Result;

use super::example;
use crate::demo;
use crate::model;
use crate::process;
use crate::project::Project;
use crate::python;

/// Prints it.
pub(super) fn bench(project: &Project) -> Result<()> {
    let zvonar = demo::build(project)?;
    let model = model::ensure(project, &zvonar)?;
    let weights = model::weights(project)?;
    let program = example(project, "stt_bench")?;
    let python = python::environment(project, &["faster-whisper"])?;
    let place = project.target("bench/stt");
    fs::create_dir_all(&place)?;
    let ours = place.join("ours.jsonl");
    let calls = project.root().join("examples/calls");
    println!("whisper.cpp q8_0");
    let heard = process::output(Command::new(program).arg(model).arg(&calls), &[0])?;
    fs::write(&ours, heard)?;
    println!("faster-whisper int8");
    let script = project.root().join("xtask/bench/stt.py");
    process::run(Command::new(python).arg(script).arg(weights).arg(calls).arg(ours).arg(place))
}

//! The last words of the demo: the best and the worst call with a quote, and how to go on.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::model;
use crate::process;
use crate::project::Project;

/// Prints them.
///
/// # Errors
/// When `zvonar` cannot say what it stored.
pub(crate) fn tell(project: &Project, zvonar: &Path, took: Duration) -> Result<()> {
    let listed = process::output(model::command(project, zvonar).args(["calls", "list", "--json"]), &[0])?;
    let listed: Value = serde_json::from_str(&listed).context("zvonar calls list --json")?;
    let mut scored: Vec<(f64, &Value)> = listed["calls"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|call| Some((call["analysis"]["total_score"].as_f64()?, call)))
        .collect();
    scored.sort_by(|a, b| a.0.total_cmp(&b.0));
    println!();
    if let (Some((best, call)), true) = (scored.last(), scored.len() > 1) {
        one(project.say("Лучший звонок", "The best call"), *best, call, &["met", "partly"]);
    }
    if let Some((worst, call)) = scored.first() {
        one(project.say("Худший звонок", "The worst call"), *worst, call, &["not_met", "partly"]);
    }
    let (zvonar, data) = (project.short(zvonar), project.short(&model::data_dir(project)));
    let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    println!(
        "\n{}: {}   {opener} report.xlsx\n{}:\n  export ZVONAR_DATA_DIR=\"$PWD/{data}\"\n  {zvonar} serve                   # http://127.0.0.1:8000/\n  {zvonar} calls search \"дорого\"\n  {zvonar} run {} --report my.xlsx\n  {zvonar} model pull small        {}\n  {zvonar} --help\n\n{} {}",
        project.say("Отчёт", "Report"),
        project.root().join("report.xlsx").display(),
        project.say("Дальше", "Next"),
        project.say("ВАША_ПАПКА", "YOUR_FOLDER"),
        project.say("# слова точнее; затем ZVONAR_MODEL=small", "# better words; then ZVONAR_MODEL=small"),
        project.say("Всего:", "All in all:"),
        project.time(took),
    );
    Ok(())
}

fn one(title: &str, score: f64, call: &Value, verdicts: &[&str]) {
    let name = call["recording"]["name"].as_str().or(call["external_id"].as_str()).unwrap_or_default();
    println!("{title}: {score:.0}/100  {name}");
    let Some((criterion, quote, start)) = proof(call, verdicts) else { return };
    let seconds = Duration::try_from_secs_f64(start).unwrap_or_default().as_secs();
    println!("  {criterion}: «{quote}» {}:{:02}", seconds / 60, seconds % 60);
}

/// The first verdict of these kinds that has a checked quote: the weightiest criterion wins.
fn proof<'a>(call: &'a Value, verdicts: &[&str]) -> Option<(&'a str, &'a str, f64)> {
    let criteria = call["analysis"]["criteria"].as_array()?;
    let quoted = criteria.iter().filter_map(|criterion| {
        let verdict = criterion["verdict"].as_str()?;
        let rank = verdicts.iter().position(|wanted| *wanted == verdict)?;
        let evidence = criterion["evidence"].as_array()?.iter().find(|one| one["verified"] == true)?;
        let shown =
            (criterion["title"].as_str()?, evidence["quote"].as_str()?, evidence["start_s"].as_f64()?);
        Some((rank, criterion["weight"].as_f64().unwrap_or(0.0), shown))
    });
    quoted.min_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1))).map(|(_, _, shown)| shown)
}

//! `zvonar sandbox`: UIS, a model provider and Google on one port of this machine, none of them real.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use domain::{Clock as _, SystemClock};
use sandbox::{Latency, Sandbox, SandboxOptions};
use tokio_util::sync::CancellationToken;

use crate::args::SandboxArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::stop::Stop;
use crate::terminal::Terminal;
use crate::texts::t;

pub(super) async fn sandbox(args: SandboxArgs, terminal: &Terminal, asked: &Stop) -> Result<Exit, Failure> {
    let texts = terminal.texts;
    // models think, the others only answer
    let thought = Duration::from_millis(args.latency);
    let answer = thought / 10;
    let options = SandboxOptions {
        bind: args.bind,
        calls: args.calls,
        days: args.days,
        seed: args.seed,
        latency: Latency { uis: answer, media: answer, speech: thought, chat: thought, google: answer },
        ..SandboxOptions::new(SystemClock.now())
    };
    let world = Sandbox::start(options)
        .await
        .map_err(|error| Failure::trouble(error.to_string()).hint(t!(texts, "sandbox-bind-hint")))?;
    let mut environment = world.environment();
    environment.extend(world.notice_environment());
    if let Some(path) = &args.env_file {
        write_env(path, &environment).map_err(|error| {
            Failure::trouble(t!(
                texts,
                "file-not-written",
                path = path.display().to_string(),
                reason = error.to_string()
            ))
        })?;
    }
    let lines = environment.iter().fold(String::new(), |mut text, (name, value)| {
        let _ = writeln!(text, "export {name}={}", quoted(value));
        text
    });
    terminal.print(&lines)?;
    terminal.say(&t!(
        texts,
        "sandbox-runs",
        url = world.base_url().to_string(),
        sheet = sheet_page(world.base_url().as_str(), &environment)
    ));
    // ends when a person says so; whatever is under way is not real
    let stop = CancellationToken::new();
    asked.gently(&stop, stop.cancelled()).await?;
    world.shutdown().await;
    Ok(Exit::Good)
}

/// Where the sheet is seen as a person sees it.
fn sheet_page(base: &str, environment: &[(String, String)]) -> String {
    let id = environment.iter().find(|(name, _)| name == "GOOGLE_SHEET_ID").map_or("", |(_, id)| id.as_str());
    format!("{}/google/sheet/{id}", base.trim_end_matches('/'))
}

fn write_env(path: &Path, environment: &[(String, String)]) -> std::io::Result<()> {
    let lines: Vec<String> = environment.iter().map(|(name, value)| format!("{name}=\"{value}\"")).collect();
    std::fs::write(path, lines.join("\n") + "\n")
}

/// For a shell: a path may hold spaces.
fn quoted(value: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+=,".contains(c);
    if !value.is_empty() && value.chars().all(plain) {
        value.to_owned()
    } else {
        format!("'{}'", value.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_survive_a_shell() {
        assert_eq!(quoted("http://127.0.0.1:8077/uis/v2.0"), "http://127.0.0.1:8077/uis/v2.0");
        assert_eq!(quoted("/tmp/a b/it's"), r"'/tmp/a b/it'\''s'");
    }
}

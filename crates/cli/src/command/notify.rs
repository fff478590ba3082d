//! `zvonar notify test`: whether people would hear.

use serde_json::json;

use crate::args::NotifyCommand;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;
use crate::terminal::{Sign, Tone};
use crate::texts::t;

pub(super) async fn notify(args: NotifyCommand, session: Session) -> Result<Exit, Failure> {
    let NotifyCommand::Test { json } = args;
    let terminal = &session.terminal;
    let texts = terminal.texts;
    let trials = session.app.notify_test().await?;
    if trials.is_empty() {
        return Err(Failure::usage(t!(texts, "notify-nowhere"), t!(texts, "notify-nowhere-hint")));
    }
    let failed = trials.iter().any(|trial| trial.outcome.is_err());
    let refused = trials.iter().any(|trial| trial.outcome.as_ref().is_err_and(|error| error.refused));
    if json {
        let lines = trials.iter().map(|trial| {
            json!({
                "channel": trial.channel, "to": trial.place, "sent": trial.outcome.is_ok(),
                "error": trial.outcome.as_ref().err().map(|error| json!({
                    "code": error.code, "message": error.message, "hint": error.hint,
                })),
            })
        });
        terminal.print_json(&json!({ "channels": lines.collect::<Vec<_>>() }))?;
    } else {
        for trial in &trials {
            let line = match &trial.outcome {
                Ok(()) => {
                    let sign = terminal.sign(Sign::Good);
                    t!(
                        texts,
                        "notify-sent",
                        sign = sign,
                        channel = trial.channel,
                        place = trial.place.clone()
                    )
                }
                Err(error) => {
                    let sign = terminal.paint(Tone::Bad, terminal.sign(Sign::Bad));
                    t!(texts, "notify-failed", sign = sign, channel = trial.channel, why = error.to_string())
                }
            };
            terminal.print(&format!("{line}\n"))?;
        }
    }
    Ok(match (failed, refused) {
        (_, true) => Exit::Refused,
        (true, false) => Exit::Trouble,
        (false, false) => Exit::Good,
    })
}

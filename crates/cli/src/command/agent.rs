//! `zvonar agent …`: talking to a persona by text, the persons there are.

use std::fmt::Write as _;
use std::io::{BufRead as _, Write as _};

use app::{App, TalkEnd};

use crate::args::AgentCommand;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::talk_line;
use crate::session::Session;
use crate::terminal::{Terminal, Tone};
use crate::texts::t;

pub(super) async fn agent(args: AgentCommand, session: Session) -> Result<Exit, Failure> {
    match args {
        AgentCommand::Talk { persona } => {
            talk(&session.app, &session.terminal, persona.as_deref()).await?;
        }
        AgentCommand::List => list(&session.app, &session.terminal)?,
    }
    Ok(Exit::Good)
}

fn list(app: &App, terminal: &Terminal) -> Result<(), Failure> {
    let (personas, wrong) = app.personas();
    let mut lines = String::new();
    for one in personas.all() {
        let _ = writeln!(lines, "{:<24}{} — {}", one.id, one.title, one.company);
    }
    terminal.print(&lines)?;
    for error in wrong {
        terminal.warn(&error.to_string());
    }
    Ok(())
}

/// A line a turn; an empty line is silence, the end of the input hangs up.
async fn talk(app: &App, terminal: &Terminal, persona: Option<&str>) -> Result<(), Failure> {
    let texts = terminal.texts;
    let mut talk = app.text_talk(persona).await?;
    terminal.say(&t!(texts, "agent-begins", title = talk.title().to_owned(), mind = talk.mind().to_owned()));
    let robot = t!(texts, "speaker-robot");
    let print =
        |who: Option<&str>, words: &str| terminal.print(&talk_line(terminal, who, words, "", Tone::Accent));
    print(Some(&robot), talk.greeting())?;
    loop {
        let Some(line) = typed(terminal, t!(texts, "speaker-client-prompt")).await? else { return Ok(()) };
        let (mut failed, mut who) = (None, Some(robot.as_str()));
        let reply = talk
            .say(&line, |words| {
                if let Err(error) = print(who.take(), words) {
                    failed = Some(error);
                }
            })
            .await;
        if let Some(error) = failed {
            return Err(error);
        }
        terminal.say(&terminal.paint_err(
            Tone::Quiet,
            &t!(texts, "agent-took", ms = reply.took_ms, source = reply.source.clone()),
        ));
        match reply.end {
            None => {}
            Some(TalkEnd::HungUp) => {
                terminal.say(&t!(texts, "agent-hung-up"));
                return Ok(());
            }
            Some(TalkEnd::Transferred(to)) => {
                terminal.say(&t!(texts, "agent-transferred", phone = to));
                return Ok(());
            }
        }
    }
}

/// What a person types; nothing at the end of the input.
async fn typed(terminal: &Terminal, prompt: String) -> Result<Option<String>, Failure> {
    let asks = terminal.err.tty;
    let read = tokio::task::spawn_blocking(move || {
        if asks {
            let mut err = std::io::stderr().lock();
            let _ = write!(err, "{prompt} ").and_then(|()| err.flush());
        }
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).map(|read| (read > 0).then(|| line.trim().to_owned()))
    });
    let read = read.await.map_err(|lost| Failure::trouble(lost.to_string()))?;
    read.map_err(|error| Failure::trouble(format!("stdin: {error}")))
}

//! One file per command; here they are chosen, run and ended.

mod agent;
mod analyze;
mod backup;
mod calls;
mod campaign;
mod completions;
mod config;
mod doctor;
mod migrate;
mod model;
mod notify;
mod queue;
mod report;
mod retention;
mod rubric;
mod run;
mod sandbox;
mod schedule;
mod serve;
mod sheet;
mod transcribe;
mod uis;
mod user;
mod voximplant;
mod worker;

use app::{ConfigInput, StopRequests};

use crate::args::{Cli, Command, Global, VoximplantCommand};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::help;
use crate::session::Settings;
use crate::stop::Stop;
use crate::terminal::Terminal;

/// What is logged beside a talk on the screen.
const QUIET: &str = "warn,whisper_rs=off,http_client=error";

/// Runs the command to its end.
pub(crate) fn perform(cli: Cli, mut input: ConfigInput, terminal: Terminal) -> Exit {
    flags(&cli.global, &cli.command, &mut input);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            Failure::trouble(error.to_string()).say(&terminal);
            return Exit::Trouble;
        }
    };
    let ended = runtime.block_on(async {
        let requests = StopRequests::listen().map_err(|error| Failure::trouble(error.to_string()))?;
        let stop = Stop::new(requests);
        stop.ends(Box::pin(command(cli, &input, terminal, stop.clone()))).await
    });
    // a decoder in the middle of its work must not hold the exit: its work is kept in the queue
    runtime.shutdown_background();
    ended.unwrap_or_else(|failure| {
        failure.say(&terminal);
        failure.exit
    })
}

/// Flags that are settings.
fn flags(global: &Global, command: &Command, input: &mut ConfigInput) {
    input.file.clone_from(&global.config);
    if let Some(lang) = &global.lang {
        input.flags.push(("lang", lang.clone()));
    }
    let talks = matches!(command, Command::Agent(_) | Command::Voximplant(_));
    match global.verbose {
        // the talk itself is shown: its lines in the log would stand between
        0 if talks && !input.env.contains_key("ZVONAR_LOG") => input.flags.push(("log", QUIET.to_owned())),
        0 => {}
        1 => input.flags.push(("log", "info".to_owned())),
        _ => input.flags.push(("log", "debug".to_owned())),
    }
    if let Command::Run(args) = command
        && let Some(jobs) = args.jobs
    {
        input.flags.push(("jobs", jobs.to_string()));
    }
}

async fn command(cli: Cli, input: &ConfigInput, terminal: Terminal, stop: Stop) -> Result<Exit, Failure> {
    match cli.command {
        Command::Completions(args) => completions::completions(&args, &terminal),
        Command::Reference => terminal.print(&help::reference(&terminal)).map(|()| Exit::Good),
        Command::Config(args) => config::config(&args, input, terminal),
        Command::Doctor(args) => doctor::doctor(args, input, terminal).await,
        Command::Sandbox(args) => sandbox::sandbox(args, &terminal, &stop).await,
        Command::Voximplant(VoximplantCommand::Call(args)) if args.sandbox => {
            Box::pin(voximplant::call_in_sandbox(args, input, terminal, stop)).await
        }
        command => {
            let settings = Settings::load(input, terminal, stop)?;
            match command {
                Command::Run(args) if args.dry_run => run::preview(args, settings.look().await?).await,
                Command::Run(args) => run::run(args, settings.open().await?, cli.global.verbose > 0).await,
                Command::Transcribe(args) => transcribe::transcribe(args, settings.open().await?).await,
                Command::Analyze(args) => analyze::analyze(args, settings.open().await?).await,
                Command::Calls(args) => {
                    calls::calls(args, settings.open().await?, cli.global.verbose > 0).await
                }
                Command::Queue(args) => queue::queue(args, settings.open().await?).await,
                Command::Rubric(args) => Box::pin(rubric::rubric(args, settings)).await,
                Command::Model(args) => model::model(args, settings.open().await?).await,
                Command::Serve(args) => Box::pin(serve::serve(args, settings.open_to_stay().await?)).await,
                Command::Backup(args) => Box::pin(backup::backup(args, settings.open().await?)).await,
                Command::Retention(args) => {
                    Box::pin(retention::retention(args, settings.open().await?)).await
                }
                Command::Worker(args) => Box::pin(worker::worker(args, settings.open_to_stay().await?)).await,
                Command::Schedule(args) => Box::pin(schedule::schedule(args, settings.open().await?)).await,
                Command::Notify(args) => Box::pin(notify::notify(args, settings.look().await?)).await,
                Command::Report(args) => Box::pin(report::report(args, settings.open().await?)).await,
                Command::Migrate(args) => Box::pin(migrate::migrate(args, settings)).await,
                Command::User(args) => user::user(args, settings.open().await?).await,
                Command::Voximplant(args) => {
                    Box::pin(voximplant::voximplant(args, settings.open().await?)).await
                }
                Command::Agent(args) => Box::pin(agent::agent(args, settings.open().await?)).await,
                Command::Uis(args) => uis::uis(args, settings.look().await?).await,
                Command::Sheet(args) => sheet::sheet(args, settings.open().await?).await,
                Command::Completions(_)
                | Command::Reference
                | Command::Config(_)
                | Command::Doctor(_)
                | Command::Sandbox(_) => Ok(Exit::Good),
            }
        }
    }
}

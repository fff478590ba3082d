//! The commands and their flags. No help texts here: `help.rs` hangs them on from the Fluent files.

mod calls;
mod hours;
mod machines;
mod users;
mod voice;
mod window;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand};
use clap_complete::Shell;

pub(crate) use calls::{
    CallsCommand, EraseArgs, ExportArgs, FilterArgs, ListArgs, ReceiptsArgs, RescoreArgs, SearchArgs,
    ShowArgs, rubric_id,
};
pub(crate) use hours::{NotifyCommand, ReportCommand, ScheduleAddArgs, ScheduleCommand, WeeklyArgs};
pub(crate) use machines::{BackupArgs, MigrateArgs, RetentionCommand, WorkerArgs};
pub(crate) use users::{AccountArgs, ServeArgs, UserCommand};
pub(crate) use voice::{AgentCommand, CallArgs, CampaignArgs, VoximplantCommand};
pub(crate) use window::{RubricArgs, WindowArgs};

use crate::terminal::ColorChoice;

/// The whole line.
#[derive(Debug, Parser)]
#[command(name = "zvonar", version, disable_help_flag = true, disable_version_flag = true)]
#[command(disable_help_subcommand = true, subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(Debug, Clone, Args)]
#[command(next_display_order = 900)]
pub(crate) struct Global {
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    #[arg(long, global = true, value_name = "LANG", value_parser = ["ru", "en"])]
    pub(crate) lang: Option<String>,
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub(crate) color: ColorChoice,
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(crate) verbose: u8,
    #[arg(short, long, global = true, action = ArgAction::HelpShort)]
    help: Option<bool>,
    #[arg(short = 'V', long, action = ArgAction::Version)]
    version: Option<bool>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Run(RunArgs),
    Transcribe(TranscribeArgs),
    Analyze(AnalyzeArgs),
    #[command(subcommand)]
    Calls(CallsCommand),
    #[command(subcommand)]
    Queue(QueueCommand),
    #[command(subcommand)]
    Rubric(RubricCommand),
    #[command(subcommand)]
    Model(ModelCommand),
    #[command(subcommand)]
    Uis(UisCommand),
    #[command(subcommand)]
    Sheet(SheetCommand),
    #[command(subcommand)]
    Voximplant(VoximplantCommand),
    #[command(subcommand)]
    Agent(AgentCommand),
    Serve(ServeArgs),
    Worker(WorkerArgs),
    #[command(subcommand)]
    Schedule(ScheduleCommand),
    #[command(subcommand)]
    Notify(NotifyCommand),
    #[command(subcommand)]
    Report(ReportCommand),
    #[command(subcommand)]
    User(UserCommand),
    Migrate(MigrateArgs),
    Backup(BackupArgs),
    #[command(subcommand)]
    Retention(RetentionCommand),
    Doctor(DoctorArgs),
    #[command(subcommand)]
    Config(ConfigCommand),
    Sandbox(SandboxArgs),
    Completions(CompletionsArgs),
    /// All help as one page: `docs/CLI.md` is made of it.
    #[command(hide = true)]
    Reference,
}

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    #[arg(long, value_name = "NAME", value_parser = ["folder", "uis", "voximplant"])]
    pub(crate) source: Option<String>,
    #[command(flatten)]
    pub(crate) window: WindowArgs,
    #[command(flatten)]
    pub(crate) rubric: RubricArgs,
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Vec<PathBuf>,
    #[arg(long)]
    pub(crate) sheet: bool,
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<usize>,
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) jobs: Option<u16>,
    #[arg(long, value_name = "SUM", allow_hyphen_values = true)]
    pub(crate) max_cost: Option<String>,
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct TranscribeArgs {
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = ["text", "json", "srt", "vtt"])]
    pub(crate) format: String,
}

#[derive(Debug, Args)]
pub(crate) struct AnalyzeArgs {
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) rubric: RubricArgs,
    #[arg(long)]
    pub(crate) json: bool,
}

/// The stages of the queue, as they are named in it.
const STAGES: [&str; 4] = ["fetch", "transcribe", "analyze", "deliver"];

#[derive(Debug, Subcommand)]
pub(crate) enum QueueCommand {
    List {
        #[arg(long)]
        json: bool,
    },
    Retry(RetryArgs),
    Pause {
        #[arg(value_name = "STAGE", value_parser = STAGES)]
        stage: String,
    },
    Resume {
        #[arg(value_name = "STAGE", value_parser = STAGES)]
        stage: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct RetryArgs {
    #[arg(long, value_name = "STAGE", value_parser = STAGES)]
    pub(crate) stage: Option<String>,
    #[arg(long, value_name = "ID")]
    pub(crate) call: Option<String>,
    #[arg(long)]
    pub(crate) all: bool,
    /// What another engine or model has heard, or nobody could hear, is heard again.
    #[arg(long, conflicts_with_all = ["stage", "call", "all"])]
    pub(crate) speech: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RubricCommand {
    List {
        #[arg(long)]
        json: bool,
    },
    Show {
        #[arg(value_name = "ID")]
        rubric: String,
        #[arg(long)]
        toml: bool,
    },
    Check {
        #[arg(value_name = "FILE", required = true)]
        files: Vec<PathBuf>,
        #[arg(long)]
        json: bool,
    },
    Test(RubricTestArgs),
    FromPrompt {
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct RubricTestArgs {
    #[arg(value_name = "ID|FILE")]
    pub(crate) rubric: String,
    #[command(flatten)]
    pub(crate) window: WindowArgs,
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub(crate) limit: usize,
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ModelCommand {
    List {
        #[arg(long)]
        json: bool,
    },
    Pull {
        #[arg(value_name = "NAME")]
        name: String,
    },
    Import {
        #[arg(value_name = "PATH")]
        path: PathBuf,
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
    },
    Verify {
        #[arg(value_name = "NAME")]
        name: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum UisCommand {
    Check {
        #[arg(long)]
        json: bool,
    },
    Calls {
        #[command(flatten)]
        window: WindowArgs,
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: usize,
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum SheetCommand {
    Init {
        #[arg(long, value_name = "TITLE")]
        create: Option<String>,
        #[command(flatten)]
        rubric: RubricArgs,
    },
    Check {
        #[command(flatten)]
        rubric: RubricArgs,
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
pub(crate) struct SandboxArgs {
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8077")]
    pub(crate) bind: SocketAddr,
    #[arg(long, value_name = "N", default_value_t = 500)]
    pub(crate) calls: usize,
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=365))]
    pub(crate) days: u32,
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pub(crate) latency: u64,
    #[arg(long, value_name = "FILE")]
    pub(crate) env_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    Init {
        #[arg(long)]
        force: bool,
    },
    Show {
        #[arg(long)]
        json: bool,
    },
    Check,
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    #[arg(value_name = "SHELL", value_enum)]
    pub(crate) shell: Shell,
}

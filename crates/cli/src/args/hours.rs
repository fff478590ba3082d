//! `zvonar schedule`, `zvonar notify`, `zvonar report`.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Args, Subcommand};

use super::RubricArgs;

#[derive(Debug, Subcommand)]
pub(crate) enum ScheduleCommand {
    List {
        #[arg(long)]
        json: bool,
    },
    Add(ScheduleAddArgs),
    RunNow {
        #[arg(value_name = "NAME")]
        name: String,
    },
    Pause {
        #[arg(value_name = "NAME")]
        name: String,
    },
    Resume {
        #[arg(value_name = "NAME")]
        name: String,
    },
    Remove {
        #[arg(value_name = "NAME")]
        name: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ScheduleAddArgs {
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    #[arg(value_name = "CRON")]
    pub(crate) cron: String,
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    #[arg(long, value_name = "ZONE")]
    pub(crate) zone: Option<String>,
    #[arg(long, value_name = "SPAN")]
    pub(crate) last: Option<String>,
    #[command(flatten)]
    pub(crate) rubric: RubricArgs,
    /// Mails the reports of the week before instead of asking for calls.
    #[arg(long, conflicts_with_all = ["paths", "last", "rubric", "mode"])]
    pub(crate) weekly: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum NotifyCommand {
    Test {
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ReportCommand {
    Weekly(WeeklyArgs),
}

#[derive(Debug, Args)]
pub(crate) struct WeeklyArgs {
    #[arg(long, value_name = "ID")]
    pub(crate) manager: Option<String>,
    #[arg(long, value_name = "DATE")]
    pub(crate) week: Option<NaiveDate>,
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: Option<PathBuf>,
    #[arg(long)]
    pub(crate) mail: bool,
    #[arg(long)]
    pub(crate) json: bool,
}

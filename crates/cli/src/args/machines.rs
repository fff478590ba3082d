//! `zvonar worker`, `zvonar migrate`, `zvonar backup`, `zvonar retention`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::STAGES;

#[derive(Debug, Args)]
pub(crate) struct WorkerArgs {
    #[arg(long, value_name = "STAGES", value_delimiter = ',', value_parser = STAGES)]
    pub(crate) stages: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct MigrateArgs {
    #[arg(value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct BackupArgs {
    #[arg(value_name = "FOLDER")]
    pub(crate) folder: PathBuf,
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RetentionCommand {
    Run {
        #[arg(long)]
        dry_run: bool,
        #[arg(long)]
        json: bool,
    },
}

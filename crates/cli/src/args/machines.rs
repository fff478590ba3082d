//! `zvonar worker`, `zvonar migrate`.

use std::path::PathBuf;

use clap::Args;

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

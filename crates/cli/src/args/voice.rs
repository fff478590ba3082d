//! `zvonar voximplant …`, `zvonar agent …`.

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum VoximplantCommand {
    Deploy {
        #[arg(long)]
        dry_run: bool,
        #[arg(long)]
        inbound: bool,
        #[arg(short, long)]
        yes: bool,
    },
    Call(CallArgs),
    Status {
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
pub(crate) struct CallArgs {
    #[arg(value_name = "PHONE")]
    pub(crate) phone: String,
    #[arg(long, value_name = "ID")]
    pub(crate) persona: Option<String>,
    #[arg(long, value_name = "MODE", value_parser = ["turns", "realtime"])]
    pub(crate) dialog: Option<String>,
    #[arg(long)]
    pub(crate) sandbox: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AgentCommand {
    Talk {
        #[arg(long, value_name = "ID")]
        persona: Option<String>,
    },
    List,
}

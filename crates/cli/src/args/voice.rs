//! `zvonar voximplant …`, `zvonar agent …`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum VoximplantCommand {
    Deploy {
        #[arg(long)]
        dry_run: bool,
        #[arg(long)]
        inbound: bool,
        #[arg(long)]
        callbacks: bool,
        #[arg(short, long)]
        yes: bool,
    },
    Call(CallArgs),
    Status {
        #[arg(long)]
        json: bool,
    },
    Campaign(CampaignArgs),
}

#[derive(Debug, Args)]
pub(crate) struct CampaignArgs {
    #[arg(value_name = "FILE")]
    pub(crate) leads: PathBuf,
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    #[arg(long, value_name = "ID")]
    pub(crate) persona: Option<String>,
    #[arg(long, value_name = "MODE", value_parser = ["turns", "realtime"])]
    pub(crate) dialog: Option<String>,
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    #[arg(long, value_name = "NAME")]
    pub(crate) phone_column: Option<String>,
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=200))]
    pub(crate) lines: u16,
    #[command(flatten)]
    pub(crate) whom: WhomArgs,
    #[arg(long, value_name = "SUM", allow_hyphen_values = true)]
    pub(crate) max_cost: Option<String>,
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[arg(long)]
    pub(crate) pause: bool,
    #[arg(long)]
    pub(crate) json: bool,
}

/// Who is rung again, and when.
#[derive(Debug, Args)]
pub(crate) struct WhomArgs {
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=8))]
    pub(crate) attempts: u32,
    #[arg(long, value_name = "TIME", default_value = "20m")]
    pub(crate) after_busy: String,
    #[arg(long, value_name = "TIME", default_value = "2h")]
    pub(crate) after_no_answer: String,
    #[arg(long, value_name = "TIME", default_value = "4h")]
    pub(crate) after_machine: String,
    #[arg(long)]
    pub(crate) again: bool,
    #[arg(long)]
    pub(crate) no_wait: bool,
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

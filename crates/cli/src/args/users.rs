//! `zvonar user …`, `zvonar serve`.

use std::net::SocketAddr;

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) bind: Option<SocketAddr>,
}

/// Whose rights.
#[derive(Debug, Args)]
pub(crate) struct AccountArgs {
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    #[arg(long, value_name = "ROLE", value_parser = ["admin", "supervisor", "manager", "integration"])]
    pub(crate) role: String,
    #[arg(long, value_name = "ID")]
    pub(crate) manager_id: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    Add(AccountArgs),
    List {
        #[arg(long)]
        json: bool,
    },
    Password {
        #[arg(value_name = "NAME")]
        name: String,
    },
    Remove {
        #[arg(value_name = "NAME")]
        name: String,
    },
    Token(AccountArgs),
}

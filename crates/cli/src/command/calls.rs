//! `zvonar calls …`: what is known already.

mod erase;
mod export;
mod list;
mod receipts;
mod rescore;
mod search;
mod show;

use crate::args::CallsCommand;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;

pub(super) async fn calls(args: CallsCommand, session: Session, logging: bool) -> Result<Exit, Failure> {
    match args {
        CallsCommand::List(args) => list::list(&args, &session).await,
        CallsCommand::Show(args) => show::show(&args, &session).await,
        CallsCommand::Search(args) => search::search(&args, &session).await,
        CallsCommand::Export(args) => export::export(&args, &session).await,
        CallsCommand::Rescore(args) => rescore::rescore(&args, &session, logging).await,
        CallsCommand::Erase(args) => erase::erase(&args, &session).await,
        CallsCommand::Receipts(args) => receipts::receipts(&args, &session).await,
    }
}

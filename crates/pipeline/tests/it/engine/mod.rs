//! The engine on fakes: what is done once, what is tried again, what survives.

mod bench;
mod delivering;
mod discovering;
mod intake;
mod money;
mod outcomes;
mod resuming;
mod serving;
mod trouble;

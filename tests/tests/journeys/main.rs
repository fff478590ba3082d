//! The built program on real recordings, as a stranger uses it.

mod commands;
mod folders;
mod scoring;
mod surviving;

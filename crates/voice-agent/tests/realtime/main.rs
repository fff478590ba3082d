//! Calls in real time over a telephone and a model in memory, on virtual time.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests")]

mod crowd;
mod faults;
mod functions;
mod limits;
mod rig;
mod talk;

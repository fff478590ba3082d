//! The simulated telephone: an invented client on a line of this machine, so that a robot can be tried
//! without a number, a key or money.
//!
//! The client's phrases are recordings that ship with the program, so the client is really heard in the
//! call's recording; so is the robot in the fixed texts of the personas that ship. Other words of the
//! robot are silence of their length.

mod line;
mod script;
mod tape;
mod voices;

pub(crate) use line::{Exchange, SimulatedTelephone};
pub(crate) use tape::Recorder;

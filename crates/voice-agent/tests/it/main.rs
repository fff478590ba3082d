//! AI calls from outside: the engine of turns and the desk, over doubles of every port.

#![expect(clippy::unwrap_used, reason = "helpers of tests are no test functions themselves")]

mod house;

mod campaign;
mod desk;
mod events;
mod faults;
mod logging;
mod manners;
mod many;
mod memory;
mod parts;
mod repeats;

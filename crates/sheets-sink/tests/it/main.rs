//! The sink over the double of Google, without a socket: time is virtual.

mod access;
mod contract;
mod delivery;
mod faults;
mod layout;
mod people;
mod refusals;
mod stage;
mod wire;

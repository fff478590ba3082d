//! The sandbox over real sockets, its world and its ear.

mod world;

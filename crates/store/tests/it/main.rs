//! The SQLite store, from outside.

mod sqlite;

//! Examples only: `cargo run -p examples --example embed -- examples/calls`.

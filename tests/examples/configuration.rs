//! Prints `docs/CONFIGURATION.md`; `cargo xtask docs` writes it.
#![expect(clippy::print_stdout, reason = "printing is what it is for")]

fn main() {
    print!("{}", app::configuration_markdown());
}

//! The settings on paper, as `cargo xtask docs` writes them: `configuration markdown|toml|env`.
#![expect(clippy::print_stdout, reason = "printing is what it is for")]

use std::process::ExitCode;

use domain::Lang;

fn main() -> ExitCode {
    let page = std::env::args().nth(1).unwrap_or_default();
    let text = match page.as_str() {
        "markdown" => app::configuration_markdown(),
        "toml" => app::example_toml(Lang::Ru),
        "env" => app::example_env(Lang::Ru),
        _ => return ExitCode::from(2),
    };
    print!("{text}");
    ExitCode::SUCCESS
}

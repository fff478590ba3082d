//! The program `zvonar-server` itself, before it serves.

use std::process::{Command, Output};

fn called_with(lang: &str, argument: &str) -> Output {
    let empty = tempfile::tempdir().unwrap();
    Command::new(env!("CARGO_BIN_EXE_zvonar-server"))
        .arg(argument)
        .env_clear()
        .env("ZVONAR_LANG", lang)
        .env("ZVONAR_DATA_DIR", empty.path())
        // whatever it took for an order to serve would end here
        .env("ZVONAR_BIND", "256.0.0.1:0")
        .current_dir(empty.path())
        .output()
        .unwrap()
}

#[test]
fn help_and_version_are_printed_and_nothing_is_served() {
    for (lang, word) in [("ru", "Использование"), ("en", "Usage")] {
        let help = called_with(lang, "--help");
        let said = String::from_utf8(help.stdout).unwrap();
        assert!(
            help.status.success() && said.contains(word) && said.contains("zvonar serve --help"),
            "{said}"
        );
    }
    let version = called_with("ru", "--version");
    assert_eq!(version.stdout, format!("zvonar-server {}\n", env!("CARGO_PKG_VERSION")).into_bytes());
}

#[test]
fn an_unknown_argument_ends_with_two_and_one_line_that_says_what_to_do() {
    let refused = called_with("ru", "--bind=0.0.0.0:8000");
    let said = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(2), "{said}");
    assert!(said.contains("--bind=0.0.0.0:8000") && said.contains("zvonar serve"), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(refused.stdout.is_empty());
}

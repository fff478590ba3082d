//! What `zvonar-server` was called with. It has no flags of its own: settings come from the environment,
//! and whoever wants flags takes `zvonar serve`. A flag that is not known must not start a service.

use std::ffi::OsString;

use chrono::DateTime;
use domain::Lang;

use crate::pages::Words;

/// What the line asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// Nothing but to serve.
    Serve,
    /// This text, on stdout.
    Text(String),
    /// Something that it has not: why, in one line.
    Unknown(String),
}

impl Asked {
    /// Reads the arguments after the program's name.
    pub fn read(arguments: impl IntoIterator<Item = OsString>, lang: Lang) -> Self {
        let t = Words::new(lang, chrono_tz::UTC, DateTime::UNIX_EPOCH);
        let arguments: Vec<String> =
            arguments.into_iter().map(|argument| argument.to_string_lossy().into_owned()).collect();
        let one_of = |names: [&str; 2]| arguments.iter().any(|argument| names.contains(&argument.as_str()));
        let unknown = arguments
            .iter()
            .find(|argument| !["-h", "--help", "-V", "--version"].contains(&argument.as_str()));
        match unknown {
            None if arguments.is_empty() => Self::Serve,
            None if one_of(["-h", "--help"]) => Self::Text(t.say("program-help")),
            None => Self::Text(format!("zvonar-server {}", env!("CARGO_PKG_VERSION"))),
            Some(unknown) => Self::Unknown(t.put("program-unknown", "argument", unknown)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(line: &str, lang: Lang) -> Asked {
        Asked::read(line.split_whitespace().map(OsString::from), lang)
    }

    #[test]
    fn nothing_but_an_empty_line_starts_the_service() {
        assert_eq!(asked("", Lang::Ru), Asked::Serve);
        for line in ["serve", "--bind 0.0.0.0:8000", "--help-me", "--help --bind 1"] {
            let Asked::Unknown(why) = asked(line, Lang::Ru) else { panic!("{line} is served") };
            assert!(why.contains("zvonar serve") && !why.contains('\n'), "{why}");
        }
    }

    #[test]
    fn help_and_version_are_told_in_both_languages() {
        for (lang, word) in [(Lang::Ru, "Настройки"), (Lang::En, "Settings")] {
            let Asked::Text(help) = asked("--help", lang) else { panic!("no help") };
            for part in [word, "ZVONAR_BIND", "docs/CONFIGURATION.md", "zvonar serve --help"] {
                assert!(help.contains(part), "{part} is not in {help}");
            }
        }
        let version = format!("zvonar-server {}", env!("CARGO_PKG_VERSION"));
        assert_eq!(asked("-V", Lang::En), Asked::Text(version));
    }
}

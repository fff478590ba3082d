//! Reads the command line; says what is wrong with it in the person's language.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, Error, FromArgMatches as _};

use crate::args::Cli;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::help;
use crate::terminal::Terminal;
use crate::texts::t;

/// The parsed line; help, version and mistakes are told here and end the program.
pub(crate) fn parse(arguments: &[OsString], terminal: &Terminal) -> Result<Cli, Exit> {
    let mut command = help::command(terminal);
    let arguments = &help_asked(arguments);
    let parsed =
        command.try_get_matches_from_mut(arguments).and_then(|matches| Cli::from_arg_matches(&matches));
    parsed.map_err(|error| tell(&error, &command, arguments, terminal))
}

/// `zvonar help run` is what many type for `zvonar run --help`.
fn help_asked(arguments: &[OsString]) -> Vec<OsString> {
    let mut asked = arguments.to_vec();
    if asked.get(1).is_some_and(|word| word == "help") {
        asked.remove(1);
        asked.push("--help".into());
    }
    asked
}

fn tell(error: &Error, command: &Command, arguments: &[OsString], terminal: &Terminal) -> Exit {
    let rendered = || {
        let styled = error.render();
        if terminal.out.color { styled.ansi().to_string() } else { styled.to_string() }
    };
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => match terminal.print(&rendered()) {
            Ok(()) => Exit::Good,
            Err(failure) => failure.exit,
        },
        // nothing was asked: the help is the answer, but a script must see that it did nothing
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            terminal.say(rendered().trim_end());
            Exit::Usage
        }
        _ => {
            explained(error, &spoken_command(command, arguments), terminal).say(terminal);
            Exit::Usage
        }
    }
}

/// The mistake and the way out.
fn explained(error: &Error, command: &str, terminal: &Terminal) -> Failure {
    let texts = terminal.texts;
    let said = |kind| context(error, kind);
    let arg = said(ContextKind::InvalidArg);
    let value = said(ContextKind::InvalidValue);
    let message = match error.kind() {
        ErrorKind::InvalidValue if value.is_empty() => t!(texts, "usage-no-value", arg = arg),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            t!(texts, "usage-invalid-value", arg = arg, value = value)
        }
        ErrorKind::UnknownArgument => t!(texts, "usage-unknown-argument", arg = arg),
        ErrorKind::InvalidSubcommand => {
            t!(texts, "usage-unknown-command", name = said(ContextKind::InvalidSubcommand))
        }
        ErrorKind::ArgumentConflict => {
            let other = said(ContextKind::PriorArg);
            if other.is_empty() || other == arg {
                t!(texts, "usage-twice", arg = arg)
            } else {
                t!(texts, "usage-conflict", arg = arg, other = other)
            }
        }
        ErrorKind::MissingRequiredArgument => t!(texts, "usage-missing", args = arg),
        ErrorKind::MissingSubcommand => t!(texts, "usage-missing-command"),
        ErrorKind::TooManyValues
        | ErrorKind::TooFewValues
        | ErrorKind::WrongNumberOfValues
        | ErrorKind::NoEquals => {
            t!(texts, "usage-number-of-values", arg = arg)
        }
        ErrorKind::InvalidUtf8 => t!(texts, "usage-invalid-utf8"),
        _ => error.to_string(),
    };
    let suggested =
        [ContextKind::SuggestedValue, ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand]
            .map(said)
            .into_iter()
            .find(|text| !text.is_empty());
    let valid =
        Some(said(ContextKind::ValidValue)).filter(|values| !values.is_empty()).or_else(|| reason(error));
    let hints: Vec<String> = [
        suggested.map(|suggested| t!(texts, "usage-did-you-mean", name = suggested)),
        valid.map(|values| t!(texts, "usage-valid", values = values)),
    ]
    .into_iter()
    .flatten()
    .collect();
    let hint = match hints.as_slice() {
        [] => t!(texts, "usage-more", command = command.to_owned()),
        hints => hints.join(" "),
    };
    Failure::usage(message, hint)
}

/// What our own parsers of values have said: the values that they take.
fn reason(error: &Error) -> Option<String> {
    let source = std::error::Error::source(error)?;
    // numbers are explained by the standard library, in English
    let text = source.to_string();
    if text.contains("Manager+") {
        return Some(text);
    }
    // «0 is not in 1..=64»: the range is the same in every language
    let range = text.rsplit_once(" is not in ").map(|(_, range)| range)?;
    let (least, most) = range.split_once("..=").or_else(|| range.split_once(".."))?;
    Some(format!("{least}–{most}")).filter(|_| !least.is_empty() && !most.is_empty())
}

fn context(error: &Error, kind: ContextKind) -> String {
    match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join(", "),
        Some(ContextValue::StyledStr(text)) => text.to_string(),
        Some(ContextValue::StyledStrs(texts)) => {
            texts.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        }
        Some(ContextValue::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

/// `zvonar calls list`: as far as the words name commands.
fn spoken_command(command: &Command, arguments: &[OsString]) -> String {
    let (mut spoken, mut at) = (String::from("zvonar"), command);
    for word in arguments.iter().skip(1) {
        if let Some(sub) = at.find_subcommand(word) {
            at = sub;
            spoken.push(' ');
            spoken.push_str(sub.get_name());
        }
    }
    spoken
}

#[cfg(test)]
mod tests {
    use domain::Lang;

    use super::*;
    use crate::terminal::tests::plain;

    fn mistake(lang: Lang, line: &str) -> String {
        let terminal = plain(lang, 80);
        let mut command = help::command(&terminal);
        let arguments: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        let error = command
            .try_get_matches_from_mut(&arguments)
            .and_then(|matches| Cli::from_arg_matches(&matches))
            .unwrap_err();
        let failure = explained(&error, &spoken_command(&command, &arguments), &terminal);
        assert_eq!(failure.exit, Exit::Usage);
        format!("{} | {}", failure.message, failure.hint.unwrap_or_default())
    }

    #[test]
    fn mistakes_are_told_in_russian_with_the_way_out() {
        let lines = [
            "zvonar rum ./calls",
            "zvonar run ./calls --limti 3",
            "zvonar run ./calls --limit три",
            "zvonar run ./calls --jobs 0",
            "zvonar run ./calls --jobs",
            "zvonar calls list --min-score 101",
            "zvonar calls list --max-score много",
            "zvonar queue retry --speech --all",
            "zvonar run ./calls --mode Menedzher",
            "zvonar run ./calls --mode Manager+ --rubric dialog",
            "zvonar run ./calls --from 2026-11-20 --last 7d",
            "zvonar run ./calls --source crm",
            "zvonar transcribe",
            "zvonar transcribe a.wav --format txt",
            "zvonar calls erase",
            "zvonar queue pause speech",
            "zvonar run --json --json ./calls",
            "zvonar --lang de run",
        ];
        let told: Vec<String> =
            lines.iter().map(|line| format!("{line}\n  {}", mistake(Lang::Ru, line))).collect();
        insta::assert_snapshot!(told.join("\n"));
    }

    #[test]
    fn mistakes_are_told_in_english() {
        assert_eq!(
            mistake(Lang::En, "zvonar transcribe a.wav --format txt"),
            "--format <FORMAT> does not take “txt” | Did you mean “text”? Possible: text, json, srt, vtt"
        );
    }

    #[test]
    fn help_as_a_command_is_the_help_of_the_command_after_it() {
        let words = |line: &str| line.split(' ').map(OsString::from).collect::<Vec<_>>();
        assert_eq!(help_asked(&words("zvonar help queue retry")), words("zvonar queue retry --help"));
        assert_eq!(help_asked(&words("zvonar run help")), words("zvonar run help"));
    }

    #[test]
    fn modes_are_known_in_any_case() {
        let terminal = plain(Lang::Ru, 80);
        for mode in ["Manager+", "client+", "диалог"] {
            let line = ["zvonar", "run", "x", "--mode", mode];
            assert!(help::command(&terminal).try_get_matches_from(line).is_ok(), "{mode}");
        }
    }
}

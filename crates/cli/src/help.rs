//! Help in the person's language: texts from the Fluent files, hung on the tree of commands.
//!
//! The text of a command is `help-calls-list`, with `.long` and `.examples`; that of an argument is
//! `arg-calls-list-limit`, else `arg-limit` for those that mean the same everywhere. clap's own words
//! (headings, `[OPTIONS]`, possible values) are English only, so all of them are written here.

use std::fmt::Write as _;

use clap::{Arg, Command, CommandFactory as _};
use console::measure_text_width;

use crate::args::Cli;
use crate::table::wrap;
use crate::terminal::Terminal;
use crate::texts::{Texts, t};

/// Help is not stretched over a whole wide screen.
const WIDEST_HELP: usize = 100;

/// The tree of commands with its texts.
pub(crate) fn command(terminal: &Terminal) -> Command {
    let mut command = Cli::command();
    // propagates the global flags into every command, so that each is told
    command.build();
    let width = terminal.out.width.min(WIDEST_HELP);
    dress(command, terminal.texts, width, "").color(if terminal.out.color {
        clap::ColorChoice::Always
    } else {
        clap::ColorChoice::Never
    })
}

/// `path` is what is typed after `zvonar`: « rubric from-prompt».
fn dress(command: Command, texts: Texts, width: usize, path: &str) -> Command {
    let key = format!("help{}", if path.is_empty() { "-zvonar".to_owned() } else { path.replace(' ', "-") });
    let usage = usage(&command, texts, path);
    let about = texts.find(&key).unwrap_or_default();
    let told = texts.find(&format!("{key}.long")).unwrap_or_else(|| about.clone());
    let template = template(&command, texts, &wrap(&told, width).join("\n"));
    let names: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    let mut dressed =
        command.about(about).term_width(width).override_usage(usage).help_template(template).mut_args(
            |arg| {
                let help = argument(&arg, texts, path);
                arg.help(help).hide_possible_values(true).hide_default_value(true)
            },
        );
    if let Some(examples) = texts.find(&format!("{key}.examples")) {
        let lines: String = examples.lines().fold(String::new(), |mut text, line| {
            let _ = write!(text, "\n  {line}");
            text
        });
        dressed = dressed.after_help(format!("{}:{lines}", t!(texts, "heading-examples")));
    }
    for name in names {
        let path = format!("{path} {name}");
        dressed = dressed.mut_subcommand(name, |sub| dress(sub, texts, width, &path));
    }
    dressed
}

/// The text of an argument, its values and its default.
fn argument(arg: &Arg, texts: Texts, path: &str) -> String {
    let id = arg.get_id().as_str().replace('_', "-");
    let own = texts.find(&format!("arg{}-{id}", path.replace(' ', "-")));
    let mut text = own.or_else(|| texts.find(&format!("arg-{id}"))).unwrap_or_default();
    let values: Vec<String> =
        arg.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
    if !values.is_empty() && arg.get_action().takes_values() {
        let _ = write!(text, ": {}", values.join(", "));
    }
    if let Some(default) = arg.get_default_values().first().filter(|_| arg.get_action().takes_values()) {
        let _ = write!(text, " [{}: {}]", t!(texts, "help-default"), default.to_string_lossy());
    }
    text
}

/// `zvonar run [ПАРАМЕТРЫ] [PATH]…`
fn usage(command: &Command, texts: Texts, path: &str) -> String {
    let mut line = format!("zvonar{path} [{}]", t!(texts, "usage-options"));
    for arg in command.get_positionals() {
        let name = arg
            .get_value_names()
            .and_then(<[_]>::first)
            .map_or_else(|| arg.get_id().as_str(), |name| name.as_str());
        let many = if matches!(arg.get_action(), clap::ArgAction::Append) { "…" } else { "" };
        let _ = if arg.is_required_set() {
            write!(line, " <{name}>{many}")
        } else {
            write!(line, " [{name}]{many}")
        };
    }
    if command.has_subcommands() {
        let _ = write!(line, " <{}>", t!(texts, "usage-command"));
    }
    line
}

fn template(command: &Command, texts: Texts, about: &str) -> String {
    let mut template = format!("{about}\n\n{}: {{usage}}\n", t!(texts, "heading-usage"));
    let mut section = |heading: String, tag: &str| {
        let _ = write!(template, "\n{heading}:\n{{{tag}}}\n");
    };
    if command.get_subcommands().any(|sub| !sub.is_hide_set()) {
        section(t!(texts, "heading-commands"), "subcommands");
    }
    if command.get_positionals().any(|arg| !arg.is_hide_set()) {
        section(t!(texts, "heading-arguments"), "positionals");
    }
    section(t!(texts, "heading-options"), "options");
    template.truncate(template.trim_end().len());
    template + "{after-help}"
}

/// All help as one Markdown page.
pub(crate) fn reference(terminal: &Terminal) -> String {
    let mut terminal = *terminal;
    (terminal.out.width, terminal.out.color) = (WIDEST_HELP, false);
    let command = command(&terminal);
    let mut page =
        format!("# {}\n\n{}\n", t!(terminal.texts, "reference-title"), t!(terminal.texts, "reference-intro"));
    describe(&command, "zvonar", &mut page);
    page
}

fn describe(command: &Command, name: &str, page: &mut String) {
    let help = command.clone().render_help().to_string();
    let lines: Vec<&str> = help.trim_end().lines().map(str::trim_end).collect();
    let _ = write!(page, "\n## {name}\n\n```text\n{}\n```\n", lines.join("\n"));
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
        describe(sub, &format!("{name} {}", sub.get_name()), page);
    }
}

/// Pads to a width on the screen.
pub(crate) fn padded(text: &str, width: usize) -> String {
    let free = width.saturating_sub(measure_text_width(text));
    format!("{text}{}", " ".repeat(free))
}

#[cfg(test)]
mod tests {
    use domain::Lang;

    use super::*;
    use crate::terminal::tests::plain;

    fn walk(command: &Command, path: &str, visit: &mut dyn FnMut(&Command, &str)) {
        visit(command, path);
        for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
            walk(sub, &format!("{path} {}", sub.get_name()), visit);
        }
    }

    #[test]
    fn verify_cli() {
        Cli::command().debug_assert();
        for lang in [Lang::Ru, Lang::En] {
            command(&plain(lang, 80)).debug_assert();
        }
    }

    #[test]
    fn every_command_and_argument_is_explained_in_both_languages() {
        for lang in [Lang::Ru, Lang::En] {
            let mut missing = Vec::new();
            walk(&command(&plain(lang, 80)), "zvonar", &mut |command, path| {
                if command.get_about().is_none_or(|about| about.to_string().is_empty()) {
                    missing.push(path.to_owned());
                }
                if command.get_after_help().is_none_or(|examples| !examples.to_string().contains("zvonar ")) {
                    missing.push(format!("{path}: no examples"));
                }
                for arg in command.get_arguments().filter(|arg| !arg.is_hide_set()) {
                    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
                    if help.is_empty() || help.starts_with([':', ' ']) {
                        missing.push(format!("{path} {}", arg.get_id()));
                    }
                }
            });
            assert!(missing.is_empty(), "{lang:?}: {missing:#?}");
        }
    }

    #[test]
    fn russian_help_holds_no_english_words_of_clap() {
        walk(&command(&plain(Lang::Ru, 80)), "zvonar", &mut |command, path| {
            let help = command.clone().render_help().to_string();
            for word in
                ["Usage", "Options", "Commands", "Arguments", "default:", "possible values", "[OPTIONS]"]
            {
                assert!(!help.contains(word), "{path}: {word}\n{help}");
            }
        });
    }

    #[test]
    fn help_fits_eighty_columns() {
        for lang in [Lang::Ru, Lang::En] {
            walk(&command(&plain(lang, 80)), "zvonar", &mut |command, path| {
                let help = command.clone().render_help().to_string();
                for line in help.lines() {
                    assert!(measure_text_width(line) <= 80, "{path}: {line}");
                }
            });
        }
    }

    #[test]
    fn help_in_russian() {
        insta::assert_snapshot!(reference(&plain(Lang::Ru, 80)));
    }

    #[test]
    fn help_in_english() {
        insta::assert_snapshot!(reference(&plain(Lang::En, 80)));
    }
}

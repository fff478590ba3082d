//! The screen: how wide, whether colours and which signs; results to stdout, the rest to stderr.
//!
//! Colour is only ever a second signal: a sign or a word says the same.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Write as _;

use console::{Style, Term};
use domain::{Lang, Verdict};
use serde_json::Value;

use crate::failure::Failure;
use crate::texts::Texts;

/// Width that is assumed where there is no terminal: nothing useful is cut in a file.
const WIDTH_OF_A_PIPE: usize = 200;
/// Wider lines are hard to follow with the eye.
const WIDEST: usize = 200;
/// Narrower ones hold no table.
const NARROWEST: usize = 40;

/// When colours are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Even into a pipe.
    Always,
    /// Never.
    Never,
}

/// What a colour means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Needs a person.
    Bad,
    /// Below the norm, paused.
    Warn,
    /// Links, commands.
    Accent,
    /// Secondary.
    Quiet,
    /// A heading, a hit.
    Strong,
}

/// A sign that stands before a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sign {
    Good,
    Warn,
    Bad,
    Absent,
    Arrow,
    Dash,
    Ellipsis,
}

/// One of the two streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Screen {
    /// A person looks at it.
    pub(crate) tty: bool,
    /// Columns.
    pub(crate) width: usize,
    /// Colours may be used.
    pub(crate) color: bool,
}

/// The terminal and the language that it speaks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terminal {
    pub(crate) texts: Texts,
    pub(crate) out: Screen,
    pub(crate) err: Screen,
    pub(crate) utf8: bool,
}

impl Terminal {
    /// Looks at the environment and, before they are parsed, at `--lang` and `--color`:
    /// help and errors of parsing need them already.
    pub(crate) fn detect(env: &BTreeMap<String, String>, arguments: &[OsString]) -> Self {
        let lang = flag(arguments, "--lang").or_else(|| env.get("ZVONAR_LANG").cloned());
        let color = match flag(arguments, "--color").as_deref() {
            Some("always") => ColorChoice::Always,
            Some("never") => ColorChoice::Never,
            _ => ColorChoice::Auto,
        };
        let quiet = env.get("NO_COLOR").is_some_and(|value| !value.is_empty())
            || env.get("TERM").is_some_and(|term| term == "dumb");
        let columns = env.get("COLUMNS").and_then(|columns| columns.parse().ok());
        let screen = |term: &Term| {
            let tty = term.is_term();
            let measured = term.size_checked().filter(|_| tty).map(|(_, columns)| usize::from(columns));
            Screen {
                tty,
                width: measured.or(columns).unwrap_or(WIDTH_OF_A_PIPE).clamp(NARROWEST, WIDEST),
                color: match color {
                    ColorChoice::Always => true,
                    ColorChoice::Never => false,
                    ColorChoice::Auto => tty && !quiet,
                },
            }
        };
        Self {
            texts: Texts { lang: language(lang.as_deref()) },
            out: screen(&Term::stdout()),
            err: screen(&Term::stderr()),
            utf8: speaks_utf8(env),
        }
    }

    /// The same, in another language.
    pub(crate) fn in_language(mut self, lang: Lang) -> Self {
        self.texts.lang = lang;
        self
    }

    /// A result, to stdout. A reader that has gone is no failure.
    #[expect(clippy::unused_self, reason = "whoever prints must have a terminal in hand")]
    pub(crate) fn print(&self, text: &str) -> Result<(), Failure> {
        let mut out = std::io::stdout().lock();
        let written = out.write_all(text.as_bytes()).and_then(|()| {
            if text.ends_with('\n') || text.is_empty() { Ok(()) } else { out.write_all(b"\n") }
        });
        written.and_then(|()| out.flush()).map_err(|error| match error.kind() {
            std::io::ErrorKind::BrokenPipe => Failure::nobody_reads(),
            _ => Failure::trouble(format!("stdout: {error}")),
        })
    }

    /// A document, alone on stdout: for eyes only where eyes look.
    pub(crate) fn print_json(&self, document: &Value) -> Result<(), Failure> {
        let text = if self.out.tty { format!("{document:#}") } else { document.to_string() };
        self.print(&text)
    }

    /// A line for the person, to stderr.
    #[expect(clippy::unused_self, reason = "whoever prints must have a terminal in hand")]
    pub(crate) fn say(&self, line: &str) {
        // who cannot be told cannot be told about that either
        let _ = writeln!(std::io::stderr().lock(), "{line}");
    }

    /// A line with the sign of a warning, to stderr.
    pub(crate) fn warn(&self, line: &str) {
        self.say(&format!("{} {line}", self.paint_err(Tone::Warn, self.sign(Sign::Warn))));
    }

    /// The sign, or its letters where the locale has no UTF-8.
    pub(crate) const fn sign(&self, sign: Sign) -> &'static str {
        match (sign, self.utf8) {
            (Sign::Good, true) => "✓",
            (Sign::Good, false) => "[ok]",
            (Sign::Warn, true) => "!",
            (Sign::Warn, false) => "[!]",
            (Sign::Bad, true) => "x",
            (Sign::Bad, false) => "[x]",
            (Sign::Absent, true) => "–",
            (Sign::Absent, false) => "[-]",
            (Sign::Arrow, true) => "→",
            (Sign::Arrow, false) => "->",
            (Sign::Dash, true) => "—",
            (Sign::Dash, false) => "-",
            (Sign::Ellipsis, true) => "…",
            (Sign::Ellipsis, false) => "..",
        }
    }

    /// The sign of a verdict.
    pub(crate) const fn verdict_sign(&self, verdict: Verdict) -> &'static str {
        match (verdict, self.utf8) {
            (Verdict::Met, true) => "✓",
            (Verdict::Met, false) => "[ok]",
            (Verdict::Partly, true) => "◐",
            (Verdict::Partly, false) => "[~]",
            (Verdict::NotMet, true) => "×",
            (Verdict::NotMet, false) => "[x]",
            (Verdict::NotApplicable, true) => "–",
            (Verdict::NotApplicable, false) => "[-]",
            (Verdict::CannotTell, true) => "?",
            (Verdict::CannotTell, false) => "[?]",
        }
    }

    /// Colours a text for stdout.
    pub(crate) fn paint(&self, tone: Tone, text: &str) -> String {
        paint(self.out.color, tone, text)
    }

    /// Colours a text for stderr.
    pub(crate) fn paint_err(&self, tone: Tone, text: &str) -> String {
        paint(self.err.color, tone, text)
    }

    /// Cuts a text to a width on the screen.
    pub(crate) fn cut(&self, text: &str, width: usize) -> String {
        console::truncate_str(text, width, self.sign(Sign::Ellipsis)).into_owned()
    }
}

fn paint(color: bool, tone: Tone, text: &str) -> String {
    let style = Style::new().force_styling(color);
    let style = match tone {
        Tone::Bad => style.red(),
        Tone::Warn => style.yellow(),
        Tone::Accent => style.cyan(),
        Tone::Quiet => style.dim(),
        Tone::Strong => style.bold(),
    };
    style.apply_to(text).to_string()
}

/// The value of `--name value` or `--name=value`, before `--`.
fn flag(arguments: &[OsString], name: &str) -> Option<String> {
    let mut words = arguments.iter().filter_map(|word| word.to_str()).take_while(|word| *word != "--");
    while let Some(word) = words.next() {
        if word == name {
            return words.next().map(ToOwned::to_owned);
        }
        if let Some(value) = word.strip_prefix(name).and_then(|rest| rest.strip_prefix('=')) {
            return Some(value.to_owned());
        }
    }
    None
}

/// The default is Russian; a wrong name is told by whoever reads it for good.
fn language(name: Option<&str>) -> Lang {
    match name.map(str::to_lowercase).as_deref() {
        Some("en") => Lang::En,
        _ => Lang::Ru,
    }
}

/// `LC_ALL`, else `LC_CTYPE`, else `LANG`. Where none is set (containers) terminals show UTF-8
/// all the same.
fn speaks_utf8(env: &BTreeMap<String, String>) -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .find_map(|name| env.get(*name).filter(|value| !value.is_empty()));
    cfg!(windows)
        || locale.is_none_or(|locale| {
            let lower = locale.to_lowercase();
            lower.contains("utf-8") || lower.contains("utf8")
        })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A terminal of this width, without colours.
    pub(crate) fn plain(lang: Lang, width: usize) -> Terminal {
        let screen = Screen { tty: true, width, color: false };
        Terminal { texts: Texts { lang }, out: screen, err: screen, utf8: true }
    }

    fn words(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn language_comes_from_the_flag_then_the_environment_then_russian() {
        let env = BTreeMap::from([("ZVONAR_LANG".to_owned(), "en".to_owned())]);
        let lang = |env: &BTreeMap<_, _>, line: &str| Terminal::detect(env, &words(line)).texts.lang;
        assert_eq!(lang(&BTreeMap::new(), "zvonar run"), Lang::Ru);
        assert_eq!(lang(&env, "zvonar run"), Lang::En);
        assert_eq!(lang(&env, "zvonar run --lang ru"), Lang::Ru);
        assert_eq!(lang(&BTreeMap::new(), "zvonar --lang=en run"), Lang::En);
        assert_eq!(lang(&BTreeMap::new(), "zvonar run -- --lang=en"), Lang::Ru);
    }

    #[test]
    fn colours_may_be_forced_and_no_color_is_heeded() {
        let env = BTreeMap::from([("NO_COLOR".to_owned(), "1".to_owned())]);
        assert!(Terminal::detect(&env, &words("zvonar --color always")).out.color);
        assert!(!Terminal::detect(&env, &words("zvonar")).out.color);
        assert!(!Terminal::detect(&BTreeMap::new(), &words("zvonar --color=never")).out.color);
    }

    #[test]
    fn a_locale_without_utf8_gives_letters_for_signs() {
        let env = BTreeMap::from([
            ("LC_ALL".to_owned(), "C".to_owned()),
            ("LANG".to_owned(), "ru_RU.UTF-8".to_owned()),
        ]);
        let terminal = Terminal::detect(&env, &[]);
        assert_eq!(terminal.sign(Sign::Good), "[ok]");
        assert_eq!(terminal.verdict_sign(Verdict::NotMet), "[x]");
        assert!(Terminal::detect(&BTreeMap::new(), &[]).utf8);
    }
}

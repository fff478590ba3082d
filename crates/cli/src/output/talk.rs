//! A talk as it goes on: who, and what they say under itself.

use crate::table::hanging;
use crate::terminal::{Terminal, Tone};

/// «Клиент:» and a space.
const WHO: usize = 8;
/// Kept free on the last line for how long an answer took.
const NOTE: usize = 10;

/// A line of the one who is named; of `None`, who goes on to speak.
pub(crate) fn talk_line(
    terminal: &Terminal,
    who: Option<&str>,
    words: &str,
    note: &str,
    tone: Tone,
) -> String {
    let who =
        format!("{:<WHO$}", who.map(|who| format!("{}:", who.trim_end_matches(':'))).unwrap_or_default());
    // what goes into a file is for another program to cut
    let width = if terminal.out.tty { terminal.out.width.saturating_sub(NOTE) } else { usize::MAX };
    let said = hanging(&terminal.paint(tone, &who), words, width);
    if note.is_empty() {
        format!("{said}\n")
    } else {
        format!("{said}  {}\n", terminal.paint(Tone::Quiet, note))
    }
}

#[cfg(test)]
mod tests {
    use domain::Lang;

    use super::*;
    use crate::terminal::tests::plain;

    #[test]
    fn words_stand_under_each_other_and_are_not_cut_within() {
        let mut terminal = plain(Lang::Ru, 40);
        terminal.out.tty = true;
        let first = talk_line(
            &terminal,
            Some("Робот"),
            "В цену уже входят монтаж и гарантия.",
            "0,3 с",
            Tone::Accent,
        );
        let next = talk_line(&terminal, None, "Записать вас?", "", Tone::Accent);
        assert_eq!(
            format!("{first}{next}"),
            "Робот:  В цену уже входят\n        монтаж и гарантия.  0,3 с\n        Записать вас?\n"
        );
    }

    #[test]
    fn a_file_holds_a_line_a_line() {
        let terminal = Terminal {
            out: crate::terminal::Screen { tty: false, width: 40, color: false },
            ..plain(Lang::Ru, 40)
        };
        let words = "слово ".repeat(100);
        assert_eq!(talk_line(&terminal, Some("Клиент:"), words.trim(), "", Tone::Strong).lines().count(), 1);
    }
}

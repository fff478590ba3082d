//! A few facts under each other: a quiet name, what is found.

use console::measure_text_width;

use crate::help::padded;
use crate::table::hanging;
use crate::terminal::{Terminal, Tone};

/// A line each, names in a column.
pub(crate) fn facts(terminal: &Terminal, facts: &[(String, String)]) -> String {
    let width = facts.iter().map(|(name, _)| measure_text_width(name)).max().unwrap_or(0);
    facts.iter().fold(String::new(), |text, (name, found)| {
        let name = terminal.paint(Tone::Quiet, &padded(name, width));
        text + &hanging(&format!("{name}  "), found, terminal.out.width) + "\n"
    })
}

//! A table that fits the screen: nothing wraps, the last column is cut with «…».
//!
//! Columns are as wide as their contents, up to a cap. Where that is too much the elastic columns
//! give way, the last one first.

use console::measure_text_width;

use crate::terminal::{Terminal, Tone};

/// Space between columns.
const GAP: usize = 2;

/// A column.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    title: String,
    right: bool,
    cap: usize,
    least: Option<usize>,
    /// Goes altogether where the screen is too narrow, the highest first.
    expendable: u8,
}

impl Column {
    /// As wide as its contents.
    pub(crate) fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), right: false, cap: usize::MAX, least: None, expendable: 0 }
    }

    /// Figures stand on the right.
    pub(crate) fn right(mut self) -> Self {
        self.right = true;
        self
    }

    /// Never wider than `cap`, may shrink to `least`.
    pub(crate) fn elastic(mut self, least: usize, cap: usize) -> Self {
        (self.least, self.cap) = (Some(least), cap);
        self
    }

    /// Left out where the screen is too narrow for all; of several the highest `rank` first.
    pub(crate) fn expendable(mut self, rank: u8) -> Self {
        self.expendable = rank;
        self
    }
}

/// A cell.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cell {
    text: String,
    tone: Option<Tone>,
}

impl Cell {
    /// With a colour for eyes.
    pub(crate) fn toned(text: impl Into<String>, tone: Option<Tone>) -> Self {
        Self { text: one_line(&text.into()), tone }
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self { text: one_line(&text.into()), tone: None }
    }
}

/// Line breaks, tabs and control characters of foreign texts would tear the table (or steer the terminal).
pub(crate) fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// The table as lines.
pub(crate) fn render(terminal: &Terminal, columns: &[Column], rows: &[Vec<Cell>]) -> String {
    if let Some(at) = spare(terminal, columns, rows) {
        let (mut columns, mut rows) = (columns.to_vec(), rows.to_vec());
        columns.remove(at);
        for row in &mut rows {
            if at < row.len() {
                row.remove(at);
            }
        }
        return render(terminal, &columns, &rows);
    }
    let widths = widths(terminal, columns, rows);
    let titles: Vec<Cell> =
        columns.iter().map(|column| Cell::toned(column.title.clone(), Some(Tone::Quiet))).collect();
    let mut out = String::new();
    for row in std::iter::once(&titles).chain(rows) {
        out.push_str(&line(terminal, columns, &widths, row));
        out.push('\n');
    }
    out
}

fn line(terminal: &Terminal, columns: &[Column], widths: &[usize], row: &[Cell]) -> String {
    let mut out = String::new();
    let mut owed = 0;
    for ((column, width), cell) in columns.iter().zip(widths).zip(row) {
        let text = terminal.cut(&cell.text, *width);
        let free = width.saturating_sub(measure_text_width(&text));
        let (before, after) = if column.right { (free, 0) } else { (0, free) };
        if text.is_empty() {
            owed += width + GAP;
            continue;
        }
        // spaces are owed until something follows them: no line ends in blanks
        out.extend(std::iter::repeat_n(' ', owed + before));
        out.push_str(&cell.tone.map_or(text.clone(), |tone| terminal.paint(tone, &text)));
        owed = after + GAP;
    }
    out
}

/// The column to leave out, where they are too wide together even at their least.
fn spare(terminal: &Terminal, columns: &[Column], rows: &[Vec<Cell>]) -> Option<usize> {
    let least = columns.iter().enumerate().map(|(at, column)| {
        let full = natural(column, at, rows);
        column.least.map_or(full, |least| least.min(full))
    });
    let needed = least.sum::<usize>() + GAP * columns.len().saturating_sub(1);
    if needed <= terminal.out.width {
        return None;
    }
    let expendable = columns.iter().enumerate().filter(|(_, column)| column.expendable > 0);
    expendable.max_by_key(|(_, column)| column.expendable).map(|(at, _)| at)
}

/// As wide as the contents ask for, up to the cap.
fn natural(column: &Column, at: usize, rows: &[Vec<Cell>]) -> usize {
    let cells = rows.iter().filter_map(|row| row.get(at)).map(|cell| measure_text_width(&cell.text));
    cells.chain([measure_text_width(&column.title)]).max().unwrap_or(0).min(column.cap)
}

fn widths(terminal: &Terminal, columns: &[Column], rows: &[Vec<Cell>]) -> Vec<usize> {
    let mut widths: Vec<usize> =
        columns.iter().enumerate().map(|(at, column)| natural(column, at, rows)).collect();
    let room = terminal.out.width.saturating_sub(GAP * columns.len().saturating_sub(1));
    for (at, column) in columns.iter().enumerate().rev() {
        let over = widths.iter().sum::<usize>().saturating_sub(room);
        if let (Some(least), Some(width)) = (column.least, widths.get_mut(at)) {
            *width = width.saturating_sub(over).max(least.min(*width));
        }
    }
    // still too wide: whatever stands last gives way altogether
    for width in widths.clone().iter().enumerate().rev().map(|(at, _)| at) {
        let over = widths.iter().sum::<usize>().saturating_sub(room);
        if let Some(width) = widths.get_mut(width) {
            *width = width.saturating_sub(over).max(1);
        }
    }
    widths
}

/// Breaks a text at spaces into lines of at most `width`; a longer word is cut at the width.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(8);
    let (mut lines, mut line) = (Vec::new(), String::new());
    for word in one_line(text).split(' ').filter(|word| !word.is_empty()) {
        for piece in pieces(word, width) {
            let taken = measure_text_width(&line);
            if taken > 0 && taken + 1 + measure_text_width(&piece) > width {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(&piece);
        }
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

/// A word in pieces that fit.
fn pieces(word: &str, width: usize) -> Vec<String> {
    if measure_text_width(word) <= width {
        return vec![word.to_owned()];
    }
    let (mut pieces, mut piece) = (Vec::new(), String::new());
    for letter in word.chars() {
        let mut longer = piece.clone();
        longer.push(letter);
        if measure_text_width(&longer) > width {
            pieces.push(std::mem::replace(&mut piece, letter.to_string()));
        } else {
            piece = longer;
        }
    }
    pieces.push(piece);
    pieces
}

/// [`wrap`] with something before the first line and as much space before the others.
pub(crate) fn hanging(before: &str, text: &str, width: usize) -> String {
    let indent = measure_text_width(before);
    let mut out = String::new();
    for (at, line) in wrap(text, width.saturating_sub(indent)).iter().enumerate() {
        if at == 0 {
            out.push_str(before);
        } else {
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', indent));
        }
        out.push_str(line);
    }
    out
}

#[cfg(test)]
mod tests {
    use domain::Lang;

    use super::*;
    use crate::terminal::tests::plain;

    fn table(width: usize) -> String {
        let columns = [
            Column::new("Клиент").elastic(8, 20),
            Column::new("Балл").right(),
            Column::new("Главное").elastic(10, usize::MAX),
        ];
        let rows = [
            vec![
                "очень длинное имя файла.wav".into(),
                "62".into(),
                "Назначен замер, цена не названа, клиент сравнивает".into(),
            ],
            vec![
                "+7 (900) 000-31-08".into(),
                "! 9".into(),
                "漢字漢字漢字漢字漢字漢字漢字漢字\nвторая строка".into(),
            ],
        ];
        render(&plain(Lang::Ru, width), &columns, &rows)
    }

    #[test]
    fn no_line_is_wider_than_the_screen_and_none_ends_in_blanks() {
        for width in [40, 50, 80, 120, 200] {
            for line in table(width).lines() {
                assert!(measure_text_width(line) <= width, "{width}: {line}");
                assert_eq!(line.trim_end(), line);
            }
        }
    }

    #[test]
    fn the_last_column_is_cut_by_its_width_on_the_screen() {
        let text = table(50);
        assert!(text.lines().nth(1).unwrap().ends_with('…'), "{text}");
        assert_eq!(text.lines().count(), 3, "a line break in a cell makes no line:\n{text}");
    }

    #[test]
    fn long_texts_break_at_spaces_and_long_words_anywhere() {
        assert_eq!(wrap("раз два три", 8), ["раз два", "три"]);
        assert_eq!(wrap("аааааааааабб вв", 10), ["аааааааааа", "бб вв"]);
        assert_eq!(hanging("x ", "раз два три четыре", 12), "x раз два\n  три четыре");
        assert_eq!(wrap("", 10), [""]);
    }
}

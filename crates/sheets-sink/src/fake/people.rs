//! What people do to a sheet, and the sheet as they see it. Rows and columns are counted from 0, the
//! header being row 0.

use serde_json::{Value, json};

use super::google::FakeGoogle;
use super::workbook::{Grid, Workbook, at, count, is_filled};
use crate::serial;

/// A cell as a person sees it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CellView {
    /// What is in it, unformatted: text, number or nothing.
    pub value: Value,
    /// `TEXT`, `NUMBER`, `DATE_TIME`, `TIME` or nothing.
    pub format: String,
    /// Where it leads to.
    pub link: Option<String>,
}

impl CellView {
    /// As the sheet prints it.
    pub fn shown(&self) -> String {
        let wall = |number: f64| serial::wall(number);
        match (&self.value, self.format.as_str()) {
            (Value::Number(number), format) => {
                let number = number.as_f64().unwrap_or_default();
                match (format, wall(number)) {
                    ("DATE_TIME", Some(at)) => at.format("%d.%m.%Y %H:%M:%S").to_string(),
                    ("TIME", Some(_)) => {
                        let seconds = (number * 86_400.0).round();
                        let (hours, rest) = ((seconds / 3600.0).floor(), seconds % 3600.0);
                        format!("{hours:.0}:{:02.0}:{:02.0}", (rest / 60.0).floor(), rest % 60.0)
                    }
                    ("NUMBER", _) => format!("{number:.1}").replace('.', ","),
                    _ => number.to_string().replace('.', ","),
                }
            }
            (Value::String(text), _) => text.clone(),
            (Value::Bool(value), _) => if *value { "ИСТИНА" } else { "ЛОЖЬ" }.to_owned(),
            _ => String::new(),
        }
    }
}

/// A column as a person sees it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ColumnView {
    /// Its width, pixels.
    pub pixels: u64,
    /// Out of sight.
    pub hidden: bool,
    /// `WRAP`, `CLIP` or nothing.
    pub wrap: String,
    /// Coloured by its numbers.
    pub gradient: bool,
    /// What the sink tagged it with.
    pub tag: Option<String>,
}

/// A tab as a person sees it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SheetView {
    /// The spreadsheet's name.
    pub title: String,
    /// The tab's name.
    pub tab: String,
    /// Its time zone.
    pub time_zone: String,
    /// Frozen rows.
    pub frozen: u64,
    /// Columns.
    pub columns: Vec<ColumnView>,
    /// Rows down to the last that holds anything.
    pub rows: Vec<Vec<CellView>>,
}

impl SheetView {
    /// The column with this tag.
    pub fn column(&self, tag: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.tag.as_deref() == Some(tag))
    }

    /// The row with this key in the column with this tag.
    pub fn row(&self, key_tag: &str, key: &str) -> Option<&Vec<CellView>> {
        let column = self.column(key_tag)?;
        self.rows.iter().find(|row| row.get(column).is_some_and(|cell| cell.value == key))
    }

    /// All keys, top to bottom, doubles included.
    pub fn keys(&self, key_tag: &str) -> Vec<String> {
        let Some(column) = self.column(key_tag) else { return Vec::new() };
        let text =
            |row: &Vec<CellView>| row.get(column).and_then(|cell| cell.value.as_str()).map(str::to_owned);
        self.rows.iter().skip(1).filter_map(text).collect()
    }
}

impl FakeGoogle {
    /// The tab as a person sees it; `None`: no such spreadsheet or tab.
    pub fn view(&self, spreadsheet: &str, tab: &str) -> Option<SheetView> {
        let state = self.lock();
        let book = state.books.get(spreadsheet)?;
        let grid = book.grids.iter().find(|grid| grid.title == tab)?;
        Some(view(book, grid))
    }

    /// The names of all tabs.
    pub fn tabs(&self, spreadsheet: &str) -> Vec<String> {
        let state = self.lock();
        let titles = |book: &Workbook| book.grids.iter().map(|grid| grid.title.clone()).collect();
        state.books.get(spreadsheet).map(titles).unwrap_or_default()
    }

    /// Keys of all entries of developer metadata.
    pub fn metadata_keys(&self, spreadsheet: &str) -> Vec<String> {
        let state = self.lock();
        let keys = |book: &Workbook| book.metadata.iter().map(|entry| entry.key.clone()).collect();
        state.books.get(spreadsheet).map(keys).unwrap_or_default()
    }

    fn change(&self, tab: &str, deed: impl FnOnce(&mut Workbook, i32)) {
        let mut state = self.lock();
        let found = state.books.values_mut().find_map(|book| {
            let id = book.grids.iter().find(|grid| grid.title == tab).map(|grid| grid.id)?;
            Some((book, id))
        });
        if let Some((book, id)) = found {
            deed(book, id);
        }
    }

    fn change_grid(&self, tab: &str, deed: impl FnOnce(&mut Grid)) {
        self.change(tab, |book, id| book.grid_mut(id).into_iter().for_each(deed_once(deed)));
    }

    /// Renames a tab.
    pub fn rename_tab(&self, tab: &str, name: &str) {
        self.change_grid(tab, |grid| name.clone_into(&mut grid.title));
    }

    /// Adds a tab.
    pub fn add_tab(&self, spreadsheet: &str, name: &str) {
        if let Some(book) = self.lock().books.get_mut(spreadsheet) {
            let id = book.grids.iter().map(|grid| grid.id).max().unwrap_or(0) + 1;
            book.grids.push(Grid::new(id, name, 1000, 26));
        }
    }

    /// Deletes a tab with all that hangs on it.
    pub fn delete_tab(&self, tab: &str) {
        use super::workbook::At;
        self.change(tab, |book, id| {
            book.grids.retain(|grid| grid.id != id);
            book.metadata.retain(|entry| match entry.at {
                At::Book => true,
                At::Sheet(sheet) | At::Row(sheet, _) | At::Column(sheet, _) => sheet != id,
            });
        });
    }

    /// Inserts a column with a header of a person's own.
    pub fn insert_column(&self, tab: &str, index: usize, header: &str) {
        self.change(tab, |book, id| book.insert_columns(id, count(index), 1, false));
        self.edit_cell(tab, 0, index, &json!(header));
    }

    /// Moves a column; `to` counts after it was taken out.
    pub fn move_column(&self, tab: &str, from: usize, to: usize) {
        self.change(tab, |book, id| book.move_column(id, count(from), count(to)));
    }

    /// Deletes a column.
    pub fn delete_column(&self, tab: &str, index: usize) {
        self.change(tab, |book, id| book.delete_column(id, count(index)));
    }

    /// Sorts all rows by a column.
    pub fn sort_rows(&self, tab: &str, by: usize, descending: bool) {
        self.change(tab, |book, id| book.sort(id, count(by), descending, None));
    }

    /// Sorts a selection of columns alone: the others stay where they are.
    pub fn sort_selection(&self, tab: &str, by: usize, descending: bool, columns: std::ops::Range<usize>) {
        let only = (count(columns.start), count(columns.end));
        self.change(tab, |book, id| book.sort(id, count(by), descending, Some(only)));
    }

    /// Types into a cell: a text, a number, a tick, or nothing (`null`).
    pub fn edit_cell(&self, tab: &str, row: usize, column: usize, value: &Value) {
        self.change_grid(tab, |grid| {
            let cell = grid.cell_mut(count(row), count(column));
            let entered = match value {
                Value::String(_) => json!({"stringValue": value}),
                Value::Number(_) => json!({"numberValue": value}),
                Value::Bool(_) => json!({"boolValue": value}),
                _ => json!({}),
            };
            cell["userEnteredValue"] = entered;
            grid.row_count = grid.row_count.max(count(row) + 1);
        });
    }

    /// Deletes a row.
    pub fn delete_row(&self, tab: &str, row: usize) {
        self.change(tab, |book, id| book.delete_row(id, count(row)));
    }

    /// Copies a row below the last.
    pub fn copy_row(&self, tab: &str, row: usize) {
        self.change_grid(tab, |grid| {
            let copy = grid.rows.get(row).cloned().unwrap_or_default();
            let end = grid.used_rows();
            grid.rows.truncate(at(end));
            grid.rows.push(copy);
            grid.row_count = grid.row_count.max(end + 1);
        });
    }

    /// Protects a column from everyone else.
    pub fn protect_column(&self, tab: &str, index: usize, description: &str) {
        self.change_grid(tab, |grid| {
            grid.protected.push(json!({"description": description, "range":
                {"sheetId": grid.id, "startColumnIndex": index, "endColumnIndex": index + 1}}));
        });
    }

    /// Sets the spreadsheet's time zone.
    pub fn set_time_zone(&self, spreadsheet: &str, name: &str) {
        if let Some(book) = self.lock().books.get_mut(spreadsheet) {
            name.clone_into(&mut book.time_zone);
        }
    }

    /// So many cells stand in other tabs: the limit is ten million.
    pub fn fill_up(&self, spreadsheet: &str, cells: u64) {
        if let Some(book) = self.lock().books.get_mut(spreadsheet) {
            let columns = 1_000;
            let rows = u32::try_from(cells / columns).unwrap_or(u32::MAX);
            book.grids.push(Grid::new(999, "Архив", rows, u32::try_from(columns).unwrap_or(1)));
        }
    }

    /// The grid of a tab: rows and columns, blank ones included.
    pub fn grid_size(&self, tab: &str) -> Option<(u32, usize)> {
        let state = self.lock();
        let mut grids = state.books.values().flat_map(|book| &book.grids);
        grids.find(|grid| grid.title == tab).map(|grid| (grid.row_count, grid.columns.len()))
    }
}

/// A deed that is done at most once.
fn deed_once<T>(deed: impl FnOnce(&mut T)) -> impl FnMut(&mut T) {
    let mut deed = Some(deed);
    move |value| {
        if let Some(deed) = deed.take() {
            deed(value);
        }
    }
}

fn view(book: &Workbook, grid: &Grid) -> SheetView {
    use super::workbook::At;
    let tag = |index: usize| {
        let here = At::Column(grid.id, count(index));
        book.metadata.iter().find(|entry| entry.at == here).map(|entry| entry.value.clone())
    };
    let gradient = |index: usize| {
        grid.rules.iter().any(|rule| {
            rule["gradientRule"].is_object()
                && rule["ranges"][0]["startColumnIndex"].as_u64() == u64::try_from(index).ok()
        })
    };
    let columns = grid.columns.iter().enumerate().map(|(index, column)| ColumnView {
        pixels: column.pixels,
        hidden: column.hidden,
        wrap: column.format["wrapStrategy"].as_str().unwrap_or_default().to_owned(),
        gradient: gradient(index),
        tag: tag(index),
    });
    let cell = |row: u32, column: u32| {
        let shown = grid.shown(row, column);
        let value = shown["userEnteredValue"].as_object().and_then(|value| value.values().next()).cloned();
        CellView {
            value: value.filter(|_| is_filled(&shown)).unwrap_or(Value::Null),
            format: shown["userEnteredFormat"]["numberFormat"]["type"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
            link: shown["hyperlink"].as_str().map(str::to_owned),
        }
    };
    let width = count(grid.columns.len());
    SheetView {
        title: book.title.clone(),
        tab: grid.title.clone(),
        time_zone: book.time_zone.clone(),
        frozen: grid.frozen,
        columns: columns.collect(),
        rows: (0..grid.used_rows()).map(|row| (0..width).map(|column| cell(row, column)).collect()).collect(),
    }
}

/// A person at one tab of the double: rows by the key in the column that is tagged `call_id`.
#[derive(Debug, Clone)]
pub struct Person {
    google: FakeGoogle,
    spreadsheet: String,
    tab: String,
}

impl Person {
    /// At this tab.
    pub fn at(google: &FakeGoogle, spreadsheet: &str, tab: &str) -> Self {
        Self { google: google.clone(), spreadsheet: spreadsheet.to_owned(), tab: tab.to_owned() }
    }

    fn view(&self) -> SheetView {
        self.google.view(&self.spreadsheet, &self.tab).unwrap_or_default()
    }

    fn find(&self, key: &str, column: &str) -> Option<(usize, usize)> {
        let view = self.view();
        let (keys, column) = (view.column("call_id")?, view.column(column)?);
        let row = view.rows.iter().position(|row| row.get(keys).is_some_and(|cell| cell.value == key))?;
        Some((row, column))
    }
}

impl crate::contract::Hand for Person {
    fn edit(&self, key: &str, column: &str, words: &str) {
        if let Some((row, column)) = self.find(key, column) {
            self.google.edit_cell(&self.tab, row, column, &json!(words));
        }
    }

    fn delete(&self, key: &str) {
        if let Some((row, _)) = self.find(key, "call_id") {
            self.google.delete_row(&self.tab, row);
        }
    }

    fn type_score(&self, key: &str, words: &str) {
        self.edit(key, "human_score", words);
    }

    fn words(&self, key: &str, column: &str) -> Option<String> {
        let view = self.view();
        let at = view.column(column)?;
        view.row("call_id", key)?.get(at).map(CellView::shown)
    }

    fn keys(&self) -> Vec<String> {
        self.view().keys("call_id")
    }
}

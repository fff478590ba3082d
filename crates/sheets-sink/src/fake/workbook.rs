//! A spreadsheet as Google keeps it: grids, metadata that follows its row or column, and what people
//! do to it.

use serde_json::{Map, Value, json};

/// Where an entry of developer metadata hangs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum At {
    Book,
    Sheet(i32),
    Row(i32, u32),
    Column(i32, u32),
}

#[derive(Debug, Clone)]
pub(crate) struct Meta {
    pub(crate) id: i32,
    pub(crate) key: String,
    pub(crate) value: String,
    pub(crate) visibility: String,
    pub(crate) at: At,
}

#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) pixels: u64,
    pub(crate) hidden: bool,
    /// What a format over the whole column gives to its cells.
    pub(crate) format: Value,
}

impl Default for Column {
    fn default() -> Self {
        Self { pixels: 100, hidden: false, format: Value::Null }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Grid {
    pub(crate) id: i32,
    pub(crate) title: String,
    /// Rows that were touched; the grid may be longer.
    pub(crate) rows: Vec<Vec<Value>>,
    pub(crate) row_count: u32,
    pub(crate) columns: Vec<Column>,
    pub(crate) frozen: u64,
    pub(crate) filter: Value,
    pub(crate) protected: Vec<Value>,
    pub(crate) rules: Vec<Value>,
    pub(crate) validations: Vec<Value>,
}

#[derive(Debug, Clone)]
pub(crate) struct Workbook {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) time_zone: String,
    pub(crate) locale: String,
    pub(crate) grids: Vec<Grid>,
    pub(crate) metadata: Vec<Meta>,
}

pub(crate) fn at(index: u32) -> usize {
    usize::try_from(index).unwrap_or(usize::MAX)
}

pub(crate) fn count(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

/// Whether a cell holds anything: a format alone is nothing.
pub(crate) fn is_filled(cell: &Value) -> bool {
    cell.get("userEnteredValue").is_some_and(|value| value.as_object().is_some_and(|value| !value.is_empty()))
}

impl Grid {
    pub(crate) fn new(id: i32, title: &str, rows: u32, columns: u32) -> Self {
        Self {
            id,
            title: title.to_owned(),
            rows: Vec::new(),
            row_count: rows,
            columns: vec![Column::default(); at(columns)],
            frozen: 0,
            filter: Value::Null,
            protected: Vec::new(),
            rules: Vec::new(),
            validations: Vec::new(),
        }
    }

    pub(crate) fn cell(&self, row: u32, column: u32) -> Option<&Value> {
        self.rows.get(at(row))?.get(at(column))
    }

    /// The cell, made if need be; the caller has checked that it is inside the grid.
    pub(crate) fn cell_mut(&mut self, row: u32, column: u32) -> &mut Value {
        let (row, column) = (at(row), at(column));
        if self.rows.len() <= row {
            self.rows.resize(row + 1, Vec::new());
        }
        let cells = &mut self.rows[row];
        if cells.len() <= column {
            cells.resize(column + 1, Value::Object(Map::new()));
        }
        &mut cells[column]
    }

    /// One after the last row in which any column holds something.
    pub(crate) fn used_rows(&self) -> u32 {
        let last = self.rows.iter().rposition(|row| row.iter().any(is_filled));
        last.map_or(0, |last| count(last) + 1)
    }

    pub(crate) fn cells(&self) -> u64 {
        u64::from(self.row_count) * u64::from(count(self.columns.len()))
    }

    /// A cell as an answer shows it: format of its column included.
    pub(crate) fn shown(&self, row: u32, column: u32) -> Value {
        let mut cell = self.cell(row, column).cloned().unwrap_or_else(|| json!({}));
        let base = self.columns.get(at(column)).map_or(&Value::Null, |column| &column.format);
        if row > 0
            && let Some(base) = base.as_object()
        {
            let mut format = base.clone();
            if let Some(own) = cell["userEnteredFormat"].as_object() {
                format.extend(own.clone());
            }
            cell["userEnteredFormat"] = Value::Object(format);
        }
        if let Some(uri) = cell["userEnteredFormat"]["textFormat"]["link"]["uri"].as_str().map(str::to_owned)
        {
            cell["hyperlink"] = Value::String(uri);
        }
        cell
    }
}

impl Workbook {
    pub(crate) fn new(id: &str, title: &str, time_zone: &str) -> Self {
        Self {
            id: id.to_owned(),
            title: title.to_owned(),
            time_zone: time_zone.to_owned(),
            locale: "ru_RU".to_owned(),
            grids: vec![Grid::new(0, "Лист1", 1000, 26)],
            metadata: Vec::new(),
        }
    }

    pub(crate) fn grid(&self, id: i32) -> Option<&Grid> {
        self.grids.iter().find(|grid| grid.id == id)
    }

    pub(crate) fn grid_mut(&mut self, id: i32) -> Option<&mut Grid> {
        self.grids.iter_mut().find(|grid| grid.id == id)
    }

    pub(crate) fn cells(&self) -> u64 {
        self.grids.iter().map(Grid::cells).sum::<u64>()
    }

    pub(crate) fn insert_columns(&mut self, sheet: i32, start: u32, number: u32, inherit: bool) {
        let Some(grid) = self.grid_mut(sheet) else { return };
        let from = if inherit && start > 0 { grid.columns.get(at(start - 1)) } else { None };
        let column = from.map_or_else(Column::default, |from| Column { hidden: false, ..from.clone() });
        for _ in 0..number {
            grid.columns.insert(at(start).min(grid.columns.len()), column.clone());
            for row in grid.rows.iter_mut().filter(|row| row.len() > at(start)) {
                row.insert(at(start), json!({}));
            }
        }
        self.shift(|place| match place {
            At::Column(id, index) if id == sheet && index >= start => Some(At::Column(id, index + number)),
            other => Some(other),
        });
    }

    pub(crate) fn delete_column(&mut self, sheet: i32, index: u32) {
        let Some(grid) = self.grid_mut(sheet) else { return };
        if at(index) < grid.columns.len() {
            grid.columns.remove(at(index));
        }
        for row in grid.rows.iter_mut().filter(|row| row.len() > at(index)) {
            row.remove(at(index));
        }
        // tags die with their column
        self.shift(|place| match place {
            At::Column(id, here) if id == sheet && here == index => None,
            At::Column(id, here) if id == sheet && here > index => Some(At::Column(id, here - 1)),
            other => Some(other),
        });
    }

    /// `to` counts after the column was taken out.
    pub(crate) fn move_column(&mut self, sheet: i32, from: u32, to: u32) {
        let Some(grid) = self.grid_mut(sheet) else { return };
        let width = grid.columns.len();
        let mut order: Vec<u32> = (0..count(width)).collect();
        let taken = order.remove(at(from));
        order.insert(at(to).min(order.len()), taken);
        grid.columns = order.iter().map(|old| grid.columns[at(*old)].clone()).collect();
        for row in &mut grid.rows {
            row.resize(width, json!({}));
            *row = order.iter().map(|old| row[at(*old)].clone()).collect();
        }
        self.shift(|place| match place {
            At::Column(id, here) if id == sheet => {
                order.iter().position(|old| *old == here).map(|new| At::Column(id, count(new)))
            }
            other => Some(other),
        });
    }

    pub(crate) fn delete_row(&mut self, sheet: i32, index: u32) {
        let Some(grid) = self.grid_mut(sheet) else { return };
        if at(index) < grid.rows.len() {
            grid.rows.remove(at(index));
        }
        grid.row_count = grid.row_count.saturating_sub(1);
        self.shift(|place| match place {
            At::Row(id, here) if id == sheet && here == index => None,
            At::Row(id, here) if id == sheet && here > index => Some(At::Row(id, here - 1)),
            other => Some(other),
        });
    }

    /// Sorts the rows below the header by a column; `only`: a selection of columns, which leaves the
    /// others where they are.
    pub(crate) fn sort(&mut self, sheet: i32, by: u32, descending: bool, only: Option<(u32, u32)>) {
        let Some(grid) = self.grid_mut(sheet) else { return };
        let used = grid.used_rows();
        let mut order: Vec<u32> = (1..used).collect();
        order.sort_by(|a, b| {
            let value = |row: u32| grid.cell(row, by).map(|cell| cell["userEnteredValue"].clone());
            let number = |row: u32| value(row).and_then(|value| value["numberValue"].as_f64());
            let text =
                |row: u32| value(row).and_then(|value| value["stringValue"].as_str().map(str::to_owned));
            let ordering = match (number(*a), number(*b)) {
                (Some(a), Some(b)) => a.total_cmp(&b),
                _ => text(*a).cmp(&text(*b)),
            };
            if descending { ordering.reverse() } else { ordering }
        });
        let width = count(grid.columns.len());
        let (first, end) = only.unwrap_or((0, width));
        let before = grid.clone();
        for (new, old) in (1..).zip(&order) {
            for column in first..end {
                *grid.cell_mut(new, column) = before.cell(*old, column).cloned().unwrap_or_else(|| json!({}));
            }
        }
        if only.is_none() {
            self.shift(|place| match place {
                At::Row(id, here) if id == sheet && here > 0 && here < used => {
                    order.iter().position(|old| *old == here).map(|new| At::Row(id, count(new) + 1))
                }
                other => Some(other),
            });
        }
    }

    fn shift(&mut self, to: impl Fn(At) -> Option<At>) {
        self.metadata.retain_mut(|entry| match to(entry.at) {
            Some(place) => {
                entry.at = place;
                true
            }
            None => false,
        });
    }
}

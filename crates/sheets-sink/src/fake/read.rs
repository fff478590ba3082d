//! What the spreadsheet answers: defaults left out, trailing blanks cut, ranges by filter or by name.

use serde_json::{Map, Value, json};

use super::apply::{index, is_protected, sheet_id};
use super::workbook::{At, Grid, Meta, Workbook, at, count, is_filled};

/// A `DataFilter`: members of a lookup must all hold.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    lookup: Option<Map<String, Value>>,
    grid_range: Option<Value>,
    /// As it came, for `MatchedValueRange`.
    pub(crate) asked: Value,
}

impl Filter {
    pub(crate) fn parse(value: &Value) -> Result<Self, String> {
        let lookup = value["developerMetadataLookup"].as_object().cloned();
        let grid_range = value.get("gridRange").cloned();
        if lookup.is_none() && grid_range.is_none() {
            return Err("Invalid dataFilter: a lookup or a gridRange is needed".into());
        }
        Ok(Self { lookup, grid_range, asked: value.clone() })
    }

    pub(crate) fn list(value: &Value) -> Result<Vec<Self>, String> {
        value.as_array().map(Vec::as_slice).unwrap_or_default().iter().map(Self::parse).collect()
    }

    fn matches(&self, entry: &Meta) -> bool {
        let Some(lookup) = &self.lookup else { return false };
        lookup.iter().all(|(name, wanted)| match name.as_str() {
            "metadataId" => *wanted == json!(entry.id),
            "metadataKey" => *wanted == json!(entry.key),
            "metadataValue" => *wanted == json!(entry.value),
            "visibility" => *wanted == json!(entry.visibility),
            _ => true,
        })
    }
}

pub(crate) fn found<'a>(book: &'a Workbook, filter: &'a Filter) -> impl Iterator<Item = &'a Meta> {
    book.metadata.iter().filter(|entry| filter.matches(entry))
}

/// proto3: a zero is left out.
fn with_sheet(mut range: Value, sheet: i32) -> Value {
    if sheet != 0 {
        range["sheetId"] = json!(sheet);
    }
    range
}

pub(crate) fn metadata_json(entry: &Meta) -> Value {
    let span = |sheet: i32, dimension: &str, start: u32| {
        let mut range = json!({"dimension": dimension, "endIndex": start + 1});
        if start != 0 {
            range["startIndex"] = json!(start);
        }
        with_sheet(range, sheet)
    };
    let location = match entry.at {
        At::Book => json!({"locationType": "SPREADSHEET", "spreadsheet": true}),
        At::Sheet(sheet) => with_sheet(json!({"locationType": "SHEET"}), sheet),
        At::Row(sheet, row) => json!({"locationType": "ROW", "dimensionRange": span(sheet, "ROWS", row)}),
        At::Column(sheet, column) => {
            json!({"locationType": "COLUMN", "dimensionRange": span(sheet, "COLUMNS", column)})
        }
    };
    let mut shown = json!({"metadataId": entry.id, "metadataKey": entry.key, "visibility": entry.visibility,
        "location": location});
    if !entry.value.is_empty() {
        shown["metadataValue"] = json!(entry.value);
    }
    shown
}

pub(crate) fn sheet_properties(grid: &Grid) -> Value {
    let mut size = json!({"rowCount": grid.row_count, "columnCount": grid.columns.len()});
    if grid.frozen > 0 {
        size["frozenRowCount"] = json!(grid.frozen);
    }
    // the one place where a sheetId of 0 is told
    json!({"sheetId": grid.id, "title": grid.title, "sheetType": "GRID", "gridProperties": size})
}

/// The whole spreadsheet; `pieces`: of which the cells are told.
pub(crate) fn spreadsheet(book: &Workbook, pieces: &[Region], may_edit_protected: bool) -> Value {
    let sheets: Vec<Value> = book
        .grids
        .iter()
        .filter(|grid| pieces.is_empty() || pieces.iter().any(|piece| piece.sheet == grid.id))
        .map(|grid| {
            let mut sheet = json!({"properties": sheet_properties(grid)});
            if !grid.protected.is_empty() {
                let ranges: Vec<Value> = grid
                    .protected
                    .iter()
                    .map(|range| {
                        let mut shown = range.clone();
                        if may_edit_protected || range["warningOnly"] == true {
                            shown["requestingUserCanEdit"] = json!(true);
                        }
                        shown
                    })
                    .collect();
                sheet["protectedRanges"] = json!(ranges);
            }
            if !grid.filter.is_null() {
                sheet["basicFilter"] = grid.filter.clone();
            }
            let data: Vec<Value> = pieces
                .iter()
                .filter(|piece| piece.sheet == grid.id)
                .map(|piece| grid_data(book, grid, piece))
                .collect();
            if !data.is_empty() {
                sheet["data"] = json!(data);
            }
            sheet
        })
        .collect();
    json!({
        "spreadsheetId": book.id,
        "spreadsheetUrl": format!("https://docs.google.com/spreadsheets/d/{}/edit", book.id),
        "properties": {"title": book.title, "locale": book.locale, "timeZone": book.time_zone, "autoRecalc": "ON_CHANGE"},
        "sheets": sheets,
    })
}

/// A piece of a grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Region {
    pub(crate) sheet: i32,
    pub(crate) rows: (u32, u32),
    pub(crate) columns: (u32, u32),
}

/// The pieces that a filter means.
pub(crate) fn regions(book: &Workbook, filter: &Filter) -> Vec<Region> {
    let whole = |sheet: i32| {
        let grid = book.grid(sheet)?;
        Some(Region { sheet, rows: (0, grid.row_count), columns: (0, count(grid.columns.len())) })
    };
    if let Some(range) = &filter.grid_range {
        let Some(all) = whole(sheet_id(range)) else { return Vec::new() };
        let end = |name: &str, most: u32| {
            range[name].as_u64().map_or(most, |end| u32::try_from(end).unwrap_or(most).min(most))
        };
        return vec![Region {
            rows: (index(&range["startRowIndex"]), end("endRowIndex", all.rows.1)),
            columns: (index(&range["startColumnIndex"]), end("endColumnIndex", all.columns.1)),
            ..all
        }];
    }
    let mut pieces: Vec<Region> = found(book, filter)
        .filter_map(|entry| match entry.at {
            At::Book => None,
            At::Sheet(sheet) => whole(sheet),
            At::Row(sheet, row) => whole(sheet).map(|all| Region { rows: (row, row + 1), ..all }),
            At::Column(sheet, column) => {
                whole(sheet).map(|all| Region { columns: (column, column + 1), ..all })
            }
        })
        .collect();
    pieces.dedup();
    pieces
}

fn grid_data(book: &Workbook, grid: &Grid, piece: &Region) -> Value {
    let ours = |place: At| -> Vec<Value> {
        book.metadata.iter().filter(|entry| entry.at == place).map(metadata_json).collect()
    };
    let dimension = |place: At, pixels: u64| {
        let metadata = ours(place);
        let mut shown = json!({"pixelSize": pixels});
        if !metadata.is_empty() {
            shown["developerMetadata"] = json!(metadata);
        }
        shown
    };
    let tagged_rows: std::collections::HashSet<u32> = book
        .metadata
        .iter()
        .filter_map(|entry| match entry.at {
            At::Row(sheet, row) if sheet == grid.id => Some(row),
            _ => None,
        })
        .collect();
    let used = grid.used_rows().min(piece.rows.1);
    let rows: Vec<Value> = (piece.rows.0..used)
        .map(|row| {
            let mut cells: Vec<Value> =
                (piece.columns.0..piece.columns.1).map(|column| grid.shown(row, column)).collect();
            while cells.last().is_some_and(|cell| !is_filled(cell)) {
                cells.pop();
            }
            if cells.is_empty() { json!({}) } else { json!({"values": cells}) }
        })
        .collect();
    let row_metadata: Vec<Value> = (piece.rows.0..piece.rows.1)
        .map(|row| {
            if tagged_rows.contains(&row) {
                dimension(At::Row(grid.id, row), 21)
            } else {
                json!({"pixelSize": 21})
            }
        })
        .collect();
    let columns = (piece.columns.0..piece.columns.1).zip(grid.columns.iter().skip(at(piece.columns.0)));
    let column_metadata: Vec<Value> =
        columns.map(|(column, looks)| dimension(At::Column(grid.id, column), looks.pixels)).collect();
    let mut data = json!({"rowMetadata": row_metadata, "columnMetadata": column_metadata});
    if !rows.is_empty() {
        data["rowData"] = json!(rows);
    }
    if piece.rows.0 > 0 {
        data["startRow"] = json!(piece.rows.0);
    }
    if piece.columns.0 > 0 {
        data["startColumn"] = json!(piece.columns.0);
    }
    data
}

/// Unformatted values, trailing blanks cut; `columns`: by column instead of by row.
pub(crate) fn values(book: &Workbook, piece: &Region, columns: bool) -> Value {
    let Some(grid) = book.grid(piece.sheet) else { return json!({}) };
    let value = |row: u32, column: u32| match grid.cell(row, column).map(|cell| &cell["userEnteredValue"]) {
        Some(Value::Object(value)) => value.values().next().cloned().unwrap_or_else(|| json!("")),
        _ => json!(""),
    };
    let (outer, inner) = if columns { (piece.columns, piece.rows) } else { (piece.rows, piece.columns) };
    let mut lines: Vec<Vec<Value>> = (outer.0..outer.1)
        .map(|one| {
            let mut line: Vec<Value> = (inner.0..inner.1)
                .map(|other| if columns { value(other, one) } else { value(one, other) })
                .collect();
            while line.last().is_some_and(|last| last == "") {
                line.pop();
            }
            line
        })
        .collect();
    while lines.last().is_some_and(Vec::is_empty) {
        lines.pop();
    }
    let name = |column: u32| crate::a1::letters(column);
    let range = format!(
        "'{}'!{}{}:{}{}",
        grid.title,
        name(piece.columns.0),
        piece.rows.0 + 1,
        name(piece.columns.1.saturating_sub(1)),
        piece.rows.1
    );
    let mut shown = json!({"range": range, "majorDimension": if columns { "COLUMNS" } else { "ROWS" }});
    if !lines.is_empty() {
        shown["values"] = json!(lines);
    }
    shown
}

/// A range by name, `Tab!A1:C`: breaks when the tab is renamed, as with Google.
pub(crate) fn by_name(book: &Workbook, range: &str) -> Option<Region> {
    let (title, cells) = range.rsplit_once('!').unwrap_or((range, ""));
    let grid = book.grids.iter().find(|grid| grid.title == title.trim_matches('\''))?;
    let all = Region { sheet: grid.id, rows: (0, grid.row_count), columns: (0, count(grid.columns.len())) };
    if cells.is_empty() {
        return Some(all);
    }
    let corner = |text: &str| {
        let letters: String = text.chars().take_while(char::is_ascii_alphabetic).collect();
        let digits: String = text.chars().skip_while(char::is_ascii_alphabetic).collect();
        let column = letters.bytes().try_fold(0_u32, |sum, letter| {
            sum.checked_mul(26)?.checked_add(u32::from(letter.to_ascii_uppercase() - b'A') + 1)
        })?;
        Some((column.checked_sub(1)?, digits.parse::<u32>().ok()))
    };
    let (first, last) = cells.split_once(':').unwrap_or((cells, cells));
    let ((left, top), (right, bottom)) = (corner(first)?, corner(last)?);
    Some(Region {
        rows: (top.map_or(0, |row| row.saturating_sub(1)), bottom.unwrap_or(all.rows.1).min(all.rows.1)),
        columns: (left, (right + 1).min(all.columns.1)),
        ..all
    })
}

/// Writes values to the pieces that filters mean: `null` leaves a cell as it is.
pub(crate) fn write_values(
    book: &mut Workbook,
    body: &Value,
    rules: &super::apply::Rules,
) -> Result<Value, String> {
    if body["valueInputOption"] != "RAW" {
        return Err("'valueInputOption' is required but not specified, or not played here".into());
    }
    let mut updated = 0;
    for data in body["data"].as_array().map(Vec::as_slice).unwrap_or_default() {
        let filter = Filter::parse(&data["dataFilter"])?;
        for piece in regions(book, &filter) {
            let lines = data["values"].as_array().map(Vec::as_slice).unwrap_or_default();
            let Some(grid) = book.grid_mut(piece.sheet) else { continue };
            for (row, line) in (piece.rows.0..).zip(lines) {
                let cells = line.as_array().map(Vec::as_slice).unwrap_or_default();
                if row >= piece.rows.1 || piece.columns.0 + count(cells.len()) > piece.columns.1 {
                    return Err("Requested writing within range, but tried writing beyond it".into());
                }
                for (column, value) in (piece.columns.0..).zip(cells).filter(|(_, value)| !value.is_null()) {
                    if !rules.may_edit_protected && is_protected(grid, row, column) {
                        return Err("You are trying to edit a protected cell or object.".into());
                    }
                    let cell = grid.cell_mut(row, column);
                    let entered = match value {
                        Value::String(text) if text.is_empty() => None,
                        Value::String(text) => {
                            super::apply::check_text(text, rules)?;
                            Some(json!({"stringValue": text}))
                        }
                        Value::Bool(value) => Some(json!({"boolValue": value})),
                        Value::Number(_) => Some(json!({"numberValue": value})),
                        _ => return Err(format!("Invalid values[0][{column}]: struct_value")),
                    };
                    match entered {
                        Some(entered) => cell["userEnteredValue"] = entered,
                        None => {
                            cell.as_object_mut().map(|cell| cell.remove("userEnteredValue"));
                        }
                    }
                    updated += 1;
                }
            }
        }
    }
    Ok(json!({"spreadsheetId": book.id, "totalUpdatedCells": updated}))
}

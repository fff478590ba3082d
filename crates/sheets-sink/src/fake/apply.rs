//! `batchUpdate`: each request in its order, all or nothing (the caller works on a copy).

use serde_json::{Value, json};

use super::mask::{self, overlay};
use super::read::{Filter, found};
use super::workbook::{At, Column, Grid, Meta, Workbook, at, count};

/// Google's limits.
const MOST_CELLS: u64 = 10_000_000;
const MOST_UNITS: usize = 50_000;
const MOST_METADATA: usize = 30_000;

/// What the workbook does not decide by itself.
pub(crate) struct Rules {
    /// Words that no cell may hold: a row that Google does not take.
    pub(crate) poison: Option<String>,
    /// The account may write into protected ranges.
    pub(crate) may_edit_protected: bool,
    /// For ids that Google makes.
    pub(crate) next_id: i32,
}

/// Applies one request.
///
/// # Errors
/// Google's words.
pub(crate) fn apply(book: &mut Workbook, request: &Value, rules: &mut Rules) -> Result<Value, String> {
    let Some((kind, body)) = request.as_object().and_then(|request| request.iter().next()) else {
        return Err("Must specify one kind of request".into());
    };
    match kind.as_str() {
        "createDeveloperMetadata" => create_metadata(book, &body["developerMetadata"], rules),
        "deleteDeveloperMetadata" => {
            let filter = Filter::parse(&body["dataFilter"])?;
            let gone: Vec<i32> = found(book, &filter).map(|entry| entry.id).collect();
            book.metadata.retain(|entry| !gone.contains(&entry.id));
            Ok(json!({"deleteDeveloperMetadata": {}}))
        }
        "addSheet" => add_sheet(book, &body["properties"]),
        "appendCells" => append_cells(book, body, rules).map(|()| json!({})),
        "updateCells" => update_cells(book, body, rules).map(|()| json!({})),
        "repeatCell" => repeat_cell(book, body, rules).map(|()| json!({})),
        "updateSheetProperties" => {
            let frozen = body["properties"]["gridProperties"]["frozenRowCount"].as_u64();
            let grid = grid_mut(book, sheet_id(&body["properties"]))?;
            grid.frozen = frozen.unwrap_or(grid.frozen);
            Ok(json!({}))
        }
        "updateDimensionProperties" => {
            let range = &body["range"];
            let grid = grid_mut(book, sheet_id(range))?;
            let (start, end) = (index(&range["startIndex"]), index(&range["endIndex"]));
            for column in grid.columns.iter_mut().take(at(end)).skip(at(start)) {
                column.pixels = body["properties"]["pixelSize"].as_u64().unwrap_or(column.pixels);
                column.hidden = body["properties"]["hiddenByUser"].as_bool().unwrap_or(column.hidden);
            }
            Ok(json!({}))
        }
        "insertDimension" => {
            let range = &body["range"];
            let (start, end) = (index(&range["startIndex"]), index(&range["endIndex"]));
            let width = count(grid_mut(book, sheet_id(range))?.columns.len());
            let inherit = body["inheritFromBefore"].as_bool().unwrap_or(false);
            if range["dimension"] != "COLUMNS" || start >= width || (inherit && start == 0) {
                return Err(format!("range.startIndex[{start}] is too large; the grid has {width} columns"));
            }
            book.insert_columns(sheet_id(range), start, end - start, inherit);
            full(book).map(|()| json!({}))
        }
        "appendDimension" => {
            let length = index(&body["length"]);
            let grid = grid_mut(book, sheet_id(body))?;
            if body["dimension"] == "ROWS" {
                grid.row_count += length;
            } else {
                grid.columns.resize(grid.columns.len() + at(length), Column::default());
            }
            full(book).map(|()| json!({}))
        }
        "setBasicFilter" => {
            let filter = &body["filter"];
            grid_mut(book, sheet_id(&filter["range"]))?.filter = filter.clone();
            Ok(json!({}))
        }
        "addConditionalFormatRule" => {
            let rule = body["rule"].clone();
            let sheet = sheet_id(&rule["ranges"][0]);
            in_grid(grid_mut(book, sheet)?, &rule["ranges"][0])?;
            grid_mut(book, sheet)?.rules.insert(0, rule);
            Ok(json!({}))
        }
        "setDataValidation" => {
            let grid = grid_mut(book, sheet_id(&body["range"]))?;
            in_grid(grid, &body["range"])?;
            grid.validations.push(body.clone());
            Ok(json!({}))
        }
        "addProtectedRange" => {
            let mut range = body["protectedRange"].clone();
            rules.next_id += 1;
            range["protectedRangeId"] = json!(rules.next_id);
            grid_mut(book, sheet_id(&range["range"]))?.protected.push(range.clone());
            Ok(json!({"addProtectedRange": {"protectedRange": range}}))
        }
        "deleteDuplicates" => delete_duplicates(book, body),
        other => Err(format!("{other} is not played here")),
    }
}

fn create_metadata(book: &mut Workbook, entry: &Value, rules: &mut Rules) -> Result<Value, String> {
    let id = entry["metadataId"].as_i64().and_then(|id| i32::try_from(id).ok()).filter(|id| *id != 0);
    let id = id.unwrap_or_else(|| {
        rules.next_id += 1;
        rules.next_id
    });
    if book.metadata.iter().any(|entry| entry.id == id) {
        return Err(format!(
            "Cannot add developer metadata with ID [{id}] because developer metadata with that ID already exists."
        ));
    }
    let location = &entry["location"];
    let range = &location["dimensionRange"];
    let place = if location["spreadsheet"] == true {
        At::Book
    } else if range.is_object() {
        let (sheet, start) = (sheet_id(range), index(&range["startIndex"]));
        let grid = book.grid(sheet).ok_or_else(|| no_grid(sheet))?;
        let (limit, place) = match range["dimension"].as_str() {
            Some("ROWS") => (grid.row_count, At::Row(sheet, start)),
            _ => (count(grid.columns.len()), At::Column(sheet, start)),
        };
        if start >= limit {
            return Err(format!("range.startIndex[{start}] is beyond the grid"));
        }
        place
    } else if location["sheetId"].is_i64() {
        let sheet = sheet_id(location);
        book.grid(sheet).ok_or_else(|| no_grid(sheet))?;
        At::Sheet(sheet)
    } else {
        return Err("developer metadata needs a location".into());
    };
    let text = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
    let meta = Meta {
        id,
        key: text("metadataKey"),
        value: text("metadataValue"),
        visibility: text("visibility"),
        at: place,
    };
    let scope = |place: At| match place {
        At::Book => None,
        At::Sheet(sheet) | At::Row(sheet, _) | At::Column(sheet, _) => Some(sheet),
    };
    let same = book.metadata.iter().filter(|one| scope(one.at) == scope(place));
    let size: usize =
        same.chain([&meta]).map(|one| one.key.chars().count() + one.value.chars().count()).sum();
    if size > MOST_METADATA {
        return Err("Cannot add developer metadata: the limit of 30000 characters is reached.".into());
    }
    let shown = super::read::metadata_json(&meta);
    book.metadata.push(meta);
    Ok(json!({"createDeveloperMetadata": {"developerMetadata": shown}}))
}

fn add_sheet(book: &mut Workbook, properties: &Value) -> Result<Value, String> {
    let id = sheet_id(properties);
    let title = properties["title"].as_str().unwrap_or("Лист");
    if book.grid(id).is_some() || book.grids.iter().any(|grid| grid.title == title) {
        return Err(format!("A sheet with the name \"{title}\" already exists. Please enter another name."));
    }
    let size = |name: &str, default: u32| {
        properties["gridProperties"][name].as_u64().and_then(|n| u32::try_from(n).ok()).unwrap_or(default)
    };
    let mut grid = Grid::new(id, title, size("rowCount", 1000), size("columnCount", 26));
    grid.frozen = properties["gridProperties"]["frozenRowCount"].as_u64().unwrap_or(0);
    book.grids.push(grid);
    full(book)?;
    let shown = book.grid(id).map(super::read::sheet_properties).unwrap_or_default();
    Ok(json!({"addSheet": {"properties": shown}}))
}

fn append_cells(book: &mut Workbook, body: &Value, rules: &Rules) -> Result<(), String> {
    let paths = mask::parse(body["fields"].as_str().unwrap_or_default())?;
    let rows = body["rows"].as_array().map(Vec::as_slice).unwrap_or_default();
    let grid = grid_mut(book, sheet_id(body))?;
    let start = grid.used_rows();
    let end = start + count(rows.len());
    grid.row_count = grid.row_count.max(end);
    for (row, cells) in (start..).zip(rows) {
        write_row(grid, row, 0, cells, &paths, rules)?;
    }
    full(book)
}

fn update_cells(book: &mut Workbook, body: &Value, rules: &Rules) -> Result<(), String> {
    let paths = mask::parse(body["fields"].as_str().unwrap_or_default())?;
    let start = &body["start"];
    let grid = grid_mut(book, sheet_id(start))?;
    let (row, column) = (index(&start["rowIndex"]), index(&start["columnIndex"]));
    let rows = body["rows"].as_array().map(Vec::as_slice).unwrap_or_default();
    if row + count(rows.len()) > grid.row_count {
        return Err(format!("Attempting to write row: {row}, beyond the last row of {}", grid.row_count));
    }
    for (row, cells) in (row..).zip(rows) {
        write_row(grid, row, column, cells, &paths, rules)?;
    }
    Ok(())
}

fn write_row(
    grid: &mut Grid,
    row: u32,
    start: u32,
    cells: &Value,
    paths: &[mask::Path],
    rules: &Rules,
) -> Result<(), String> {
    let cells = cells["values"].as_array().map(Vec::as_slice).unwrap_or_default();
    let width = count(grid.columns.len());
    if start + count(cells.len()) > width {
        return Err(format!(
            "Attempting to write column: {}, beyond the last column of {width}",
            start + count(cells.len()) - 1
        ));
    }
    for (column, source) in (start..).zip(cells) {
        if !rules.may_edit_protected && is_protected(grid, row, column) {
            return Err(
                "You are trying to edit a protected cell or object. Please contact the spreadsheet owner \
                        to remove protection if you need to edit."
                    .into(),
            );
        }
        if let Some(text) = source["userEnteredValue"]["stringValue"].as_str() {
            check_text(text, rules)?;
        }
        overlay(grid.cell_mut(row, column), source, paths);
    }
    Ok(())
}

pub(crate) fn check_text(text: &str, rules: &Rules) -> Result<(), String> {
    if text.encode_utf16().count() > MOST_UNITS {
        return Err("Your input contains more than the maximum of 50000 characters in a single cell.".into());
    }
    match &rules.poison {
        Some(poison) if text.contains(poison.as_str()) => Err("Invalid value".into()),
        _ => Ok(()),
    }
}

pub(crate) fn is_protected(grid: &Grid, row: u32, column: u32) -> bool {
    grid.protected.iter().filter(|range| range["warningOnly"] != true).any(|range| {
        let range = &range["range"];
        let inside = |start: &str, end: &str, here: u32| {
            here >= index(&range[start]) && range[end].as_u64().is_none_or(|end| u64::from(here) < end)
        };
        inside("startRowIndex", "endRowIndex", row) && inside("startColumnIndex", "endColumnIndex", column)
    })
}

fn repeat_cell(book: &mut Workbook, body: &Value, rules: &Rules) -> Result<(), String> {
    let paths = mask::parse(body["fields"].as_str().unwrap_or_default())?;
    let range = &body["range"];
    let grid = grid_mut(book, sheet_id(range))?;
    in_grid(grid, range)?;
    let (first, end) = (index(&range["startColumnIndex"]), range["endColumnIndex"].as_u64());
    let end = end.map_or(count(grid.columns.len()), |end| u32::try_from(end).unwrap_or(u32::MAX));
    if range["endRowIndex"].is_null() {
        for column in grid.columns.iter_mut().take(at(end)).skip(at(first)) {
            let mut cell = json!({"userEnteredFormat": column.format});
            overlay(&mut cell, &body["cell"], &paths);
            column.format = cell["userEnteredFormat"].clone();
        }
        return Ok(());
    }
    for row in index(&range["startRowIndex"])..index(&range["endRowIndex"]).min(grid.row_count) {
        let cells = json!({"values": vec![body["cell"].clone(); at(end - first)]});
        write_row(grid, row, first, &cells, &paths, rules)?;
    }
    Ok(())
}

/// Keeps the topmost of rows that are equal in the compared columns: case and format do not matter,
/// blank equals blank, rows out of sight count too.
fn delete_duplicates(book: &mut Workbook, body: &Value) -> Result<Value, String> {
    let range = &body["range"];
    let sheet = sheet_id(range);
    let grid = grid_mut(book, sheet)?;
    let columns: Vec<u32> = body["comparisonColumns"]
        .as_array()
        .map(|columns| columns.iter().map(|column| index(&column["startIndex"])).collect())
        .unwrap_or_default();
    let mut seen = std::collections::HashSet::new();
    let mut doubled = Vec::new();
    for row in index(&range["startRowIndex"])..grid.used_rows() {
        let value = |column: &u32| {
            grid.cell(row, *column).map(|cell| cell["userEnteredValue"].to_string().to_lowercase())
        };
        let key: Vec<String> =
            columns.iter().map(|column| value(column).filter(|v| v != "null").unwrap_or_default()).collect();
        if !seen.insert(key) {
            doubled.push(row);
        }
    }
    for row in doubled.iter().rev() {
        book.delete_row(sheet, *row);
    }
    Ok(json!({"deleteDuplicates": {"duplicatesRemovedCount": doubled.len()}}))
}

fn in_grid(grid: &Grid, range: &Value) -> Result<(), String> {
    // a range that only ends after the grid is taken
    let (row, column) = (index(&range["startRowIndex"]), index(&range["startColumnIndex"]));
    if row >= grid.row_count || at(column) >= grid.columns.len() {
        return Err(format!("range starts beyond the grid of {} x {}", grid.row_count, grid.columns.len()));
    }
    Ok(())
}

fn full(book: &Workbook) -> Result<(), String> {
    if book.cells() > MOST_CELLS {
        return Err(format!(
            "This action would increase the number of cells in the workbook above the limit of {MOST_CELLS} cells."
        ));
    }
    Ok(())
}

fn grid_mut(book: &mut Workbook, sheet: i32) -> Result<&mut Grid, String> {
    book.grid_mut(sheet).ok_or_else(|| no_grid(sheet))
}

fn no_grid(sheet: i32) -> String {
    format!("No grid with id: {sheet}")
}

pub(crate) fn sheet_id(value: &Value) -> i32 {
    value["sheetId"].as_i64().and_then(|id| i32::try_from(id).ok()).unwrap_or(0)
}

pub(crate) fn index(value: &Value) -> u32 {
    value.as_u64().and_then(|index| u32::try_from(index).ok()).unwrap_or(0)
}

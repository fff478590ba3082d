//! Reading rows: by the column of keys, or by the tags that a batch put on them.
//!
//! Each answer is one moment of the sheet: keys, cells and tags in it belong together, whatever
//! people move before and after.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

use crate::{
    cell::{Plain, of_answer},
    layout::{COLUMN_KEY, Columns, Place, ROW_KEY},
    rest::{Deed, Rest, Trouble},
    wire,
};

const CELLS: &str = "sheets(properties.sheetId,data(startRow,startColumn,\
    rowData.values(userEnteredValue,userEnteredFormat.textFormat.link,hyperlink),\
    columnMetadata.developerMetadata(metadataId,metadataKey,metadataValue),\
    rowMetadata.developerMetadata(metadataId,metadataKey)))";
/// Without what belongs to each row of a long sheet.
const COLUMN_CELLS: &str = "sheets(properties.sheetId,data(startRow,startColumn,\
    rowData.values(userEnteredValue,userEnteredFormat.textFormat.link,hyperlink),\
    columnMetadata.developerMetadata(metadataId,metadataKey,metadataValue)))";

/// Whole columns at one moment.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    /// Row (from 0) of each key; the topmost where a person copied a row.
    pub(crate) rows: HashMap<String, u32>,
    /// The cells of the other columns that were asked for: by column, then row.
    cells: HashMap<String, HashMap<u32, Plain>>,
    /// Where the columns stood.
    pub(crate) columns: Columns,
}

impl Scan {
    pub(crate) fn cell(&self, column: &str, row: u32) -> Plain {
        self.cells.get(column).and_then(|cells| cells.get(&row)).cloned().unwrap_or(Plain::Blank)
    }
}

/// Reads the column of keys and the named others, top to bottom.
pub(crate) async fn columns(
    rest: &Rest,
    sheet_id: i32,
    columns: &Columns,
    key: &str,
    others: &[String],
) -> Result<Scan, Trouble> {
    let wanted = others.iter().map(String::as_str).chain([key]);
    let filters: Vec<Value> = wanted
        .filter_map(|id| columns.get(id))
        .map(|place| json!({"developerMetadataLookup": {"metadataId": place.metadata_id}}))
        .collect();
    let tail = format!(":getByDataFilter?fields={COLUMN_CELLS}");
    let body = json!({"dataFilters": filters});
    let answer: wire::Spreadsheet = rest.post("sheets.read_columns", Deed::Read, &tail, &body).await?;
    let mut scan = Scan::default();
    for data in grids(&answer, sheet_id) {
        let Some((id, place)) = tagged_columns(data).into_iter().next() else { continue };
        let mut cells = HashMap::new();
        for (row, value) in (data.start_row..).zip(&data.row_data) {
            let Some(cell) = value.values.first().map(of_answer).filter(|cell| *cell != Plain::Blank) else {
                continue;
            };
            match (id == key, &cell) {
                (true, Plain::Words(text)) if row > 0 => {
                    scan.rows.entry(text.clone()).or_insert(row);
                }
                (true, _) => {}
                (false, _) => {
                    cells.insert(row, cell);
                }
            }
        }
        scan.columns.insert(id.clone(), place);
        scan.cells.insert(id, cells);
    }
    Ok(scan)
}

/// A row that carries a tag of ours.
#[derive(Debug)]
pub(crate) struct TaggedRow {
    pub(crate) row: u32,
    /// Its cells by position.
    pub(crate) cells: Vec<Plain>,
}

/// The rows with the tags of a batch, by tag, and where the columns stood.
pub(crate) async fn tagged(
    rest: &Rest,
    sheet_id: i32,
    batch: &str,
) -> Result<(BTreeMap<i32, TaggedRow>, Columns), Trouble> {
    let tail = format!(":getByDataFilter?fields={CELLS}");
    let lookup = json!({"metadataKey": ROW_KEY, "metadataValue": batch, "visibility": "DOCUMENT"});
    let body = json!({"dataFilters": [{"developerMetadataLookup": lookup}]});
    let answer: wire::Spreadsheet = rest.post("sheets.read_rows", Deed::Read, &tail, &body).await?;
    let (mut rows, mut columns) = (BTreeMap::new(), Columns::new());
    for data in grids(&answer, sheet_id) {
        columns.extend(tagged_columns(data));
        for ((row, values), metadata) in (data.start_row..).zip(&data.row_data).zip(&data.row_metadata) {
            for tag in metadata.developer_metadata.iter().filter(|tag| tag.metadata_key == ROW_KEY) {
                let cells = values.values.iter().map(of_answer).collect();
                rows.insert(tag.metadata_id, TaggedRow { row, cells });
            }
        }
    }
    Ok((rows, columns))
}

fn grids(answer: &wire::Spreadsheet, sheet_id: i32) -> impl Iterator<Item = &wire::GridData> {
    answer
        .sheets
        .iter()
        .filter(move |sheet| sheet.properties.sheet_id == sheet_id)
        .flat_map(|sheet| &sheet.data)
}

/// Our columns in a piece of the grid.
fn tagged_columns(data: &wire::GridData) -> Columns {
    let mut columns = Columns::new();
    for (index, properties) in (data.start_column..).zip(&data.column_metadata) {
        for tag in properties.developer_metadata.iter().filter(|tag| tag.metadata_key == COLUMN_KEY) {
            let place = Place { index, metadata_id: tag.metadata_id };
            columns.entry(tag.metadata_value.clone()).or_insert(place);
        }
    }
    columns
}

//! The tab, its header and its columns: found by tags that move with them, else by their words,
//! else made.
//!
//! Each tag's id is made from the sheet and the column, so that a second header, or a second copy
//! of a column, is impossible: the batch that would make it is refused as a whole.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::{
    ColumnKind, ColumnSpec, Found, SheetError, SheetSpec, looks,
    rest::{Deed, Rest, Trouble},
    wire,
};

pub(crate) const COLUMN_KEY: &str = "zvonar.column";
pub(crate) const SCHEMA_KEY: &str = "zvonar.schema";
pub(crate) const ROW_KEY: &str = "zvonar.row";
pub(crate) const BATCH_KEY: &str = "zvonar.batch";

const BOOK_FIELDS: &str = "spreadsheetId,spreadsheetUrl,properties(title,timeZone),\
    sheets(properties(sheetId,title,gridProperties(rowCount,columnCount)),\
    protectedRanges(description,warningOnly,requestingUserCanEdit))";

/// Where a column stands now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) index: u32,
    pub(crate) metadata_id: i32,
}

/// Our columns by id.
pub(crate) type Columns = BTreeMap<String, Place>;

/// What one search for our tags tells.
#[derive(Debug, Default)]
pub(crate) struct Tags {
    columns: Vec<(i32, String, Place)>,
    /// (sheet, the tab's name at the start).
    schemas: Vec<(i32, String)>,
    /// Batches whose row tags are still there.
    pub(crate) row_batches: BTreeSet<String>,
}

impl Tags {
    /// The columns of a sheet, the leftmost where a tag is there twice.
    pub(crate) fn columns(&self, sheet_id: i32) -> Columns {
        let mut columns = Columns::new();
        for (_, id, place) in self.columns.iter().filter(|(sheet, ..)| *sheet == sheet_id) {
            let kept = columns.entry(id.clone()).or_insert(*place);
            if place.index < kept.index {
                *kept = *place;
            }
        }
        columns
    }

    fn is_double(&self, sheet_id: i32, column: &str) -> bool {
        self.columns.iter().filter(|(sheet, id, _)| *sheet == sheet_id && id == column).count() > 1
    }

    fn has_schema(&self, sheet_id: i32) -> bool {
        self.schemas.iter().any(|(sheet, _)| *sheet == sheet_id)
    }
}

/// The whole spreadsheet without its cells.
pub(crate) async fn book(rest: &Rest) -> Result<wire::Spreadsheet, Trouble> {
    rest.get("sheets.get", &format!("?fields={BOOK_FIELDS}")).await
}

/// All our tags.
pub(crate) async fn tags(rest: &Rest) -> Result<Tags, Trouble> {
    let filters: Vec<Value> = [COLUMN_KEY, SCHEMA_KEY, ROW_KEY].into_iter().map(by_key).collect();
    let body = json!({"dataFilters": filters});
    let found: wire::Found =
        rest.post("sheets.metadata_search", Deed::Read, "/developerMetadata:search", &body).await?;
    let mut tags = Tags::default();
    for wire::Matched { developer_metadata: entry } in found.matched_developer_metadata {
        let range = entry.location.dimension_range;
        match (entry.metadata_key.as_str(), range) {
            (COLUMN_KEY, Some(range)) => {
                let place = Place { index: range.start_index, metadata_id: entry.metadata_id };
                tags.columns.push((range.sheet_id, entry.metadata_value, place));
            }
            (SCHEMA_KEY, _) => {
                tags.schemas.push((entry.location.sheet_id.unwrap_or_default(), entry.metadata_value));
            }
            (ROW_KEY, _) => {
                tags.row_batches.insert(entry.metadata_value);
            }
            _ => {}
        }
    }
    Ok(tags)
}

fn by_key(key: &str) -> Value {
    json!({"developerMetadataLookup": {"metadataKey": key, "visibility": "DOCUMENT"}})
}

/// Which sheet is ours: the remembered one, else the one with our mark, else by its name.
pub(crate) fn choose<'a>(
    book: &'a wire::Spreadsheet,
    tags: &Tags,
    remembered: Option<i32>,
    tab: &str,
) -> Option<&'a wire::Sheet> {
    let by_id = |id: i32| book.sheets.iter().find(move |sheet| sheet.properties.sheet_id == id);
    let marked = || tags.schemas.iter().filter(|(_, name)| name == tab).find_map(|(id, _)| by_id(*id));
    let named = || book.sheets.iter().find(|sheet| same_words(&sheet.properties.title, tab));
    remembered.and_then(by_id).or_else(marked).or_else(named)
}

fn same_words(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

/// What is to be done so that all columns stand.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// Empty: nothing.
    pub(crate) requests: Vec<Value>,
    /// Columns that are made, where they will stand.
    pub(crate) made: Vec<(u32, ColumnSpec)>,
    /// The whole tab is new.
    pub(crate) new_tab: bool,
    /// How each column of the specification stands before that.
    pub(crate) found: BTreeMap<String, (Found, Option<u32>)>,
}

/// The plan for a tab that does not exist yet.
pub(crate) fn plan_new(sheet_id: i32, tab: &str, spec: &SheetSpec) -> Plan {
    let mut plan = Plan { new_tab: true, ..Plan::default() };
    // a narrow grid: blank cells count towards the spreadsheet's limit
    let grid = json!({"rowCount": 1000, "columnCount": spec.columns.len().max(1), "frozenRowCount": 1});
    let properties = json!({"sheetId": sheet_id, "title": tab, "gridProperties": grid});
    plan.requests.push(json!({"addSheet": {"properties": properties}}));
    plan.requests.push(schema_tag(sheet_id, tab));
    plan.made = spec.columns.iter().cloned().enumerate().map(|(at, column)| (index(at), column)).collect();
    plan.found = spec.columns.iter().map(|column| (column.id.clone(), (Found::NotYet, None))).collect();
    push_made(&mut plan, sheet_id);
    plan
}

/// The plan for a tab that is there. `header` is its first row, `known` the columns that were there
/// once: those are a person's to delete.
pub(crate) fn plan_existing(
    sheet: &wire::Sheet,
    tags: &Tags,
    header: &[String],
    known: &BTreeSet<String>,
    tab: &str,
    spec: &SheetSpec,
) -> Result<Plan, SheetError> {
    let sheet_id = sheet.properties.sheet_id;
    let damaged = |reason: String| SheetError::HeaderDamaged { reason };
    let key = key_column(spec)?;
    if tags.is_double(sheet_id, &key.id) {
        return Err(damaged(format!("the column «{}» is there twice", key.header)));
    }
    let tagged = tags.columns(sheet_id);
    let mut taken: BTreeSet<u32> = tagged.values().map(|place| place.index).collect();
    let mut plan = Plan::default();
    let mut standing: BTreeMap<String, u32> =
        tagged.iter().map(|(id, place)| (id.clone(), place.index)).collect();
    let mut missing = Vec::new();
    for column in &spec.columns {
        if let Some(place) = tagged.get(&column.id) {
            plan.found.insert(column.id.clone(), (Found::Tagged, Some(place.index)));
            continue;
        }
        let named: Vec<u32> = (0..)
            .zip(header)
            .filter(|(at, words)| !taken.contains(at) && same_words(words, &column.header))
            .map(|(at, _)| at)
            .collect();
        if column.kind == ColumnKind::Key && named.len() > 1 {
            return Err(damaged(format!("two columns are called «{}»", column.header)));
        }
        if let Some(at) = named.first().copied() {
            taken.insert(at);
            standing.insert(column.id.clone(), at);
            plan.requests.push(column_tag(sheet_id, &column.id, at));
            plan.found.insert(column.id.clone(), (Found::ByHeader, Some(at)));
        } else if !known.contains(&column.id) {
            missing.push(column.clone());
            plan.found.insert(column.id.clone(), (Found::NotYet, None));
        } else if column.kind == ColumnKind::Key {
            return Err(damaged(format!("the hidden column «{}» is gone", column.header)));
        } else {
            plan.found.insert(column.id.clone(), (Found::Deleted, None));
        }
    }
    if !missing.is_empty() {
        let (at, room) = position(sheet, header, &standing, spec, index(missing.len()));
        plan.requests.extend(room);
        plan.made = (at..).zip(missing).collect();
        push_made(&mut plan, sheet_id);
    }
    if !plan.requests.is_empty() && !tags.has_schema(sheet_id) {
        plan.requests.insert(0, schema_tag(sheet_id, tab));
        plan.requests.push(frozen_header(sheet_id));
    }
    Ok(plan)
}

/// Where new columns go, and what makes room for them there.
fn position(
    sheet: &wire::Sheet,
    header: &[String],
    standing: &BTreeMap<String, u32>,
    spec: &SheetSpec,
    count: u32,
) -> (u32, Vec<Value>) {
    let sheet_id = sheet.properties.sheet_id;
    let width = sheet.properties.grid_properties.column_count;
    let append = |length: u32| json!({"appendDimension": {"sheetId": sheet_id, "dimension": "COLUMNS", "length": length}});
    let before = spec.insert_before.as_ref().and_then(|id| standing.get(id)).copied();
    let last = standing.values().max().copied();
    let at = match (before, last) {
        (Some(at), _) => at,
        (None, Some(last)) => last + 1,
        (None, None) => {
            // beside whatever a person has put there
            let used = header.iter().rposition(|words| !words.trim().is_empty()).map_or(0, |at| at + 1);
            let at = index(used);
            let lacking = (at + count).saturating_sub(width);
            return (at, if lacking == 0 { Vec::new() } else { vec![append(lacking)] });
        }
    };
    if at >= width {
        return (width, vec![append(count)]);
    }
    let range =
        json!({"sheetId": sheet_id, "dimension": "COLUMNS", "startIndex": at, "endIndex": at + count});
    (at, vec![json!({"insertDimension": {"range": range, "inheritFromBefore": at > 0}})])
}

/// Headers and tags of the columns that are made; the key is hidden.
fn push_made(plan: &mut Plan, sheet_id: i32) {
    let Some((first, _)) = plan.made.first() else { return };
    let cells: Vec<Value> = plan.made.iter().map(|(_, column)| looks::header_cell(&column.header)).collect();
    plan.requests.push(json!({"updateCells": {
        "start": {"sheetId": sheet_id, "rowIndex": 0, "columnIndex": first},
        "fields": looks::HEADER_FIELDS,
        "rows": [{"values": cells}],
    }}));
    let tags: Vec<Value> =
        plan.made.iter().map(|(at, column)| column_tag(sheet_id, &column.id, *at)).collect();
    plan.requests.extend(tags);
    let hidden = plan.made.iter().filter(|(_, column)| column.kind == ColumnKind::Key);
    let hidden: Vec<Value> = hidden.map(|(at, _)| looks::hidden(sheet_id, *at)).collect();
    plan.requests.extend(hidden);
}

fn frozen_header(sheet_id: i32) -> Value {
    json!({"updateSheetProperties": {
        "properties": {"sheetId": sheet_id, "gridProperties": {"frozenRowCount": 1}},
        "fields": "gridProperties.frozenRowCount",
    }})
}

fn schema_tag(sheet_id: i32, tab: &str) -> Value {
    json!({"createDeveloperMetadata": {"developerMetadata": {
        "metadataId": steady_id("schema", sheet_id, ""),
        "metadataKey": SCHEMA_KEY, "metadataValue": tab, "visibility": "DOCUMENT",
        "location": {"sheetId": sheet_id},
    }}})
}

fn column_tag(sheet_id: i32, column: &str, at: u32) -> Value {
    json!({"createDeveloperMetadata": {"developerMetadata": {
        "metadataId": steady_id("column", sheet_id, column),
        "metadataKey": COLUMN_KEY, "metadataValue": column, "visibility": "DOCUMENT",
        "location": {"dimensionRange":
            {"sheetId": sheet_id, "dimension": "COLUMNS", "startIndex": at, "endIndex": at + 1}},
    }}})
}

/// The same for the same thing, always: the fence of the layout.
fn steady_id(what: &str, sheet_id: i32, name: &str) -> i32 {
    let hash = Sha256::digest(format!("{what}/{sheet_id}/{name}"));
    let bits = hash.iter().take(4).fold(0_u32, |bits, byte| (bits << 8) | u32::from(*byte));
    i32::try_from(bits & 0x7fff_ffff).unwrap_or(i32::MAX).max(1)
}

/// The first row's words.
pub(crate) async fn header(rest: &Rest, sheet_id: i32) -> Result<Vec<String>, Trouble> {
    let body = json!({"dataFilters": [{"gridRange":
        {"sheetId": sheet_id, "startRowIndex": 0, "endRowIndex": 1}}]});
    let tail = ":getByDataFilter?fields=sheets(properties.sheetId,\
        data(startRow,startColumn,rowData.values.userEnteredValue))";
    let answer: wire::Spreadsheet = rest.post("sheets.header", Deed::Read, tail, &body).await?;
    let mut words = Vec::new();
    for sheet in answer.sheets.iter().filter(|sheet| sheet.properties.sheet_id == sheet_id) {
        for row in sheet.data.iter().filter_map(|data| data.row_data.first()) {
            words = row
                .values
                .iter()
                .map(|cell| cell["userEnteredValue"]["stringValue"].as_str().unwrap_or_default().to_owned())
                .collect();
        }
    }
    Ok(words)
}

/// The one column of keys.
pub(crate) fn key_column(spec: &SheetSpec) -> Result<&ColumnSpec, SheetError> {
    let mut keys = spec.columns.iter().filter(|column| column.kind == ColumnKind::Key);
    match (keys.next(), keys.next()) {
        (Some(key), None) => Ok(key),
        _ => Err(SheetError::Invalid("a sheet needs exactly one column of the kind Key".into())),
    }
}

pub(crate) fn index(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

//! What a batch holds, for the columns as they stand; and new rows set right where the columns were
//! moved just before they landed.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};

use crate::{
    ColumnKind, OpenBatch, SheetError, SheetRow, SheetsClient,
    batch::{self, BatchBody},
    cell::{self, Plain},
    client::Tab,
    deliver::ROUNDS,
    layout::{self, Columns, ROW_KEY},
    rest::Deed,
    scan, wire,
};

impl SheetsClient {
    /// The batch for the columns as they stand: fence, tags and links of changed rows, new rows.
    pub(crate) async fn requests(
        &self,
        tab: &mut Tab,
        open: &OpenBatch,
        body: &BatchBody,
    ) -> Result<Vec<Value>, SheetError> {
        let mut requests = vec![batch::marker(open)];
        if !body.updates.is_empty() {
            let sink = self.sink(tab.sheet_id);
            let under_way = self.shared.ledger.open_batches(&sink).await?;
            let under_way: HashSet<String> = under_way.iter().map(batch::name).collect();
            requests.extend(tab.row_batches.iter().filter(|name| !under_way.contains(*name)).map(|name| {
                let lookup = json!({"metadataKey": ROW_KEY, "metadataValue": name, "visibility": "DOCUMENT"});
                json!({"deleteDeveloperMetadata": {"dataFilter": {"developerMetadataLookup": lookup}}})
            }));
            requests.extend(self.tags_and_links(tab, open, body).await?);
        }
        if !body.adds.is_empty() {
            let key = layout::key_column(&self.spec)?.id.clone();
            let rows: Vec<Value> = body.adds.iter().map(|row| self.whole_row(tab, &key, row)).collect();
            requests.push(json!({"appendCells": {
                "sheetId": tab.sheet_id, "fields": cell::FIELDS, "rows": rows,
            }}));
        }
        Ok(requests)
    }

    async fn tags_and_links(
        &self,
        tab: &Tab,
        open: &OpenBatch,
        body: &BatchBody,
    ) -> Result<Vec<Value>, SheetError> {
        let key = layout::key_column(&self.spec)?;
        let scan = scan::columns(&self.shared.rest, tab.sheet_id, &tab.columns, &key.id, &[]).await?;
        let sheet_id = tab.sheet_id;
        let mut requests = Vec::new();
        for update in &body.updates {
            let Some(row) = scan.rows.get(&update.row.key).copied() else { continue };
            requests.push(json!({"createDeveloperMetadata": {"developerMetadata": {
                "metadataId": update.tag, "metadataKey": ROW_KEY, "metadataValue": batch::name(open),
                "visibility": "DOCUMENT",
                "location": {"dimensionRange":
                    {"sheetId": sheet_id, "dimension": "ROWS", "startIndex": row, "endIndex": row + 1}},
            }}}));
            for (column, value) in self.values(tab, &update.row) {
                let Some(place) = tab.columns.get(&column.id).filter(|_| update.links.contains(&column.id))
                else {
                    continue;
                };
                requests.push(json!({"updateCells": {
                    "start": {"sheetId": sheet_id, "rowIndex": row, "columnIndex": place.index},
                    "fields": cell::FIELDS,
                    "rows": [{"values": [value.cell_data(column.kind)]}],
                }}));
            }
        }
        Ok(requests)
    }

    /// A new row, from the first column to our last; other people's columns stay blank in it.
    fn whole_row(&self, tab: &Tab, key: &str, row: &SheetRow) -> Value {
        let width = tab.columns.values().map(|place| place.index + 1).max().unwrap_or_default();
        let mut cells = vec![json!({}); usize::try_from(width).unwrap_or_default()];
        let mut put = |id: &str, kind: ColumnKind, value: &Plain| {
            let at = tab.columns.get(id).and_then(|place| usize::try_from(place.index).ok());
            if let Some(cell) = at.and_then(|at| cells.get_mut(at)) {
                *cell = value.cell_data(kind);
            }
        };
        for (column, value) in self.values(tab, row) {
            put(&column.id, column.kind, &value);
        }
        put(key, ColumnKind::Key, &Plain::Words(row.key.clone()));
        json!({"values": cells})
    }

    /// A column that was moved between reading the layout and appending: the new rows are written
    /// again where their columns are now.
    pub(crate) async fn set_right(&self, tab: &mut Tab, adds: &[SheetRow]) -> Result<(), SheetError> {
        let rest = &self.shared.rest;
        let key = layout::key_column(&self.spec)?.id.clone();
        for _ in 0..ROUNDS {
            let now = layout::tags(rest).await?.columns(tab.sheet_id);
            if same_places(&now, &tab.columns) || !now.contains_key(&key) {
                return Ok(());
            }
            let old_key = tab.columns.get(&key).map_or(0, |place| place.index);
            let new_key = now.get(&key).map_or(0, |place| place.index);
            tab.columns = now;
            let rows = self.rows_by_position(tab.sheet_id, [old_key, new_key]).await?;
            let requests: Vec<Value> = adds
                .iter()
                .filter_map(|row| rows.get(&row.key).map(|at| (row, *at)))
                .map(|(row, at)| {
                    json!({"updateCells": {
                        "start": {"sheetId": tab.sheet_id, "rowIndex": at, "columnIndex": 0},
                        "fields": cell::FIELDS,
                        "rows": [self.whole_row(tab, &key, row)],
                    }})
                })
                .collect();
            if !requests.is_empty() {
                tracing::info!(rows = requests.len(), "columns were moved meanwhile; new rows are set right");
                let (tail, body) = (":batchUpdate?fields=spreadsheetId", json!({"requests": requests}));
                rest.post::<Value>("sheets.set_right", Deed::Write, tail, &body).await?;
            }
        }
        Ok(())
    }

    /// Rows by the words in either of two columns.
    async fn rows_by_position(
        &self,
        sheet_id: i32,
        at: [u32; 2],
    ) -> Result<HashMap<String, u32>, SheetError> {
        let filters: Vec<Value> = at
            .iter()
            .map(|at| json!({"gridRange": {"sheetId": sheet_id, "startColumnIndex": at, "endColumnIndex": at + 1}}))
            .collect();
        let tail = ":getByDataFilter?fields=sheets(properties.sheetId,\
            data(startRow,startColumn,rowData.values.userEnteredValue))";
        let body = json!({"dataFilters": filters});
        let answer: wire::Spreadsheet =
            self.shared.rest.post("sheets.read_columns", Deed::Read, tail, &body).await?;
        let mut rows = HashMap::new();
        for sheet in answer.sheets.iter().filter(|sheet| sheet.properties.sheet_id == sheet_id) {
            for data in &sheet.data {
                for (row, values) in (data.start_row..).zip(&data.row_data) {
                    if let Some(Plain::Words(words)) = values.values.first().map(cell::of_answer) {
                        rows.insert(words, row);
                    }
                }
            }
        }
        Ok(rows)
    }
}

/// Where columns stand; new tags for the same place are no move.
fn same_places(one: &Columns, other: &Columns) -> bool {
    one.len() == other.len()
        && one.iter().all(|(id, place)| other.get(id).is_some_and(|kept| kept.index == place.index))
}

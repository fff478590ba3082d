//! Changed rows: values are written to the tags that a batch put on the rows, so a row that people
//! move meanwhile takes its values along. A cell that no longer holds what we wrote is a person's.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    ColumnKind, LedgerRow, OpenBatch, RefusedRow, SheetError, SheetsClient,
    batch::{self, BatchBody, Update},
    cell::Plain,
    client::Tab,
    deliver::{Candidate, Memory, ledger_row},
    layout::{self, BATCH_KEY, Columns},
    rest::Deed,
    scan::{self, TaggedRow},
    wire,
};

/// Markers that are left before the old ones are removed: 30 000 characters hold 800 of them.
const MOST_MARKERS: u32 = 100;
/// A marker younger than this may still be asked for.
const MARKER_LIVES_S: i64 = 3600;

/// What became of changed rows.
#[derive(Debug, Default)]
pub(crate) struct Mended {
    pub(crate) settled: Vec<LedgerRow>,
    pub(crate) again: Vec<Candidate>,
    pub(crate) refused: Vec<RefusedRow>,
    pub(crate) updated: u64,
    pub(crate) left: u64,
}

/// One changed row on its way.
struct Mending<'a> {
    update: &'a Update,
    /// The whole row as the values API takes it; `null` = as it is.
    values: Vec<Value>,
    /// What the ledger will keep.
    marks: BTreeMap<String, String>,
    changed: bool,
    left: u64,
}

impl SheetsClient {
    /// Writes the values of a batch's changed rows to their tags. Harmless to repeat.
    pub(crate) async fn write_to_tags(
        &self,
        tab: &mut Tab,
        open: &OpenBatch,
        body: &BatchBody,
        memory: &Memory,
    ) -> Result<Mended, SheetError> {
        let rest = &self.shared.rest;
        let key = layout::key_column(&self.spec)?.id.clone();
        let (rows, columns) = scan::tagged(rest, tab.sheet_id, &batch::name(open)).await?;
        if columns.contains_key(&key) {
            tab.columns = columns;
        }
        let mut result = Mended::default();
        let mut under_way = Vec::new();
        for update in &body.updates {
            let written = memory.written.get(&update.row.key).cloned().unwrap_or_default();
            let right =
                rows.get(&update.tag).filter(|row| holds_key(row, &tab.columns, &key, &update.row.key));
            match right {
                Some(row) => under_way.push(self.mending(tab, update, row, written)),
                // moved between reading and tagging, or deleted: the next round finds out
                None => result.again.push(Candidate { row: update.row.clone(), written }),
            }
        }
        self.give_back_links(tab, body, memory, &rows, &key).await?;
        self.send_values(under_way, &mut result).await?;
        Ok(result)
    }

    /// What is to be written of a row, given its cells now.
    fn mending<'a>(
        &self,
        tab: &Tab,
        update: &'a Update,
        row: &TaggedRow,
        written: BTreeMap<String, String>,
    ) -> Mending<'a> {
        let mut mending = Mending {
            update,
            values: Vec::new(),
            marks: written,
            changed: !update.links.is_empty(),
            left: 0,
        };
        for (column, value) in self.values(tab, &update.row) {
            let before = mending.marks.get(&column.id).cloned().unwrap_or_default();
            let mark = value.mark();
            if mark == before {
                continue;
            }
            if update.links.contains(&column.id) {
                mending.marks.insert(column.id.clone(), mark);
                continue;
            }
            // a column that a person deleted
            let Some(at) = tab.columns.get(&column.id).and_then(|place| usize::try_from(place.index).ok())
            else {
                continue;
            };
            let now = row.cells.get(at).cloned().unwrap_or(Plain::Blank);
            if now.matches(&mark) {
                mending.marks.insert(column.id.clone(), mark);
            } else if column.kind == ColumnKind::Link || !now.matches(&before) {
                mending.left += 1;
            } else {
                if mending.values.len() <= at {
                    mending.values.resize(at + 1, Value::Null);
                }
                if let Some(cell) = mending.values.get_mut(at) {
                    *cell = value.raw();
                }
                mending.marks.insert(column.id.clone(), mark);
                mending.changed = true;
            }
        }
        mending
    }

    /// Sends values to their tags; a refusal is narrowed down to its row.
    async fn send_values(&self, under_way: Vec<Mending<'_>>, result: &mut Mended) -> Result<(), SheetError> {
        let mut parts = vec![under_way];
        while let Some(mut part) = parts.pop() {
            let data: Vec<Value> = part
                .iter()
                .filter(|mending| !mending.values.is_empty())
                .map(|mending| {
                    json!({
                        "dataFilter": {"developerMetadataLookup": {"metadataId": mending.update.tag}},
                        "majorDimension": "ROWS",
                        "values": [mending.values],
                    })
                })
                .collect();
            let sent = if data.is_empty() {
                Ok(Value::Null)
            } else {
                // the values stay words and numbers, whatever they look like
                let body = json!({"valueInputOption": "RAW", "data": data});
                let tail = "/values:batchUpdateByDataFilter?fields=spreadsheetId";
                self.shared.rest.post::<Value>("sheets.values", Deed::Write, tail, &body).await
            };
            match sent {
                Ok(_) => part.iter().for_each(|mending| settle(mending, result)),
                Err(trouble) if trouble.status == Some(400) => {
                    let error = self.diagnose(trouble, self.remembered().await?).await;
                    let SheetError::Refused { message } = error else { return Err(error) };
                    if part.len() == 1 {
                        let key = part.remove(0).update.row.key.clone();
                        result.refused.push(RefusedRow { key, reason: message });
                    } else {
                        let late = part.split_off(part.len() / 2);
                        parts.extend([late, part]);
                    }
                }
                Err(trouble) => return Err(self.denied(trouble).await),
            }
        }
        Ok(())
    }

    /// A link is set by position. Where a sort came in between, the row that got another's link is
    /// given back what it had.
    async fn give_back_links(
        &self,
        tab: &Tab,
        body: &BatchBody,
        memory: &Memory,
        rows: &BTreeMap<i32, TaggedRow>,
        key: &str,
    ) -> Result<(), SheetError> {
        let mut requests = Vec::new();
        for update in body.updates.iter().filter(|update| !update.links.is_empty()) {
            let Some(row) = rows.get(&update.tag) else { continue };
            if holds_key(row, &tab.columns, key, &update.row.key) {
                continue;
            }
            for (column, ours) in self.values(tab, &update.row) {
                let Some(place) = tab.columns.get(&column.id).filter(|_| update.links.contains(&column.id))
                else {
                    continue;
                };
                let at = usize::try_from(place.index).unwrap_or_default();
                if !row.cells.get(at).is_some_and(|now| now.matches(&ours.mark())) {
                    continue;
                }
                let own = own_link(tab, memory, row, key, &column.id).unwrap_or(Plain::Blank);
                requests.push(json!({"updateCells": {
                    "start": {"sheetId": tab.sheet_id, "rowIndex": row.row, "columnIndex": place.index},
                    "fields": crate::cell::FIELDS,
                    "rows": [{"values": [own.cell_data(column.kind)]}],
                }}));
            }
        }
        if requests.is_empty() {
            return Ok(());
        }
        let tail = ":batchUpdate?fields=spreadsheetId";
        self.shared
            .rest
            .post::<Value>("sheets.links", Deed::Write, tail, &json!({"requests": requests}))
            .await?;
        Ok(())
    }

    /// Counts the markers that are left in the spreadsheet.
    pub(crate) async fn count_marker(&self, tab: &Tab) -> Result<(), SheetError> {
        let count = self.markers(tab).await?.saturating_add(1);
        Ok(self.shared.ledger.set_memo(&self.sink(tab.sheet_id), "markers", &count.to_string()).await?)
    }

    async fn markers(&self, tab: &Tab) -> Result<u32, SheetError> {
        let memo = self.shared.ledger.memo(&self.sink(tab.sheet_id), "markers").await?;
        Ok(memo.and_then(|count| count.parse().ok()).unwrap_or_default())
    }

    /// Removes old markers once there are many: one write per hundred batches. A failure waits for
    /// the next time.
    pub(crate) async fn prune(&self, tab: &Tab) {
        match self.markers(tab).await {
            Ok(count) if count >= MOST_MARKERS => {}
            _ => return,
        }
        if let Err(error) = self.remove_markers(tab).await {
            tracing::warn!(%error, "old markers stay in the spreadsheet for now");
        }
    }

    async fn remove_markers(&self, tab: &Tab) -> Result<(), SheetError> {
        let rest = &self.shared.rest;
        let sink = self.sink(tab.sheet_id);
        let lookup = json!({"metadataKey": BATCH_KEY, "visibility": "DOCUMENT"});
        let body = json!({"dataFilters": [{"developerMetadataLookup": lookup}]});
        let tail = "/developerMetadata:search";
        let found: wire::Found = rest.post("sheets.metadata_search", Deed::Read, tail, &body).await?;
        let open: Vec<i32> =
            self.shared.ledger.open_batches(&sink).await?.iter().map(|one| one.marker).collect();
        let latest = self.shared.clock.now().timestamp() - MARKER_LIVES_S;
        let all = found.matched_developer_metadata.len();
        let old: Vec<i32> = found
            .matched_developer_metadata
            .into_iter()
            .map(|matched| matched.developer_metadata)
            .filter(|entry| batch::marker_time(&entry.metadata_value).is_none_or(|made| made < latest))
            .map(|entry| entry.metadata_id)
            .filter(|id| !open.contains(id))
            .collect();
        if !old.is_empty() {
            let requests: Vec<Value> = old
                .iter()
                .map(|id| {
                    let lookup = json!({"metadataId": id});
                    json!({"deleteDeveloperMetadata": {"dataFilter": {"developerMetadataLookup": lookup}}})
                })
                .collect();
            let tail = ":batchUpdate?fields=spreadsheetId";
            rest.post::<Value>("sheets.prune", Deed::Write, tail, &json!({"requests": requests})).await?;
        }
        let left = all.saturating_sub(old.len()).to_string();
        Ok(self.shared.ledger.set_memo(&sink, "markers", &left).await?)
    }
}

fn holds_key(row: &TaggedRow, columns: &Columns, key_column: &str, key: &str) -> bool {
    let at = columns.get(key_column).and_then(|place| usize::try_from(place.index).ok());
    at.and_then(|at| row.cells.get(at)).is_some_and(|cell| *cell == Plain::Words(key.to_owned()))
}

/// What stood in the link's cell of the row with this key before the batch.
fn own_link(tab: &Tab, memory: &Memory, row: &TaggedRow, key: &str, column: &str) -> Option<Plain> {
    let at = usize::try_from(tab.columns.get(key)?.index).ok()?;
    let Plain::Words(owner) = row.cells.get(at)? else { return None };
    memory.scan.rows.get(owner).map(|row| memory.scan.cell(column, *row))
}

fn settle(mending: &Mending<'_>, result: &mut Mended) {
    result.left += mending.left;
    result.updated += u64::from(mending.changed);
    result.settled.push(ledger_row(&mending.update.row, &mending.marks));
}

//! A delivery: what is new is appended, what changed is mended, what stands is left alone.
//!
//! New rows travel with the fence of their batch. Changed rows get a tag in the same batch; their
//! values are then sent to the tags, not to row numbers, so a sort in between does no harm.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::{
    ColumnKind, ColumnSpec, LedgerRow, OpenBatch, RefusedRow, SheetError, SheetRow, SheetsClient,
    WriteReceipt,
    batch::{self, BatchBody, Fate, Update},
    cell::{Plain, digest},
    chance,
    client::Tab,
    layout, ledger_cells, scan,
};

/// Google recommends 2 MB per request: some 520 rows of calls of a minute.
const MOST_BYTES: usize = 2_000_000;
const MOST_ROWS: usize = 1_000;
/// Rounds of mending rows that people move at the same time.
pub(crate) const ROUNDS: u32 = 3;
/// Keys asked of the ledger at once.
const PAGE: usize = 1_000;

/// A known row of which something changed.
#[derive(Debug, Clone)]
pub(crate) struct Candidate {
    pub(crate) row: SheetRow,
    /// What we last wrote, by column.
    pub(crate) written: BTreeMap<String, String>,
}

/// What is remembered of changed rows while they are on their way.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    /// What we last wrote, by key and column.
    pub(crate) written: HashMap<String, BTreeMap<String, String>>,
    /// Keys and links as they stood before.
    pub(crate) scan: scan::Scan,
}

/// What a delivery is made of.
#[derive(Debug, Default)]
struct Work {
    adds: Vec<SheetRow>,
    candidates: Vec<Candidate>,
}

impl SheetsClient {
    pub(crate) async fn deliver(&self, rows: &[SheetRow]) -> Result<WriteReceipt, SheetError> {
        let rows = self.checked(rows)?;
        let mut receipt = WriteReceipt::default();
        if rows.is_empty() {
            return Ok(receipt);
        }
        let mut tab = self.tab().await?;
        self.settle_open(&mut tab, &mut receipt).await?;
        let work = self.sort_out(&tab, rows, &mut receipt).await?;
        for adds in chunks(work.adds, |row| row) {
            self.round(&mut tab, adds, Vec::new(), &mut receipt).await?;
        }
        for candidates in chunks(work.candidates, |candidate| &candidate.row) {
            self.mend(&mut tab, candidates, &mut receipt).await?;
        }
        self.prune(&tab).await;
        Ok(receipt)
    }

    /// The last of each key, its columns known.
    fn checked<'a>(&self, rows: &'a [SheetRow]) -> Result<Vec<&'a SheetRow>, SheetError> {
        let columns: HashSet<&str> = self.spec.columns.iter().map(|column| column.id.as_str()).collect();
        let mut last = HashMap::new();
        for (at, row) in rows.iter().enumerate() {
            if row.key.trim().is_empty() || row.key.len() > 500 {
                return Err(SheetError::Invalid("a row's key is empty or longer than 500 bytes".into()));
            }
            if let Some((id, _)) = row.cells.iter().find(|(id, _)| !columns.contains(id.as_str())) {
                return Err(SheetError::Invalid(format!(
                    "a row names the column {id}, which the sheet has not"
                )));
            }
            last.insert(row.key.as_str(), at);
        }
        let kept =
            |(at, row): (usize, &'a SheetRow)| (last.get(row.key.as_str()) == Some(&at)).then_some(row);
        Ok(rows.iter().enumerate().filter_map(kept).collect())
    }

    /// New, changed, or as it should be: by the ledger alone.
    async fn sort_out(
        &self,
        tab: &Tab,
        rows: Vec<&SheetRow>,
        receipt: &mut WriteReceipt,
    ) -> Result<Work, SheetError> {
        let sink = self.sink(tab.sheet_id);
        let mut work = Work::default();
        for page in rows.chunks(PAGE) {
            let keys: Vec<String> = page.iter().map(|row| row.key.clone()).collect();
            let known = self.shared.ledger.rows(&sink, &keys).await?;
            let known: HashMap<&str, &LedgerRow> = known.iter().map(|row| (row.key.as_str(), row)).collect();
            for row in page {
                match known.get(row.key.as_str()) {
                    None => work.adds.push((*row).clone()),
                    Some(before) if before.digest == digest(row) => receipt.unchanged += 1,
                    Some(before) => {
                        let written = ledger_cells(&before.body);
                        work.candidates.push(Candidate { row: (*row).clone(), written });
                    }
                }
            }
        }
        Ok(work)
    }

    /// Mends rows; those that people moved meanwhile are tried again.
    async fn mend(
        &self,
        tab: &mut Tab,
        mut candidates: Vec<Candidate>,
        receipt: &mut WriteReceipt,
    ) -> Result<(), SheetError> {
        for _ in 0..ROUNDS {
            candidates = self.round(tab, Vec::new(), candidates, receipt).await?;
            if candidates.is_empty() {
                return Ok(());
            }
        }
        Err(SheetError::Unavailable {
            reason: "rows of the sheet are being moved by others".into(),
            retry_after: None,
            unsure: false,
        })
    }

    /// One batch; gives back the rows that must be tried again.
    async fn round(
        &self,
        tab: &mut Tab,
        adds: Vec<SheetRow>,
        candidates: Vec<Candidate>,
        receipt: &mut WriteReceipt,
    ) -> Result<Vec<Candidate>, SheetError> {
        let mut body = BatchBody { adds, updates: Vec::new() };
        let mut memory = Memory::default();
        if !candidates.is_empty() {
            memory.scan = self.look_for(tab, &candidates).await?;
            let mut nothing = Vec::new();
            for candidate in candidates {
                let row = memory.scan.rows.get(&candidate.row.key).copied();
                let same = self.changes(tab, &candidate).is_empty();
                let Some(row) = row.filter(|_| !same) else {
                    // a person deleted it, or nothing of it is shown
                    *if row.is_some() { &mut receipt.unchanged } else { &mut receipt.deleted_by_person } += 1;
                    nothing.push(ledger_row(&candidate.row, &candidate.written));
                    continue;
                };
                let links = self.links_to_set(tab, &candidate, &memory.scan, row);
                let tag = chance::metadata_id(self.shared.chance.as_ref());
                memory.written.insert(candidate.row.key.clone(), candidate.written);
                body.updates.push(Update { row: candidate.row, tag, links });
            }
            if !nothing.is_empty() {
                self.settle(tab, "", &nothing).await?;
            }
        }
        if body.len() == 0 {
            return Ok(Vec::new());
        }
        self.fenced(tab, body, memory, receipt).await
    }

    /// The column of keys, and those of links whose link changes.
    async fn look_for(&self, tab: &Tab, candidates: &[Candidate]) -> Result<scan::Scan, SheetError> {
        let key = layout::key_column(&self.spec)?;
        let mut links: Vec<String> = Vec::new();
        for candidate in candidates {
            for (column, _) in self.changes(tab, candidate) {
                if column.kind == ColumnKind::Link && !links.contains(&column.id) {
                    links.push(column.id.clone());
                }
            }
        }
        Ok(scan::columns(&self.shared.rest, tab.sheet_id, &tab.columns, &key.id, &links).await?)
    }

    /// The columns of a row that differ from what we last wrote.
    fn changes(&self, tab: &Tab, candidate: &Candidate) -> Vec<(&ColumnSpec, Plain)> {
        let values = self.values(tab, &candidate.row);
        let differs = |(column, value): &(&ColumnSpec, Plain)| {
            value.mark() != candidate.written.get(&column.id).map_or("", String::as_str)
        };
        values.into_iter().filter(differs).collect()
    }

    /// What we write of a row: never the key twice, never a person's own column.
    pub(crate) fn values(&self, tab: &Tab, row: &SheetRow) -> Vec<(&ColumnSpec, Plain)> {
        let of = |id: &String| self.spec.columns.iter().find(|column| column.id == *id);
        row.cells
            .iter()
            .filter_map(|(id, value)| of(id).map(|column| (column, Plain::of(value, tab.zone))))
            .filter(|(column, _)| !matches!(column.kind, ColumnKind::Key | ColumnKind::HumanScore))
            .collect()
    }

    /// Links that change and still are ours: a link is a format, which only a position can be given.
    fn links_to_set(&self, tab: &Tab, candidate: &Candidate, scan: &scan::Scan, row: u32) -> Vec<String> {
        self.changes(tab, candidate)
            .into_iter()
            .filter(|(column, _)| column.kind == ColumnKind::Link && scan.columns.contains_key(&column.id))
            .filter(|(column, _)| {
                let written = candidate.written.get(&column.id).map_or("", String::as_str);
                scan.cell(&column.id, row).matches(written)
            })
            .map(|(column, _)| column.id.clone())
            .collect()
    }

    /// Keeps a batch, sends it until its fate is known, and finishes what it began.
    async fn fenced(
        &self,
        tab: &mut Tab,
        body: BatchBody,
        mut memory: Memory,
        receipt: &mut WriteReceipt,
    ) -> Result<Vec<Candidate>, SheetError> {
        let mut parts = vec![body];
        let mut again = Vec::new();
        while let Some(body) = parts.pop() {
            let open = self.open(tab, &body).await?;
            match self.send(tab, &open, &body, false).await? {
                Fate::Delivered => {
                    again.extend(self.finish(tab, &open, &body, &mut memory, receipt).await?);
                }
                Fate::Collision => {
                    self.settle(tab, &open.id, &[]).await?;
                    parts.push(body);
                }
                Fate::Refused(trouble) => {
                    self.settle(tab, &open.id, &[]).await?;
                    let error = self.diagnose(trouble, Some(tab.sheet_id)).await;
                    let SheetError::Refused { message } = error else { return Err(error) };
                    // nothing is wrong with the sheet, so something is wrong with a row
                    if let Some(key) = one_row(&body) {
                        receipt.refused.push(RefusedRow { key, reason: message });
                    } else {
                        let (early, late) = self.fresh_tags(body).halves();
                        parts.extend([late, early].into_iter().filter(|half| half.len() > 0));
                    }
                }
            }
        }
        Ok(again)
    }

    /// With other ids for the tags of its rows: one of them may belong to another already.
    fn fresh_tags(&self, mut body: BatchBody) -> BatchBody {
        for update in &mut body.updates {
            update.tag = chance::metadata_id(self.shared.chance.as_ref());
        }
        body
    }

    async fn open(&self, tab: &Tab, body: &BatchBody) -> Result<OpenBatch, SheetError> {
        let chance = self.shared.chance.as_ref();
        let open = OpenBatch {
            id: chance::uuid(chance),
            marker: chance::metadata_id(chance),
            body: body.to_text(),
            created_at: self.shared.clock.now(),
        };
        self.shared.ledger.open_batch(&self.sink(tab.sheet_id), &open).await?;
        Ok(open)
    }

    async fn settle(&self, tab: &Tab, batch: &str, rows: &[LedgerRow]) -> Result<(), SheetError> {
        let now = self.shared.clock.now();
        Ok(self.shared.ledger.settle_batch(&self.sink(tab.sheet_id), batch, rows, now).await?)
    }

    /// Sends; a batch that was certainly not applied is not kept when the sending fails.
    async fn send(
        &self,
        tab: &mut Tab,
        open: &OpenBatch,
        body: &BatchBody,
        mut doubtful: bool,
    ) -> Result<Fate, SheetError> {
        for _ in 0..ROUNDS {
            let requests = self.requests(tab, open, body).await?;
            let fate = match batch::send(&self.shared.rest, open, &requests, doubtful).await {
                Ok(fate) => fate,
                Err(trouble) => {
                    if !trouble.unsure {
                        self.settle(tab, &open.id, &[]).await?;
                    }
                    return Err(self.denied(trouble).await);
                }
            };
            if matches!(fate, Fate::Refused(_)) {
                // built for columns that have moved meanwhile? then once more for where they are
                let now = layout::tags(&self.shared.rest).await?.columns(tab.sheet_id);
                if now != tab.columns && !now.is_empty() {
                    tab.columns = now;
                    doubtful = false;
                    continue;
                }
            }
            return Ok(fate);
        }
        Err(SheetError::Unavailable {
            reason: "columns of the sheet are being moved by others".into(),
            retry_after: None,
            unsure: true,
        })
    }

    /// After the batch is in: rows that landed in moved columns are set right, values of changed rows
    /// are written, the ledger learns of it all.
    async fn finish(
        &self,
        tab: &mut Tab,
        open: &OpenBatch,
        body: &BatchBody,
        memory: &mut Memory,
        receipt: &mut WriteReceipt,
    ) -> Result<Vec<Candidate>, SheetError> {
        if !body.adds.is_empty() {
            self.set_right(tab, &body.adds).await?;
        }
        let mut written: Vec<LedgerRow> =
            body.adds.iter().map(|row| ledger_row(row, &self.marks(tab, row))).collect();
        let mut again = Vec::new();
        let mut mended = (0, 0);
        if !body.updates.is_empty() {
            let sink = self.sink(tab.sheet_id);
            let keys: Vec<String> = body.updates.iter().map(|update| update.row.key.clone()).collect();
            if body.updates.iter().any(|update| !memory.written.contains_key(&update.row.key)) {
                let rows = self.shared.ledger.rows(&sink, &keys).await?;
                memory.written.extend(rows.into_iter().map(|row| (row.key.clone(), ledger_cells(&row.body))));
            }
            let outcome = self.write_to_tags(tab, open, body, memory).await?;
            written.extend(outcome.settled);
            again = outcome.again;
            mended = (outcome.updated, outcome.left);
            receipt.refused.extend(outcome.refused);
        }
        self.settle(tab, &open.id, &written).await?;
        tab.row_batches.insert(batch::name(open));
        receipt.added += u64::try_from(body.adds.len()).unwrap_or_default();
        receipt.updated += mended.0;
        receipt.left += mended.1;
        self.count_marker(tab).await?;
        Ok(again)
    }

    /// What stands in the cells of a row that was just written whole.
    fn marks(&self, tab: &Tab, row: &SheetRow) -> BTreeMap<String, String> {
        self.values(tab, row).into_iter().map(|(column, value)| (column.id.clone(), value.mark())).collect()
    }

    /// Finishes batches that an earlier delivery left open: sent again with the same fence, exactly
    /// one copy of each can ever be there.
    pub(crate) async fn settle_open(
        &self,
        tab: &mut Tab,
        receipt: &mut WriteReceipt,
    ) -> Result<(), SheetError> {
        let sink = self.sink(tab.sheet_id);
        for open in self.shared.ledger.open_batches(&sink).await? {
            let body = BatchBody::parse(&open.body)?;
            let mut aside = WriteReceipt::default();
            match self.send(tab, &open, &body, true).await? {
                Fate::Delivered => {
                    self.finish(tab, &open, &body, &mut Memory::default(), &mut aside).await?;
                }
                // never applied, and now never will be: its rows are new to the ledger and come again
                Fate::Collision | Fate::Refused(_) => self.settle(tab, &open.id, &[]).await?,
            }
            receipt.left += aside.left;
            tracing::info!(batch = %open.id, rows = body.len(), "an open batch is settled");
        }
        Ok(())
    }
}

/// What a row costs in JSON, a little too much rather than too little: its words with what is escaped in
/// them, and the markup of its cells (67 bytes each in the mean of a month's rows).
fn weight(row: &SheetRow) -> usize {
    let cell = |value: &crate::CellValue| match value {
        crate::CellValue::Text(text) => text.len() * 21 / 20,
        crate::CellValue::Link { url, text } => url.len() + text.len() + 30,
        _ => 0,
    };
    row.cells.iter().map(|(_, value)| cell(value) + 70).sum::<usize>() + 100
}

fn chunks<T>(items: Vec<T>, row: impl Fn(&T) -> &SheetRow) -> Vec<Vec<T>> {
    let (mut chunks, mut bytes) = (Vec::<Vec<T>>::new(), 0);
    for item in items {
        let weight = weight(row(&item));
        let open = chunks.last_mut().filter(|chunk| chunk.len() < MOST_ROWS && bytes + weight <= MOST_BYTES);
        if let Some(chunk) = open {
            chunk.push(item);
        } else {
            bytes = 0;
            chunks.push(vec![item]);
        }
        bytes += weight;
    }
    chunks
}

fn one_row(body: &BatchBody) -> Option<String> {
    let mut keys = body.adds.iter().chain(body.updates.iter().map(|update| &update.row)).map(|row| &row.key);
    let first = keys.next()?;
    keys.next().is_none().then(|| first.clone())
}

/// What the ledger keeps of a row.
pub(crate) fn ledger_row(row: &SheetRow, marks: &BTreeMap<String, String>) -> LedgerRow {
    let body = serde_json::to_string(marks).unwrap_or_default();
    LedgerRow { key: row.key.clone(), digest: digest(row), body }
}

//! The port without Google: rows in memory, with the same manners.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::{
    CellValue, ColumnKind, ColumnState, Correction, CorrectionProblem, Corrections, Found, Role, RowSink,
    SheetError, SheetReport, SheetRow, SheetSpec, WriteReceipt, a1,
};

#[derive(Debug, Default)]
struct State {
    prepared: bool,
    /// What stands in the table.
    rows: BTreeMap<String, BTreeMap<String, CellValue>>,
    /// What we last wrote.
    written: BTreeMap<String, BTreeMap<String, CellValue>>,
    deleted: BTreeSet<String>,
    typed: BTreeMap<String, String>,
    failures: Vec<SheetError>,
    writes: u64,
}

/// A table in memory. A handle: clones share it.
#[derive(Debug, Clone)]
pub struct FakeRows {
    spec: Arc<SheetSpec>,
    state: Arc<Mutex<State>>,
}

impl FakeRows {
    /// An empty table.
    pub fn new(spec: SheetSpec) -> Self {
        Self { spec: Arc::new(spec), state: Arc::default() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next delivery fails so.
    pub fn fail_next(&self, error: SheetError) {
        self.lock().failures.insert(0, error);
    }

    /// A person types into a cell.
    pub fn edit_cell(&self, key: &str, column: &str, value: CellValue) {
        if let Some(row) = self.lock().rows.get_mut(key) {
            row.insert(column.to_owned(), value);
        }
    }

    /// A person deletes a row.
    pub fn delete_row(&self, key: &str) {
        let mut state = self.lock();
        if state.rows.remove(key).is_some() {
            state.deleted.insert(key.to_owned());
        }
    }

    /// A person types a score.
    pub fn type_score(&self, key: &str, words: &str) {
        self.lock().typed.insert(key.to_owned(), words.to_owned());
    }

    /// What stands in the table, by key and column.
    pub fn rows(&self) -> BTreeMap<String, BTreeMap<String, CellValue>> {
        self.lock().rows.clone()
    }

    /// Deliveries so far.
    pub fn writes(&self) -> u64 {
        self.lock().writes
    }
}

#[async_trait]
impl RowSink for FakeRows {
    async fn prepare(&self) -> Result<SheetReport, SheetError> {
        self.lock().prepared = true;
        self.check().await
    }

    async fn write(&self, rows: &[SheetRow]) -> Result<WriteReceipt, SheetError> {
        let mut state = self.lock();
        state.writes += 1;
        if let Some(error) = state.failures.pop() {
            return Err(error);
        }
        state.prepared = true;
        let mut receipt = WriteReceipt::default();
        for row in rows {
            if row.key.trim().is_empty() {
                return Err(SheetError::Invalid("a row's key is empty".into()));
            }
            let known = |id: &str| self.spec.columns.iter().find(|column| column.id == id);
            if let Some((id, _)) = row.cells.iter().find(|(id, _)| known(id).is_none()) {
                return Err(SheetError::Invalid(format!(
                    "a row names the column {id}, which the sheet has not"
                )));
            }
            let ours: BTreeMap<String, CellValue> = row
                .cells
                .iter()
                .filter(|(id, _)| {
                    known(id).is_some_and(|c| !matches!(c.kind, ColumnKind::HumanScore | ColumnKind::Key))
                })
                .cloned()
                .collect();
            let Some(before) = state.written.insert(row.key.clone(), ours.clone()) else {
                state.rows.insert(row.key.clone(), ours);
                receipt.added += 1;
                continue;
            };
            let changed: Vec<_> = ours
                .into_iter()
                .filter(|(id, value)| before.get(id).unwrap_or(&CellValue::Empty) != value)
                .collect();
            if changed.is_empty() {
                receipt.unchanged += 1;
            } else if let Some(cells) = state.rows.get_mut(&row.key) {
                let mut updated = false;
                for (id, value) in changed {
                    let blank = CellValue::Empty;
                    if cells.get(&id).unwrap_or(&blank) == before.get(&id).unwrap_or(&blank) {
                        cells.insert(id, value);
                        updated = true;
                    } else {
                        receipt.left += 1;
                    }
                }
                receipt.updated += u64::from(updated);
            } else {
                receipt.deleted_by_person += 1;
            }
        }
        Ok(receipt)
    }

    async fn empty(&self, keys: &[String]) -> Result<WriteReceipt, SheetError> {
        let blank = |row: &BTreeMap<String, CellValue>| {
            row.keys().map(|id| (id.clone(), CellValue::Empty)).collect::<Vec<_>>()
        };
        let rows: Vec<SheetRow> = {
            let state = self.lock();
            let written = keys.iter().filter_map(|key| Some((key, state.written.get(key)?)));
            written.map(|(key, row)| SheetRow { key: key.clone(), cells: blank(row) }).collect()
        };
        self.write(&rows).await
    }

    async fn check(&self) -> Result<SheetReport, SheetError> {
        let state = self.lock();
        let columns = self.spec.columns.iter().zip(0..).map(|(column, at)| ColumnState {
            id: column.id.clone(),
            header: column.header.clone(),
            letter: state.prepared.then(|| a1::letters(at)),
            found: if state.prepared { Found::Tagged } else { Found::NotYet },
        });
        Ok(SheetReport {
            title: "Таблица в памяти".into(),
            url: "about:blank".into(),
            tab: state.prepared.then(|| "Звонки".to_owned()),
            account: None,
            role: Role::Writer,
            time_zone: "Europe/Moscow".into(),
            columns: columns.collect(),
            rows: u64::try_from(state.rows.len()).unwrap_or(u64::MAX),
            cells: 0,
            warnings: Vec::new(),
        })
    }

    async fn corrections(&self) -> Result<Corrections, SheetError> {
        let mut read = Corrections::default();
        for (key, words) in &self.lock().typed {
            let score =
                words.trim().replace(',', ".").parse().ok().filter(|score| (0.0..=100.0).contains(score));
            match score {
                Some(score) => read.scores.push(Correction { key: key.clone(), score }),
                None => read.problems.push(CorrectionProblem::NotAScore { key: key.clone() }),
            }
        }
        Ok(read)
    }
}

fn words(value: &CellValue) -> String {
    match value {
        CellValue::Empty => String::new(),
        CellValue::Text(text) | CellValue::Link { text, .. } => text.clone(),
        CellValue::Number(number) => number.to_string(),
        CellValue::Moment(at) => at.to_rfc3339(),
        CellValue::WallTime(at) => at.to_string(),
        CellValue::DurationMs(ms) => ms.to_string(),
    }
}

impl crate::contract::Hand for FakeRows {
    fn edit(&self, key: &str, column: &str, words: &str) {
        self.edit_cell(key, column, CellValue::Text(words.to_owned()));
    }

    fn delete(&self, key: &str) {
        self.delete_row(key);
    }

    fn type_score(&self, key: &str, words: &str) {
        Self::type_score(self, key, words);
    }

    fn words(&self, key: &str, column: &str) -> Option<String> {
        self.lock().rows.get(key).map(|row| row.get(column).map(words).unwrap_or_default())
    }

    fn keys(&self) -> Vec<String> {
        self.lock().rows.keys().cloned().collect()
    }
}

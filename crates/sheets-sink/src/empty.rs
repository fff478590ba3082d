//! Emptying rows: their people are to be forgotten.
//!
//! The ledger says what we wrote, whichever rubric it was of; rows that are on their way there are let in
//! first, so that none of them comes after.

use crate::{
    CellValue, ColumnKind, ColumnSpec, SheetError, SheetRow, SheetsClient, WriteReceipt, ledger_cells,
};

/// Keys asked of the ledger at once.
const PAGE: usize = 1_000;

impl SheetsClient {
    pub(crate) async fn make_empty(&self, keys: &[String]) -> Result<WriteReceipt, SheetError> {
        let mut receipt = WriteReceipt::default();
        if keys.is_empty() || self.remembered().await?.is_none() {
            return Ok(receipt);
        }
        let mut tab = match self.tab().await {
            // the person who deleted the tab has erased it all
            Err(SheetError::TabGone) => return Ok(receipt),
            tab => tab?,
        };
        self.settle_open(&mut tab, &mut receipt).await?;
        let sink = self.sink(tab.sheet_id);
        let mut spec = (*self.spec).clone();
        let mut rows = Vec::new();
        for page in keys.chunks(PAGE) {
            for known in self.shared.ledger.rows(&sink, page).await? {
                let written = ledger_cells(&known.body);
                let there = written.into_keys().filter(|id| tab.columns.contains_key(id));
                let cells: Vec<(String, CellValue)> = there.map(|id| (id, CellValue::Empty)).collect();
                for (id, _) in &cells {
                    if !spec.columns.iter().any(|column| column.id == *id) {
                        spec.columns.push(of_another_rubric(id));
                    }
                }
                rows.push(SheetRow { key: known.key, cells });
            }
        }
        // the place of new columns is told by one that is there
        let written = self.with_spec(spec)?.deliver(&rows).await?;
        Ok(WriteReceipt { left: receipt.left + written.left, ..written })
    }
}

fn of_another_rubric(id: &str) -> ColumnSpec {
    ColumnSpec {
        id: id.to_owned(),
        header: id.to_owned(),
        kind: ColumnKind::Text,
        width_px: 120,
        wrap: false,
    }
}

//! `check`: every part that a delivery leans on is really tried.

use serde_json::{Value, json};

use crate::{
    ColumnKind, ColumnState, Found, Role, SheetError, SheetReport, SheetWarning, SheetsClient, a1, chance,
    client::{MOST_CELLS, address, cells},
    layout::{self, BATCH_KEY},
    rest::Deed,
    scan,
    serial::Zone,
};

/// From here on a person is told that the spreadsheet fills up.
const MANY_CELLS: u64 = MOST_CELLS / 10 * 9;

impl SheetsClient {
    /// The sheet as it stands; nothing is changed.
    pub(crate) async fn report(&self) -> Result<SheetReport, SheetError> {
        let rest = &self.shared.rest;
        let book = layout::book(rest).await?;
        let tags = layout::tags(rest).await?;
        let remembered = self.remembered().await?;
        let sheet = layout::choose(&book, &tags, remembered, self.tab_name());
        let mut warnings = Vec::new();
        let mut report = SheetReport {
            title: book.properties.title.clone(),
            url: address(&book),
            tab: sheet.map(|sheet| sheet.properties.title.clone()),
            account: self.client_email(),
            role: self.role().await?,
            time_zone: book.properties.time_zone.clone(),
            columns: Vec::new(),
            rows: 0,
            cells: cells(&book),
            warnings: Vec::new(),
        };
        if let Some(sheet) = sheet {
            let sheet_id = sheet.properties.sheet_id;
            let plan = self.plan(sheet, &tags).await?;
            for column in &self.spec.columns {
                let (found, at) = plan.found.get(&column.id).copied().unwrap_or((Found::NotYet, None));
                if found == Found::Deleted && column.kind != ColumnKind::HumanScore {
                    warnings.push(SheetWarning::ColumnDeleted { header: column.header.clone() });
                }
                let (id, header) = (column.id.clone(), column.header.clone());
                report.columns.push(ColumnState { id, header, letter: at.map(a1::letters), found });
            }
            let columns = tags.columns(sheet_id);
            let key = layout::key_column(&self.spec)?;
            if columns.contains_key(&key.id) {
                let scan = scan::columns(rest, sheet_id, &columns, &key.id, &[]).await?;
                report.rows = u64::try_from(scan.rows.len()).unwrap_or(u64::MAX);
            }
            let closed =
                |range: &&crate::wire::ProtectedRange| !range.warning_only && !range.requesting_user_can_edit;
            if let Some(range) = sheet.protected_ranges.iter().find(closed) {
                warnings.push(SheetWarning::Protected { description: range.description.clone() });
            }
        } else if remembered.is_some() {
            warnings.push(SheetWarning::TabGone);
        }
        if Zone::parse(&report.time_zone).is_none() {
            warnings.push(SheetWarning::UnknownZone { zone: report.time_zone.clone() });
        }
        if report.cells >= MANY_CELLS {
            warnings.push(SheetWarning::FillsUp { cells: report.cells, most: MOST_CELLS });
        }
        if report.role == Role::Reader {
            warnings.push(SheetWarning::ReadOnly { client_email: self.client_email() });
        }
        let skew = rest.tokens.skew_s();
        if skew != 0 {
            warnings.push(SheetWarning::ClockSkew { seconds: skew });
        }
        report.warnings = warnings;
        Ok(report)
    }

    /// Whether we may write: an entry is made and removed in one batch, so nothing is left.
    async fn role(&self) -> Result<Role, SheetError> {
        let id = chance::metadata_id(self.shared.chance.as_ref());
        let requests: [Value; 2] = [
            json!({"createDeveloperMetadata": {"developerMetadata": {
                "metadataId": id, "metadataKey": BATCH_KEY, "metadataValue": "check",
                "visibility": "DOCUMENT", "location": {"spreadsheet": true},
            }}}),
            json!({"deleteDeveloperMetadata": {"dataFilter": {"developerMetadataLookup": {"metadataId": id}}}}),
        ];
        let body = json!({"requests": requests});
        let tail = ":batchUpdate?fields=spreadsheetId";
        match self.shared.rest.post::<Value>("sheets.check_write", Deed::Write, tail, &body).await {
            Ok(_) => Ok(Role::Writer),
            Err(trouble) if matches!(trouble.error, SheetError::NotShared { .. }) => Ok(Role::Reader),
            Err(trouble) => Err(trouble.error),
        }
    }
}

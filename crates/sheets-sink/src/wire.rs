//! Answers as they travel. Google leaves defaults out (a sheet with id 0 has no `sheetId` in a
//! range), so everything may be missing; members we do not know are passed over.

use serde::Deserialize;
use serde_json::Value;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(clippy::struct_field_names, reason = "Google's names")]
pub(crate) struct Spreadsheet {
    pub(crate) spreadsheet_id: String,
    pub(crate) spreadsheet_url: String,
    pub(crate) properties: SpreadsheetProperties,
    pub(crate) sheets: Vec<Sheet>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct SpreadsheetProperties {
    pub(crate) title: String,
    pub(crate) time_zone: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Sheet {
    pub(crate) properties: SheetProperties,
    pub(crate) protected_ranges: Vec<ProtectedRange>,
    pub(crate) data: Vec<GridData>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct SheetProperties {
    pub(crate) sheet_id: i32,
    pub(crate) title: String,
    pub(crate) grid_properties: GridProperties,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct GridProperties {
    pub(crate) row_count: u32,
    pub(crate) column_count: u32,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ProtectedRange {
    pub(crate) description: String,
    pub(crate) warning_only: bool,
    /// Ours: whether we may write there.
    pub(crate) requesting_user_can_edit: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct GridData {
    pub(crate) start_row: u32,
    pub(crate) start_column: u32,
    pub(crate) row_data: Vec<RowData>,
    pub(crate) row_metadata: Vec<DimensionProperties>,
    pub(crate) column_metadata: Vec<DimensionProperties>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct RowData {
    pub(crate) values: Vec<Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct DimensionProperties {
    pub(crate) developer_metadata: Vec<DeveloperMetadata>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct DeveloperMetadata {
    pub(crate) metadata_id: i32,
    pub(crate) metadata_key: String,
    pub(crate) metadata_value: String,
    pub(crate) location: Location,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Location {
    pub(crate) sheet_id: Option<i32>,
    pub(crate) dimension_range: Option<DimensionRange>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct DimensionRange {
    pub(crate) sheet_id: i32,
    pub(crate) start_index: u32,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Found {
    pub(crate) matched_developer_metadata: Vec<Matched>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Matched {
    pub(crate) developer_metadata: DeveloperMetadata,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Values {
    pub(crate) value_ranges: Vec<MatchedRange>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct MatchedRange {
    pub(crate) value_range: ValueRange,
    pub(crate) data_filters: Vec<DataFilter>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ValueRange {
    pub(crate) values: Vec<Vec<Value>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct DataFilter {
    pub(crate) developer_metadata_lookup: Lookup,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Lookup {
    pub(crate) metadata_id: i32,
}

/// `{"error": {…}}`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Refused {
    pub(crate) error: RefusedBody,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct RefusedBody {
    pub(crate) message: String,
    pub(crate) status: String,
    pub(crate) details: Vec<Value>,
    pub(crate) errors: Vec<Value>,
}

impl RefusedBody {
    /// `google.rpc.ErrorInfo.reason`, or the older `errors[].reason`.
    pub(crate) fn reason(&self) -> &str {
        self.details
            .iter()
            .chain(&self.errors)
            .find_map(|detail| detail["reason"].as_str())
            .unwrap_or_default()
    }

    /// The cloud project in question, `projects/123` → `123`.
    pub(crate) fn project(&self) -> Option<String> {
        let consumer = self.details.iter().find_map(|detail| detail["metadata"]["consumer"].as_str())?;
        Some(consumer.trim_start_matches("projects/").chars().take(100).collect())
    }
}

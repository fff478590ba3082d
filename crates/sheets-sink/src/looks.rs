//! How the sheet looks at the start: afterwards its looks are people's.
//!
//! Cosmetics go in a batch of their own: a rule that is refused must never block the header.

use serde_json::{Value, json};

use crate::{ColumnKind, ColumnSpec, cell};

pub(crate) const HEADER_FIELDS: &str = "userEnteredValue,\
    userEnteredFormat(textFormat.bold,backgroundColorStyle,wrapStrategy,verticalAlignment)";

pub(crate) fn header_cell(words: &str) -> Value {
    json!({
        "userEnteredValue": {"stringValue": words},
        "userEnteredFormat": {
            "textFormat": {"bold": true},
            "backgroundColorStyle": color(0.93, 0.94, 0.96),
            "wrapStrategy": "WRAP",
            "verticalAlignment": "MIDDLE",
        },
    })
}

fn color(red: f64, green: f64, blue: f64) -> Value {
    json!({"rgbColor": {"red": red, "green": green, "blue": blue}})
}

fn dimension(sheet_id: i32, at: u32) -> Value {
    json!({"sheetId": sheet_id, "dimension": "COLUMNS", "startIndex": at, "endIndex": at + 1})
}

/// The cells of a column below the header, to the end of the sheet however long it grows.
fn below(sheet_id: i32, at: u32) -> Value {
    json!({"sheetId": sheet_id, "startRowIndex": 1, "startColumnIndex": at, "endColumnIndex": at + 1})
}

pub(crate) fn hidden(sheet_id: i32, at: u32) -> Value {
    json!({"updateDimensionProperties": {
        "range": dimension(sheet_id, at),
        "properties": {"hiddenByUser": true},
        "fields": "hiddenByUser",
    }})
}

/// Widths, wrapping, colours of scores, the check of what people type; for a new tab also the filter.
pub(crate) fn cosmetics(sheet_id: i32, made: &[(u32, ColumnSpec)], new_tab: bool) -> Vec<Value> {
    let mut requests = Vec::new();
    for (at, column) in made {
        requests.push(json!({"updateDimensionProperties": {
            "range": dimension(sheet_id, *at),
            "properties": {"pixelSize": column.width_px.clamp(21, 2000)},
            "fields": "pixelSize",
        }}));
        requests.push(body_format(sheet_id, *at, column));
        match column.kind {
            ColumnKind::Score => requests.push(gradient(sheet_id, *at)),
            ColumnKind::HumanScore => requests.push(json!({"setDataValidation": {
                "range": below(sheet_id, *at),
                "rule": {
                    "condition": {"type": "NUMBER_BETWEEN",
                        "values": [{"userEnteredValue": "0"}, {"userEnteredValue": "100"}]},
                    "inputMessage": "Число от 0 до 100",
                    "strict": true,
                },
            }})),
            ColumnKind::Key => requests.push(json!({"addProtectedRange": {"protectedRange": {
                "range": {"sheetId": sheet_id, "startColumnIndex": at, "endColumnIndex": at + 1},
                "description": "ID звонка: по нему обновляются строки",
                "warningOnly": true,
            }}})),
            _ => {}
        }
    }
    if new_tab && let (Some((first, _)), Some((last, _))) = (made.first(), made.last()) {
        requests.push(json!({"setBasicFilter": {"filter": {"range": {
            "sheetId": sheet_id, "startRowIndex": 0, "startColumnIndex": first, "endColumnIndex": last + 1,
        }}}}));
    }
    requests
}

fn body_format(sheet_id: i32, at: u32, column: &ColumnSpec) -> Value {
    let wrap = if column.wrap { "WRAP" } else { "CLIP" };
    let mut format = json!({"wrapStrategy": wrap, "verticalAlignment": "TOP"});
    let mut fields = String::from("userEnteredFormat(wrapStrategy,verticalAlignment");
    if let Some(number_format) = cell::number_format(column.kind) {
        format["numberFormat"] = number_format;
        fields.push_str(",numberFormat");
    }
    fields.push(')');
    json!({"repeatCell": {
        "range": below(sheet_id, at),
        "cell": {"userEnteredFormat": format},
        "fields": fields,
    }})
}

/// Red for 0, yellow for 60, green for 100: pale, so that the digits stay readable.
fn gradient(sheet_id: i32, at: u32) -> Value {
    let point = |value: &str, color: Value| json!({"type": "NUMBER", "value": value, "colorStyle": color});
    json!({"addConditionalFormatRule": {"index": 0, "rule": {
        "ranges": [below(sheet_id, at)],
        "gradientRule": {
            "minpoint": point("0", color(0.96, 0.8, 0.8)),
            "midpoint": point("60", color(1.0, 0.95, 0.8)),
            "maxpoint": point("100", color(0.72, 0.88, 0.8)),
        },
    }}})
}

//! A walk over Google's own published schema, reduced to what is in use: a request with a member
//! that Google does not know is refused with Google's words.

use std::sync::LazyLock;

use serde_json::Value;

use super::mask;

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../fixtures/sheets.v4.reduced.json")).unwrap_or_default()
});

/// Documented as answers only, in words alone.
const NEVER_SENT: &[&str] =
    &["locationType", "effectiveValue", "formattedValue", "hyperlink", "effectiveFormat"];
/// At most one member each.
const ONE_OF: &[&str] = &["ExtendedValue", "DataFilter", "DeveloperMetadataLocation"];

/// Checks what is sent.
///
/// # Errors
/// Google's sentence.
pub fn check_request(schema: &str, value: &Value) -> Result<(), String> {
    Walk { request: true }.object(schema, value, "")
}

/// Checks what is answered.
///
/// # Errors
/// A sentence.
pub fn check_answer(schema: &str, value: &Value) -> Result<(), String> {
    Walk { request: false }.object(schema, value, "")
}

struct Walk {
    request: bool,
}

impl Walk {
    fn object(&self, name: &str, value: &Value, at: &str) -> Result<(), String> {
        let schema = &DOCUMENT["schemas"][name];
        let Some(properties) = schema["properties"].as_object() else {
            return Err(format!("no schema is called {name}"));
        };
        let Some(members) = value.as_object() else {
            return Err(format!("Invalid value at '{at}' (type.googleapis.com/{name}), {value}"));
        };
        for (key, member) in members {
            let path = if at.is_empty() { key.clone() } else { format!("{at}.{key}") };
            let Some(property) = properties.get(key) else {
                let place = if at.is_empty() { String::new() } else { format!(" at '{at}'") };
                return Err(format!(
                    "Invalid JSON payload received. Unknown name \"{key}\"{place}: Cannot find field."
                ));
            };
            if self.request && (property["readOnly"] == true || NEVER_SENT.contains(&key.as_str())) {
                return Err(format!("Invalid value at '{path}': read-only"));
            }
            self.value(property, member, &path)?;
        }
        if self.request { by_hand(name, value, at) } else { Ok(()) }
    }

    fn value(&self, property: &Value, value: &Value, at: &str) -> Result<(), String> {
        if let Some(name) = property["$ref"].as_str() {
            return self.object(name, value, at);
        }
        let wrong = || Err(format!("Invalid value at '{at}', {}", short(value)));
        match property["type"].as_str().unwrap_or("any") {
            "array" => {
                let Some(items) = value.as_array() else { return wrong() };
                items.iter().enumerate().try_for_each(|(index, item)| {
                    self.value(&property["items"], item, &format!("{at}[{index}]"))
                })
            }
            "object" => match (value.as_object(), property.get("additionalProperties")) {
                (Some(members), Some(inner)) => members
                    .iter()
                    .try_for_each(|(key, member)| self.value(inner, member, &format!("{at}.{key}"))),
                (Some(_), None) => Ok(()),
                (None, _) => wrong(),
            },
            "string" => {
                let Some(text) = value.as_str() else { return wrong() };
                let options = property["enum"].as_array();
                let known = options.is_none_or(|options| options.iter().any(|option| option == text));
                if !known {
                    return wrong();
                }
                if property["format"] == "google-fieldmask" { mask::parse(text).map(|_| ()) } else { Ok(()) }
            }
            "integer" if value.as_i64().is_some_and(|number| i32::try_from(number).is_ok()) => Ok(()),
            "number" if value.as_f64().is_some_and(f64::is_finite) => Ok(()),
            "boolean" if value.is_boolean() => Ok(()),
            "any" => Ok(()),
            _ => wrong(),
        }
    }
}

/// What the schema says in words only.
fn by_hand(name: &str, value: &Value, at: &str) -> Result<(), String> {
    let members = value.as_object().map_or(0, serde_json::Map::len);
    let span = || Some((value["startIndex"].as_i64().unwrap_or(0), value["endIndex"].as_i64()?));
    let wrong = |reason: &str| Err(format!("Invalid value at '{at}': {reason}"));
    match name {
        "Request" if members != 1 => wrong("exactly one kind of request must be set"),
        name if ONE_OF.contains(&name) && members > 1 => wrong("oneof field is already set"),
        "NumberFormat" if value["type"].as_str().is_none() => wrong("NumberFormat.type is required"),
        "DimensionRange" if span().is_some_and(|(start, end)| end <= start) => {
            wrong("endIndex must be greater than startIndex")
        }
        "CreateDeveloperMetadataRequest" => {
            let entry = &value["developerMetadata"];
            let location = &entry["location"]["dimensionRange"];
            let (start, end) = (location["startIndex"].as_i64().unwrap_or(0), location["endIndex"].as_i64());
            if entry["metadataKey"].as_str().is_none_or(str::is_empty)
                || entry["visibility"].as_str().is_none()
            {
                return wrong("metadataKey and visibility are required");
            }
            if !location.is_null() && end != Some(start + 1) {
                return wrong("metadata may span one row or column only");
            }
            Ok(())
        }
        "UpdateCellsRequest" | "AppendCellsRequest" => {
            let paths = mask::parse(value["fields"].as_str().unwrap_or_default())?;
            let rows = value["rows"].as_array().map(Vec::as_slice).unwrap_or_default();
            let cells =
                rows.iter().flat_map(|row| row["values"].as_array().map(Vec::as_slice).unwrap_or_default());
            cells.into_iter().try_for_each(|cell| covered(cell, &paths, &mut Vec::new()))
        }
        "RepeatCellRequest" => {
            let paths = mask::parse(value["fields"].as_str().unwrap_or_default())?;
            covered(&value["cell"], &paths, &mut Vec::new())
        }
        "UpdateSheetPropertiesRequest" | "UpdateDimensionPropertiesRequest" => {
            mask::parse(value["fields"].as_str().unwrap_or_default()).map(|_| ())
        }
        _ => Ok(()),
    }
}

/// Each leaf that is sent must be under the mask, else it is silently lost: our own mistake.
fn covered(value: &Value, paths: &[mask::Path], at: &mut Vec<String>) -> Result<(), String> {
    if paths.iter().any(|path| at.starts_with(path)) {
        return Ok(());
    }
    match value.as_object() {
        Some(members) => members.iter().try_for_each(|(key, member)| {
            at.push(key.clone());
            let inner = covered(member, paths, at);
            at.pop();
            inner
        }),
        None => Err(format!("'{}' is sent but not in the mask", at.join("."))),
    }
}

fn short(value: &Value) -> String {
    value.to_string().chars().take(100).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn request(value: &Value) -> Result<(), String> {
        check_request("BatchUpdateSpreadsheetRequest", value)
    }

    #[test]
    fn unknown_members_wrong_types_and_two_kinds_in_one_are_refused() {
        let words = |value: Value| request(&value).unwrap_err();
        let unknown = words(json!({"requests": [{"appendCells": {"sheetID": 1}}]}));
        assert_eq!(
            unknown,
            "Invalid JSON payload received. Unknown name \"sheetID\" at 'requests[0].appendCells': Cannot find field."
        );
        assert!(words(json!({"requests": [{"appendCells": {"sheetId": "1"}}]})).contains("sheetId"));
        assert!(
            words(json!({"requests": [{"appendCells": {"fields": "x"}, "addSheet": {}}]}))
                .contains("one kind")
        );
        assert!(words(json!({"requests": [{"appendCells": {"fields": ""}}]})).contains("mask"));
        let cell = json!({"rows": [{"values": [{"userEnteredValue": {"boolValue": true, "numberValue": 1}}]}],
            "fields": "userEnteredValue"});
        assert!(words(json!({"requests": [{"appendCells": cell}]})).contains("oneof"));
        let outside = json!({"rows": [{"values": [{"note": "x"}]}], "fields": "userEnteredValue"});
        assert!(words(json!({"requests": [{"appendCells": outside}]})).contains("not in the mask"));
    }
}

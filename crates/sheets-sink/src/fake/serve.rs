//! Each address of the Sheets API, once rights and quotas are passed.

use serde_json::{Value, json};

use super::answer::FakeAnswer;
use super::apply::{Rules, apply};
use super::google::{FakeRequest, State, invalid};
use super::read::{self, Filter};
use super::workbook::Workbook;
use super::{mask, schema, token};

pub(crate) fn create(state: &mut State, request: &FakeRequest, account: &str) -> FakeAnswer {
    if account != token::USER {
        // a service account owns no storage: looks like a rate limit and is final
        let body = json!({"error": {"code": 403, "message": "The user's Drive storage quota has been exceeded.",
            "errors": [{"domain": "usageLimits", "reason": "storageQuotaExceeded",
            "message": "The user's Drive storage quota has been exceeded."}]}});
        return FakeAnswer::json(403, &body);
    }
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    if let Err(message) = schema::check_request("Spreadsheet", &body) {
        return invalid(state, &message);
    }
    let id = format!("1Made_{}", state.books.len());
    let text = |name: &str, default: &str| body["properties"][name].as_str().unwrap_or(default).to_owned();
    let book = Workbook::new(&id, &text("title", "Без названия"), &text("timeZone", "Etc/GMT"));
    let shown = read::spreadsheet(&book, &[], true);
    state.books.insert(id, book);
    FakeAnswer::json(200, &shown)
}

/// Against Google's published schema.
pub(crate) fn checked(rest: &str, body: &Value) -> Result<(), String> {
    let name = match rest {
        ":batchUpdate" => "BatchUpdateSpreadsheetRequest",
        ":getByDataFilter" => "GetSpreadsheetByDataFilterRequest",
        "/developerMetadata:search" => "SearchDeveloperMetadataRequest",
        "/values:batchGetByDataFilter" => "BatchGetValuesByDataFilterRequest",
        "/values:batchUpdateByDataFilter" => "BatchUpdateValuesByDataFilterRequest",
        _ => return Ok(()),
    };
    schema::check_request(name, body)
}

pub(crate) type Outcome = Result<Value, (u16, String)>;

pub(crate) fn answer(state: &mut State, id: &str, rest: &str, body: &Value, query: &Query) -> Outcome {
    let bad = |message: String| (400, message);
    let (next_id, lasting) = (state.next_id, state.lasting.clone());
    let mut rules = Rules { poison: lasting.poison, may_edit_protected: lasting.may_edit_protected, next_id };
    let Some(book) = state.books.get_mut(id) else {
        return Err((404, "Requested entity was not found.".into()));
    };
    match rest {
        "" => Ok(read::spreadsheet(book, &[], rules.may_edit_protected)),
        ":getByDataFilter" => {
            let filters = Filter::list(&body["dataFilters"]).map_err(bad)?;
            let pieces: Vec<_> = filters.iter().flat_map(|filter| read::regions(book, filter)).collect();
            let mut shown = read::spreadsheet(book, &pieces, rules.may_edit_protected);
            if pieces.is_empty() {
                shown["sheets"] = json!([]);
            }
            Ok(shown)
        }
        "/developerMetadata:search" => {
            let filters = Filter::list(&body["dataFilters"]).map_err(bad)?;
            let matched: Vec<Value> = book
                .metadata
                .iter()
                .filter_map(|entry| {
                    let by: Vec<&Value> = filters
                        .iter()
                        .filter(|filter| read::found(book, filter).any(|one| one.id == entry.id))
                        .map(|filter| &filter.asked)
                        .collect();
                    let shown = json!({"developerMetadata": read::metadata_json(entry), "dataFilters": by});
                    (!by.is_empty()).then_some(shown)
                })
                .collect();
            Ok(if matched.is_empty() { json!({}) } else { json!({"matchedDeveloperMetadata": matched}) })
        }
        "/values:batchGetByDataFilter" => {
            let filters = Filter::list(&body["dataFilters"]).map_err(bad)?;
            let columns = body["majorDimension"] == "COLUMNS";
            let ranges: Vec<Value> = filters
                .iter()
                .flat_map(|filter| read::regions(book, filter).into_iter().map(move |piece| (filter, piece)))
                .map(|(filter, piece)| {
                    json!({"valueRange": read::values(book, &piece, columns), "dataFilters": [filter.asked]})
                })
                .collect();
            Ok(json!({"spreadsheetId": id, "valueRanges": ranges}))
        }
        "/values:batchGet" => {
            let mut ranges = Vec::new();
            for range in &query.ranges {
                let piece = read::by_name(book, range)
                    .ok_or_else(|| bad(format!("Unable to parse range: {range}")))?;
                ranges.push(read::values(book, &piece, false));
            }
            Ok(json!({"spreadsheetId": id, "valueRanges": ranges}))
        }
        "/values:batchUpdateByDataFilter" => {
            let mut copy = book.clone();
            let shown = read::write_values(&mut copy, body, &rules).map_err(bad)?;
            *book = copy;
            Ok(shown)
        }
        ":batchUpdate" => {
            let requests = body["requests"].as_array().map(Vec::as_slice).unwrap_or_default();
            if requests.is_empty() {
                return Err(bad("Must specify at least one request.".into()));
            }
            let mut copy = book.clone();
            let mut replies = Vec::new();
            for (at, request) in requests.iter().enumerate() {
                let kind = request.as_object().and_then(|one| one.keys().next()).cloned().unwrap_or_default();
                let reply = apply(&mut copy, request, &mut rules)
                    .map_err(|message| bad(format!("Invalid requests[{at}].{kind}: {message}")))?;
                replies.push(reply);
            }
            *book = copy;
            state.next_id = rules.next_id;
            Ok(json!({"spreadsheetId": id, "replies": replies}))
        }
        path => metadata_by_id(book, path),
    }
}

fn metadata_by_id(book: &Workbook, path: &str) -> Outcome {
    let id = path.strip_prefix("/developerMetadata/").and_then(|id| id.parse::<i32>().ok());
    let Some(id) = id else { return Err((404, "Not Found".into())) };
    let entry = book.metadata.iter().find(|entry| entry.id == id);
    entry.map(read::metadata_json).ok_or_else(|| (404, format!("No developer metadata with ID {id}")))
}

/// What stands behind the question mark.
#[derive(Debug, Default)]
pub(crate) struct Query {
    fields: Option<String>,
    ranges: Vec<String>,
}

impl Query {
    pub(crate) fn parse(query: &str) -> Self {
        let mut parsed = Self::default();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            match name.as_ref() {
                "fields" => parsed.fields = Some(value.into_owned()),
                "ranges" => parsed.ranges.push(value.into_owned()),
                _ => {}
            }
        }
        parsed
    }

    pub(crate) fn project(&self, value: &Value) -> Result<Value, String> {
        let Some(fields) = &self.fields else {
            let mut value = value.clone();
            // cells are told only to whom asks for them
            for sheet in value.get_mut("sheets").and_then(Value::as_array_mut).into_iter().flatten() {
                sheet.as_object_mut().map(|sheet| sheet.remove("data"));
            }
            return Ok(value);
        };
        let paths = mask::parse(fields)?;
        let paths: Vec<&[String]> = paths.iter().map(Vec::as_slice).collect();
        Ok(mask::project(value, &paths))
    }
}

//! What the double refuses as Google does: asked straight, without the sink.

use std::sync::Arc;

use serde_json::{Value, json};
use sheets_sink::testing::{FakeAnswer, FakeGoogle, FakeRequest, check_answer};
use test_support::FakeClock;

struct Asking {
    google: FakeGoogle,
    token: String,
}

fn text(answer: &FakeAnswer) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or_default()
}

impl Asking {
    fn new() -> Self {
        let google = FakeGoogle::new(Arc::new(FakeClock::new()));
        let _ = google.user_json("http://google.test/token");
        let body = "grant_type=refresh_token&client_id=fake-client&client_secret=fake-secret&refresh_token=fake-refresh";
        let answer = google.handle(&FakeRequest {
            method: "POST".into(),
            path: "/token".into(),
            body: body.into(),
            ..FakeRequest::default()
        });
        let token = text(&answer)["access_token"].as_str().unwrap().to_owned();
        Self { google, token }
    }

    fn ask(&self, method: &str, tail: &str, body: &Value) -> (u16, Value) {
        let (path, query) = tail.split_once('?').unwrap_or((tail, ""));
        let answer = self.google.handle(&FakeRequest {
            method: method.into(),
            path: format!("/v4/spreadsheets/{}{path}", FakeGoogle::SPREADSHEET),
            query: query.into(),
            authorization: Some(format!("Bearer {}", self.token)),
            body: body.to_string().into(),
        });
        (answer.status, text(&answer))
    }

    fn batch(&self, requests: &Value) -> (u16, Value) {
        self.ask("POST", ":batchUpdate", &json!({"requests": requests}))
    }
}

fn marker(id: i32) -> Value {
    json!({"createDeveloperMetadata": {"developerMetadata": {"metadataId": id, "metadataKey": "k",
        "metadataValue": "v", "visibility": "DOCUMENT", "location": {"spreadsheet": true}}}})
}

fn append(words: &str) -> Value {
    json!({"appendCells": {"fields": "userEnteredValue",
        "rows": [{"values": [{"userEnteredValue": {"stringValue": words}}]}]}})
}

#[test]
fn a_batch_is_all_or_nothing_and_says_which_request_was_wrong() {
    let asking = Asking::new();
    let bad = json!({"appendCells": {"sheetId": 77, "fields": "userEnteredValue", "rows": []}});
    let (status, answer) = asking.batch(&json!([marker(1), append("a"), bad]));
    assert_eq!(status, 400);
    assert_eq!(answer["error"]["message"], "Invalid requests[2].appendCells: No grid with id: 77");
    let (_, found) = asking.ask("GET", "/developerMetadata/1", &Value::Null);
    assert_eq!(found["error"]["status"], "NOT_FOUND");
    assert!(asking.google.view(FakeGoogle::SPREADSHEET, "Лист1").unwrap().rows.is_empty());
}

#[test]
fn a_metadata_id_exists_once() {
    let asking = Asking::new();
    assert_eq!(asking.batch(&json!([marker(1)])).0, 200);
    let (status, answer) = asking.batch(&json!([marker(1), append("a")]));
    assert_eq!(status, 400);
    assert!(answer["error"]["message"].as_str().unwrap().contains("already exists"), "{answer}");
    let (status, entry) = asking.ask("GET", "/developerMetadata/1", &Value::Null);
    assert_eq!((status, entry["metadataValue"].as_str()), (200, Some("v")));
    check_answer("DeveloperMetadata", &entry).unwrap();
}

#[test]
fn a_search_joins_members_by_and_and_filters_by_or() {
    let asking = Asking::new();
    assert_eq!(asking.batch(&json!([marker(1), marker(2)])).0, 200);
    let search = |filters: Value| {
        let (_, answer) = asking.ask("POST", "/developerMetadata:search", &json!({"dataFilters": filters}));
        check_answer("SearchDeveloperMetadataResponse", &answer).unwrap();
        answer
    };
    let lookup = |lookup: Value| json!({"developerMetadataLookup": lookup});
    let both = search(json!([lookup(json!({"metadataId": 1})), lookup(json!({"metadataId": 2}))]));
    assert_eq!(both["matchedDeveloperMetadata"].as_array().unwrap().len(), 2);
    let none = search(json!([lookup(json!({"metadataId": 1, "metadataKey": "other"}))]));
    assert_eq!(none, json!({}), "no match is an empty object");
}

#[test]
fn appended_rows_stand_below_the_last_of_any_column_and_the_grid_grows() {
    let asking = Asking::new();
    asking.google.edit_cell("Лист1", 999, 25, &json!("итого"));
    assert_eq!(asking.batch(&json!([append("a")])).0, 200);
    let view = asking.google.view(FakeGoogle::SPREADSHEET, "Лист1").unwrap();
    assert_eq!(view.rows[1000][0].value, "a");
    assert_eq!(asking.google.grid_size("Лист1").unwrap().0, 1001);
}

#[test]
fn fifty_thousand_letters_are_taken_and_one_more_is_not() {
    let asking = Asking::new();
    assert_eq!(asking.batch(&json!([append(&"я".repeat(50_000))])).0, 200);
    let (status, answer) = asking.batch(&json!([append(&"я".repeat(50_001))]));
    assert_eq!(status, 400);
    assert!(answer["error"]["message"].as_str().unwrap().contains("50000 characters"), "{answer}");
}

#[test]
fn ten_million_cells_are_the_end() {
    let asking = Asking::new();
    asking.google.fill_up(FakeGoogle::SPREADSHEET, 9_974_000);
    assert_eq!(asking.batch(&json!([{"appendDimension": {"dimension": "ROWS", "length": 1}}])).0, 400);
}

#[test]
fn duplicates_are_removed_blind_to_case_and_the_first_is_kept() {
    let asking = Asking::new();
    for words in ["id", "k-1", "K-1", "k-2", "k-1"] {
        assert_eq!(asking.batch(&json!([append(words)])).0, 200);
    }
    let request = json!([{"deleteDuplicates": {"range": {"startRowIndex": 1},
        "comparisonColumns": [{"dimension": "COLUMNS", "startIndex": 0, "endIndex": 1}]}}]);
    let (_, answer) = asking.batch(&request);
    assert_eq!(answer["replies"][0]["deleteDuplicates"]["duplicatesRemovedCount"], 2);
    check_answer("BatchUpdateSpreadsheetResponse", &answer).unwrap();
    let left: Vec<_> = asking
        .google
        .view(FakeGoogle::SPREADSHEET, "Лист1")
        .unwrap()
        .rows
        .iter()
        .map(|row| row[0].shown())
        .collect();
    assert_eq!(left, ["id", "k-1", "k-2"]);
}

#[test]
fn a_range_by_name_breaks_with_the_name() {
    let asking = Asking::new();
    assert_eq!(asking.batch(&json!([append("=1+1")])).0, 200);
    let tail = "/values:batchGet?ranges=%D0%9B%D0%B8%D1%81%D1%821!A1:B";
    let (status, answer) = asking.ask("GET", tail, &Value::Null);
    assert_eq!((status, &answer["valueRanges"][0]["values"]), (200, &json!([["=1+1"]])), "words stay words");
    check_answer("BatchGetValuesResponse", &answer).unwrap();
    asking.google.rename_tab("Лист1", "Другое");
    let (status, answer) = asking.ask("GET", tail, &Value::Null);
    assert_eq!(status, 400);
    assert!(answer["error"]["message"].as_str().unwrap().starts_with("Unable to parse range"));
}

#[test]
fn values_are_cut_at_trailing_blanks_and_zeros_are_left_out() {
    let asking = Asking::new();
    let tag = json!([{"createDeveloperMetadata": {"developerMetadata": {"metadataId": 5, "metadataKey": "c",
        "visibility": "DOCUMENT", "location": {"dimensionRange": {"dimension": "COLUMNS", "endIndex": 1}}}}}]);
    assert_eq!(asking.batch(&tag).0, 200);
    asking.google.edit_cell("Лист1", 0, 0, &json!("a"));
    asking.google.edit_cell("Лист1", 2, 0, &json!(3));
    asking.google.edit_cell("Лист1", 5, 1, &json!("other"));
    let body =
        json!({"dataFilters": [{"developerMetadataLookup": {"metadataId": 5}}], "majorDimension": "COLUMNS"});
    let (_, answer) = asking.ask("POST", "/values:batchGetByDataFilter", &body);
    assert_eq!(answer["valueRanges"][0]["valueRange"]["values"], json!([["a", "", 3]]));
    check_answer("BatchGetValuesByDataFilterResponse", &answer).unwrap();
    let (_, entry) = asking.ask("GET", "/developerMetadata/5", &Value::Null);
    assert_eq!(entry["location"]["dimensionRange"], json!({"dimension": "COLUMNS", "endIndex": 1}));
    // and the tag dies with its column
    asking.google.delete_column("Лист1", 0);
    assert_eq!(asking.ask("GET", "/developerMetadata/5", &Value::Null).0, 404);
}

#[test]
fn what_is_in_the_mask_and_not_in_the_cell_is_cleared() {
    let asking = Asking::new();
    assert_eq!(asking.batch(&json!([append("a")])).0, 200);
    let clear =
        json!([{"updateCells": {"start": {}, "fields": "userEnteredValue", "rows": [{"values": [{}]}]}}]);
    assert_eq!(asking.batch(&clear).0, 200);
    assert!(asking.google.view(FakeGoogle::SPREADSHEET, "Лист1").unwrap().rows.is_empty());
}

#[test]
fn members_that_google_does_not_know_are_refused_in_its_words() {
    let asking = Asking::new();
    let (status, answer) = asking.batch(&json!([{"appendCells": {"sheetid": 0}}]));
    assert_eq!(status, 400);
    let message = answer["error"]["message"].as_str().unwrap();
    assert!(message.starts_with("Invalid JSON payload received. Unknown name \"sheetid\""), "{message}");
    let (status, _) = asking.ask("GET", "?fields=a(b", &Value::Null);
    assert_eq!(status, 400);
}

#[test]
fn the_answers_are_as_googles_schema_wants_them() {
    let asking = Asking::new();
    asking.google.protect_column("Лист1", 1, "x");
    let (_, book) = asking.ask("GET", "", &Value::Null);
    check_answer("Spreadsheet", &book).unwrap();
    assert!(book["sheets"][0].get("data").is_none(), "cells are told only to whom asks");
    assert!(book["sheets"][0]["protectedRanges"][0].get("requestingUserCanEdit").is_none());
    let body = json!({"dataFilters": [{"gridRange": {"endRowIndex": 1}}]});
    let (_, book) = asking.ask("POST", ":getByDataFilter?fields=sheets(data(rowData,columnMetadata))", &body);
    check_answer("Spreadsheet", &book).unwrap();
}

#[test]
fn quotas_count_reads_and_writes_apart_in_a_sliding_minute() {
    let asking = Asking::new();
    asking.google.set(|state| state.quota = Some((2, 300)));
    assert_eq!(asking.batch(&json!([append("a")])).0, 200);
    assert_eq!(asking.batch(&json!([append("b")])).0, 200);
    let (status, answer) = asking.batch(&json!([append("c")]));
    assert_eq!(
        (status, answer["error"]["details"][0]["reason"].as_str()),
        (429, Some("RATE_LIMIT_EXCEEDED"))
    );
    assert_eq!(asking.ask("GET", "", &Value::Null).0, 200, "reads have their own");
}

#[test]
fn wrong_grants_are_refused_as_rfc_6749_says() {
    let google = FakeGoogle::new(Arc::new(FakeClock::new()));
    for (body, error) in [
        ("grant_type=password", "unsupported_grant_type"),
        ("grant_type=refresh_token&client_id=x&client_secret=y&refresh_token=z", "invalid_client"),
        (
            "grant_type=refresh_token&client_id=fake-client&client_secret=fake-secret&refresh_token=z",
            "invalid_grant",
        ),
        ("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=a.b.c", "invalid_grant"),
    ] {
        let answer = google.handle(&FakeRequest {
            method: "POST".into(),
            path: "/token".into(),
            body: body.into(),
            ..FakeRequest::default()
        });
        assert_eq!((answer.status, text(&answer)["error"].as_str()), (400, Some(error)), "{body}");
        assert!(answer.headers.iter().any(|(name, _)| *name == "date"));
    }
}

#[test]
fn each_claim_of_an_assertion_is_looked_at() {
    let google = FakeGoogle::new(Arc::new(FakeClock::new()));
    let file: Value = serde_json::from_str(&google.service_account_json("http://google.test/token")).unwrap();
    let key =
        jsonwebtoken::EncodingKey::from_rsa_pem(file["private_key"].as_str().unwrap().as_bytes()).unwrap();
    let now = 1_795_176_000_i64;
    let right = json!({"iss": FakeGoogle::CLIENT_EMAIL, "scope": "https://www.googleapis.com/auth/spreadsheets",
        "aud": "https://oauth2.googleapis.com/token", "iat": now, "exp": now + 3600});
    let ask = |claims: &Value, kid: &str| {
        let mut header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::RS256);
        header.kid = Some(kid.to_owned());
        let assertion = jsonwebtoken::encode(&header, claims, &key).unwrap();
        let body =
            format!("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={assertion}");
        let answer = google.handle(&FakeRequest {
            method: "POST".into(),
            path: "/token".into(),
            body: body.into(),
            ..FakeRequest::default()
        });
        (answer.status, text(&answer)["error_description"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(ask(&right, "fake-key-1").0, 200);
    assert!(ask(&right, "another-key").1.contains("Signature"));
    for (claim, value, words) in [
        ("iss", json!("other@x"), "account not found"),
        ("scope", json!("https://www.googleapis.com/auth/drive"), "scope"),
        ("aud", json!("http://google.test/token"), "audience"),
        ("iat", json!(now - 4000), "reasonable timeframe"),
        ("exp", json!(now + 7200), "short-lived"),
        ("exp", json!(now - 1), "iat and exp"),
    ] {
        let mut claims = right.clone();
        claims[claim] = value;
        let (status, said) = ask(&claims, "fake-key-1");
        assert_eq!(status, 400, "{claim}");
        assert!(said.contains(words), "{claim}: {said}");
    }
}

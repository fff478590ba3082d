//! The sheet as it is asked for by somebody else's program: with the key file, over the wire, nothing
//! of the product's own.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::Client;
use serde_json::{Value, json};

/// What is asked of a tab.
const CELLS: &str = "sheets.data(columnMetadata.developerMetadata(metadataKey,metadataValue),\
    rowData.values(userEnteredValue,userEnteredFormat.numberFormat,hyperlink))";

/// Where the sheet is, and the key.
#[derive(Debug, Clone)]
pub(crate) struct Reader {
    /// `…/google`, as `GOOGLE_SHEETS_URL`.
    pub(crate) base: String,
    /// Id of the spreadsheet.
    pub(crate) spreadsheet: String,
    /// The service account's file.
    pub(crate) key: Value,
}

/// A tab.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SheetView {
    /// The spreadsheet's zone.
    pub time_zone: String,
    /// What our columns are tagged with, from left to right; `None` = somebody else's.
    pub columns: Vec<Option<String>>,
    /// The header's words.
    pub header: Vec<String>,
    /// Rows below the header; trailing blanks are cut.
    pub rows: Vec<Vec<Cell>>,
}

/// A cell.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cell {
    /// Text, number, tick, formula or nothing.
    pub value: Value,
    /// `DATE_TIME`, `TIME`, `NUMBER`, `TEXT` or nothing.
    pub format: String,
    /// Where it leads to.
    pub link: Option<String>,
}

impl SheetView {
    /// The cells of each row by their column's tag, those of other people's columns left out.
    pub fn tagged_rows(&self) -> impl Iterator<Item = BTreeMap<&str, &Cell>> {
        self.rows.iter().map(|row| {
            let cells = self.columns.iter().zip(row);
            cells.filter_map(|(tag, cell)| Some((tag.as_deref()?, cell))).collect()
        })
    }

    /// The ids of calls, top to bottom, doubles included.
    pub fn ids(&self) -> Vec<String> {
        let id = |row: BTreeMap<&str, &Cell>| Some(row.get("call_id")?.value.as_str()?.to_owned());
        self.tagged_rows().filter_map(id).collect()
    }

    /// The place of the column with this tag.
    pub fn column(&self, tag: &str) -> Option<usize> {
        self.columns.iter().position(|own| own.as_deref() == Some(tag))
    }
}

impl Reader {
    /// The tab with this name; an empty one if there is none.
    pub(crate) async fn read(&self, tab: &str, now: DateTime<Utc>) -> SheetView {
        let client = Client::builder().timeout(Duration::from_secs(30)).build().expect("a client");
        let token = self.token(&client, now).await;
        let book = format!("{}/v4/spreadsheets/{}", self.base, self.spreadsheet);
        let fields = "properties.timeZone,sheets.properties(sheetId,title)";
        let shown = asked(client.get(format!("{book}?fields={fields}")), &token).await;
        let found = shown["sheets"].as_array().into_iter().flatten().map(|sheet| &sheet["properties"]);
        let Some(id) =
            found.clone().find(|sheet| sheet["title"] == tab).map(|sheet| sheet["sheetId"].clone())
        else {
            return SheetView::default();
        };
        let filter = json!({"dataFilters": [{"gridRange": {"sheetId": id.as_i64().unwrap_or(0)}}]});
        let whole = client.post(format!("{book}:getByDataFilter?fields={CELLS}")).json(&filter);
        let whole = asked(whole, &token).await;
        let of_tab = whole["sheets"].as_array().into_iter().flatten();
        let data = of_tab.map(|sheet| &sheet["data"][0]).find(|data| data.is_object());
        view(&shown["properties"]["timeZone"], data.unwrap_or(&Value::Null))
    }

    async fn token(&self, client: &Client, now: DateTime<Utc>) -> String {
        let key = |name: &str| self.key[name].as_str().unwrap_or_default().to_owned();
        let claims = json!({
            "iss": key("client_email"), "scope": "https://www.googleapis.com/auth/spreadsheets",
            "aud": "https://oauth2.googleapis.com/token", "iat": now.timestamp(), "exp": now.timestamp() + 3600,
        });
        let header = Header { kid: Some(key("private_key_id")), ..Header::new(Algorithm::RS256) };
        let signer = EncodingKey::from_rsa_pem(key("private_key").as_bytes()).expect("the key file's key");
        let assertion = jsonwebtoken::encode(&header, &claims, &signer).expect("an assertion");
        let form = [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", &assertion)];
        let answer = client.post(key("token_uri")).form(&form).send().await.expect("the token endpoint");
        let answer: Value = answer.json().await.expect("a token");
        answer["access_token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }
}

async fn asked(request: reqwest::RequestBuilder, token: &str) -> Value {
    let answer = request.bearer_auth(token).send().await.expect("Google Sheets answers");
    let answer: Value = answer.json().await.expect("JSON");
    assert!(answer.get("error").is_none(), "{answer}");
    answer
}

fn view(zone: &Value, data: &Value) -> SheetView {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let tag = |column: &Value| {
        let entries = list(&column["developerMetadata"]);
        let ours = entries.iter().find(|entry| entry["metadataKey"] == "zvonar.column")?;
        ours["metadataValue"].as_str().map(str::to_owned)
    };
    let mut rows = list(&data["rowData"])
        .into_iter()
        .map(|row| list(&row["values"]).iter().map(cell).collect::<Vec<_>>());
    let header = rows.next().unwrap_or_default();
    SheetView {
        time_zone: zone.as_str().unwrap_or_default().to_owned(),
        columns: list(&data["columnMetadata"]).iter().map(tag).collect(),
        header: header.iter().map(|cell| cell.value.as_str().unwrap_or_default().to_owned()).collect(),
        rows: rows.collect(),
    }
}

fn cell(told: &Value) -> Cell {
    let entered = told["userEnteredValue"].as_object().and_then(|value| value.iter().next());
    Cell {
        value: entered
            .map(|(kind, value)| match kind.as_str() {
                // a formula is none of ours: whoever compares finds it
                "formulaValue" => json!({"formula": value}),
                _ => value.clone(),
            })
            .unwrap_or_default(),
        format: told["userEnteredFormat"]["numberFormat"]["type"].as_str().unwrap_or_default().to_owned(),
        link: told["hyperlink"].as_str().map(str::to_owned),
    }
}

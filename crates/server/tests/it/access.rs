//! The door: who comes in, as what, and what it takes.

use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::{Method, StatusCode};
use secrecy::SecretString;
use serde_json::{Value, json};
use server::{AccountError, ServeError, ServeOptions, Web};
use test_support::{LineToPostgres, PostgresDatabase};

use crate::house::{House, Plan, json_body};

/// A request that a known viewer gets 422 for, and a stranger 401.
pub(crate) async fn knock(house: &House, headers: &[(&str, &str)]) -> StatusCode {
    let mut request = axum::http::Request::builder().method(Method::POST).uri("/analyze_call");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    house.send(json_body(request, &json!({}))).await.status
}

const IN: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;

#[tokio::test]
async fn what_is_not_there_is_a_problem_with_the_headers_of_every_answer() {
    let house = House::open().await;
    let answer = house.get("/nothing/here").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(answer.json()["code"], "not_found");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("x-request-id").len(), 32);
    let policy = answer.header("content-security-policy");
    for part in ["default-src 'self'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
}

#[tokio::test]
async fn no_other_site_may_read_answers() {
    let house = House::open().await;
    let request = house.request(Method::GET, "/healthz").header("origin", "https://evil.example");
    let answer = house.send(request.body(Body::empty()).unwrap()).await;
    assert!(answer.headers.keys().all(|name| !name.as_str().starts_with("access-control-")));
    let request = house.request(Method::OPTIONS, "/analyze_call").header("origin", "https://evil.example");
    let answer = house.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!((answer.status, answer.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, "POST"));
}

#[tokio::test]
async fn the_open_house_is_open_to_this_machine_alone() {
    let house = House::open().await;
    for host in ["localhost", "localhost:8000", "127.0.0.1:8000", "[::1]:8000"] {
        assert_eq!(knock(&house, &[("host", host)]).await, IN, "{host}");
    }
    for host in ["evil.example", "zvonar.trycloudflare.com", "127.0.0.1.nip.io:8000", "192.168.0.7:8000"] {
        assert_eq!(knock(&house, &[("host", host)]).await, StatusCode::UNAUTHORIZED, "{host}");
    }
    for header in ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"] {
        let headers = [("host", "localhost"), (header, "127.0.0.1")];
        assert_eq!(knock(&house, &headers).await, StatusCode::UNAUTHORIZED, "{header}");
    }
}

#[tokio::test]
async fn a_page_on_the_internet_writes_nothing_into_the_open_house() {
    let house = House::open().await;
    let host = ("host", "127.0.0.1:8000");
    for forged in [("origin", "https://evil.example"), ("origin", "null"), ("sec-fetch-site", "cross-site")] {
        assert_eq!(knock(&house, &[host, forged]).await, StatusCode::FORBIDDEN, "{forged:?}");
    }
    assert_eq!(knock(&house, &[host, ("origin", "http://127.0.0.1:8000")]).await, IN);
}

#[tokio::test]
async fn the_first_account_closes_the_open_house() {
    let mut house = House::open().await;
    assert_eq!(knock(&house, &[("host", "localhost")]).await, IN);
    house.lock().await;
    assert_eq!(knock(&house, &[("host", "localhost")]).await, StatusCode::UNAUTHORIZED);
    let token = format!("Bearer {}", house.token("robot"));
    assert_eq!(knock(&house, &[("host", "localhost"), ("authorization", &token)]).await, IN);
    assert_eq!(knock(&house, &[("host", "zvonar.example"), ("authorization", &token)]).await, IN);
}

#[tokio::test]
async fn an_admin_token_closes_the_open_house_and_opens_everything() {
    let house = House::planned(Plan { admin_token: Some("correct horse"), ..Plan::default() }).await;
    let host = ("host", "localhost");
    assert_eq!(knock(&house, &[host]).await, StatusCode::UNAUTHORIZED);
    assert_eq!(knock(&house, &[host, ("authorization", "Bearer correct horse")]).await, IN);
    assert_eq!(knock(&house, &[host, ("authorization", "bearer correct horse")]).await, IN);
    for wrong in
        ["Bearer correct hors", "Bearer correct horse2", "Bearer ", "Basic correct horse", "correct horse"]
    {
        assert_eq!(
            knock(&house, &[host, ("authorization", wrong)]).await,
            StatusCode::UNAUTHORIZED,
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn other_machines_find_no_service_without_an_account() {
    let mut house = House::open().await;
    let options = ServeOptions::new("0.0.0.0:8000".parse().unwrap());
    let refused = Web::open(house.app.clone(), &options).await.err().unwrap();
    assert!(matches!(refused, ServeError::Unprotected { .. }));
    for text in [refused.to_string(), refused.told(domain::Lang::Ru), refused.told(domain::Lang::En)] {
        assert!(text.contains("zvonar user token") && text.contains("ZVONAR_ADMIN_TOKEN"), "{text}");
    }
    let mut empty = ServeOptions::new("[::]:8000".parse().unwrap());
    empty.admin_token = Some(SecretString::from(""));
    assert!(Web::open(house.app.clone(), &empty).await.is_err(), "an empty token is none");
    let mut options = ServeOptions::new("0.0.0.0:8000".parse().unwrap());
    options.admin_token = Some(SecretString::from("x"));
    assert!(Web::open(house.app.clone(), &options).await.is_ok());
    house.lock().await;
    let options = ServeOptions::new("0.0.0.0:8000".parse().unwrap());
    assert!(Web::open(house.app.clone(), &options).await.is_ok());
}

#[tokio::test]
async fn a_bind_that_others_reach_is_never_an_open_house() {
    let house =
        House::planned(Plan { bind: "0.0.0.0:8000", admin_token: Some("x"), ..Plan::default() }).await;
    assert_eq!(knock(&house, &[("host", "localhost:8000")]).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn tokens_are_kept_hashed_and_end_when_removed() {
    let house = House::guarded().await;
    let token = house.token("robot").to_owned();
    assert!(token.starts_with("zv_") && token.len() >= 40, "{token}");
    let kept = std::fs::read(house.data().join("zvonar.db")).unwrap();
    let wal = std::fs::read(house.data().join("zvonar.db-wal")).unwrap_or_default();
    for bytes in [kept, wal] {
        assert!(!bytes.windows(token.len()).any(|window| window == token.as_bytes()));
    }
    let header = format!("Bearer {token}");
    let headers = [("host", "localhost"), ("authorization", header.as_str())];
    assert_eq!(knock(&house, &headers).await, IN);
    let store = house.app.store();
    assert_eq!(server::remove_account(store.as_ref(), "robot").await.unwrap(), (false, 1));
    assert_eq!(knock(&house, &headers).await, StatusCode::UNAUTHORIZED);
    assert!(matches!(server::remove_account(store.as_ref(), "robot").await, Err(AccountError::Unknown)));
}

#[tokio::test]
async fn each_role_is_let_in_where_the_table_says_so_and_nowhere_else() {
    let house = House::guarded().await;
    let accounts =
        [("admin", "admin"), ("supervisor", "supervisor"), ("robot", "integration"), ("anna", "manager")];
    let mut walked = 0;
    for route in server::routes() {
        let Some(roles) = &route.roles else { continue };
        let method = Method::from_bytes(route.method.as_bytes()).unwrap();
        let path = filled(route.path, "00000000-0000-8000-8000-000000000000");
        let stranger = house.knock(house.request(method.clone(), &path).body(Body::empty()).unwrap()).await;
        let sent_to_login =
            stranger.status == StatusCode::SEE_OTHER && stranger.header("location").starts_with("/login");
        assert!(
            stranger.status == StatusCode::UNAUTHORIZED || sent_to_login,
            "{} {path}: {}",
            route.method,
            stranger.status
        );
        for (account, role) in accounts {
            let request = house.request_as(account, method.clone(), &path);
            let status = house.knock(request.body(Body::empty()).unwrap()).await.status;
            let refused = status == StatusCode::FORBIDDEN;
            assert_eq!(refused, !roles.contains(&role), "{role}: {} {path}: {status}", route.method);
            assert_ne!(status, StatusCode::INTERNAL_SERVER_ERROR, "{role}: {} {path}", route.method);
            walked += 1;
        }
    }
    assert!(walked > 20, "{walked}");
}

#[tokio::test]
async fn every_rule_has_a_route_and_no_two_rules_are_of_one_route() {
    let house = House::guarded().await;
    let mut seen = std::collections::BTreeSet::new();
    for route in server::routes() {
        assert!(seen.insert((route.method.clone(), route.path)), "twice: {} {}", route.method, route.path);
        // a path that no router has answers 404 to PROPFIND, one that is there 405
        let method = Method::from_bytes(b"PROPFIND").unwrap();
        let request = house.request_as("admin", method, &filled(route.path, "x"));
        let answer = house.knock(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{} {}", route.method, route.path);
        // and its method is one that the router knows
        let method = Method::from_bytes(route.method.as_bytes()).unwrap();
        let request = house.request_as("admin", method, &filled(route.path, "x"));
        let answer = house.knock(request.body(Body::empty()).unwrap()).await;
        assert_ne!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{} {}", route.method, route.path);
    }
}

/// A path with something in the place of its names.
pub(crate) fn filled(path: &str, value: &str) -> String {
    let parts = path.split('/').map(|part| if part.starts_with('{') { value } else { part });
    parts.collect::<Vec<_>>().join("/")
}

#[tokio::test]
async fn figures_are_for_admins_and_this_machine() {
    let house = House::guarded().await;
    house.get("/healthz").await;
    let local = house.get("/metrics").await;
    assert_eq!(local.status, StatusCode::OK);
    let text = local.text();
    assert!(
        text.contains("zvonar_http_requests_total{method=\"GET\",route=\"/healthz\",status=\"200\"} 1"),
        "{text}"
    );
    assert!(text.contains("zvonar_http_request_duration_seconds_bucket"), "{text}");
    assert!(text.contains("zvonar_stage_paused"), "{text}");
    let elsewhere = |account: Option<&str>| {
        let mut request = axum::http::Request::builder().uri("/metrics").header("host", "zvonar.example");
        if let Some(account) = account {
            request = request.header("authorization", format!("Bearer {}", house.token(account)));
        }
        house.send(request.body(Body::empty()).unwrap())
    };
    assert_eq!(elsewhere(None).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(elsewhere(Some("robot")).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(elsewhere(Some("admin")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn health_is_told_to_anybody_and_names_no_secret() {
    let house = House::guarded().await;
    assert_eq!(house.get("/healthz").await.status, StatusCode::OK);
    let ready = house.get("/readyz").await;
    let said = ready.json();
    assert_eq!((&said["database"], &said["queue"]), (&json!(true), &json!(true)), "{said}");
    // the disk of this machine may really be full
    let expected = if said["disk"] == json!(true) { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    assert_eq!((ready.status, &said["ready"]), (expected, &said["disk"]), "{said}");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn health_figures_and_static_files_do_not_wait_for_a_database_that_is_silent() {
    let line = LineToPostgres::lay(PostgresDatabase::new());
    let plan = Plan { env: vec![("DATABASE_URL", line.url())], ..Plan::default() };
    let mut house = House::planned(plan).await;
    house.lock().await;
    let elsewhere = |account: &str| {
        let request = axum::http::Request::builder().uri("/metrics").header("host", "zvonar.example");
        let request = request.header("authorization", format!("Bearer {}", house.token(account)));
        house.send(request.body(Body::empty()).unwrap())
    };
    assert_eq!(elsewhere("admin").await.status, StatusCode::OK);
    assert_eq!(elsewhere("robot").await.status, StatusCode::UNAUTHORIZED);
    let page = house.get("/login").await.text();
    let style = page.split('"').find(|word| word.contains("/static/") && word.contains("app.css")).unwrap();

    line.fall_silent();
    let (at_once, soon) = (Duration::from_millis(500), Duration::from_millis(3_300));
    for (path, status, patience) in [
        ("/healthz", StatusCode::OK, at_once),
        (style, StatusCode::OK, at_once),
        ("/metrics", StatusCode::OK, soon),
        ("/readyz", StatusCode::SERVICE_UNAVAILABLE, soon),
    ] {
        let asked = Instant::now();
        let answer = house.get(path).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.text());
        assert!(asked.elapsed() < patience, "{path}: {:?}", asked.elapsed());
    }
    let ready = house.get("/readyz").await.json();
    assert_eq!((&ready["failing"], &ready["schema"]), (&json!(["database"]), &Value::Null), "{ready}");
    // who was let in when the database could be asked still sees the figures, and nobody else does
    let asked = Instant::now();
    let answer = elsewhere("admin").await;
    assert!(asked.elapsed() < soon, "{:?}", asked.elapsed());
    assert!(answer.text().contains("zvonar_database_up 0"), "{}", answer.text());
    assert_eq!(elsewhere("robot").await.status, StatusCode::SERVICE_UNAVAILABLE);
}

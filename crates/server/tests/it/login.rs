//! People at the door: passwords, sessions, and what of them is written down.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use secrecy::SecretString;
use server::{AccountError, NewAccount};
use store::{AuditFilter, PageRequest, Role};

use crate::access::knock;
use crate::house::{Answer, House, Plan, form_body};

const IN: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;

async fn house_with_anna() -> House {
    let house = House::open().await;
    add(&house, "anna", Role::Supervisor, "anna's password").await;
    house
}

async fn add(house: &House, name: &str, role: Role, password: &str) {
    let account = NewAccount { name: name.to_owned(), role, manager_id: None };
    let now = house.app.clock().now();
    let password = SecretString::from(password);
    server::add_user(house.app.store().as_ref(), account, password, now).await.unwrap();
}

async fn log_in(house: &House, name: &str, password: &str, headers: &[(&str, &str)]) -> Answer {
    let body = url_encoded(&[("name", name), ("password", password), ("next", "/history?x=1")]);
    let mut request = house
        .request(Method::POST, "/login")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("origin", "http://127.0.0.1:8000");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    house.send(request.body(Body::from(body)).unwrap()).await
}

fn url_encoded(pairs: &[(&str, &str)]) -> String {
    let escaped = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    pairs.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect::<Vec<_>>().join("&")
}

/// `zvonar=…` of an answer.
fn cookie(answer: &Answer) -> String {
    answer.header("set-cookie").split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_session_ends_thirty_days_after_its_login() {
    let house = house_with_anna().await;
    let now = house.app.clock().now();
    for (days, status) in [(29, StatusCode::OK), (30, StatusCode::SEE_OTHER), (400, StatusCode::SEE_OTHER)] {
        let token = format!("used-every-day.{:x}", (now - chrono::TimeDelta::days(days)).timestamp());
        let session = store::Session {
            token_sha256: domain::Sha256::new(sha256(&token)),
            user: "anna".to_owned(),
            csrf: "csrf".to_owned(),
            expires_at: now + chrono::TimeDelta::days(7),
            last_seen: now,
        };
        house.app.store().start_session(&session).await.unwrap();
        let request = house.request(Method::GET, "/history").header("cookie", format!("zvonar={token}"));
        let answer = house.send(request.header("accept", "text/html").body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, status, "{days} days");
    }
    // nobody makes it younger: the secret is of both parts
    let younger = format!("zvonar=used-every-day.{:x}", now.timestamp());
    let request = house.request(Method::GET, "/history").header("cookie", younger);
    let answer = house.send(request.header("accept", "text/html").body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
}

async fn csrf_of(house: &House, cookie: &str) -> String {
    let token = cookie.split_once('=').unwrap().1;
    let digest = domain::Sha256::new(sha256(token));
    let now = house.app.clock().now();
    house.app.store().session(&digest, now).await.unwrap().unwrap().0.csrf
}

fn sha256(text: &str) -> String {
    pipeline::sha256_of(text.as_bytes()).as_str().to_owned()
}

#[tokio::test]
async fn a_person_comes_in_with_a_password_and_is_sent_where_they_wanted_to_go() {
    let house = house_with_anna().await;
    let answer = log_in(&house, "anna", "anna's password", &[]).await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "/history?x=1"));
    let set = answer.header("set-cookie");
    for part in ["zvonar=", "Path=/", "HttpOnly", "SameSite=Lax"] {
        assert!(set.contains(part), "{set}");
    }
    assert!(!set.contains("Secure"), "this machine has no HTTPS: {set}");
    let cookie = cookie(&answer);
    let headers = [("host", "127.0.0.1:8000"), ("cookie", cookie.as_str())];
    assert_eq!(knock(&house, &headers).await, StatusCode::FORBIDDEN, "the token of forms is missing");
    let csrf = csrf_of(&house, &cookie).await;
    let headers = [headers[0], headers[1], ("x-csrf-token", csrf.as_str())];
    assert_eq!(knock(&house, &headers).await, IN);
}

#[tokio::test]
async fn behind_https_the_cookie_is_of_this_host_and_of_https_alone() {
    let house = House::planned(Plan {
        env: vec![("BACKEND_URL", "https://zvonar.example".to_owned())],
        ..Plan::default()
    })
    .await;
    add(&house, "anna", Role::Admin, "anna's password").await;
    let body = url_encoded(&[("name", "anna"), ("password", "anna's password")]);
    let request = axum::http::Request::builder()
        .method(Method::POST)
        .uri("/login")
        .header("host", "zvonar.example")
        .header("origin", "https://zvonar.example")
        .header("content-type", "application/x-www-form-urlencoded");
    let answer = house.send(request.body(Body::from(body)).unwrap()).await;
    let set = answer.header("set-cookie");
    assert!(
        set.starts_with("__Host-zvonar=") && set.contains("; Secure") && set.contains("Path=/;"),
        "{set}"
    );
}

#[tokio::test]
async fn every_login_makes_a_new_session_and_ends_the_old_one() {
    let house = house_with_anna().await;
    let planted = "zvonar=planted-by-somebody";
    let first = cookie(&log_in(&house, "anna", "anna's password", &[("cookie", planted)]).await);
    assert_ne!(first, planted);
    let second = cookie(&log_in(&house, "anna", "anna's password", &[("cookie", &first)]).await);
    assert_ne!(first, second);
    let open = |cookie: String| {
        let house = &house;
        async move { knock(house, &[("host", "127.0.0.1:8000"), ("cookie", &cookie)]).await }
    };
    assert_eq!(open(planted.to_owned()).await, StatusCode::UNAUTHORIZED);
    assert_eq!(open(first).await, StatusCode::UNAUTHORIZED);
    assert_eq!(open(second).await, StatusCode::FORBIDDEN, "known, without the token of forms");
}

#[tokio::test]
async fn one_goes_out_here_or_everywhere() {
    let house = house_with_anna().await;
    let one = cookie(&log_in(&house, "anna", "anna's password", &[]).await);
    let other = cookie(&log_in(&house, "anna", "anna's password", &[]).await);
    let third = cookie(&log_in(&house, "anna", "anna's password", &[]).await);
    let out = |path: &'static str, cookie: String, csrf: String| {
        let house = &house;
        async move {
            let request = house
                .request(Method::POST, path)
                .header("cookie", cookie)
                .header("content-type", "application/x-www-form-urlencoded");
            house.send(request.body(Body::from(url_encoded(&[("csrf", &csrf)]))).unwrap()).await
        }
    };
    let csrf = csrf_of(&house, &one).await;
    assert_eq!(out("/logout", one.clone(), "forged".to_owned()).await.status, StatusCode::FORBIDDEN);
    let gone = out("/logout", one.clone(), csrf).await;
    assert_eq!((gone.status, gone.header("location")), (StatusCode::SEE_OTHER, "/login"));
    assert!(gone.header("set-cookie").contains("Max-Age=0"));
    let status = |cookie: &str| {
        let (house, cookie) = (&house, cookie.to_owned());
        async move { knock(house, &[("host", "127.0.0.1:8000"), ("cookie", &cookie)]).await }
    };
    assert_eq!(status(&one).await, StatusCode::UNAUTHORIZED);
    assert_eq!(status(&other).await, StatusCode::FORBIDDEN, "the others are in");
    let csrf = csrf_of(&house, &other).await;
    out("/logout/everywhere", other.clone(), csrf).await;
    assert_eq!(status(&other).await, StatusCode::UNAUTHORIZED);
    assert_eq!(status(&third).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn another_password_and_being_shut_out_end_every_session() {
    let house = house_with_anna().await;
    let store = house.app.store();
    let status = |cookie: String| {
        let house = &house;
        async move { knock(house, &[("host", "127.0.0.1:8000"), ("cookie", &cookie)]).await }
    };
    let session = cookie(&log_in(&house, "anna", "anna's password", &[]).await);
    server::set_password(store.as_ref(), "anna", SecretString::from("another one")).await.unwrap();
    assert_eq!(status(session).await, StatusCode::UNAUTHORIZED);
    let session = cookie(&log_in(&house, "anna", "another one", &[]).await);
    let user = store.user("anna").await.unwrap().unwrap();
    store.save_user(&store::User { disabled: true, ..user }).await.unwrap();
    assert_eq!(status(session).await, StatusCode::UNAUTHORIZED);
    let refused = log_in(&house, "anna", "another one", &[]).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_name_are_told_alike() {
    let house = house_with_anna().await;
    let wrong = log_in(&house, "anna", "guess", &[]).await;
    let unknown = log_in(&house, "nobody", "guess", &[]).await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    assert_eq!((wrong.status, wrong.body), (unknown.status, unknown.body));
    let page = log_in(&house, "anna", "guess", &[("accept", "text/html")]).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    assert_eq!(page.header("location"), "/login?trouble=wrong&next=%2Fhistory%3Fx%3D1");
}

#[tokio::test]
async fn guessing_passwords_is_slowed_down() {
    let house = house_with_anna().await;
    let mut refused = None;
    for guess in 0..8 {
        let answer = log_in(&house, "anna", &format!("guess {guess}"), &[]).await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            refused = Some(answer);
            break;
        }
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    }
    let refused = refused.expect("guessing goes on for ever");
    assert!(refused.header("retry-after").parse::<u64>().unwrap() >= 1);
    let right = log_in(&house, "anna", "anna's password", &[]).await;
    assert_eq!(right.status, StatusCode::TOO_MANY_REQUESTS, "not even the right one, not now");
    let other = log_in(&house, "boris", "guess", &[]).await;
    assert_eq!(other.status, StatusCode::UNAUTHORIZED, "others are not shut out");
}

#[tokio::test]
async fn what_happens_at_the_door_is_written_down() {
    let house = house_with_anna().await;
    log_in(&house, "anna", "guess", &[]).await;
    log_in(&house, "a password in the wrong field", "guess", &[]).await;
    log_in(&house, "anna", "anna's password", &[]).await;
    let page = PageRequest { after: None, limit: 10 };
    let lines = house.app.store().audit_lines(&AuditFilter::default(), page).await.unwrap().items;
    let seen: Vec<(&str, &str)> =
        lines.iter().rev().map(|line| (line.who.as_str(), line.what.as_str())).collect();
    assert_eq!(seen, [("anna", "login_refused"), ("?", "login_refused"), ("anna", "login")]);
}

#[tokio::test]
async fn a_form_with_a_file_brings_its_token_first() {
    let house = house_with_anna().await;
    let cookie = cookie(&log_in(&house, "anna", "anna's password", &[]).await);
    let csrf = csrf_of(&house, &cookie).await;
    let post = || house.request(Method::POST, "/analyze_audio_call").header("cookie", cookie.clone());
    let passed = house.send(form_body(post(), &[("csrf", &csrf), ("content_mode", "none")], None)).await;
    assert_eq!((passed.status, passed.json()["code"].as_str()), (IN, Some("content_mode")));
    for fields in [vec![("content_mode", "none"), ("csrf", csrf.as_str())], vec![("csrf", "forged")]] {
        let refused = house.send(form_body(post(), &fields, None)).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{fields:?}");
    }
}

#[tokio::test]
async fn names_and_passwords_have_a_shape() {
    let house = House::open().await;
    let (store, now) = (house.app.store(), house.app.clock().now());
    let make = |name: &'static str, password: &'static str| {
        let (store, name, password) = (store.clone(), name.to_owned(), SecretString::from(password));
        let account = NewAccount { name, role: Role::Manager, manager_id: None };
        async move { server::add_user(store.as_ref(), account, password, now).await }
    };
    for name in ["", "  ", "a\nb", "a/b", "<script>", "a\u{202e}b"] {
        assert!(matches!(make(name, "long enough").await, Err(AccountError::Name)), "{name:?}");
    }
    assert!(matches!(make("Анна Иванова", "short").await, Err(AccountError::Password)));
    make("Анна Иванова", "long enough").await.unwrap();
    assert!(matches!(make("Анна Иванова", "long enough").await, Err(AccountError::Taken)));
    let user = store.user("Анна Иванова").await.unwrap().unwrap();
    assert_eq!(
        user.manager_id.as_deref(),
        Some("Анна Иванова"),
        "the id of a manager is the name by default"
    );
    assert!(user.password_hash.unwrap().starts_with("$argon2id$"));
}

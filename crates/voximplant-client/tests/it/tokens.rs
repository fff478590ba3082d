//! Tokens: what the live client signs opens the fake, and what the platform would refuse, the fake does.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::Duration;
use serde_json::{Value, json};
use voximplant_client::VoximplantApi as _;
use voximplant_client::testing::{FakeRequest, FakeVoximplant};
use wiremock::{Mock, MockServer, matchers::any};

use crate::live::{Noon, client, key, service, success};

fn code(fake: &FakeVoximplant, authorization: Option<String>, form: &[(&str, &str)]) -> i64 {
    let form = form.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let answer = fake.answer(&FakeRequest { method: Some("GetAccountInfo".into()), authorization, form });
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    body.pointer("/error/code").and_then(Value::as_i64).unwrap_or_default()
}

/// A token with these times, signed with the key of the tests.
fn token(kid: &str, iat: i64, exp: i64) -> String {
    let file: Value = serde_json::from_str(secrecy::ExposeSecret::expose_secret(&key().file())).unwrap();
    let pem = file["private_key"].as_str().unwrap();
    let header = jsonwebtoken::Header {
        kid: Some(kid.to_owned()),
        ..jsonwebtoken::Header::new(jsonwebtoken::Algorithm::RS256)
    };
    let signing = jsonwebtoken::EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap();
    let claims = json!({"iss": FakeVoximplant::ACCOUNT.0, "iat": iat, "exp": exp});
    format!("Bearer {}", jsonwebtoken::encode(&header, &claims, &signing).unwrap())
}

#[tokio::test]
async fn what_is_signed_is_short_back_dated_and_opens_the_account() {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(success(&json!({"result": {"account_id": 1}}))).mount(&server).await;
    client(&server, service()).account().await.unwrap();
    let request = &server.received_requests().await.unwrap()[0];
    let header = request.headers["authorization"].to_str().unwrap().to_owned();
    let part = |index: usize| -> Value {
        let text = header.strip_prefix("Bearer ").unwrap().split('.').nth(index).unwrap();
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap()
    };
    assert_eq!(part(0), json!({"typ": "JWT", "alg": "RS256", "kid": key().id()}));
    let noon = domain::Clock::now(&Noon).timestamp();
    assert_eq!(part(1), json!({"iss": "10042950", "iat": noon - 5, "exp": noon + 55}));
    let fake = FakeVoximplant::with_clock(std::sync::Arc::new(Noon));
    fake.register_key(key());
    assert_eq!(code(&fake, Some(header.clone()), &[]), 0);
    fake.advance(Duration::minutes(2));
    assert_eq!(code(&fake, Some(header), &[]), 456, "expired");
}

#[tokio::test]
async fn bad_tokens_are_refused_each_with_its_code() {
    let fake = FakeVoximplant::with_clock(std::sync::Arc::new(Noon));
    fake.register_key(key());
    let noon = domain::Clock::now(&Noon).timestamp();
    let id = key().id();
    for (authorization, expected) in [
        (Some(token(id, noon, noon + 60)), 0),
        (Some("Bearer garbage".to_owned()), 447),
        (Some("Basic eA==".to_owned()), 447),
        (Some(token("unknown", noon, noon + 60)), 100),
        (Some(token(id, noon, noon + 3601)), 454),
        (Some(token(id, noon + 30, noon + 60)), 455),
        (Some(token(id, noon - 90, noon - 30)), 456),
        (None, 100),
    ] {
        assert_eq!(code(&fake, authorization.clone(), &[]), expected, "{authorization:?}");
    }
    let own = [("account_id", "10042950"), ("api_key", FakeVoximplant::API_KEY)];
    assert_eq!(code(&fake, None, &own), 0);
    assert_eq!(code(&fake, None, &[own[0], ("api_key", "wrong")]), 100);
}

#[test]
fn a_command_may_stand_in_the_form_and_an_unknown_one_is_refused() {
    let fake = FakeVoximplant::new();
    let ask = |method: Option<&str>, cmd: Option<&str>| {
        let mut form = vec![
            ("account_id".to_owned(), FakeVoximplant::ACCOUNT.to_string()),
            ("api_key".to_owned(), FakeVoximplant::API_KEY.to_owned()),
        ];
        form.extend(cmd.map(|cmd| ("cmd".to_owned(), cmd.to_owned())));
        let answer =
            fake.answer(&FakeRequest { method: method.map(str::to_owned), authorization: None, form });
        let body: Value = serde_json::from_slice(&answer.body).unwrap();
        (answer.status, body.pointer("/error/code").and_then(Value::as_i64).unwrap_or_default())
    };
    assert_eq!(ask(None, Some("GetAccountInfo")), (200, 0));
    assert_eq!(ask(Some("GetAccountInfo"), None), (200, 0));
    assert_eq!(ask(None, None), (200, 102));
    assert_eq!(ask(Some("StartCall"), None), (200, 103));
    assert_eq!(ask(Some("StartScenarios"), None), (200, 134));
}

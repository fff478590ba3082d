//! Addresses that strangers name: literal, behind names, behind redirects, behind names that change
//! their mind.

use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use http_client::{
    AddressGuard, AddressRule, HttpClientConfig, HttpError, NameLookup, ProxyConfig, Redirects, Repeat,
};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{any, path},
};

use crate::wire::{client, config, get};

/// Answers what it is told, and counts how often it was asked.
#[derive(Debug, Default)]
struct FakeNames {
    answers: Mutex<Vec<Vec<IpAddr>>>,
    asked: Mutex<Vec<String>>,
}

impl FakeNames {
    fn answering(answers: &[&[&str]]) -> Arc<Self> {
        let parsed = |answer: &&[&str]| answer.iter().map(|address| address.parse().unwrap()).collect();
        Arc::new(Self { answers: Mutex::new(answers.iter().rev().map(parsed).collect()), ..Self::default() })
    }
}

#[async_trait]
impl NameLookup for FakeNames {
    async fn lookup(&self, name: &str) -> std::io::Result<Vec<IpAddr>> {
        self.asked.lock().unwrap().push(name.to_owned());
        Ok(self.answers.lock().unwrap().pop().unwrap_or_default())
    }
}

fn guarded(guard: AddressGuard) -> http_client::HttpClient {
    client(HttpClientConfig { guard: Some(guard), ..config() })
}

#[expect(clippy::panic, reason = "a helper of tests")]
fn rule(outcome: Result<String, HttpError>) -> AddressRule {
    match outcome {
        Err(HttpError::AddressRefused { refused, .. }) => refused.rule,
        other => panic!("{other:?}"),
    }
}

async fn sound(server: &MockServer) {
    Mock::given(path("/1.mp3"))
        .respond_with(ResponseTemplate::new(200).set_body_string("sound"))
        .mount(server)
        .await;
}

async fn redirecting(server: &MockServer, to: &str) {
    let found = ResponseTemplate::new(302).insert_header("location", to);
    Mock::given(path("/go")).respond_with(found).mount(server).await;
}

#[tokio::test]
async fn addresses_that_are_not_public_are_refused_unasked() {
    let server = MockServer::start().await;
    sound(&server).await;
    let port = server.address().port();
    let client = guarded(AddressGuard::public_only());
    let table = [
        (format!("http://127.0.0.1:{port}/1.mp3?X-Amz-Signature=hunter2"), AddressRule::Loopback),
        (format!("http://2130706433:{port}/1.mp3"), AddressRule::Loopback),
        (format!("http://0.0.0.0:{port}/1.mp3"), AddressRule::Unspecified),
        (format!("http://[::1]:{port}/1.mp3"), AddressRule::Loopback),
        (format!("http://[::ffff:127.0.0.1]:{port}/1.mp3"), AddressRule::Embedded),
        (format!("http://[64:ff9b::7f00:1]:{port}/1.mp3"), AddressRule::Embedded),
        (format!("http://[2002:7f00:1::]:{port}/1.mp3"), AddressRule::Embedded),
        ("http://169.254.169.254/latest/meta-data/".to_owned(), AddressRule::LinkLocal),
        ("http://100.64.0.1/".to_owned(), AddressRule::SharedNat),
        ("http://255.255.255.255/".to_owned(), AddressRule::Broadcast),
        ("http://224.0.0.1/".to_owned(), AddressRule::Multicast),
    ];
    for (url, expected) in table {
        let error = get(&client, &url, Repeat::Freely).await.unwrap_err();
        assert!(!error.is_retryable() && !error.may_have_applied(), "{url}");
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
        assert_eq!(rule(Err(error)), expected, "{url}");
    }
    assert_eq!(server.received_requests().await.unwrap().len(), 0);
}

#[test]
fn an_address_with_a_password_is_refused_without_repeating_it() {
    // to be asked before a request is made of it: `reqwest` takes the password out of the address
    let refused = AddressGuard::everywhere().check(&"http://user:hunter2@host/1.mp3".parse().unwrap());
    let refused = refused.unwrap_err();
    assert_eq!(refused.rule, AddressRule::Credentials);
    assert!(!format!("{refused} {refused:?}").contains("hunter2"));
    for (url, rule) in [
        ("ftp://93.184.216.34/1.mp3", AddressRule::Scheme),
        ("file:///etc/passwd", AddressRule::Scheme),
        ("data:audio/wav;base64,AAAA", AddressRule::Scheme),
        ("gopher://127.0.0.1:6379/_FLUSHALL", AddressRule::Scheme),
    ] {
        assert_eq!(AddressGuard::everywhere().check(&url.parse().unwrap()).unwrap_err().rule, rule, "{url}");
    }
}

#[tokio::test]
async fn a_name_that_leads_inside_is_refused_whatever_it_is_called() {
    let server = MockServer::start().await;
    sound(&server).await;
    let port = server.address().port();
    for (answer, expected) in [
        (&["127.0.0.1"][..], AddressRule::Loopback),
        (&["10.0.0.5", "192.168.0.5"], AddressRule::Private),
        (&["169.254.169.254"], AddressRule::LinkLocal),
        (&["::ffff:127.0.0.1"], AddressRule::Embedded),
    ] {
        let names = FakeNames::answering(&[answer]);
        let client = guarded(AddressGuard::public_only().with_lookup(names));
        let url = format!("http://storage.example.com:{port}/1.mp3");
        assert_eq!(rule(get(&client, &url, Repeat::Freely).await), expected, "{answer:?}");
    }
    let client = guarded(AddressGuard::public_only());
    let url = format!("http://localhost:{port}/1.mp3");
    assert_eq!(rule(get(&client, &url, Repeat::Freely).await), AddressRule::Loopback);
    assert_eq!(server.received_requests().await.unwrap().len(), 0);
}

#[tokio::test]
async fn the_address_that_was_checked_is_the_one_that_is_connected() {
    let server = MockServer::start().await;
    sound(&server).await;
    // the second answer would lead elsewhere: nobody asks for it
    let names = FakeNames::answering(&[&["127.0.0.1"], &["10.0.0.1"]]);
    let guard = AddressGuard::public_only()
        .allowing(["127.0.0.0/8".parse().unwrap()])
        .with_lookup(Arc::clone(&names) as Arc<dyn NameLookup>);
    let client = guarded(guard);
    let url = format!("http://storage.example.com:{}/1.mp3", server.address().port());
    assert_eq!(get(&client, &url, Repeat::Freely).await.unwrap(), "sound");
    assert_eq!(*names.asked.lock().unwrap(), ["storage.example.com"], "one lookup for one connection");
}

#[tokio::test]
async fn a_name_that_changes_its_mind_between_two_connections_is_caught_at_the_second() {
    let server = MockServer::start().await;
    let port = server.address().port();
    // the first answer sends us away with a closed connection; the name then means something else
    let gone = ResponseTemplate::new(302)
        .insert_header("location", format!("http://rebind.example.com:{port}/1.mp3").as_str())
        .insert_header("connection", "close");
    Mock::given(path("/go")).respond_with(gone).mount(&server).await;
    sound(&server).await;
    let names = FakeNames::answering(&[&["127.0.0.1"], &["10.0.0.1"]]);
    let guard = AddressGuard::public_only()
        .allowing(["127.0.0.0/8".parse().unwrap()])
        .with_lookup(Arc::clone(&names) as Arc<dyn NameLookup>);
    let url = format!("http://rebind.example.com:{port}/go");
    let outcome = get(&guarded(guard), &url, Repeat::OnlyIfUnsent).await;
    assert_eq!(rule(outcome), AddressRule::Private);
    assert_eq!(names.asked.lock().unwrap().len(), 2);
    assert_eq!(server.received_requests().await.unwrap().len(), 1);
}

#[tokio::test]
async fn of_the_addresses_of_a_name_only_the_public_ones_are_tried() {
    let server = MockServer::start().await;
    sound(&server).await;
    let names = FakeNames::answering(&[&["10.0.0.1", "127.0.0.1"]]);
    let guard = AddressGuard::public_only().allowing(["127.0.0.1".parse().unwrap()]).with_lookup(names);
    let url = format!("http://storage.example.com:{}/1.mp3", server.address().port());
    assert_eq!(get(&guarded(guard), &url, Repeat::Freely).await.unwrap(), "sound");
}

#[tokio::test]
async fn a_redirect_is_checked_as_if_it_were_asked_first() {
    let (server, inside) = (MockServer::start().await, MockServer::start().await);
    sound(&inside).await;
    let here: IpAddr = [127, 0, 0, 1].into();
    let port = server.address().port();
    for (to, expected) in [
        (format!("http://[::1]:{}/1.mp3", inside.address().port()), AddressRule::Loopback),
        ("http://169.254.169.254/latest".to_owned(), AddressRule::LinkLocal),
        ("http://user:hunter2@93.184.216.34/".to_owned(), AddressRule::Credentials),
        (format!("http://elsewhere.example.com:{}/1.mp3", inside.address().port()), AddressRule::Private),
    ] {
        server.reset().await;
        redirecting(&server, &to).await;
        let names = FakeNames::answering(&[&["10.0.0.1"]]);
        let guard = AddressGuard::public_only()
            .allowing([http_client::AllowedPlace::Net(here.into())])
            .with_lookup(names);
        let url = format!("http://127.0.0.1:{port}/go");
        let error = get(&guarded(guard), &url, Repeat::Freely).await.unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
        assert_eq!(rule(Err(error)), expected, "{to}");
    }
    assert_eq!(inside.received_requests().await.unwrap().len(), 0);
}

#[tokio::test]
async fn redirects_in_a_circle_end() {
    let server = MockServer::start().await;
    redirecting(&server, "/go").await;
    let client = guarded(AddressGuard::everywhere());
    let url = format!("{}/go", server.uri());
    let outcome = get(&client, &url, Repeat::OnlyIfUnsent).await;
    assert!(matches!(outcome, Err(HttpError::UnexpectedResponse { .. })), "{outcome:?}");
    assert_eq!(server.received_requests().await.unwrap().len(), 6, "the first and five more");
}

#[tokio::test]
async fn a_client_with_hosts_of_its_own_is_not_led_away() {
    let (server, foreign) = (MockServer::start().await, MockServer::start().await);
    sound(&foreign).await;
    redirecting(&server, &format!("{}/1.mp3", foreign.uri())).await;
    let own = server.address().port();
    let redirects = Redirects::to(move |url| url.port() == Some(own));
    let client = client(HttpClientConfig { redirects, ..config() });
    let url = format!("{}/go", server.uri());
    assert_eq!(rule(get(&client, &url, Repeat::Freely).await), AddressRule::ForeignHost);
    assert_eq!(foreign.received_requests().await.unwrap().len(), 0);
}

#[tokio::test]
async fn the_next_host_does_not_learn_the_address_that_redirected() {
    let (server, next) = (MockServer::start().await, MockServer::start().await);
    sound(&next).await;
    redirecting(&server, &format!("{}/1.mp3", next.uri())).await;
    let url = format!("{}/go?X-Amz-Signature=hunter2", server.uri());
    let client = guarded(AddressGuard::everywhere());
    assert_eq!(get(&client, &url, Repeat::Freely).await.unwrap(), "sound");
    let seen = &next.received_requests().await.unwrap()[0];
    assert!(seen.headers.get("referer").is_none(), "{seen:?}");
}

#[tokio::test]
async fn a_guarded_client_goes_through_no_proxy() {
    let proxy = Some(ProxyConfig { url: "http://127.0.0.1:1".to_owned().into(), bypass: None });
    let guard = Some(AddressGuard::public_only());
    let refused = http_client::HttpClient::new(HttpClientConfig { proxy, guard, ..config() });
    assert!(matches!(refused, Err(HttpError::InvalidRequest { .. })));
}

#[tokio::test]
async fn without_a_guard_nothing_is_held_back() {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(200).set_body_string("ok")).mount(&server).await;
    assert_eq!(get(&client(config()), &server.uri(), Repeat::Freely).await.unwrap(), "ok");
}

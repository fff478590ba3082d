//! The same rules where it counts: real sockets, and servers that misbehave on them.

use std::{io::Write as _, sync::Arc, time::Duration};

use http_client::{
    Exchange, HttpClient, HttpClientConfig, HttpError, Repeat, RetryPolicy, SteadyJitter, http::Method,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{any, header_exists},
};

/// Impatient, so that the tests are quick.
pub(crate) fn config() -> HttpClientConfig {
    HttpClientConfig {
        read_timeout: Duration::from_millis(300),
        retry: RetryPolicy {
            attempts: 3,
            first_delay: Duration::ZERO,
            longest_delay: Duration::from_secs(1),
        },
        ..HttpClientConfig::default()
    }
}

pub(crate) fn client(config: HttpClientConfig) -> HttpClient {
    HttpClient::with_jitter(config, Arc::new(SteadyJitter(0.5))).unwrap()
}

pub(crate) async fn get(client: &HttpClient, url: &str, repeat: Repeat) -> Result<String, HttpError> {
    let exchange = Exchange { repeat, ..Exchange::new("test.get") };
    let build = async || Ok(client.request(Method::GET, url).build()?);
    let whole = client.exchange_whole(&exchange, 1 << 16, build).await?;
    Ok(String::from_utf8(whole.body.to_vec()).unwrap())
}

/// Reads the head of a request.
pub(crate) async fn head(socket: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(socket.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

/// Serves one connection after the other with `serve`; counts them when asked to end.
async fn server<F, Fut>(serve: F) -> (String, JoinHandle<()>, Arc<std::sync::atomic::AtomicUsize>)
where
    F: Fn(TcpStream) -> Fut + Send + 'static,
    Fut: Future<Output = ()> + Send,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let count = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let task = tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            head(&mut socket).await;
            counted.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            serve(socket).await;
        }
    });
    (url, task, count)
}

fn asked(count: &std::sync::atomic::AtomicUsize) -> usize {
    count.load(std::sync::atomic::Ordering::SeqCst)
}

#[tokio::test]
async fn a_busy_server_is_asked_again() {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(429).insert_header("retry-after-ms", "1"))
        .up_to_n_times(2)
        .mount(&server)
        .await;
    Mock::given(header_exists("x-client-request-id"))
        .respond_with(ResponseTemplate::new(200).set_body_string("fine"))
        .mount(&server)
        .await;
    assert_eq!(get(&client(config()), &server.uri(), Repeat::OnlyIfUnsent).await.unwrap(), "fine");
}

#[tokio::test]
async fn a_refused_connection_certainly_carried_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let error = get(&client(config()), &url, Repeat::OnlyIfUnsent).await.unwrap_err();
    assert!(matches!(error, HttpError::Unavailable { unsure: false, .. }), "{error:?}");
    assert!(error.to_string().to_lowercase().contains("refused"), "{error}");
}

#[tokio::test]
async fn a_reset_after_sending_may_have_taken_effect() {
    let (url, task, count) = server(|socket| async move { socket.set_zero_linger().unwrap() }).await;
    for (repeat, times) in [(Repeat::OnlyIfUnsent, 1), (Repeat::OnceIfUnsure, 2), (Repeat::Freely, 3)] {
        let before = asked(&count);
        let error = get(&client(config()), &url, repeat).await.unwrap_err();
        assert!(matches!(error, HttpError::Unavailable { unsure: true, .. }), "{error:?}");
        assert_eq!(asked(&count) - before, times, "{repeat:?}");
    }
    task.abort();
}

#[tokio::test]
async fn a_body_that_falls_silent_or_is_cut_may_have_taken_effect() {
    let silent = |mut socket: TcpStream| async move {
        socket.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfour").await.unwrap();
        let _ = socket.read_u8().await;
    };
    let cut = |mut socket: TcpStream| async move {
        socket.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfour").await.unwrap();
    };
    let cut_chunks = |mut socket: TcpStream| async move {
        let text = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nfour\r\n";
        socket.write_all(text).await.unwrap();
    };
    for (url, task, count) in [server(silent).await, server(cut).await, server(cut_chunks).await] {
        let error = get(&client(config()), &url, Repeat::OnceIfUnsure).await.unwrap_err();
        assert!(matches!(error, HttpError::Unavailable { unsure: true, .. }), "{error:?}");
        assert_eq!(asked(&count), 2);
        task.abort();
    }
}

#[tokio::test]
async fn a_server_that_never_answers_is_given_up() {
    let (url, task, _) = server(|mut socket| async move {
        let _ = socket.read_u8().await;
    })
    .await;
    let client = client(config());
    let quick = Exchange { timeout: Some(Duration::from_millis(200)), ..Exchange::new("test.get") };
    let build = async || Ok(client.request(Method::GET, &url).build()?);
    let error = client.exchange(&quick, build).await.unwrap_err();
    assert!(matches!(error, HttpError::Unavailable { unsure: true, .. }), "{error:?}");
    assert!(error.to_string().contains("no answer in time"), "{error}");
    task.abort();
}

#[tokio::test]
async fn a_page_of_a_gateway_comes_to_the_provider_as_it_is() {
    let server = MockServer::start().await;
    let page = ResponseTemplate::new(502).set_body_raw("<html>Bad Gateway</html>", "text/html");
    Mock::given(any()).respond_with(page).expect(3).mount(&server).await;
    let error = get(&client(config()), &server.uri(), Repeat::Freely).await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("<html>"), "{error:?}");
    let HttpError::Refused(refusal) = error else { panic!("{error:?}") };
    assert_eq!((refusal.status, &refusal.body[..]), (502, &b"<html>Bad Gateway</html>"[..]));
}

#[tokio::test]
async fn packed_bodies_are_unpacked_and_measured_unpacked() {
    let packed = |text: &[u8]| {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        packer.write_all(text).unwrap();
        ResponseTemplate::new(200)
            .insert_header("content-encoding", "gzip")
            .set_body_bytes(packer.finish().unwrap())
    };
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(packed(b"hello")).up_to_n_times(1).mount(&server).await;
    Mock::given(any()).respond_with(packed(&vec![0; 1 << 24])).mount(&server).await;
    let client = client(config());
    assert_eq!(get(&client, &server.uri(), Repeat::Freely).await.unwrap(), "hello");
    let bomb = get(&client, &server.uri(), Repeat::Freely).await.unwrap_err();
    assert!(matches!(bomb, HttpError::TooLarge { limit: 65_536, .. }), "{bomb:?}");
}

#[tokio::test]
async fn redirects_are_followed_a_few_times() {
    let server = MockServer::start().await;
    let circle = ResponseTemplate::new(302).insert_header("location", "/again?signature=s3cret");
    Mock::given(any()).respond_with(circle).mount(&server).await;
    let error = get(&client(config()), &server.uri(), Repeat::Freely).await.unwrap_err();
    assert!(matches!(error, HttpError::UnexpectedResponse { .. }), "{error:?}");
    assert!(error.to_string().contains("too many redirects"), "{error}");
    assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
}

#[tokio::test]
async fn who_builds_a_wrong_request_is_told_so() {
    let client = client(config());
    let build = async || Ok(client.request(Method::GET, "no address").build()?);
    let error = client.exchange(&Exchange::new("test.get"), build).await.unwrap_err();
    assert!(matches!(error, HttpError::InvalidRequest { .. }), "{error:?}");
}

//! Downloads against real sockets: cut lines, changed files, wrong bytes, refusals.

use std::{
    fs,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use http_client::{Download, HttpClient, HttpClientConfig, HttpError, NoProgress, RetryPolicy, SteadyJitter};
use sha2::{Digest as _, Sha256};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};
use wiremock::{
    Mock, MockServer, Request, ResponseTemplate,
    matchers::{any, path},
};

fn client() -> HttpClient {
    let retry =
        RetryPolicy { attempts: 3, first_delay: Duration::ZERO, longest_delay: Duration::from_millis(10) };
    let config = HttpClientConfig { retry, ..HttpClientConfig::default() };
    HttpClient::with_jitter(config, Arc::new(SteadyJitter(0.5))).unwrap()
}

/// A body whose every byte tells its place.
fn body(len: usize) -> Vec<u8> {
    (0..len).map(|n| u8::try_from(n % 251).unwrap()).collect()
}

fn digest(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

fn wanted(server: &str, folder: &Path, bytes: &[u8]) -> Download {
    let mut download = Download::new(&format!("{server}/model.bin"), folder.join("deep/model.bin")).unwrap();
    download.sha256 = Some(digest(bytes));
    download
}

fn files(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder.join("deep")) else { return Vec::new() };
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Answers each connection with the next of `answers`, then hangs up; keeps what was asked.
async fn scripted(answers: Vec<Vec<u8>>) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&asked);
    tokio::spawn(async move {
        for answer in answers {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                request.push(socket.read_u8().await.unwrap());
            }
            seen.lock().unwrap().push(String::from_utf8(request).unwrap().to_lowercase());
            socket.write_all(&answer).await.unwrap();
            socket.shutdown().await.unwrap();
        }
    });
    (address, asked)
}

fn answer(head: &str, body: &[u8]) -> Vec<u8> {
    [format!("HTTP/1.1 {head}\r\nConnection: close\r\n\r\n").as_bytes(), body].concat()
}

#[tokio::test]
async fn a_cut_download_goes_on_where_it_stood() {
    let whole = body(100_000);
    let (server, asked) = scripted(vec![
        answer("200 OK\r\nETag: \"one\"\r\nContent-Length: 100000", &whole[..70_000]),
        answer(
            "206 Partial Content\r\nContent-Range: bytes 70000-99999/100000\r\nContent-Length: 30000",
            &whole[70_000..],
        ),
    ])
    .await;
    let folder = tempfile::tempdir().unwrap();
    let marks = Mutex::new(Vec::new());
    let progress = |done: u64, of: Option<u64>| marks.lock().unwrap().push((done, of));
    let done = client().download(&wanted(&server, folder.path(), &whole), &progress).await.unwrap();
    assert_eq!((done.bytes, done.sha256), (100_000, digest(&whole)));
    assert_eq!(fs::read(folder.path().join("deep/model.bin")).unwrap(), whole);
    assert_eq!(files(folder.path()), ["model.bin"]);
    let asked = asked.lock().unwrap();
    assert!(
        asked[1].contains("range: bytes=70000-") && asked[1].contains("if-range: \"one\""),
        "{}",
        asked[1]
    );
    assert!(asked[0].contains("accept-encoding: identity") && !asked[0].contains("range:"), "{}", asked[0]);
    assert_eq!(marks.lock().unwrap().last(), Some(&(100_000, Some(100_000))));
}

#[tokio::test]
async fn another_process_resumes_what_the_first_one_left() {
    let whole = body(50_000);
    let folder = tempfile::tempdir().unwrap();
    let (server, _) =
        scripted(vec![answer("200 OK\r\nETag: \"one\"\r\nContent-Length: 50000", &whole[..20_000])]).await;
    let cut = client().download(&wanted(&server, folder.path(), &whole), &NoProgress).await.unwrap_err();
    assert!(cut.is_retryable(), "{cut:?}");
    assert_eq!(files(folder.path()), ["model.bin.part", "model.bin.part.tag"]);
    let (server, asked) = scripted(vec![answer(
        "206 Partial Content\r\nContent-Range: bytes 20000-49999/50000\r\nContent-Length: 30000",
        &whole[20_000..],
    )])
    .await;
    client().download(&wanted(&server, folder.path(), &whole), &NoProgress).await.unwrap();
    assert!(asked.lock().unwrap()[0].contains("range: bytes=20000-"));
    assert_eq!(fs::read(folder.path().join("deep/model.bin")).unwrap(), whole);
}

#[tokio::test]
async fn a_file_that_changed_meanwhile_is_fetched_anew() {
    let (old, new) = (body(50_000), vec![7; 40_000]);
    let (server, _) = scripted(vec![
        answer("200 OK\r\nETag: \"old\"\r\nContent-Length: 50000", &old[..20_000]),
        answer("200 OK\r\nETag: \"new\"\r\nContent-Length: 40000", &new),
    ])
    .await;
    let folder = tempfile::tempdir().unwrap();
    client().download(&wanted(&server, folder.path(), &new), &NoProgress).await.unwrap();
    assert_eq!(fs::read(folder.path().join("deep/model.bin")).unwrap(), new);
}

#[tokio::test]
async fn broken_leftovers_are_not_the_end() {
    let whole = body(1000);
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("deep")).unwrap();
    fs::write(folder.path().join("deep/model.bin.part"), [0xee; 400]).unwrap();
    let (server, _) = scripted(vec![
        answer(
            "206 Partial Content\r\nContent-Range: bytes 400-999/1000\r\nContent-Length: 600",
            &whole[400..],
        ),
        answer("200 OK\r\nContent-Length: 1000", &whole),
    ])
    .await;
    client().download(&wanted(&server, folder.path(), &whole), &NoProgress).await.unwrap();
    assert_eq!(fs::read(folder.path().join("deep/model.bin")).unwrap(), whole);
}

#[tokio::test]
async fn wrong_bytes_are_an_error_and_no_file() {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(200).set_body_bytes(body(500)))
        .mount(&server)
        .await;
    let folder = tempfile::tempdir().unwrap();
    let error =
        client().download(&wanted(&server.uri(), folder.path(), b"other"), &NoProgress).await.unwrap_err();
    assert!(matches!(error, HttpError::Mismatch { .. }) && !error.is_retryable(), "{error:?}");
    assert!(files(folder.path()).is_empty());

    let mut sized = wanted(&server.uri(), folder.path(), &body(500));
    sized.bytes = Some(501);
    let error = client().download(&sized, &NoProgress).await.unwrap_err();
    assert!(matches!(error, HttpError::Mismatch { .. }), "{error:?}");
    assert!(files(folder.path()).is_empty());
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused() {
    let (server, _) = scripted(vec![answer("200 OK", &body(5000))]).await; // no length is told
    let folder = tempfile::tempdir().unwrap();
    let mut download = wanted(&server, folder.path(), &body(5000));
    download.max_bytes = 4999;
    let error = client().download(&download, &NoProgress).await.unwrap_err();
    assert!(matches!(error, HttpError::TooLarge { limit: 4999, .. }), "{error:?}");
    assert!(files(folder.path()).is_empty());
}

#[tokio::test]
async fn trouble_passes_and_refusals_do_not() {
    let whole = body(3000);
    let server = MockServer::start().await;
    let asked = Arc::new(AtomicUsize::new(0));
    let (count, bytes) = (Arc::clone(&asked), whole.clone());
    Mock::given(path("/model.bin"))
        .respond_with(move |_: &Request| match count.fetch_add(1, Ordering::SeqCst) {
            0 => ResponseTemplate::new(503),
            1 => ResponseTemplate::new(429).insert_header("Retry-After", "0"),
            _ => ResponseTemplate::new(200).set_body_bytes(bytes.clone()),
        })
        .mount(&server)
        .await;
    let folder = tempfile::tempdir().unwrap();
    client().download(&wanted(&server.uri(), folder.path(), &whole), &NoProgress).await.unwrap();
    assert_eq!(asked.load(Ordering::SeqCst), 3);

    for (status, expected) in [(404, "not found"), (403, "refuses access"), (418, "unexpected answer")] {
        let server = MockServer::start().await;
        Mock::given(any()).respond_with(ResponseTemplate::new(status)).expect(1).mount(&server).await;
        let error =
            client().download(&wanted(&server.uri(), folder.path(), &whole), &NoProgress).await.unwrap_err();
        assert!(!error.is_retryable() && error.to_string().contains(expected), "{status}: {error}");
    }
}

#[tokio::test]
async fn a_long_wait_is_left_to_the_caller() {
    let server = MockServer::start().await;
    let busy = ResponseTemplate::new(429).insert_header("Retry-After", "600");
    Mock::given(any()).respond_with(busy).expect(1).mount(&server).await;
    let folder = tempfile::tempdir().unwrap();
    let error = client().download(&wanted(&server.uri(), folder.path(), b""), &NoProgress).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_mins(10)));
}

#[tokio::test]
async fn redirects_are_followed_and_their_secrets_not_told() {
    let server = MockServer::start().await;
    let target = format!("{}/store/file?X-Amz-Signature=s3cret", server.uri());
    Mock::given(path("/model.bin"))
        .respond_with(ResponseTemplate::new(302).insert_header("Location", target.as_str()))
        .mount(&server)
        .await;
    Mock::given(path("/store/file"))
        .respond_with(ResponseTemplate::new(403))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    Mock::given(path("/store/file"))
        .respond_with(ResponseTemplate::new(200).set_body_bytes(body(10)))
        .mount(&server)
        .await;
    let folder = tempfile::tempdir().unwrap();
    let download = wanted(&server.uri(), folder.path(), &body(10));
    let error = client().download(&download, &NoProgress).await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("s3cret"), "{error:?}");
    client().download(&download, &NoProgress).await.unwrap();
    assert_eq!(files(folder.path()), ["model.bin"]);
}

#[tokio::test]
async fn two_downloads_of_one_file_do_not_mix() {
    let whole = body(100);
    let server = MockServer::start().await;
    let slow = ResponseTemplate::new(200).set_body_bytes(whole.clone()).set_delay(Duration::from_millis(200));
    Mock::given(any()).respond_with(slow).mount(&server).await;
    let folder = tempfile::tempdir().unwrap();
    let download = wanted(&server.uri(), folder.path(), &whole);
    let client = client();
    let (one, two) =
        tokio::join!(client.download(&download, &NoProgress), client.download(&download, &NoProgress));
    assert!(one.is_ok());
    assert!(matches!(two, Err(HttpError::Busy { .. })), "{two:?}");
}

#[test]
fn only_web_addresses_are_taken() {
    for bad in ["model.bin", "file:///etc/passwd", "ftp://host/model.bin"] {
        assert!(matches!(Download::new(bad, "/tmp/x"), Err(HttpError::InvalidRequest { .. })), "{bad}");
    }
}

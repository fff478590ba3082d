//! A hostile world at the socket: slow heads, slow bodies, large bodies, packed bodies, a crowd.

use std::net::SocketAddr;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, StatusCode};
use futures::{StreamExt as _, stream};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::house::{House, Plan, json_body};

#[tokio::test]
async fn a_body_over_the_cap_is_refused_before_it_is_read() {
    let house = House::open().await;
    let request = house.request(Method::POST, "/analyze_call").header("content-length", "3000000");
    let never = Body::from_stream(stream::pending::<Result<Vec<u8>, std::io::Error>>());
    let answer = house.send(request.body(never).unwrap()).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(answer.json()["code"], "too_large");
}

#[tokio::test]
async fn a_body_that_does_not_tell_its_length_is_cut_at_the_cap() {
    let house = House::open().await;
    let endless = stream::repeat_with(|| Ok::<_, std::io::Error>(vec![b' '; 64 << 10]));
    let request = house.request(Method::POST, "/analyze_call").body(Body::from_stream(endless)).unwrap();
    let answer = house.send(request).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{}", answer.text());
}

#[tokio::test]
async fn an_upload_over_its_cap_is_cut_and_leaves_nothing() {
    let house =
        House::planned(Plan { env: vec![("ZVONAR_MAX_UPLOAD_MB", "1".to_owned())], ..Plan::default() }).await;
    let head = "--X\r\nContent-Disposition: form-data; name=\"audio\"; filename=\"a.wav\"\r\n\r\n";
    let endless = stream::iter([Ok(head.as_bytes().to_vec())])
        .chain(stream::repeat_with(|| Ok::<_, std::io::Error>(vec![0; 64 << 10])));
    let request = house
        .request(Method::POST, "/analyze_audio_call")
        .header("content-type", "multipart/form-data; boundary=X")
        .body(Body::from_stream(endless))
        .unwrap();
    let answer = house.send(request).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{}", answer.text());
    assert_eq!(std::fs::read_dir(house.data().join("uploads")).unwrap().count(), 0);
    let hint = answer.json()["hint"].as_str().unwrap().to_owned();
    assert!(hint.contains("до 1 МБ") && hint.contains("ZVONAR_MAX_UPLOAD_MB"), "{hint}");
}

#[tokio::test]
async fn a_packed_body_is_not_unpacked() {
    let house = House::open().await;
    for encoding in ["gzip", "br", "deflate", "zstd", "identity, gzip"] {
        let request = house.request(Method::POST, "/analyze_call").header("content-encoding", encoding);
        let answer = house.send(json_body(request, &serde_json::json!({}))).await;
        assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{encoding}");
    }
}

#[tokio::test]
async fn a_path_that_climbs_finds_nothing() {
    let house = House::open().await;
    for path in [
        "/static/../Cargo.toml",
        "/static/..%2f..%2fCargo.toml",
        "/static/%2e%2e/%2e%2e/etc/passwd",
        "/static//etc/passwd",
        "/static/..%5c..%5cCargo.toml",
        "/static/%00",
        "/api/v1/calls/..%2f..%2f..%2fetc%2fpasswd",
        "/api/v1/calls/%2e%2e/recording",
    ] {
        let answer = house.get(path).await;
        assert!(answer.status.is_client_error(), "{path}: {}", answer.status);
        assert!(!answer.text().contains("root:") && !answer.text().contains("[package]"), "{path}");
    }
}

#[tokio::test]
async fn words_of_the_sender_never_reach_a_header() {
    let house = House::open().await;
    let id = "x\r\nSet-Cookie: a=1";
    let body =
        serde_json::json!({ "dialog_text": crate::house::DIALOGUE, "content_mode": "Диалог", "call_id": id });
    let answer = house.post_json("/analyze_call", &body).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let answer = house.get("/login?next=%0d%0aSet-Cookie:%20a=1").await;
    assert!(!answer.headers.contains_key("set-cookie"));
}

// ---- on a socket

async fn listening(house: &House) -> (SocketAddr, tokio_util::sync::CancellationToken) {
    let stop = tokio_util::sync::CancellationToken::new();
    let (told, address) = tokio::sync::oneshot::channel();
    let mut options = server::ServeOptions::new("127.0.0.1:0".parse().unwrap());
    options.head_timeout = Duration::from_millis(200);
    options.ready = Some(Box::new(move |address| assert!(told.send(address).is_ok())));
    let (app, stopped) = (house.app.clone(), stop.clone());
    tokio::spawn(async move { server::serve(app, options, stopped).await.unwrap() });
    (address.await.unwrap(), stop)
}

async fn until_closed(stream: &mut TcpStream) -> String {
    let mut read = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut read))
        .await
        .expect("still open");
    String::from_utf8_lossy(&read).into_owned()
}

#[tokio::test]
async fn a_slow_head_is_hung_up_on() {
    let house = House::open().await;
    let (address, _stop) = listening(&house).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ").await.unwrap();
    let said = until_closed(&mut stream).await;
    assert!(!said.contains("200 OK"), "{said}");
}

#[tokio::test]
async fn a_connection_that_nobody_uses_is_hung_up_on() {
    let house = House::open().await;
    let (address, _stop) = listening(&house).await;
    let mut silent = TcpStream::connect(address).await.unwrap();
    assert_eq!(until_closed(&mut silent).await, "");
    let mut idle = TcpStream::connect(address).await.unwrap();
    idle.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let said = until_closed(&mut idle).await;
    assert!(said.starts_with("HTTP/1.1 200 OK") && said.ends_with("ok\n"), "{said}");
}

#[tokio::test]
async fn a_head_without_an_end_is_refused() {
    let house = House::open().await;
    let (address, _stop) = listening(&house).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let _ = stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Long: ").await;
    for _ in 0..64 {
        if stream.write_all(&[b'a'; 4096]).await.is_err() {
            break;
        }
    }
    let mut read = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut read)).await;
    assert!(!String::from_utf8_lossy(&read).contains("200 OK"));
}

#[tokio::test]
async fn a_stop_lets_answers_end_and_gives_the_address_free() {
    let house = House::open().await;
    let (address, stop) = listening(&house).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await.unwrap();
    assert!(until_closed(&mut stream).await.starts_with("HTTP/1.1 200 OK"));
    stop.cancel();
    let freed = async {
        while TcpStream::connect(address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), freed).await.expect("still listening");
}

#[tokio::test]
async fn a_taken_address_is_told_with_the_way_out() {
    let house = House::open().await;
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let options = server::ServeOptions::new(taken.local_addr().unwrap());
    let error = server::serve(house.app.clone(), options, tokio_util::sync::CancellationToken::new())
        .await
        .unwrap_err();
    for lang in [domain::Lang::Ru, domain::Lang::En] {
        assert!(error.told(lang).contains("ZVONAR_BIND"), "{}", error.told(lang));
    }
}

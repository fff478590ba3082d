//! Requests through proxies, and what of a proxy's password never shows.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use http_client::{HttpClientConfig, HttpError, ProxyConfig, Repeat};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use crate::wire::{client, config, get, head};

const FINE: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nfine";

fn through(scheme: &str, proxy: SocketAddr, bypass: Option<&str>) -> HttpClientConfig {
    let url = format!("{scheme}://robot:hunter2@{proxy}").into();
    HttpClientConfig { proxy: Some(ProxyConfig { url, bypass: bypass.map(ToOwned::to_owned) }), ..config() }
}

/// A proxy that answers each request in the same words; keeps what it was asked.
async fn proxy(answer: &'static [u8]) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, asked) = (listener.local_addr().unwrap(), Arc::new(Mutex::new(Vec::new())));
    let seen = Arc::clone(&asked);
    tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            let asked = head(&mut socket).await;
            seen.lock().unwrap().push(asked);
            socket.write_all(answer).await.unwrap();
            socket.shutdown().await.unwrap();
        }
    });
    (address, asked)
}

fn assert_hidden(error: &HttpError) {
    let words = format!("{error} {error:?}");
    // "robot:hunter2" in base64
    for secret in ["hunter2", "robot", "cm9ib3Q6aHVudGVyMg"] {
        assert!(!words.contains(secret), "{words}");
    }
}

#[tokio::test]
async fn plain_requests_go_through_the_proxy_whole() {
    let (address, asked) = proxy(FINE).await;
    let client = client(through("http", address, None));
    assert_eq!(get(&client, "http://provider.example/path", Repeat::Freely).await.unwrap(), "fine");
    let asked = asked.lock().unwrap()[0].to_lowercase();
    assert!(asked.starts_with("get http://provider.example/path http/1.1"), "{asked}");
    assert!(asked.contains("proxy-authorization: basic "), "{asked}");
}

#[tokio::test]
async fn a_tunnel_is_asked_for_with_the_password_and_never_tells_it() {
    let (address, asked) = proxy(b"HTTP/1.1 502 Bad Gateway\r\n\r\n").await;
    let client = client(through("http", address, None));
    let error =
        get(&client, "https://provider.example/path?key=s3cret", Repeat::OnlyIfUnsent).await.unwrap_err();
    assert!(matches!(error, HttpError::Unavailable { unsure: false, .. }), "{error:?}");
    assert_hidden(&error);
    let asked = asked.lock().unwrap();
    assert_eq!(asked.len(), 3, "no tunnel, nothing sent: tried again");
    let first = asked[0].to_lowercase();
    assert!(first.starts_with("connect provider.example:443 http/1.1"), "{first}");
    assert!(first.contains("proxy-authorization: basic ") && !first.contains("s3cret"), "{first}");
    assert!(asked[0].contains("cm9ib3Q6aHVudGVyMg"), "{}", asked[0]);
}

#[tokio::test]
async fn a_proxy_that_refuses_our_password_is_final() {
    let (address, asked) = proxy(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n").await;
    let client = client(through("http", address, None));
    let error = get(&client, "https://provider.example/", Repeat::Freely).await.unwrap_err();
    assert!(matches!(error, HttpError::Unauthorized { status: 407, .. }), "{error:?}");
    assert_hidden(&error);
    assert_eq!(asked.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn named_hosts_are_reached_straight() {
    let (address, asked) = proxy(FINE).await;
    let (direct, _) = proxy(FINE).await;
    let client = client(through("http", address, Some("localhost,127.0.0.0/8,.internal")));
    assert_eq!(get(&client, &format!("http://{direct}/"), Repeat::Freely).await.unwrap(), "fine");
    assert!(asked.lock().unwrap().is_empty());
    get(&client, "http://provider.example/", Repeat::Freely).await.unwrap();
    assert_eq!(asked.lock().unwrap().len(), 1);
}

/// A SOCKS5 proxy (RFC 1928, RFC 1929) that keeps the name it was asked for and answers as if it were that host.
async fn socks() -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, asked) = (listener.local_addr().unwrap(), Arc::new(Mutex::new(Vec::new())));
    let seen = Arc::clone(&asked);
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let (name, password) = greet(&mut socket).await;
        seen.lock().unwrap().extend([name, password]);
        head(&mut socket).await;
        socket.write_all(FINE).await.unwrap();
        socket.shutdown().await.unwrap();
    });
    (address, asked)
}

async fn text(socket: &mut TcpStream) -> String {
    let length = socket.read_u8().await.unwrap();
    let mut text = vec![0; length.into()];
    socket.read_exact(&mut text).await.unwrap();
    String::from_utf8(text).unwrap()
}

async fn greet(socket: &mut TcpStream) -> (String, String) {
    assert_eq!(socket.read_u8().await.unwrap(), 5);
    let methods = socket.read_u8().await.unwrap();
    socket.read_exact(&mut vec![0; methods.into()]).await.unwrap();
    socket.write_all(&[5, 2]).await.unwrap();
    assert_eq!(socket.read_u8().await.unwrap(), 1);
    let (_, password) = (text(socket).await, text(socket).await);
    socket.write_all(&[1, 0]).await.unwrap();
    let mut request = [0; 4];
    socket.read_exact(&mut request).await.unwrap();
    assert_eq!(request, [5, 1, 0, 3], "connect to a name");
    let name = text(socket).await;
    socket.read_u16().await.unwrap();
    socket.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await.unwrap();
    (name, password)
}

#[tokio::test]
async fn socks5h_leaves_the_name_to_the_proxy() {
    let (address, asked) = socks().await;
    let client = client(through("socks5h", address, None));
    assert_eq!(get(&client, "http://provider.example/", Repeat::Freely).await.unwrap(), "fine");
    assert_eq!(*asked.lock().unwrap(), ["provider.example", "hunter2"]);
}

#[tokio::test]
async fn a_proxy_that_is_not_there_means_nothing_was_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    for scheme in ["http", "socks5"] {
        let client = client(through(scheme, address, None));
        let error = get(&client, "https://127.0.0.1:9/", Repeat::OnlyIfUnsent).await.unwrap_err();
        assert!(matches!(error, HttpError::Unavailable { unsure: false, .. }), "{scheme}: {error:?}");
        assert_hidden(&error);
    }
}

//! Certificates: whom we trust, and what is said when we do not.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use http_client::{HttpClientConfig, HttpError, Repeat};
use rustls::{ServerConfig, pki_types::PrivateKeyDer};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;

use crate::wire::{client, config, get};

const ROOT: &[u8] = include_bytes!("../fixtures/tls/ca.pem");
const CERTIFICATE: &[u8] = include_bytes!("../fixtures/tls/server.der");
const KEY: &[u8] = include_bytes!("../fixtures/tls/server.key.der");

/// An https server; counts the connections, good or bad.
async fn secure() -> (SocketAddr, Arc<AtomicUsize>) {
    let fine = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nfine";
    answering(fine, true).await
}

/// The same with another answer; one that does not take leave is gone without TLS's own word for the end.
async fn answering(answer: &'static [u8], takes_leave: bool) -> (SocketAddr, Arc<AtomicUsize>) {
    let key = PrivateKeyDer::try_from(KEY).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![CERTIFICATE.into()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, count) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
    let counted = Arc::clone(&count);
    tokio::spawn(async move {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            counted.fetch_add(1, Ordering::SeqCst);
            let Ok(mut socket) = acceptor.accept(socket).await else { continue };
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(socket.read_u8().await.unwrap());
            }
            socket.write_all(answer).await.unwrap();
            socket.flush().await.unwrap();
            if takes_leave {
                socket.shutdown().await.unwrap();
            } else {
                // the socket below closes in order; TLS has not said that this was all
                socket.get_mut().0.shutdown().await.unwrap();
            }
        }
    });
    (address, count)
}

#[tokio::test]
async fn an_unknown_root_is_refused_at_once_and_in_clear_words() {
    let (address, count) = secure().await;
    let error = get(&client(config()), &format!("https://{address}/"), Repeat::Freely).await.unwrap_err();
    assert!(matches!(error, HttpError::Untrusted { .. }), "{error:?}");
    assert!(!error.is_retryable() && !error.may_have_applied());
    assert!(error.to_string().contains("certificate is not trusted"), "{error}");
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_root_that_was_added_is_trusted_by_this_client() {
    let (address, _) = secure().await;
    let config = HttpClientConfig { extra_root_pem: Some(ROOT.to_vec()), ..config() };
    assert_eq!(get(&client(config), &format!("https://{address}/"), Repeat::Freely).await.unwrap(), "fine");
}

#[tokio::test]
async fn a_line_that_is_cut_under_tls_is_no_whole_body() {
    let config = || HttpClientConfig { extra_root_pem: Some(ROOT.to_vec()), ..config() };
    // whose end only the end of the connection tells: whoever cuts the line would end it where he likes
    let open: &[u8] = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhalf of";
    let counted: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 40\r\nConnection: close\r\n\r\nhalf of";
    let chunked: &[u8] = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7\r\nhalf of\r\n";
    for (body, what) in [(open, "no length"), (counted, "a length"), (chunked, "chunks")] {
        let (address, count) = answering(body, false).await;
        let error =
            get(&client(config()), &format!("https://{address}/"), Repeat::OnceIfUnsure).await.unwrap_err();
        assert!(matches!(error, HttpError::Unavailable { unsure: true, .. }), "{what}: {error:?}");
        assert!(error.is_retryable(), "{what}: {error:?}");
        assert_eq!(count.load(Ordering::SeqCst), 2, "{what}: asked again, once");
    }
    // the same words, with TLS's own end behind them, are all that there was
    let (address, _) = answering(open, true).await;
    let whole = get(&client(config()), &format!("https://{address}/"), Repeat::Freely).await.unwrap();
    assert_eq!(whole, "half of");
    // and where the length is told and reached, nobody needs to be told that it is over
    let told = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nfine";
    let (address, _) = answering(told, false).await;
    assert_eq!(get(&client(config()), &format!("https://{address}/"), Repeat::Freely).await.unwrap(), "fine");
}

//! A storage that speaks S3, for one test: a server of its own on this machine, with one bucket and one key.
//!
//! It checks signatures and digests as the real ones do; its objects are files of a temporary folder.

use std::net::SocketAddr;
use std::path::PathBuf;

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s_fs::FileSystem;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// The bucket's name.
const BUCKET: &str = "calls";
/// Of the one key.
const KEY: (&str, &str) = ("zvonar", "a-secret-of-tests");

/// The server, until it is dropped.
#[derive(Debug)]
pub struct BucketServer {
    place: tempfile::TempDir,
    address: SocketAddr,
    runtime: Option<Runtime>,
}

impl BucketServer {
    /// Starts it with an empty bucket.
    ///
    /// # Panics
    /// When this machine gives no port or no folder.
    #[must_use]
    #[expect(clippy::expect_used, reason = "a test without its storage ends at once")]
    pub fn start() -> Self {
        let place = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(place.path().join(BUCKET)).expect("a bucket");
        let files = FileSystem::new(place.path()).expect("the storage");
        let service = {
            let mut builder = S3ServiceBuilder::new(files);
            builder.set_auth(SimpleAuth::from_single(KEY.0, KEY.1));
            builder.build()
        };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        // a test may be inside a runtime of its own, where nothing may block
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.set_nonblocking(true).expect("a port");
        let address = listener.local_addr().expect("an address");
        runtime.spawn(async move {
            let Ok(listener) = TcpListener::from_std(listener) else { return };
            while let Ok((stream, _)) = listener.accept().await {
                let service = service.clone();
                tokio::spawn(async move {
                    // whoever goes away in the middle is no trouble
                    Builder::new(TokioExecutor::new())
                        .serve_connection(TokioIo::new(stream), service)
                        .await
                        .ok();
                });
            }
        });
        Self { place, address, runtime: Some(runtime) }
    }

    /// The settings that lead there, objects under `prefix`.
    pub fn settings(&self, prefix: &str) -> [(&'static str, String); 4] {
        [
            ("RECORDINGS_URL", format!("s3://{BUCKET}/{prefix}")),
            ("AWS_ENDPOINT_URL", format!("http://{}", self.address)),
            ("AWS_ACCESS_KEY_ID", KEY.0.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", KEY.1.to_owned()),
        ]
    }

    /// Where the objects lie.
    pub fn folder(&self) -> PathBuf {
        self.place.path().join(BUCKET)
    }
}

impl Drop for BucketServer {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

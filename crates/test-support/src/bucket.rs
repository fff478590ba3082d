//! A storage that speaks S3, for one test: a program of its own on this machine, with one bucket and one key.
//!
//! It checks signatures and digests as the real ones do; its objects are files of a temporary folder.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s_fs::FileSystem;
use tokio::net::TcpListener;

/// The bucket's name.
const BUCKET: &str = "calls";
/// Of the one key.
const KEY: (&str, &str) = ("zvonar", "a-secret-of-tests");
/// The program: `src/bin/bucket_server.rs`.
const PROGRAM: &str = "bucket_server";

/// Serves the folders under `place` as buckets, without end.
///
/// # Errors
/// When the folder is not there or the listener breaks.
pub async fn serve_buckets(place: &Path, listener: TcpListener) -> std::io::Result<()> {
    let files = FileSystem::new(place).map_err(|error| std::io::Error::other(format!("{error:?}")))?;
    let service = {
        let mut builder = S3ServiceBuilder::new(files);
        builder.set_auth(SimpleAuth::from_single(KEY.0, KEY.1));
        builder.build()
    };
    loop {
        let (stream, _) = listener.accept().await?;
        let service = service.clone();
        tokio::spawn(async move {
            // whoever goes away in the middle is no trouble
            Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await.ok();
        });
    }
}

/// The server, until it is dropped.
#[derive(Debug)]
pub struct BucketServer {
    place: tempfile::TempDir,
    address: String,
    program: Child,
}

impl BucketServer {
    /// Starts it with an empty bucket.
    ///
    /// # Panics
    /// When the program is not built, or this machine gives no port or no folder.
    #[must_use]
    #[expect(clippy::expect_used, reason = "a test without its storage ends at once")]
    pub fn start() -> Self {
        let place = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(place.path().join(BUCKET)).expect("a bucket");
        let mut command = Command::new(program());
        // it ends with its standard input, so with this test, however that ends
        command.arg(place.path()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut program = command.spawn().expect("bucket_server: cargo build --workspace --bins");
        let mut address = String::new();
        let said = program.stdout.take().expect("its output");
        BufReader::new(said).read_line(&mut address).expect("its address");
        Self { place, address: address.trim().to_owned(), program }
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

/// Beside the tests that cargo built, or a folder above them.
fn program() -> PathBuf {
    let name = format!("{PROGRAM}{}", std::env::consts::EXE_SUFFIX);
    let test = std::env::current_exe().unwrap_or_default();
    let beside = test.ancestors().skip(1).take(2).map(|folder| folder.join(&name));
    beside.into_iter().find(|path| path.exists()).unwrap_or_else(|| name.into())
}

impl Drop for BucketServer {
    fn drop(&mut self) {
        self.program.kill().ok();
        self.program.wait().ok();
    }
}

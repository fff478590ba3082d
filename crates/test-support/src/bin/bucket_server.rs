//! `bucket_server FOLDER`: the folders in it as buckets of S3, until standard input ends. Says its address in a line.

use std::io::Write as _;
use std::path::PathBuf;

use test_support::serve_buckets;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let place = std::env::args_os().nth(1).map(PathBuf::from).unwrap_or_default();
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    writeln!(std::io::stdout(), "{}", listener.local_addr()?)?;
    let mut rest = Vec::new();
    let mut input = tokio::io::stdin();
    tokio::select! {
        served = serve_buckets(&place, listener) => served,
        ended = input.read_to_end(&mut rest) => ended.map(|_| ()),
    }
}

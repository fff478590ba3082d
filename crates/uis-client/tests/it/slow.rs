//! Sound that comes in drops, stops, or breaks off: a socket that sends exactly what a test wants, when it wants.

use std::time::Duration;

use http_client::{CircuitPolicy, HttpClientConfig, RetryPolicy};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use uis_client::{
    CommunicationId, Credentials, RecordId, RecordingKind, RecordingRef, UisApi as _, UisClient, UisConfig,
    UisError,
};

const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: audio/mpeg\r\n";
const SOUND: &[u8] = b"ID3 sound of a talk that is long enough to be cut";

/// What a media host does with each connection.
#[derive(Debug, Clone, Copy)]
enum Manner {
    /// Byte by byte, with its length.
    Drops,
    /// In chunks, to the end.
    Chunks,
    /// In chunks, and closes before the last one: nothing else tells that something is missing.
    ChunksCut,
    /// Half of what its head promises, then nothing for ever.
    Stalls,
    /// Reads the request and never answers.
    Silent,
    /// Closes without a word.
    HangsUp,
}

async fn serve(mut socket: TcpStream, manner: Manner) -> std::io::Result<()> {
    let mut seen = Vec::new();
    while !seen.windows(4).any(|window| window == b"\r\n\r\n") {
        let mut piece = [0; 1024];
        match socket.read(&mut piece).await? {
            0 => return Ok(()),
            read => seen.extend_from_slice(&piece[..read]),
        }
    }
    let with_length = format!("{HEAD}content-length: {}\r\n\r\n", SOUND.len());
    let chunked = format!("{HEAD}transfer-encoding: chunked\r\n\r\n");
    socket.set_nodelay(true)?;
    match manner {
        Manner::Drops => {
            socket.write_all(with_length.as_bytes()).await?;
            for byte in SOUND {
                socket.write_all(&[*byte]).await?;
                tokio::task::yield_now().await;
            }
        }
        Manner::Chunks | Manner::ChunksCut => {
            socket.write_all(chunked.as_bytes()).await?;
            for chunk in SOUND.chunks(10) {
                socket.write_all(format!("{:x}\r\n", chunk.len()).as_bytes()).await?;
                socket.write_all(chunk).await?;
                socket.write_all(b"\r\n").await?;
            }
            if matches!(manner, Manner::Chunks) {
                socket.write_all(b"0\r\n\r\n").await?;
            }
        }
        Manner::Stalls => {
            socket.write_all(with_length.as_bytes()).await?;
            socket.write_all(&SOUND[..SOUND.len() / 2]).await?;
            std::future::pending::<()>().await;
        }
        Manner::Silent => std::future::pending::<()>().await,
        Manner::HangsUp => {}
    }
    socket.shutdown().await
}

/// A client of such a host, which waits for a fifth of a second at most.
async fn client(manner: Manner) -> UisClient {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            tokio::spawn(serve(socket, manner));
        }
    });
    let key = Credentials::Key("hunter2".to_owned().into());
    let config = UisConfig::new(&format!("{base}/v2.0"), &format!("{base}/system/media/talk"), key).unwrap();
    let http = HttpClientConfig {
        read_timeout: Duration::from_millis(200),
        retry: RetryPolicy { attempts: 2, first_delay: Duration::from_millis(1), ..RetryPolicy::default() },
        circuit: CircuitPolicy { failures: 0, ..CircuitPolicy::default() },
        ..HttpClientConfig::default()
    };
    UisClient::new(config, &http).unwrap()
}

async fn heard(manner: Manner) -> Result<Vec<u8>, UisError> {
    let recording = RecordingRef::new(
        RecordingKind::Talk,
        CommunicationId(7),
        RecordId::new("2e675888ded89ed517d5c60e63a2d8c3"),
    );
    Ok(client(manner).await.recording(&recording).await?.bytes(1_000).await?.to_vec())
}

#[tokio::test]
async fn sound_in_drops_and_in_chunks_without_a_length_comes_whole() {
    for manner in [Manner::Drops, Manner::Chunks] {
        assert_eq!(heard(manner).await.unwrap(), SOUND, "{manner:?}");
    }
}

#[tokio::test]
async fn sound_that_stops_or_breaks_off_is_no_recording() {
    for manner in [Manner::Stalls, Manner::ChunksCut] {
        let error = heard(manner).await.unwrap_err();
        assert!(matches!(error, UisError::RecordingTruncated { .. }), "{manner:?}: {error:?}");
        assert!(error.is_retryable());
    }
}

#[tokio::test]
async fn a_host_that_is_silent_or_hangs_up_is_unavailable() {
    for manner in [Manner::Silent, Manner::HangsUp] {
        let error = heard(manner).await.unwrap_err();
        assert!(matches!(error, UisError::Unavailable { .. }), "{manner:?}: {error:?}");
    }
    // the Data API is given a minute to think, so its silence is not waited for here
    let error = client(Manner::HangsUp).await.account().await.unwrap_err();
    assert!(matches!(error, UisError::Unavailable { .. }), "{error:?}");
    assert!(error.is_retryable() && !error.is_refusal());
}

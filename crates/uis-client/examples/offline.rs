//! UIS without UIS: a call, its recording and its tag, all in memory.

use uis_client::testing::{FakeCall, FakeUis};
use uis_client::{CallsFilter, CallsReader, RecordingsState, UisApi, WallWindow};

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::print_stdout, reason = "an example tells what it found")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let uis = FakeUis::new();
    let start = "2026-03-02T10:14:07".parse()?;
    uis.add_call(FakeCall::incoming(4_123_456_789, start).lasting(12, 251).mp3(&b"ID3 sound"[..]));

    let found =
        CallsReader::new(&uis, WallWindow::new(start, start), CallsFilter::default()).collect().await?;
    let RecordingsState::Ready(recordings) = found.calls[0].recordings() else { return Ok(()) };
    let sound = uis.recording(&recordings[0]).await?.bytes(1 << 20).await?;
    println!("{} call, {} bytes of sound", found.calls.len(), sound.len());
    uis.set_tags(found.calls[0].communication_id, &[uis.create_tag("Прослушан").await?]).await?;
    Ok(())
}

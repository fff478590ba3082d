//! Forgetting a number: nothing of its calls stays on the disk.

use app::CallFacts;
use domain::{PhoneNumber, Sha256};
use transcribe::{FolderPieces, PieceCache as _, PieceKey, PieceWords};

use crate::house::{House, golden, streamed};

fn number() -> PhoneNumber {
    PhoneNumber::parse("+79161234567").unwrap()
}

fn of_number(id: &str) -> CallFacts {
    CallFacts { call_id: Some(id.to_owned()), caller: Some(number()), ..CallFacts::default() }
}

#[tokio::test]
async fn recordings_and_paid_pieces_of_a_number_go_with_its_calls() {
    let house = House::with(&[]).await.serve();
    let rubric = house.app.rubric("dialog").unwrap();
    let sound = streamed(golden("b_rude_manager.wav"));
    let taken = house.app.submit_recording(of_number("1"), sound, &rubric).await.unwrap();
    let recording = house.settled(taken.call).await.recording.unwrap();
    let file = house.app.recordings().path_of(&recording.location);
    let pieces = FolderPieces::new(house.place.path().join("data/pieces"));
    let key = PieceKey::of(&recording.sha256, b"sound", &[]);
    pieces.put(&key, &PieceWords { text: "слова".into(), ..PieceWords::default() }).await.unwrap();
    let erased = house.app.erase_phone(&number()).await.unwrap();
    assert_eq!((erased.receipt.calls.len(), erased.deleted.len()), (1, 1));
    assert!(erased.left.is_empty() && erased.failed.is_empty());
    assert!(!file.exists());
    assert!(pieces.get(&key).await.unwrap().is_none());
    house.close().await;
}

#[tokio::test]
async fn a_file_that_nobody_has_looked_at_yet_goes_too() {
    let house = House::with(&[]).await;
    let rubric = house.app.rubric("dialog").unwrap();
    let bytes = golden("b_rude_manager.wav");
    let sha256: Sha256 = pipeline::sha256_of(&bytes);
    house.app.submit_recording(of_number("1"), streamed(bytes), &rubric).await.unwrap();
    let location = pipeline::RecordingFolder::location_of_sha256(sha256.as_str());
    let file = house.app.recordings().path_of(&location);
    assert!(file.exists());
    house.app.erase_phone(&number()).await.unwrap();
    assert!(!file.exists());
}

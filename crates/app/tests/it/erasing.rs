//! Forgetting a number: nothing of its calls stays on the disk.

use std::path::{Path, PathBuf};

use app::CallFacts;
use domain::{PhoneNumber, Recording, Sha256};
use store::{Erasure, ErasureDemand, PageRequest};
use transcribe::{FolderPieces, PieceCache as _, PieceKey, PieceWords};

use crate::house::{House, golden, streamed};

fn number() -> PhoneNumber {
    PhoneNumber::parse("+79161234567").unwrap()
}

fn of_number(id: &str) -> CallFacts {
    CallFacts { call_id: Some(id.to_owned()), caller: Some(number()), ..CallFacts::default() }
}

fn by_hand(erasure: &Erasure, place: &str) -> u64 {
    erasure.places.iter().find(|known| known.place == place).map_or(0, |known| known.by_hand)
}

/// Files of the folder, however deep, that hold the text.
fn holding(folder: &Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(holding(&path, text));
        } else if std::fs::read(&path)
            .unwrap_or_default()
            .windows(text.len())
            .any(|window| window == text.as_bytes())
        {
            found.push(path.display().to_string());
        }
    }
    found
}

/// A served installation with a call of the number, its recording and the file.
async fn with_a_recording() -> (House, Recording, PathBuf) {
    let house = House::with(&[]).await.serve();
    let rubric = house.app.rubric("dialog").unwrap();
    let sound = streamed(golden("b_rude_manager.wav"));
    let taken = house.app.submit_recording(of_number("1"), sound, &rubric).await.unwrap();
    let recording = house.settled(taken.call).await.recording.unwrap();
    let file = house.app.recordings().path_of(&recording.location);
    (house, recording, file)
}

#[tokio::test]
async fn recordings_and_paid_pieces_of_a_number_go_with_its_calls() {
    let (house, recording, file) = with_a_recording().await;
    let pieces = FolderPieces::new(house.place.path().join("data/pieces"));
    let key = PieceKey::of(&recording.sha256, b"sound", &[]);
    pieces.put(&key, &PieceWords { text: "слова".into(), ..PieceWords::default() }).await.unwrap();
    assert!(!holding(house.place.path(), "79161234567").is_empty(), "the scan sees what is there");
    let erased = house.app.erase_phone(&number(), "anna").await.unwrap();
    assert_eq!((erased.erasure.gone("calls"), erased.deleted.len()), (1, 1));
    assert_eq!(erased.erasure.gone("recordings"), 1);
    assert!(erased.erasure.ended_at.is_some() && erased.erasure.trouble.is_none(), "{erased:?}");
    assert!(erased.left.is_empty() && erased.failed.is_empty());
    assert!(!file.exists());
    assert!(pieces.get(&key).await.unwrap().is_none());
    assert_eq!(holding(house.place.path(), "79161234567"), Vec::<String>::new());
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
    house.app.erase_phone(&number(), "anna").await.unwrap();
    assert!(!file.exists());
}

#[tokio::test]
async fn an_erasure_that_was_killed_is_ended_by_whoever_comes_next() {
    let (house, _, file) = with_a_recording().await;
    let folder = house.place.path().join("data");
    // the database's part is done, and the process is gone before it touched a file
    let demand = ErasureDemand {
        phone: number(),
        who: "anna".to_owned(),
        sent_by: vec!["upload".to_owned()],
        kept_by: vec!["upload".to_owned()],
    };
    let store = house.app.store();
    let begun = store.begin_erasure(&demand, house.app.clock().now()).await.unwrap();
    assert!(file.exists() && begun.ended_at.is_none());
    house.app.end_erasures().await.unwrap();
    assert!(!file.exists());
    let page = PageRequest { after: None, limit: 5 };
    let receipt = store.erasures(page.clone()).await.unwrap().items.remove(0);
    assert_eq!((receipt.id, receipt.who.as_str(), receipt.gone("recordings")), (begun.id, "anna", 1));
    assert!(receipt.ended_at.is_some());
    assert_eq!(by_hand(&receipt, "at_source/upload"), 1, "copies that only the source can delete are told");
    assert_eq!(holding(&folder, "79161234567"), Vec::<String>::new());
    house.app.end_erasures().await.unwrap();
    assert_eq!(store.erasures(page).await.unwrap().items, [receipt], "it is ended once");
    house.close().await;
}

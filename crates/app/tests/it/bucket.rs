//! Recordings in a bucket of a real storage: they go there, come back whole, are played and forgotten.

use app::CallFacts;
use domain::{PhoneNumber, Recording};
use futures::TryStreamExt as _;
use pipeline::{RecordingFolder, ShelfError};
use test_support::BucketServer;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::house::{House, golden, streamed};

async fn house(server: &BucketServer, other: &[(&str, &str)]) -> House {
    let settings = server.settings("of/tests/");
    let mut given: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    given.extend(other);
    House::with(&given).await
}

fn facts(id: &str) -> CallFacts {
    let caller = PhoneNumber::parse("+79161234567");
    CallFacts { call_id: Some(id.to_owned()), caller, ..CallFacts::default() }
}

async fn sent(house: &House, bytes: Vec<u8>) -> Recording {
    let rubric = house.app.rubric("dialog").unwrap();
    let taken = house.app.submit_recording(facts("1"), streamed(bytes), &rubric).await.unwrap();
    house.settled(taken.call).await.recording.unwrap()
}

fn drop_scratch(house: &House) {
    std::fs::remove_dir_all(house.place.path().join("data/scratch")).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recording_lies_in_the_bucket_is_played_from_there_and_forgotten_there() {
    let server = BucketServer::start();
    let house = house(&server, &[]).await.serve();
    let bytes = golden("b_rude_manager.wav");
    let recording = sent(&house, bytes.clone()).await;
    let object = server.folder().join("of/tests").join(&recording.location);
    assert_eq!(std::fs::read(&object).unwrap(), bytes);

    drop_scratch(&house);
    let recordings = house.app.recordings();
    let opened = recordings.open(&recording.location).await.unwrap().unwrap();
    assert_eq!(opened.length(), bytes.len() as u64);
    let pieces: Vec<bytes::Bytes> = opened.bytes(100, 50).await.unwrap().try_collect().await.unwrap();
    assert_eq!(pieces.concat(), bytes[100..150]);
    assert!(
        !house.place.path().join("data/scratch").join(&recording.location).exists(),
        "played, not copied"
    );
    let brought = recordings.bring(&recording.location).await.unwrap().unwrap();
    assert_eq!(std::fs::read(&brought.path).unwrap(), bytes);

    let erased = house.app.erase_phone(&PhoneNumber::parse("+79161234567").unwrap(), "anna").await.unwrap();
    assert_eq!((erased.deleted.len(), erased.failed.len()), (1, 0));
    assert!(!object.exists() && !brought.path.exists());
    assert!(recordings.open(&recording.location).await.unwrap().is_none());
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_recording_goes_up_in_parts_and_is_one_object() {
    let server = BucketServer::start();
    let house = house(&server, &[]).await;
    // three parts, the last of them short
    let bytes: Vec<u8> = (0..(19_u32 << 20)).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let rubric = house.app.rubric("dialog").unwrap();
    house.app.submit_recording(facts("1"), streamed(bytes.clone()), &rubric).await.unwrap();
    drop_scratch(&house);
    let location = RecordingFolder::location_of_sha256(pipeline::sha256_of(&bytes).as_str());
    let brought = house.app.recordings().bring(&location).await.unwrap().unwrap();
    assert!(std::fs::read(&brought.path).unwrap() == bytes, "19 MiB came back as they went");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_back_damaged_is_refused_and_left_nowhere() {
    let server = BucketServer::start();
    let house = house(&server, &[]).await;
    let bytes = golden("b_rude_manager.wav");
    let rubric = house.app.rubric("dialog").unwrap();
    house.app.submit_recording(facts("1"), streamed(bytes.clone()), &rubric).await.unwrap();
    drop_scratch(&house);
    let location = RecordingFolder::location_of_sha256(pipeline::sha256_of(&bytes).as_str());
    std::fs::write(server.folder().join("of/tests").join(&location), "another sound").unwrap();
    let refused = house.app.recordings().bring(&location).await.unwrap_err();
    assert!(matches!(refused, ShelfError::Damaged(_)) && refused.is_retryable(), "{refused:?}");
    let left: Vec<_> = std::fs::read_dir(house.place.path().join("data/scratch")).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn recordings_of_the_time_before_the_bucket_are_still_found() {
    let server = BucketServer::start();
    let house = house(&server, &[]).await;
    let location = RecordingFolder::location_of_sha256(pipeline::sha256_of(b"old").as_str());
    let old = house.place.path().join("data/recordings").join(&location);
    std::fs::create_dir_all(old.parent().unwrap()).unwrap();
    std::fs::write(&old, "old").unwrap();
    let recordings = house.app.recordings();
    assert_eq!(recordings.bring(&location).await.unwrap().unwrap().path, old);
    assert_eq!(recordings.open(&location).await.unwrap().unwrap().length(), 3);
    assert!(recordings.forget(&location).await.unwrap() && !old.exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_doctor_says_what_is_wrong_with_the_bucket_and_what_to_change() {
    let server = BucketServer::start();
    let said = async |other: &[(&str, &str)]| {
        let findings = house(&server, other).await.app.examine_parts().await;
        let found = findings.into_iter().find(|finding| finding.part == "Записи").unwrap();
        (found.state, format!("{} → {}", found.said, found.remedy.unwrap_or_default()))
    };
    let (state, told) = said(&[]).await;
    assert!(state == app::FindingState::Good && told.contains("s3://calls/of/tests"), "{told}");
    // the server of these tests makes a bucket that is not there; real ones say 404
    let strict = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(404)).mount(&strict).await;
    for (settings, wanted) in [
        (("AWS_SECRET_ACCESS_KEY", "another"), "AWS_SECRET_ACCESS_KEY"),
        (("AWS_ENDPOINT_URL", strict.uri().as_str()), "создайте бакет calls"),
        (("AWS_ENDPOINT_URL", "http://127.0.0.1:1"), "AWS_ENDPOINT_URL"),
    ] {
        let settings = &[settings];
        let (state, told) = said(settings).await;
        assert!(state == app::FindingState::Error && told.contains(wanted), "{settings:?}: {told}");
        assert!(!told.contains("a-secret-of-tests"), "{told}");
    }
    assert_eq!(std::fs::read_dir(server.folder().join("of/tests/probe")).map_or(0, Iterator::count), 0);
}

//! Folders as people keep them: odd names, links in circles, sidecars of every kind.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use chrono_tz::Europe::Moscow;
use domain::{Call, Direction, TimeWindow};
use pipeline::{CallSource as _, FolderOptions, FolderSource, RecordingSource, SourceError, SourcePage};

fn source(paths: &[&Path]) -> FolderSource {
    FolderSource::new(FolderOptions {
        paths: paths.iter().map(PathBuf::from).collect(),
        zone: Moscow,
        lang: domain::Lang::En,
    })
}

async fn page(path: &Path) -> SourcePage {
    source(&[path]).calls(TimeWindow::ALL, None).await.unwrap()
}

fn touch(folder: &Path, name: &str) -> PathBuf {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, "sound").unwrap();
    path
}

fn names(calls: &[Call]) -> Vec<&str> {
    calls.iter().map(|call| call.recording_name.as_deref().unwrap_or("(none)")).collect()
}

#[tokio::test]
async fn recordings_are_found_to_the_bottom_in_order_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    for name in [
        "b.MP3",
        "a.wav",
        "д/звонок 1.ogg",
        "д/е/line\nbreak.webm",
        "report.xlsx",
        "report.json",
        "notes.txt",
        "calls.csv",
        ".hidden.wav",
        ".cache/x.wav",
        "half.wav.part",
        "README.md",
        "no_extension",
    ] {
        touch(folder.path(), name);
    }
    let found = page(folder.path()).await;
    assert_eq!(names(&found.calls), ["a.wav", "b.MP3", "line\nbreak.webm", "звонок 1.ogg"]);
    assert!(found.warnings.is_empty() && found.next.is_none());
    let first = &found.calls[0];
    assert_eq!(first.external_id, folder.path().canonicalize().unwrap().join("a.wav").to_str().unwrap());
    assert_eq!(first.started_at, None, "the file's own time is not the call's");
    let RecordingSource::File(path) = source(&[folder.path()]).recording(first).await.unwrap() else {
        panic!("a folder hands files over")
    };
    assert_eq!(fs::read(path).unwrap(), b"sound");
}

#[tokio::test]
async fn files_named_by_a_person_count_whatever_their_name_but_reports_never() {
    let folder = tempfile::tempdir().unwrap();
    let odd = touch(folder.path(), "запись без расширения");
    let (report, sidecar) = (touch(folder.path(), "report.xlsx"), touch(folder.path(), "a.json"));
    let all = source(&[&odd, &report, &sidecar, &odd, folder.path()]);
    let found = all.calls(TimeWindow::ALL, None).await.unwrap();
    assert_eq!(names(&found.calls), ["запись без расширения"]);
}

#[tokio::test]
async fn a_missing_path_is_a_mistake_with_a_hint() {
    let error = source(&[Path::new("/no/such/folder")]).calls(TimeWindow::ALL, None).await.unwrap_err();
    let SourceError::Invalid { message, hint } = error else { panic!("{error:?}") };
    assert!(message.contains("/no/such/folder") && !hint.is_empty());
}

#[tokio::test]
async fn pages_hold_every_call_once() {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..1_203 {
        touch(folder.path(), &format!("{number:04}.wav"));
    }
    let source = source(&[folder.path()]);
    let (mut after, mut seen, mut sizes) = (None, Vec::new(), Vec::new());
    loop {
        let page = source.calls(TimeWindow::ALL, after).await.unwrap();
        sizes.push(page.calls.len());
        seen.extend(page.calls.into_iter().map(|call| call.external_id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(sizes, [500, 500, 203]);
    assert!(seen.is_sorted());
    assert_eq!(seen.iter().collect::<HashSet<_>>().len(), 1_203);
}

#[tokio::test]
async fn the_window_holds_dated_calls_and_tells_of_the_others() {
    let folder = tempfile::tempdir().unwrap();
    for name in
        ["2026-11-19_23-59-59.wav", "2026-11-20_00-00-00.wav", "2026-11-21_00-00-00.wav", "undated.wav"]
    {
        touch(folder.path(), name);
    }
    let day = |text: &str| Some(chrono::DateTime::parse_from_rfc3339(text).unwrap().to_utc());
    let window = TimeWindow { from: day("2026-11-20T00:00:00+03:00"), to: day("2026-11-21T00:00:00+03:00") };
    let found = source(&[folder.path()]).calls(window, None).await.unwrap();
    assert_eq!(names(&found.calls), ["2026-11-20_00-00-00.wav"]);
    assert!(found.warnings[0].starts_with("1 recordings have no date"), "{:?}", found.warnings);
}

#[tokio::test]
async fn a_sidecar_describes_its_recording_and_never_its_words() {
    let folder = tempfile::tempdir().unwrap();
    touch(folder.path(), "2026-11-20_10-15-00_+79161234567_in.wav");
    let sidecar = folder.path().join("2026-11-20_10-15-00_+79161234567_in.json");
    let text = r#"{"started_at":"2026-11-16 10:12:05","callee":84950001200,"direction":"исходящий",
        "manager_id":101,"manager_name":"Анна","talk_s":"46.5","missed":"false","tags":["окна",7],
        "transcript":"слова","total_score":100,"external_id":"x"}"#;
    fs::write(&sidecar, format!("\u{feff}{text}")).unwrap();
    let found = page(folder.path()).await;
    let [call] = found.calls.as_slice() else { panic!("{:?}", found.calls) };
    assert_eq!(call.started_at.unwrap().to_rfc3339(), "2026-11-16T10:12:05+03:00");
    assert_eq!(call.callee.as_ref().unwrap().as_str(), "+74950001200");
    assert_eq!((call.direction, call.talk_ms, call.missed), (Direction::Out, Some(46_500), false));
    let manager = call.manager.as_ref().unwrap();
    assert_eq!((manager.id.as_str(), manager.name.as_deref()), ("101", Some("Анна")));
    assert_eq!(call.tags, ["окна", "7"]);
    assert!(found.warnings.is_empty(), "{:?}", found.warnings);
}

#[tokio::test]
async fn hostile_sidecars_cost_a_warning_not_the_call() {
    for text in [
        String::new(),
        "[]".to_owned(),
        "{\"started_at\":".to_owned(),
        "\u{0}\u{1}".to_owned(),
        "[".repeat(60_000),
        format!("{{\"tags\":[\"{}\"]}}", "x".repeat(70_000)),
    ] {
        let folder = tempfile::tempdir().unwrap();
        touch(folder.path(), "a.wav");
        fs::write(folder.path().join("a.wav.json"), &text).unwrap();
        let found = page(folder.path()).await;
        assert_eq!((names(&found.calls), found.warnings.len()), (vec!["a.wav"], 1), "{:?}", found.warnings);
    }
}

#[tokio::test]
async fn a_bad_field_is_left_out_and_the_others_stay() {
    let folder = tempfile::tempdir().unwrap();
    touch(folder.path(), "a.wav");
    let text = r#"{"started_at":"вчера","caller":"anonymous","callee":{"a":1},"direction":"up","talk_s":-1,
        "missed":"может быть","tags":"one","manager_id":[1],"manager_name":"Пётр"}"#;
    fs::write(folder.path().join("a.json"), text).unwrap();
    let found = page(folder.path()).await;
    assert_eq!(found.warnings.len(), 8, "{:#?}", found.warnings);
    assert_eq!(found.calls[0].manager.as_ref().unwrap().id, "Пётр");
    assert_eq!((found.calls[0].started_at, found.calls[0].talk_ms), (None, None));
}

#[tokio::test]
async fn a_missed_call_may_have_no_recording() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("m.json"), r#"{"missed":true,"started_at":"2026-11-20T10:00:00+03:00"}"#)
        .unwrap();
    fs::write(folder.path().join("n.json"), r#"{"missed":true}"#).unwrap();
    fs::write(folder.path().join("o.json"), r#"{"started_at":"2026-11-20T10:00:00+03:00"}"#).unwrap();
    fs::write(folder.path().join("package.json"), "not ours").unwrap();
    let found = page(folder.path()).await;
    let [call] = found.calls.as_slice() else { panic!("{:?}", found.calls) };
    assert!(call.missed && call.recording_name.is_none() && call.external_id.ends_with("m.json"));
    assert!(found.warnings.is_empty(), "{:?}", found.warnings);
    assert!(matches!(source(&[folder.path()]).recording(call).await, Err(SourceError::Gone(_))));
}

#[tokio::test]
async fn the_revision_follows_the_recording_and_its_sidecar() {
    let folder = tempfile::tempdir().unwrap();
    let recording = touch(folder.path(), "a.wav");
    let revision = async || page(folder.path()).await.calls[0].revision.clone();
    let bare = revision().await;
    assert_eq!(bare, revision().await);
    fs::write(folder.path().join("a.json"), "{}").unwrap();
    let described = revision().await;
    assert_ne!(bare, described);
    fs::write(recording, "more sound").unwrap();
    assert_ne!(described, revision().await);
}

#[tokio::test]
async fn a_recording_that_vanished_is_gone_for_good() {
    let folder = tempfile::tempdir().unwrap();
    let path = touch(folder.path(), "a.wav");
    let found = page(folder.path()).await;
    fs::remove_file(path).unwrap();
    let answer = source(&[folder.path()]).recording(&found.calls[0]).await;
    assert!(matches!(answer, Err(SourceError::Gone(_))));
}

#[cfg(unix)]
mod unix {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::symlink;

    use super::*;

    #[tokio::test]
    async fn links_in_circles_and_out_of_the_tree_lead_nowhere_twice() {
        let folder = tempfile::tempdir().unwrap();
        let calls = folder.path().join("calls");
        touch(&calls, "inner/a.wav");
        let elsewhere = touch(folder.path(), "elsewhere/b.wav");
        symlink(&calls, calls.join("inner/back")).unwrap();
        symlink("/", calls.join("root")).unwrap();
        symlink(folder.path().join("elsewhere"), calls.join("x1")).unwrap();
        symlink(folder.path().join("elsewhere"), calls.join("x2")).unwrap();
        symlink(elsewhere, calls.join("twin.wav")).unwrap();
        symlink("/no/such/file.wav", calls.join("dangling.wav")).unwrap();
        let found = page(&calls).await;
        assert_eq!(names(&found.calls), ["a.wav", "b.wav"]);
        assert!(
            found.warnings.iter().any(|warning| warning.contains("root is left out")),
            "{:?}",
            found.warnings
        );
    }

    #[tokio::test]
    async fn names_that_are_no_unicode_are_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let name = OsStr::from_bytes(b"\xd0\xc1 50% \xff.wav");
        fs::write(folder.path().join(name), "sound").unwrap();
        let found = page(folder.path()).await;
        let call = &found.calls[0];
        assert!(call.external_id.starts_with("file:///"), "{}", call.external_id);
        let RecordingSource::File(path) = source(&[folder.path()]).recording(call).await.unwrap() else {
            panic!("a folder hands files over")
        };
        assert_eq!(path.file_name().unwrap(), name);
    }
}

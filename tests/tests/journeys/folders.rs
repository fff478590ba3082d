//! Folders never seen before: odd names, many files, long files, files that are none.

use tests::{Installation, call, examples};

#[test]
fn odd_names_and_broken_files_are_each_a_row() {
    let zvonar = Installation::hearing();
    let folder = zvonar.folder("звонки и прочее");
    let short = examples().join("f_short_2s.wav");
    let names = [
        "обычный.wav",
        "с пробелами  и (скобками).wav",
        "UPPER.WAV",
        "кавычки «ёлочки».wav",
        "-dash.wav",
        "a\nb.wav",
        "100%.wav",
        "=cmd.wav",
    ];
    for name in names {
        std::fs::copy(&short, folder.join(name)).unwrap();
    }
    std::fs::create_dir_all(folder.join("глубже/ещё глубже")).unwrap();
    std::fs::copy(&short, folder.join("глубже/ещё глубже/звонок.wav")).unwrap();
    std::fs::write(folder.join("empty.mp3"), b"").unwrap();
    std::fs::write(folder.join("page.wav"), b"<!DOCTYPE html><html>404</html>").unwrap();
    std::fs::write(folder.join("readme.txt"), b"no call").unwrap();
    std::fs::copy(examples().join("h_contract_promise.ogg"), folder.join("renamed.mp3")).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(folder.join("nowhere"), folder.join("dangling.wav")).unwrap();
    let run = zvonar.run(["run", folder.to_str().unwrap(), "--json"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    let document = run.json();
    for name in names.into_iter().chain(["звонок.wav"]) {
        assert_eq!(call(&document, name)["status"], "too_short", "{name}");
    }
    for name in ["empty.mp3", "page.wav"] {
        let broken = call(&document, name);
        assert_eq!(broken["status"], "recording_unavailable", "{name}");
        assert!(!broken["error"]["hint"].as_str().unwrap().is_empty());
    }
    assert_eq!(call(&document, "renamed.mp3")["status"], "done", "content decides, not the name");
    assert!(!document.to_string().contains("readme.txt"));
    let csv = zvonar.folder("out").join("отчёт.csv");
    let again = zvonar.run(["run", folder.to_str().unwrap(), "--report", csv.to_str().unwrap()]);
    assert_eq!(again.code, Some(0), "what failed before is reported, not failed again: {again:?}");
    let text = std::fs::read_to_string(&csv).unwrap();
    assert!(text.starts_with('\u{feff}') && text.contains("Слишком короткий"), "{text}");
    assert!(
        !text.lines().any(|line| line.split(';').any(|cell| cell.trim_matches('"').starts_with('='))),
        "no formulas"
    );
}

#[test]
fn two_hundred_short_files_and_a_long_one_are_no_trouble() {
    let zvonar = Installation::hearing();
    let folder = zvonar.folder("many");
    let short = std::fs::read(examples().join("f_short_2s.wav")).unwrap();
    for number in 0..200 {
        std::fs::write(folder.join(format!("{number:03}.wav")), &short).unwrap();
    }
    std::fs::write(folder.join("forty-minutes.wav"), forty_minutes()).unwrap();
    let run = zvonar.run(["run", folder.to_str().unwrap(), "--json"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let document = run.json();
    assert_eq!(document["totals"]["calls"], 201);
    assert_eq!(document["totals"]["by_status"]["too_short"], 200);
    let long = call(&document, "forty-minutes.wav");
    assert_eq!(long["status"], "done");
    assert!((long["duration_s"].as_f64().unwrap() - 2400.0).abs() < 1.0);
    let last =
        long["transcript"]["segments"].as_array().unwrap().last().unwrap()["start_s"].as_f64().unwrap();
    assert!(last > 2370.0, "the words of the last minute are there too: {last}");
}

/// A cold call, 39 minutes on hold, and the call's words again: 16 bit, 8 kHz, mono.
fn forty_minutes() -> Vec<u8> {
    let call = std::fs::read(examples().join("g_cold_call_refused.wav")).unwrap();
    let sound = &call[call.len() - 23 * 16_000..];
    let mut data = vec![0_u8; 2400 * 16_000];
    data[..sound.len()].copy_from_slice(sound);
    let from = data.len() - sound.len();
    data[from..].copy_from_slice(sound);
    let bytes = u32::try_from(data.len()).unwrap();
    let mut wav = b"RIFF".to_vec();
    wav.extend((bytes + 36).to_le_bytes());
    wav.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    wav.extend(8000_u32.to_le_bytes());
    wav.extend(16_000_u32.to_le_bytes());
    wav.extend(b"\x02\0\x10\0data");
    wav.extend(bytes.to_le_bytes());
    wav.extend(data);
    wav
}

//! The other commands, their outputs and exit codes.

use std::io::Write as _;
use std::process::Stdio;

use store::{AuditFilter, AuditLog as _, PageRequest, SqliteStore, StoreOptions};
use tests::{Ended, Installation, call, examples};

const DIALOGUE: &str = "Клиент: Привет! Менеджер: Добрый день!";

#[test]
fn wrong_usage_and_missing_parts_exit_with_2_and_say_what_to_do() {
    let zvonar = Installation::deaf();
    let folder = examples();
    let folder = folder.to_str().unwrap();
    for arguments in [
        vec!["run"],
        vec!["run", folder, "--rubric", "nonsense"],
        vec!["run", folder, "--from", "вчера"],
        vec!["run", folder, "--report", "report.pdf"],
        vec!["run", folder, "--max-cost", "300"],
        vec!["run", "/nowhere/at/all"],
        vec!["frobnicate"],
        vec!["calls", "show", "nothing"],
    ] {
        let ended = zvonar.run(&arguments);
        assert_eq!(ended.code, Some(2), "{arguments:?}: {ended:?}");
        assert!(ended.stdout.is_empty() && !ended.stderr.is_empty(), "{arguments:?}: {ended:?}");
    }
    let no_model = zvonar.run(["run", folder]);
    assert_eq!(no_model.code, Some(2));
    assert!(no_model.stderr.contains("zvonar model pull base"), "{no_model:?}");
}

#[test]
fn the_settings_are_checked_and_their_secrets_hidden() {
    let zvonar = Installation::deaf();
    let show = Ended::from(
        zvonar.zvonar(["config", "show"]).env("HTTPS_PROXY", "http://me:hunter2@proxy").output().unwrap(),
    );
    assert_eq!(show.code, Some(0), "{show:?}");
    assert!(!format!("{show:?}").contains("hunter2"));
    let wrong = Ended::from(zvonar.zvonar(["config", "check"]).env("ZVONAR_LANG", "fr").output().unwrap());
    assert_eq!(wrong.code, Some(2), "{wrong:?}");
}

#[test]
fn a_typed_dialogue_is_judged_from_a_file_and_from_stdin() {
    let zvonar = Installation::deaf();
    let file = zvonar.folder("text").join("диалог.txt");
    std::fs::write(&file, DIALOGUE).unwrap();
    let from_file = zvonar.run(["analyze", file.to_str().unwrap(), "--mode", "Manager+", "--json"]);
    assert_eq!(from_file.code, Some(0), "{from_file:?}");
    let mut child = zvonar
        .zvonar(["analyze", "-", "--mode", "Manager+", "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(DIALOGUE.as_bytes()).unwrap();
    let from_stdin = Ended::from(child.wait_with_output().unwrap());
    assert_eq!(from_file.json(), from_stdin.json());
    assert_eq!(from_file.json()["rubric"]["id"], "manager-plus");
    assert_eq!(from_file.json()["engine"], "rules");
}

#[test]
fn one_recording_is_transcribed_in_every_format() {
    let zvonar = Installation::hearing();
    let file = examples().join("e_answering_machine.wav");
    let as_format = |format: &str| {
        let ended = zvonar.run(["transcribe", file.to_str().unwrap(), "--format", format]);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        ended
    };
    assert!(as_format("text").stdout.to_lowercase().contains("сообщени"));
    assert_eq!(as_format("json").json()["segments"][0]["speaker"], "client");
    assert!(as_format("srt").stdout.starts_with("1\n00:00:0"));
    assert!(as_format("vtt").stdout.starts_with("WEBVTT"));
}

/// The access log: who, what and to what, a line each.
async fn deeds(zvonar: &Installation) -> Vec<String> {
    let path = zvonar.data().join("zvonar.db");
    let store = SqliteStore::open(&path, StoreOptions::default()).await.unwrap();
    let page = PageRequest { after: None, limit: 100 };
    let lines = store.audit_lines(&AuditFilter::default(), page).await.unwrap().items;
    lines.into_iter().map(|line| format!("{} {} {}", line.who, line.what, line.target)).collect()
}

#[tokio::test]
async fn stored_calls_are_listed_searched_by_word_form_rescored_and_erased() {
    let zvonar = Installation::hearing();
    let folder = zvonar.folder("calls");
    for name in ["a_sale_objection.wav", "a_sale_objection.json"] {
        std::fs::copy(examples().join(name), folder.join(name)).unwrap();
    }
    let run = zvonar.run(["run", folder.to_str().unwrap(), "--json"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    let document = run.json();
    let (id, phone) = {
        let stored = call(&document, "a_sale_objection.wav");
        (stored["id"].as_str().unwrap().to_owned(), stored["caller"].as_str().unwrap().to_owned())
    };
    let short: String = id.chars().take(8).collect();
    let found = zvonar.run(["calls", "search", "окном"]);
    assert!(found.code == Some(0) && found.stdout.contains("окна"), "{found:?}");
    let shown = zvonar.run(["calls", "show", &id]);
    assert!(shown.code == Some(0) && shown.stdout.contains("Возражени"), "{shown:?}");
    assert!(zvonar.run(["calls", "list"]).stdout.contains(&short));
    let rescored = zvonar.run(["calls", "rescore", "--rubric", "client-plus", &id]);
    assert_eq!(rescored.code, Some(0), "{rescored:?}");
    let as_client = zvonar.run(["calls", "show", &id, "--json"]);
    assert!(as_client.stdout.contains("client-plus"), "{as_client:?}");
    let csv = folder.join("out.csv");
    assert_eq!(zvonar.run(["calls", "export", "--report", csv.to_str().unwrap()]).code, Some(0));
    assert!(std::fs::read_to_string(csv).unwrap().contains("Север"));
    let weekly = folder.join("week");
    assert_eq!(zvonar.run(["report", "weekly", "--out", weekly.to_str().unwrap()]).code, Some(0));
    let noted = deeds(&zvonar).await;
    for deed in
        [format!("view {id}"), "list calls".to_owned(), "export csv".to_owned(), "export week".to_owned()]
    {
        assert!(
            noted.iter().any(|line| line.starts_with("CLI: ") && line.ends_with(&deed)),
            "{deed}: {noted:?}"
        );
    }
    let searched: Vec<_> = noted.iter().filter(|line| line.contains(" search words ")).collect();
    assert!(searched.len() == 1 && !searched[0].contains("окн"), "{noted:?}");
    let erased = zvonar.run(["calls", "erase", "--phone", &phone, "--yes"]);
    assert_eq!(erased.code, Some(0), "{erased:?}");
    assert!(!zvonar.run(["calls", "list"]).stdout.contains(&short));
    assert!(folder.join("a_sale_objection.wav").exists(), "the customer's own files are not ours to delete");
}

#[test]
fn a_dry_run_writes_nothing() {
    let zvonar = Installation::hearing();
    let dry = zvonar.run(["run", examples().to_str().unwrap(), "--dry-run"]);
    assert_eq!(dry.code, Some(0), "{dry:?}");
    let list = zvonar.run(["calls", "list", "--json"]);
    assert_eq!(list.json()["calls"].as_array().unwrap().len(), 0);
}

#[test]
fn a_dry_run_needs_no_model_and_leaves_no_trace() {
    let zvonar = Installation::deaf();
    let dry = zvonar.run(["run", examples().to_str().unwrap(), "--dry-run"]);
    assert_eq!(dry.code, Some(0), "{dry:?}");
    assert!(!zvonar.data().join("zvonar.db").exists());
}

#[test]
fn a_report_that_cannot_be_written_is_refused_before_the_work() {
    let zvonar = Installation::hearing();
    let folder = examples();
    let ended = zvonar.run(["run", folder.to_str().unwrap(), "--report", "/nowhere/report.xlsx"]);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    let list = zvonar.run(["calls", "list", "--json"]);
    assert_eq!(list.json()["calls"].as_array().unwrap().len(), 0);
}

#[test]
fn a_finished_call_is_heard_again_when_a_person_asks() {
    let zvonar = Installation::hearing();
    let file = examples().join("e_answering_machine.wav");
    let first = zvonar.run(["run", file.to_str().unwrap(), "--json"]).json();
    let id = first["calls"][0]["id"].as_str().unwrap().to_owned();
    let retry = zvonar.run(["queue", "retry", "--call", &id]);
    assert_eq!(retry.code, Some(0), "{retry:?}");
    let again = zvonar.run(["run", file.to_str().unwrap(), "--json"]).json();
    assert_eq!(again["calls"][0]["status"], first["calls"][0]["status"]);
}

#[test]
fn a_rubric_of_ones_own_is_checked_and_used() {
    let zvonar = Installation::deaf();
    let folder = zvonar.folder("rubrics");
    let good = folder.join("мой.toml");
    std::fs::write(
        &good,
        "id = \"mine\"\ntitle = \"Моё\"\nlanguage = \"ru\"\nprompt = \"Смотри на шаг\"\n\n[[criteria]]\nkey = \"next_step\"\n\
         title = \"Шаг\"\nkind = \"score\"\nweight = 10\nscale = [0, 2]\nquestion = \"Назначен ли шаг?\"\nevidence = \"required\"\n\
         rules = { speaker = \"operator\", any = [\"созвонимся\", \"отправлю договор\"], none = [\"как-нибудь\"], within = \"last 50%\" }\n",
    )
    .unwrap();
    assert_eq!(zvonar.run(["rubric", "check", good.to_str().unwrap()]).code, Some(0));
    let text = folder.join("t.txt");
    std::fs::write(&text, "Клиент: Подходит.\nМенеджер: Отлично, сегодня отправлю договор.").unwrap();
    let judged =
        zvonar.run(["analyze", text.to_str().unwrap(), "--rubric", good.to_str().unwrap(), "--json"]);
    assert_eq!(judged.json()["total_score"], 100.0, "{judged:?}");
    let bad = folder.join("bad.toml");
    std::fs::write(&bad, "id = \"bad\"\ntitle = \"x\"\n[[criteria]]\nkey = \"a\"\ntitel = \"b\"\n").unwrap();
    let checked = zvonar.run(["rubric", "check", bad.to_str().unwrap()]);
    assert_eq!(checked.code, Some(1), "{checked:?}");
    assert!(format!("{checked:?}").contains("titel"), "{checked:?}");
}

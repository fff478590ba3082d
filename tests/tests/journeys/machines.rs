//! Many machines: a database that several processes share, and the way into it.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStderr, Command, Stdio};

use test_support::{PostgresDatabase, PostgresServer};
use tests::{Ended, Installation, call, examples, http_client};

/// A folder with short recordings: each is looked at and needs no model.
fn short_calls(zvonar: &Installation, count: usize) -> std::path::PathBuf {
    let folder = zvonar.folder("calls");
    let short = std::fs::read(examples().join("f_short_2s.wav")).unwrap();
    for number in 0..count {
        std::fs::write(folder.join(format!("{number}.wav")), &short).unwrap();
    }
    folder
}

fn on_server(zvonar: &Installation, url: &str, arguments: &[&str]) -> Ended {
    Ended::from(zvonar.zvonar(arguments).env("DATABASE_URL", url).output().unwrap())
}

#[test]
fn what_a_file_holds_moves_to_a_server_and_nothing_is_done_twice() {
    let (zvonar, database) = (Installation::hearing(), PostgresDatabase::new());
    let folder = short_calls(&zvonar, 6);
    let folder = folder.to_str().unwrap();
    let before = zvonar.run(["run", folder, "--json"]).json();
    let nowhere = zvonar.run(["migrate"]);
    assert_eq!(nowhere.code, Some(2), "{nowhere:?}");

    let moved = on_server(&zvonar, &database.url(), &["migrate"]);
    assert_eq!(moved.code, Some(0), "{moved:?}");
    assert!(moved.stderr.contains("calls") || moved.stdout.contains("calls"), "{moved:?}");
    let twice = on_server(&zvonar, &database.url(), &["migrate"]);
    assert_eq!(twice.code, Some(2), "into an empty database only: {twice:?}");
    assert!(twice.stderr.contains("не пустая") && !twice.stderr.contains("not empty"), "{twice:?}");

    let after = on_server(&zvonar, &database.url(), &["run", folder, "--json"]);
    assert_eq!(after.code, Some(0), "{after:?}");
    let after = after.json();
    for number in 0..6 {
        let name = format!("{number}.wav");
        assert_eq!(call(&after, &name)["id"], call(&before, &name)["id"]);
        assert_eq!(call(&after, &name)["status"], "too_short");
    }
    let told = on_server(&zvonar, &database.url(), &["doctor"]);
    assert!(told.stdout.contains("PostgreSQL") && !told.stdout.contains("postgres://"), "{told:?}");
}

/// A program that stays, and what it says.
#[cfg(unix)]
struct Staying {
    program: Child,
    told: BufReader<ChildStderr>,
}

#[cfg(unix)]
impl Staying {
    fn start(zvonar: &Installation, url: &str, arguments: &[&str]) -> Self {
        let mut command = zvonar.zvonar(arguments.iter().chain(&["--lang", "en"]));
        command.env("DATABASE_URL", url).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut program = command.spawn().unwrap();
        let told = BufReader::new(program.stderr.take().unwrap());
        Self { program, told }
    }

    /// Reads until a line has these words, and gives the line.
    fn says(&mut self, words: &str) -> String {
        let (mut all, mut line) = (String::new(), String::new());
        while !line.contains(words) {
            line.clear();
            assert_ne!(self.told.read_line(&mut line).unwrap(), 0, "never {words:?}: {all}");
            all.push_str(&line);
        }
        line
    }

    fn leaves_when_asked_to(mut self) {
        Command::new("kill").args(["-TERM", &self.program.id().to_string()]).status().unwrap();
        assert_eq!(self.program.wait().unwrap().code(), Some(0));
    }
}

#[cfg(unix)]
#[test]
fn programs_that_stay_wait_for_a_database_that_starts_later_than_they() {
    let (zvonar, database) = (Installation::deaf(), PostgresServer::start());
    database.crash().unwrap();
    let mut worker = Staying::start(&zvonar, &database.url(), &["worker", "--stages", "deliver"]);
    let mut service = Staying::start(&zvonar, &database.url(), &["serve", "--bind", "127.0.0.1:0"]);
    worker.says("waiting for the database");
    service.says("waiting for the database");
    database.up().unwrap();
    worker.says("Working:");
    service.says("http://127.0.0.1:");
    worker.leaves_when_asked_to();
    service.leaves_when_asked_to();

    // nobody mends a wrong name by waiting
    let url = database.url().replace("/zvonar?", "/zvonat?");
    let refused = on_server(&zvonar, &url, &["worker", "--lang", "en"]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.stderr.contains("\"zvonat\" does not exist"), "{refused:?}");
    assert!(!refused.stderr.contains("waiting"), "{refused:?}");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_service_whose_database_is_away_says_so_on_a_page_that_looks_as_ever() {
    let (zvonar, database) = (Installation::deaf(), PostgresServer::start());
    let mut service = Staying::start(&zvonar, &database.url(), &["serve", "--bind", "127.0.0.1:0"]);
    let line = service.says("http://127.0.0.1:");
    let base = line.split_whitespace().find(|word| word.starts_with("http://")).unwrap();
    let status = async |path: &str| {
        let asked = http_client().get(format!("{}{path}", base.trim_end_matches('/')));
        let answer = asked.header("accept", "text/html,*/*").send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    assert_eq!(status("/dashboard").await.0, 200);
    database.crash().unwrap();
    let (code, page) = status("/dashboard").await;
    assert!(code == 503 && page.contains("<html"), "{code}: {page}");
    let style = page.split('"').find(|word| word.contains("/static/") && word.contains("app.css")).unwrap();
    for path in [style, "/healthz"] {
        assert_eq!(status(path).await.0, 200, "{path}");
    }
    assert_eq!(status("/readyz").await.0, 503);
    database.up().unwrap();
    assert_eq!(status("/dashboard").await.0, 200);
    service.leaves_when_asked_to();
}

#[cfg(unix)]
#[test]
fn a_worker_helps_a_run_and_leaves_when_it_is_asked_to() {
    let (zvonar, database) = (Installation::hearing(), PostgresDatabase::new());
    let folder = short_calls(&zvonar, 40);
    let mut worker = Staying::start(&zvonar, &database.url(), &["worker", "--stages", "fetch,deliver"]);
    worker.says("Working:");
    let run = on_server(&zvonar, &database.url(), &["run", folder.to_str().unwrap(), "--json"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    let calls = run.json()["calls"].as_array().unwrap().clone();
    assert!(calls.len() == 40 && calls.iter().all(|call| call["status"] == "too_short"), "{run:?}");
    worker.leaves_when_asked_to();
}

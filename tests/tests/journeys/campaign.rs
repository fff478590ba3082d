//! A campaign against the sandbox: twenty people are rung, the program is killed twice on the way, and
//! nobody's telephone rings a second time.

use std::collections::BTreeMap;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use domain::Clock as _;
use sandbox::{Sandbox, SandboxOptions};
use serde_json::Value;
use tests::{Installation, binary};

/// Nothing here takes longer.
const PATIENCE: Duration = Duration::from_mins(2);
const PEOPLE: usize = 20;

/// A process, until it is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn free_port() -> u16 {
    std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

/// Seventeen who talk, one who is busy, one who does not answer, one machine; and a row without a number, and
/// one that stands twice.
fn list() -> String {
    let number = |n: usize| match n {
        3 => "+7 916 000-00-86".to_owned(),
        7 => "8 (916) 000-01-80".to_owned(),
        11 => "+79160000255".to_owned(),
        n => format!("+791600010{n:02}"),
    };
    let row = |n| format!("Клиент {n};{};\"важно; {n}\"\r\n", number(n));
    let rows = (0..PEOPLE).map(row).collect::<Vec<_>>().concat();
    format!("\u{feff}Имя;Телефон;Примечание\r\n{rows}Без номера;нет;\r\nПовтор;8 916 000 10 00;\r\n")
}

#[test]
fn twenty_people_are_rung_once_though_the_campaign_is_killed_twice() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let now = domain::SystemClock.now();
        let options = SandboxOptions { calls: 1, days: 1, talk_speed: 500, ..SandboxOptions::new(now) };
        let world = Sandbox::start(options).await.unwrap();
        let (installation, port) = (Installation::deaf(), free_port());
        std::fs::create_dir_all(installation.data()).unwrap();
        let leads = installation.folder("lists").join("leads.csv");
        std::fs::write(&leads, list()).unwrap();
        let command = |arguments: &[&str]| {
            let mut command = Command::new(binary());
            command.args(arguments).env_clear().envs(world.environment()).envs([
                ("ZVONAR_DATA_DIR", installation.data().display().to_string()),
                ("ZVONAR_BIND", format!("127.0.0.1:{port}")),
                ("BACKEND_URL", format!("http://127.0.0.1:{port}")),
                ("ZVONAR_ANALYZER", "rules".to_owned()),
            ]);
            command.current_dir(installation.data().parent().unwrap());
            command
        };
        let path = leads.display().to_string();
        let campaign = |more: &[&'static str]| {
            let mut arguments =
                vec!["voximplant", "campaign", path.as_str(), "--lines", "4", "--attempts", "1"];
            arguments.extend(more);
            command(&arguments)
        };
        assert!(command(&["voximplant", "deploy", "--yes"]).output().unwrap().status.success());

        // a dry run rings nobody; without the service nobody is rung either
        let plan = campaign(&["--dry-run", "--json"]).output().unwrap();
        let plan: Value = serde_json::from_slice(&plan.stdout).unwrap();
        assert_eq!(
            (&plan["people"], &plan["repeated"], &plan["unreadable"]),
            (&20.into(), &1.into(), &1.into())
        );
        let alone = campaign(&[]).output().unwrap();
        assert_eq!(alone.status.code(), Some(1), "{}", String::from_utf8_lossy(&alone.stderr));
        assert!(String::from_utf8_lossy(&alone.stderr).contains("zvonar serve"));

        let _service =
            Running(command(&["serve"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
        let sessions = || {
            let all = world.voximplant().sessions();
            all.iter().filter(|session| session.rule_name != "past").count()
        };
        let on_the_line =
            || world.voximplant().sessions().iter().filter(|session| session.end.is_none()).count();
        let before = sessions();
        assert_eq!(before, 0, "nobody was rung yet");
        let begun = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < PATIENCE, "the service does not come up");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        for at_least in [4, 11] {
            let mut running =
                Running(campaign(&[]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
            // all lines taken: nobody is between being written down and being rung, who would be waited for
            while sessions() < at_least || on_the_line() < 4 {
                assert!(begun.elapsed() < PATIENCE, "it takes too long: {}", sessions());
                let ended = running.0.try_wait().unwrap();
                assert!(ended.is_none(), "it ended before it was killed: {ended:?}");
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            running.0.kill().unwrap();
            running.0.wait().unwrap();
        }
        let last = campaign(&["--json"]).output().unwrap();
        assert_eq!(last.status.code(), Some(0), "{}", String::from_utf8_lossy(&last.stderr));
        let told: Value = serde_json::from_slice(&last.stdout).unwrap();
        assert_eq!(told["totals"]["settled"], PEOPLE, "{told}");
        assert_eq!(told["totals"]["by_outcome"]["talked"], PEOPLE - 3, "{told}");

        let mut rung: BTreeMap<String, usize> = BTreeMap::new();
        for session in world.voximplant().sessions() {
            if session.rule_name != "past" {
                let phone = session.custom_data.rsplit('|').next().unwrap().to_owned();
                *rung.entry(phone).or_default() += 1;
            }
        }
        assert_eq!(rung.len(), PEOPLE, "{rung:?}");
        assert!(rung.values().all(|times| *times == 1), "somebody was rung twice: {rung:?}");

        let written = std::fs::read_to_string(&leads).unwrap();
        let rows: Vec<&str> = written.lines().collect();
        assert!(rows[0].starts_with("\u{feff}Имя;Телефон;Примечание;ИИ: итог;"), "{}", rows[0]);
        assert!(rows[1].starts_with("Клиент 0;+79160001000;\"важно; 0\";поговорили;"), "{}", rows[1]);
        assert!(rows[4].contains(";занято;") && rows[8].contains(";не ответил;"), "{written}");
        assert!(rows[12].contains(";автоответчик;"), "{written}");
        assert_eq!(rows[PEOPLE + 1], "Без номера;нет;");
        let answers = told["leads"][0]["fields"].as_array().unwrap();
        let valued: Vec<&Value> = answers.iter().filter(|field| field["value"].is_string()).collect();
        assert!(!valued.is_empty(), "{answers:?}");
        let proved = |field: &&Value| field["asked"] == true && field["proof"].is_string();
        assert!(valued.iter().all(proved), "no answer without its words: {answers:?}");
        assert_eq!((&valued[0]["value"], &valued[0]["proof"]), (&"да".into(), &"Да, слушаю.".into()));

        // once more: everybody is settled
        let again = campaign(&["--json"]).output().unwrap();
        assert_eq!(again.status.code(), Some(0));
        assert_eq!(sessions(), PEOPLE);
        world.shutdown().await;
    });
}

#[test]
fn a_campaign_with_invented_clients_needs_no_service_and_no_key() {
    let installation = Installation::deaf();
    let leads = installation.folder("lists").join("leads.csv");
    std::fs::write(&leads, "name,phone\nIrina,+79161234567\nOleg,+79161234568\n").unwrap();
    let out = installation.folder("lists").join("done.csv");
    let mut command = installation.zvonar(["voximplant", "campaign"]);
    command.arg(&leads).arg("--out").arg(&out).args(["--json", "--lang", "en"]);
    command.envs([("ZVONAR_SIMULATED_SPEED", "500"), ("ZVONAR_ANALYZER", "rules")]);
    let ended = command.output().unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    let told: Value = serde_json::from_slice(&ended.stdout).unwrap();
    assert_eq!(told["totals"]["talked"], 2, "{told}");
    let written = std::fs::read_to_string(&out).unwrap();
    assert!(
        written.starts_with("name,phone,AI: outcome,") && written.contains("Irina,+79161234567,talked,"),
        "{written}"
    );
    assert!(!std::fs::read_to_string(&leads).unwrap().contains("talked"), "--out leaves the list alone");
}

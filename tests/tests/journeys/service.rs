//! The service that this one took the place of, followed by its own description with the built
//! `zvonar-server` in place of uvicorn: settings in `.env`, the addresses, the bodies as they are printed there.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tests::{Installation, examples, http_client, server_binary};

/// Heard in seconds.
const RECORDING: &str = "b_rude_manager.wav";

/// The service, until it is dropped.
struct Service {
    child: Child,
    base: String,
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Service {
    /// Started in a folder with a `.env`, as the description says.
    fn start(installation: &Installation) -> Self {
        let folder = installation.folder("service");
        std::fs::write(folder.join(".env"), "ZVONAR_BIND=127.0.0.1:0\nZVONAR_ALLOW_PRIVATE_URLS=true\n")
            .unwrap();
        let mut command = Command::new(server_binary());
        command.current_dir(&folder).env_clear().env("ZVONAR_DATA_DIR", installation.data());
        command.env("PATH", "/usr/bin:/bin").stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut told = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        let base = loop {
            line.clear();
            assert_ne!(told.read_line(&mut line).unwrap(), 0, "the service ended before it began");
            if let Some(address) = line.split_whitespace().find(|word| word.starts_with("http://")) {
                break address.trim_end_matches('/').to_owned();
            }
        };
        // whatever it says later must not fill the pipe
        std::thread::spawn(move || std::io::copy(&mut told, &mut std::io::sink()));
        Self { child, base }
    }

    async fn get(&self, path: &str) -> (u16, String) {
        let answer = http_client().get(format!("{}{path}", self.base)).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    /// A body as it is printed there.
    async fn post(&self, path: &str, body: String) -> (u16, Value) {
        let request = http_client().post(format!("{}{path}", self.base));
        let answer = request.header("content-type", "application/json").body(body).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }
}

/// A storage of recordings on this machine: gives the one that it has under any name.
fn storage() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let sound = std::fs::read(examples().join(RECORDING)).unwrap();
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: audio/mpeg\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                sound.len()
            );
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&sound));
        }
    });
    format!("http://{address}")
}

/// «Формат ответа».
fn is_as_printed((status, said): &(u16, Value)) {
    assert_eq!(*status, 200, "{said}");
    let members: Vec<&str> = said.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, ["criteria", "raw_model_output", "recommendations", "summary", "total_score"]);
    assert!((0.0..=100.0).contains(&said["total_score"].as_f64().unwrap()), "{said}");
    assert!(said["criteria"].is_object() && said["raw_model_output"].is_array(), "{said}");
    assert!(said["summary"].as_str().is_some_and(|text| !text.is_empty()), "{said}");
    assert!(said["recommendations"].is_string(), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_services_description_is_followed_with_the_built_program() {
    let installation = Installation::hearing();
    let service = Service::start(&installation);

    // «Теперь приложение доступно по следующим адресам»
    for path in ["/", "/docs", "/history", "/dashboard"] {
        let (status, page) = service.get(path).await;
        assert!(status == 200 && page.contains("<html"), "{path}: {status}");
    }

    // 1. «Анализ по тексту диалога»
    let body = "{\n  \"dialog_text\": \"Клиент: Привет! Менеджер: Добрый день!\",\n  \"content_mode\": \"Manager+\"\n}";
    is_as_printed(&service.post("/analyze_call", body.to_owned()).await);

    // 2. «Анализ по загруженному аудио»
    let sound = std::fs::read(examples().join(RECORDING)).unwrap();
    for mode in ["Manager+", "Client+", "Диалог"] {
        let part = reqwest::multipart::Part::bytes(sound.clone()).file_name("call.mp3");
        let form = reqwest::multipart::Form::new().part("audio", part).text("content_mode", mode);
        let request = http_client().post(format!("{}/analyze_audio_call", service.base));
        let answer = request.multipart(form).send().await.unwrap();
        is_as_printed(&(answer.status().as_u16(), answer.json().await.unwrap()));
    }

    // 3. «Анализ по ссылке на аудио»; example.com is this machine's storage
    let storage = storage();
    let body = json!({ "file_url": format!("{storage}/call_123.mp3"), "content_mode": "Диалог" });
    is_as_printed(&service.post("/analyze_audio_by_url", body.to_string()).await);

    // «CRM или система звонков отправляет вебхук после завершения звонка»
    let recording = format!("{storage}/calls/123.mp3");
    let body = json!({ "call_id": "123", "manager_id": "m-42", "recording_url": recording });
    let (status, taken) = service.post("/webhook/new_call_recording", body.to_string()).await;
    assert_eq!((status, &taken["call_id"]), (202, &json!("123")), "{taken}");
    let id = taken["job_id"].as_str().unwrap();
    // its progress is told as it goes, and the telling ends with the work
    let (_, told) = service.get(&format!("/api/v1/jobs/{id}/events")).await;
    assert!(told.contains("done"), "{told}");

    // «сервис сохраняет следующие данные»
    let (_, stored) = service.get(&format!("/api/v1/calls/{id}")).await;
    let stored: Value = serde_json::from_str(&stored).unwrap();
    assert_eq!((&stored["external_id"], &stored["manager"]["id"]), (&json!("123"), &json!("m-42")));
    assert!(stored["analysis"]["total_score"].is_number(), "{stored}");
    assert!(stored["analysis"]["summary"].as_str().is_some_and(|text| !text.is_empty()), "{stored}");
    assert!(stored["metrics"].is_object() && stored["tags"].is_array(), "{stored}");

    // «Руководители могут просматривать историю звонков … и формировать отчёты»
    let (_, history) = service.get("/history?manager=m-42").await;
    assert!(history.contains(id), "the call is not in the history");
    let (status, report) = service.get("/api/v1/exports?format=csv&manager=m-42").await;
    assert!(status == 200 && report.lines().count() >= 2, "{report}");
}

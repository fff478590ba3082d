//! A service over a temporary data folder, and clients for it.
//!
//! Everything is the product's own but the outside world: speech is recognised by a service of the test,
//! judged by the rules, and no model is needed.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use app::{App, CallFacts, ConfigInput};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::request::Builder;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use domain::{CallId, Manager};
use pipeline::Unobserved;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use server::{NewAccount, ServeOptions, Web};
use store::Role;
use tempfile::TempDir;
use tokio_util::sync::{CancellationToken, DropGuard};
use tower::ServiceExt as _;

use crate::outside::Outside;

/// A dialogue that the rules have much to say about.
pub(crate) const DIALOGUE: &str = "Клиент: Здравствуйте, меня интересует утепление фасада. \
    Менеджер: Добрый день! Компания «Север», меня зовут Анна. Как я могу к вам обращаться? \
    Клиент: Пётр. Это дорого? Менеджер: Пётр, понимаю вас. Цена зависит от площади, материал служит \
    пятьдесят лет. Давайте я отправлю расчёт до завтра и созвонимся в четверг? Клиент: Хорошо, спасибо.";

/// A running service without a socket.
pub(crate) struct House {
    router: Router,
    pub(crate) app: Arc<App>,
    pub(crate) outside: Outside,
    /// Where the outside is.
    pub(crate) elsewhere: SocketAddr,
    tokens: BTreeMap<&'static str, String>,
    _worker: DropGuard,
    folder: TempDir,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// A header as text; empty where there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }
}

/// How a house is to be.
pub(crate) struct Plan {
    pub(crate) env: Vec<(&'static str, String)>,
    pub(crate) bind: &'static str,
    pub(crate) admin_token: Option<&'static str>,
    pub(crate) patience: Duration,
}

impl Default for Plan {
    fn default() -> Self {
        Self { env: Vec::new(), bind: "127.0.0.1:8000", admin_token: None, patience: Duration::from_secs(30) }
    }
}

impl House {
    /// A fresh installation on the loopback, without users: open to this machine.
    pub(crate) async fn open() -> Self {
        Self::planned(Plan::default()).await
    }

    /// The same with a token per role: `admin`, `supervisor`, `robot` (integration), and the managers
    /// `anna` and `boris`, whose ids are `m-anna` and `m-boris`.
    pub(crate) async fn guarded() -> Self {
        let mut house = Self::open().await;
        house.lock().await;
        house
    }

    /// Makes the tokens.
    pub(crate) async fn lock(&mut self) {
        let accounts = [
            ("admin", Role::Admin, None),
            ("supervisor", Role::Supervisor, None),
            ("robot", Role::Integration, None),
            ("anna", Role::Manager, Some("m-anna")),
            ("boris", Role::Manager, Some("m-boris")),
        ];
        for (name, role, manager_id) in accounts {
            let account =
                NewAccount { name: name.to_owned(), role, manager_id: manager_id.map(str::to_owned) };
            let now = self.app.clock().now();
            let token = server::make_token(self.app.store().as_ref(), account, now).await.unwrap();
            self.tokens.insert(name, token.expose_secret().to_owned());
        }
    }

    /// As planned.
    pub(crate) async fn planned(plan: Plan) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (outside, elsewhere) = Outside::open().await;
        let mut env: BTreeMap<String, String> = [
            ("ZVONAR_DATA_DIR", folder.path().join("data").display().to_string()),
            ("ZVONAR_ANALYZER", "rules".to_owned()),
            ("ZVONAR_TRANSCRIBER", "openai".to_owned()),
            ("STT_BASE_URL", format!("http://{elsewhere}/v1")),
            ("STT_API_KEY", "sk-test".to_owned()),
            ("OPENAI_STT_MODEL", "whisper-1".to_owned()),
            ("ZVONAR_ALLOW_PRIVATE_URLS", "127.0.0.1".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        let told = |value: String| value.replace("{elsewhere}", &elsewhere.to_string());
        env.extend(plan.env.into_iter().map(|(name, value)| (name.to_owned(), told(value))));
        let input = ConfigInput { cwd: folder.path().to_owned(), env, ..ConfigInput::default() };
        let app = Arc::new(App::open(app::load(&input).unwrap().config).await.unwrap());
        let mut options = ServeOptions::new(plan.bind.parse().unwrap());
        options.admin_token = plan.admin_token.map(SecretString::from);
        options.patience = plan.patience;
        let web = Web::open(Arc::clone(&app), &options).await.unwrap();
        let stop = CancellationToken::new();
        let worker = app.serving_parts().unwrap().serve(Arc::new(Unobserved), stop.clone());
        tokio::spawn(async move { worker.await.unwrap() });
        Self {
            router: server::router(web),
            app,
            outside,
            elsewhere,
            tokens: BTreeMap::new(),
            _worker: stop.drop_guard(),
            folder,
        }
    }

    /// The folder of everything.
    pub(crate) fn data(&self) -> std::path::PathBuf {
        self.folder.path().join("data")
    }

    /// The token of an account of [`Self::guarded`].
    pub(crate) fn token(&self, name: &str) -> &str {
        &self.tokens[name]
    }

    /// The router, for a test with a socket of its own.
    pub(crate) fn router(&self) -> Router {
        self.router.clone()
    }

    /// A judged call of an employee.
    pub(crate) async fn call_of(&self, manager_id: &str, name: &str, text: &str) -> CallId {
        let facts = CallFacts {
            call_id: Some(name.to_owned()),
            manager: Some(Manager { id: manager_id.to_owned(), name: None }),
            ..CallFacts::default()
        };
        let rubric = self.app.rubric("manager-plus").unwrap();
        let submitted = self.app.submit_dialogue(facts, text, &rubric).await.unwrap();
        let report = self.app.wait_for(submitted.call, Duration::from_secs(30)).await.unwrap().unwrap();
        assert_eq!(report.status, domain::CallStatus::Done, "{:?}", report.error);
        submitted.call
    }

    /// Sends a request as it is.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, 64 << 20).await.unwrap().to_vec();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// Sends a request and looks at the head of the answer alone: some answers have no end.
    pub(crate) async fn knock(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, _) = response.into_parts();
        Answer { status: parts.status, headers: parts.headers, body: Vec::new() }
    }

    /// The beginning of a request from this machine.
    #[expect(clippy::unused_self, reason = "reads as the others do: house.request(…)")]
    pub(crate) fn request(&self, method: Method, path: &str) -> Builder {
        Request::builder().method(method).uri(path).header("host", "127.0.0.1:8000")
    }

    /// The same with an account's token.
    pub(crate) fn request_as(&self, name: &str, method: Method, path: &str) -> Builder {
        self.request(method, path).header("authorization", format!("Bearer {}", self.token(name)))
    }

    /// `GET` from this machine.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path).body(Body::empty()).unwrap()).await
    }

    /// `GET` with an account's token.
    pub(crate) async fn get_as(&self, name: &str, path: &str) -> Answer {
        self.send(self.request_as(name, Method::GET, path).body(Body::empty()).unwrap()).await
    }

    /// `POST` of JSON from this machine.
    pub(crate) async fn post_json(&self, path: &str, body: &Value) -> Answer {
        self.send(json_body(self.request(Method::POST, path), body)).await
    }

    /// `POST` of JSON with an account's token.
    pub(crate) async fn post_json_as(&self, name: &str, path: &str, body: &Value) -> Answer {
        self.send(json_body(self.request_as(name, Method::POST, path), body)).await
    }
}

/// Ends the beginning of a request with JSON.
pub(crate) fn json_body(request: Builder, body: &Value) -> Request<Body> {
    request.header("content-type", "application/json").body(Body::from(body.to_string())).unwrap()
}

/// Ends the beginning of a request with a form of fields and a file.
pub(crate) fn form_body(
    request: Builder,
    fields: &[(&str, &str)],
    file: Option<(&str, &[u8])>,
) -> Request<Body> {
    let mut body = Vec::new();
    if let Some((name, bytes)) = file {
        let head = format!("Content-Disposition: form-data; name=\"audio\"; filename=\"{name}\"");
        body.extend_from_slice(
            format!("--frontier\r\n{head}\r\nContent-Type: audio/mpeg\r\n\r\n").as_bytes(),
        );
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    for (name, value) in fields {
        let head = format!("Content-Disposition: form-data; name=\"{name}\"");
        body.extend_from_slice(format!("--frontier\r\n{head}\r\n\r\n{value}\r\n").as_bytes());
    }
    body.extend_from_slice(b"--frontier--\r\n");
    request.header("content-type", "multipart/form-data; boundary=frontier").body(Body::from(body)).unwrap()
}

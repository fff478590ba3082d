//! Starting, asking, stopping.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use openai_client::testing::{FakeOpenAi, FakeRealtime};
use secrecy::ExposeSecret as _;
use sheets_sink::testing::FakeGoogle;
use telegram_client::testing::FakeTelegram;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uis_client::testing::FakeUis;
use url::Url;
use voximplant_client::testing::FakeVoximplant;

use crate::cord::{Cord, CordListener};
use crate::faults::{Fault, Faults, play};
use crate::journal::Journal;
use crate::keys::{Keys, under};
use crate::state::SandboxState;
use crate::switches::Switchboard;
use crate::voximplant::media::MediaDoors;
use crate::world::{Bank, BankEar, RubricJudge, World};
use crate::{
    MailCatcher, SandboxError, SandboxOptions, WorldClock, control, google, notices, openai, uis, voximplant,
};

/// The outside world, until it is dropped or shut down.
pub struct Sandbox {
    address: SocketAddr,
    state: SandboxState,
    /// Holds the service account's key file.
    folder: TempDir,
    fakes: Fakes,
    mail: MailCatcher,
    stop: CancellationToken,
    server: JoinHandle<()>,
}

/// Handles to what stands behind the wire.
struct Fakes {
    uis: FakeUis,
    openai: FakeOpenAi,
    realtime: FakeRealtime,
    google: FakeGoogle,
    voximplant: FakeVoximplant,
    media: MediaDoors,
    telegram: FakeTelegram,
}

impl Sandbox {
    /// Builds the world and listens.
    ///
    /// # Errors
    /// [`SandboxError`]: the address is taken, the key file cannot be written, an option has no sense.
    pub async fn start(options: SandboxOptions) -> Result<Self, SandboxError> {
        let bind = |source| SandboxError::Bind { address: options.bind, source };
        let listener = TcpListener::bind(options.bind).await.map_err(bind)?;
        let address = listener.local_addr().map_err(bind)?;
        let base_url = Url::parse(&format!("http://{address}/"))
            .map_err(|error| SandboxError::Option(format!("address {address}: {error}")))?;
        let state = state(&options, base_url)?;
        let folder = tempfile::tempdir().map_err(SandboxError::KeyFile)?;
        std::fs::write(key_file(folder.path()), state.keys.service_account_json(&state.base_url))
            .map_err(SandboxError::KeyFile)?;
        let file = state.keys.voximplant().file();
        std::fs::write(voximplant_key_file(folder.path()), file.expose_secret())
            .map_err(SandboxError::KeyFile)?;
        let mail = MailCatcher::start().await.map_err(bind)?;
        let stop = CancellationToken::new();
        let (routes, fakes) = routes(&state);
        let service = routes.into_make_service_with_connect_info::<Cord>();
        let speed = options.talk_speed;
        let platform = (fakes.voximplant.clone(), fakes.media.clone());
        voximplant::caller::answer_calls(platform, state.world.bank(), speed, stop.clone());
        let stopped = stop.clone().cancelled_owned();
        let server = tokio::spawn(async move {
            let served = axum::serve(CordListener(listener), service).with_graceful_shutdown(stopped).await;
            if let Err(error) = served {
                tracing::error!(%error, "the sandbox stopped");
            }
        });
        Ok(Self { address, state, folder, fakes, mail, stop, server })
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:PORT/`.
    pub fn base_url(&self) -> &Url {
        &self.state.base_url
    }

    /// The variables that point the product at this world.
    pub fn environment(&self) -> Vec<(String, String)> {
        let mut all = provider_environment(&self.state.base_url, &self.state.keys);
        let file = key_file(self.folder.path()).display().to_string();
        all.push(("GOOGLE_APPLICATION_CREDENTIALS".to_owned(), file));
        let file = voximplant_key_file(self.folder.path()).display().to_string();
        all.push(("VOXIMPLANT_CREDENTIALS".to_owned(), file));
        if let Some(application) = voximplant::application(&self.fakes.voximplant) {
            all.push(("VOXIMPLANT_APPLICATION_ID".to_owned(), application.to_string()));
        }
        all
    }

    /// The variables that let people be told things in this world: not among the others, for whoever sets them
    /// is told.
    pub fn notice_environment(&self) -> Vec<(String, String)> {
        [
            ("TELEGRAM_BOT_TOKEN", notices::TOKEN.to_owned()),
            ("TELEGRAM_CHAT_ID", notices::CHAT.to_owned()),
            ("TELEGRAM_API_URL", under(&self.state.base_url, "telegram")),
            ("SMTP_URL", self.mail.smtp_url()),
            ("ALERT_EMAIL_FROM", "zvonar <robot@example.ru>".to_owned()),
            ("ALERT_EMAIL_TO", "rop@example.ru".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec()
    }

    /// Telegram behind the wire: what stands in the chat.
    pub fn telegram(&self) -> &FakeTelegram {
        &self.fakes.telegram
    }

    /// The mail server: what it took.
    pub fn mail(&self) -> &MailCatcher {
        &self.mail
    }

    /// The company, its calls and what is spoken in them.
    pub fn world(&self) -> &World {
        &self.state.world
    }

    /// The world's time.
    pub fn clock(&self) -> Arc<WorldClock> {
        Arc::clone(&self.state.clock)
    }

    /// UIS behind the wire: calls that come in meanwhile, what was written back.
    pub fn uis(&self) -> &FakeUis {
        &self.fakes.uis
    }

    /// The OpenAI-compatible provider behind the wire: what was billed.
    pub fn openai(&self) -> &FakeOpenAi {
        &self.fakes.openai
    }

    /// Conversations in real time: what was heard and billed, what goes wrong.
    pub fn realtime(&self) -> &FakeRealtime {
        &self.fakes.realtime
    }

    /// Addresses of Voximplant's sessions, where a backend dials in.
    pub fn media_doors(&self) -> &MediaDoors {
        &self.fakes.media
    }

    /// Google behind the wire: the sheet's cells, and what people do to them.
    pub fn google(&self) -> &FakeGoogle {
        &self.fakes.google
    }

    /// Voximplant behind the wire: sessions that were started, and how they end.
    pub fn voximplant(&self) -> &FakeVoximplant {
        &self.fakes.voximplant
    }

    /// What was asked of whom.
    pub fn journal(&self) -> &Journal {
        &self.state.journal
    }

    /// The rules of what goes wrong.
    pub fn faults(&self) -> &Faults {
        &self.state.faults
    }

    /// Makes something go wrong, as `POST /_sandbox/faults` does.
    ///
    /// # Errors
    /// [`SandboxError::Option`] if no fault has the name, or a provider lacks something in the order.
    pub fn play(&self, fault: Fault) -> Result<(), SandboxError> {
        control::order(&self.state, fault).map_err(SandboxError::Option)
    }

    /// Everything works again, as after `DELETE /_sandbox/faults`.
    pub fn mend(&self) {
        self.state.faults.clear();
        self.state.switchboard.clear();
    }

    /// Stops listening and waits for the answers under way, 2 s at most.
    pub async fn shutdown(mut self) {
        self.stop.cancel();
        if tokio::time::timeout(std::time::Duration::from_secs(2), &mut self.server).await.is_err() {
            self.server.abort();
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn state(options: &SandboxOptions, base_url: Url) -> Result<SandboxState, SandboxError> {
    if options.calls == 0 || options.days == 0 {
        return Err(SandboxError::Option("at least one call and one day".to_owned()));
    }
    let bank = Arc::new(Bank::open()?);
    Ok(SandboxState {
        world: Arc::new(World::build(options, Arc::clone(&bank))),
        clock: Arc::new(WorldClock::new(options.end)),
        base_url,
        keys: Arc::new(Keys::make()?),
        faults: Arc::new(Faults::new(options.seed)),
        switchboard: Arc::new(Switchboard::default()),
        journal: Arc::new(Journal::default()),
        ear: Arc::new(BankEar::new(Arc::clone(&bank))),
        judge: Arc::new(RubricJudge::new(&options.rubrics).with_bank(Arc::clone(&bank))),
        latency: options.latency,
    })
}

fn routes(state: &SandboxState) -> (Router, Fakes) {
    let (for_uis, uis) = uis::router(state);
    let (for_openai, (openai, realtime)) = openai::router(state);
    let (for_google, google) = google::router(state);
    let (for_voximplant, (voximplant, media)) = voximplant::router(state);
    let telegram = FakeTelegram::new().with_chat(notices::CHAT, "Отдел продаж");
    let all = Router::new()
        .merge(notices::telegram_router(telegram.clone(), notices::TOKEN))
        .merge(for_uis)
        .merge(for_openai)
        .merge(for_google)
        .merge(for_voximplant)
        .merge(control::router(state))
        // around everything: it knows the sandbox's own addresses and leaves them alone
        .layer(from_fn_with_state(state.clone(), play));
    (all, Fakes { uis, openai, realtime, google, voximplant, media, telegram })
}

fn key_file(folder: &Path) -> std::path::PathBuf {
    folder.join("google-service-account.json")
}

fn voximplant_key_file(folder: &Path) -> std::path::PathBuf {
    folder.join("voximplant-service-account.json")
}

fn provider_environment(base_url: &Url, keys: &Keys) -> Vec<(String, String)> {
    [
        ("UIS_ACCESS_TOKEN", keys.uis_token.to_owned()),
        ("UIS_DATA_API_URL", under(base_url, "uis/v2.0")),
        ("UIS_MEDIA_URL", under(base_url, "uis/media/talk")),
        ("OPENAI_API_KEY", keys.openai_key.to_owned()),
        ("OPENAI_BASE_URL", under(base_url, "openai/v1")),
        ("OPENAI_STT_MODEL", "gpt-transcribe".to_owned()),
        ("OPENAI_CHAT_MODEL", "gpt-6-luna".to_owned()),
        ("OPENAI_REALTIME_MODEL", "gpt-realtime-2.1".to_owned()),
        ("OPENAI_REALTIME_URL", under(base_url, "openai/v1/realtime").replacen("http", "ws", 1)),
        ("GOOGLE_SHEET_ID", keys.sheet_id.to_owned()),
        ("GOOGLE_SHEETS_URL", under(base_url, "google")),
        ("VOXIMPLANT_API_URL", under(base_url, "voximplant/platform_api")),
        ("VOXIMPLANT_CALLER_ID", "+74950001200".to_owned()),
        ("VOXIMPLANT_MEDIA_HOSTS", base_url.host_str().unwrap_or("127.0.0.1").to_owned()),
        ("USE_VOXIMPLANT", "true".to_owned()),
        ("ZVONAR_ALLOW_PRIVATE_URLS", "true".to_owned()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}

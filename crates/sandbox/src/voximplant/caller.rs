//! Plays the scenarios: when a session begins, a scripted client answers the call and walks through the
//! turn scenario with the backend over HTTP, or through its media socket, as the scenarios' scripts do.
//!
//! Some numbers do not talk: what ends in 86 is busy, in 80 does not answer, in 55 is a machine.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_client::{Exchange, HttpClient, HttpClientConfig, Repeat, http};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use voximplant_client::testing::{EndedCall, FakeSession, FakeVoximplant, SessionEnd};
use voximplant_client::{
    ApplicationId, CustomData, DialogMode, FinishReason, SECRET_BACKEND_SECRET, SECRET_BACKEND_URL,
    VoximplantApi, media_token,
};

use super::media::{MediaDoors, MediaReport, MediaSocketIn, ScriptedCaller, dial_media};
use super::sound::{Tracks, turn_recording};
use crate::world::{Bank, SpokenPhrase};

/// A request is asked again for so long, as the scenario does.
const PATIENCE: Duration = Duration::from_secs(12);
/// Between two tries.
const AGAIN: Duration = Duration::from_secs(1);
/// Largest answer of a backend.
const MOST_BYTES: usize = 1 << 20;
/// How often a waiting line looks for a command.
const LOOK: Duration = Duration::from_millis(50);
/// The telephone rings so long.
const RING_MS: u64 = 2_000;
/// The pause that ends what the client says.
const PAUSE_MS: u64 = 2_000;
/// A voice of the platform takes so long for a letter.
const LETTER_MS: u64 = 65;
/// Turns of the client in one call by turns, beside his answer to the first question.
const TURNS: usize = 10;
/// In real time a call lasts as long as it lasts: turns for half a minute of talk, without which no rubric
/// for sales judges.
const STREAMED_TURNS: usize = 7;
/// A scenario waits no longer for its socket.
const OPENS_WITHIN: Duration = Duration::from_secs(5);
/// Parts of one answer that are asked for.
const MOST_PARTS: usize = 30;

/// Answers every call of the fake until `stop`; `speed` = how many times faster than people they talk.
pub(crate) fn answer_calls(
    (fake, doors): (FakeVoximplant, MediaDoors),
    bank: Arc<Bank>,
    speed: u32,
    stop: CancellationToken,
) {
    let mut sessions = fake.watch();
    let Ok(http) = HttpClient::new(HttpClientConfig::default()) else { return };
    tokio::spawn(async move {
        loop {
            let session = tokio::select! {
                session = sessions.recv() => session,
                () = stop.cancelled() => return,
            };
            match session {
                Ok(session) => {
                    let (fakes, bank, http, stop) =
                        ((fake.clone(), doors.clone()), Arc::clone(&bank), http.clone(), stop.clone());
                    tokio::spawn(async move {
                        tokio::select! {
                            () = play(fakes, bank, http, session, speed.max(1)) => {}
                            () = stop.cancelled() => {}
                        }
                    });
                }
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return,
            }
        }
    });
}

async fn play(
    (fake, doors): (FakeVoximplant, MediaDoors),
    bank: Arc<Bank>,
    http: HttpClient,
    session: FakeSession,
    speed: u32,
) {
    // a call that comes in has no number of its own to be found by: nobody plays it here
    let Some(data) = CustomData::parse(&session.custom_data) else { return };
    let Some((base, secret)) = backend(&fake, ApplicationId(session.application)).await else { return };
    let tracks = Tracks::default();
    let line = Line { fake, doors, bank, http, session, base, secret, speed, data, tracks };
    line.ring().await;
}

/// Address and secret of the backend, as deployed.
async fn backend(fake: &FakeVoximplant, application: ApplicationId) -> Option<(String, String)> {
    let all = fake.secrets(application).await.ok()?;
    let mut found = Vec::new();
    for name in [SECRET_BACKEND_URL, SECRET_BACKEND_SECRET] {
        let id = all.iter().find(|secret| secret.name == name)?.id;
        found.push(fake.secret_value(application, id).await.ok()?.expose_secret().to_owned());
    }
    let secret = found.pop()?;
    Some((found.pop()?.trim_end_matches('/').to_owned(), secret))
}

/// One call.
struct Line {
    fake: FakeVoximplant,
    doors: MediaDoors,
    bank: Arc<Bank>,
    http: HttpClient,
    session: FakeSession,
    base: String,
    secret: String,
    speed: u32,
    data: CustomData,
    tracks: Tracks,
}

/// Nobody is on the line any more.
struct Over;

impl Line {
    async fn ring(mut self) {
        // as the scenario: before anything else, for the backend may be quick
        let mut door = self.door();
        let phone = self.data.phone.as_str().to_owned();
        let started = json!({
            "event": "started", "call_id": self.data.call.to_string(), "direction": "out", "phone": phone,
            "session_url": self.fake.session_address(self.session.id),
        });
        let Some(welcome) = self.persist(http::Method::POST, &self.at("events"), Some(&started)).await else {
            self.end(SessionEnd { duration_s: 1, reason: FinishReason::Normal, calls: Vec::new() });
            return;
        };
        let unanswered = [("86", 486), ("80", 480)].into_iter().find(|(tail, _)| phone.ends_with(tail));
        if self.passes(RING_MS).await.is_err() || unanswered.is_some() {
            let code = unanswered.map_or(487, |(_, code)| code);
            self.tell("failed", json!({ "code": code, "reason": "not reached" })).await;
            self.end(SessionEnd::unanswered(&phone, code));
            return;
        }
        self.tell("answered", json!({})).await;
        if phone.ends_with("55") {
            let machine = self.tell("machine", json!({ "confidence": 0.97 })).await;
            if let Some(words) = machine.as_ref().and_then(|answer| answer["text"].as_str()) {
                let _ = self.robot(words, None).await;
            }
        } else if welcome["dialog"] == "realtime" && self.data.mode == DialogMode::Realtime {
            let door = door.take().filter(|_| welcome["media"] == "in");
            if let Some(said) = self.stream(door).await {
                let _ = self.by_turns(&welcome, said).await;
            }
        } else {
            let _ = self.by_turns(&welcome, 0).await;
        }
        self.hang_up(&phone).await;
    }

    /// The client and the robot take turns, to the end of the script; the client has said so many already.
    async fn by_turns(&mut self, welcome: &Value, said: usize) -> Result<(), Over> {
        let greeting = welcome["greeting"].as_str().unwrap_or_default();
        self.robot(greeting, None).await?;
        let script = ScriptedCaller::of_turns(&self.bank, TURNS).turns;
        let replies = self.bank.reply_to(greeting);
        for (number, phrase) in replies.iter().chain(script.iter().skip(said)).enumerate() {
            let turn = number + 1;
            let url = self.client(turn, phrase).await?;
            let duration = seconds(samples_ms(phrase.sound.len()) + PAUSE_MS);
            let asked = json!({
                "call_id": self.data.call.to_string(), "audio_url": url, "duration": duration, "turn": turn,
            });
            let Some(answer) =
                self.persist(http::Method::POST, &self.at("process_audio"), Some(&asked)).await
            else {
                // as the scenario: an apology, then goodbye
                return Err(Over);
            };
            let action = self.answered(answer, phrase).await?;
            if action != "say" {
                return Err(Over);
            }
        }
        Ok(())
    }

    /// Says an answer, part by part; what is to be done after it.
    async fn answered(&mut self, first: Value, heard: &SpokenPhrase) -> Result<String, Over> {
        let mut part = first;
        let mut voice = self.bank.answer_to(&heard.text).map(|answer| answer.sound);
        for _ in 0..MOST_PARTS {
            let words = part["text"].as_str().unwrap_or_default().to_owned();
            if !words.is_empty() {
                // the employee's voice stands for the platform's synthesis, which is not here
                self.robot(&words, voice.take()).await?;
            }
            let Some(next) = part["next_url"].as_str().map(str::to_owned) else { break };
            // the secret goes to the backend alone
            if !next.starts_with(&format!("{}/", self.base)) {
                break;
            }
            part = self.persist(http::Method::GET, &next, None).await.ok_or(Over)?;
        }
        Ok(part["action"].as_str().unwrap_or("say").to_owned())
    }

    /// The call in real time: the media socket carries it. Where it must go on by turns: how many of them the
    /// client has said.
    async fn stream(&mut self, door: Option<mpsc::Receiver<MediaSocketIn>>) -> Option<usize> {
        let caller = ScriptedCaller::of_turns(&self.bank, STREAMED_TURNS).interrupting([1, 2, 3]);
        let call = self.data.call.to_string();
        let held = if let Some(door) = door {
            self.let_in(door, &call, caller).await
        } else {
            let address = format!("{}/voximplant/media/{call}", self.base.replacen("http", "ws", 1));
            dial_media(&address, &self.secret, &call, caller, None).await.map_err(|error| error.to_string())
        };
        match held {
            Ok(report) => {
                let goes_on = report.is_lost || report.orders.iter().any(|order| order == "fallback");
                self.tracks = Tracks { robot: report.robot, client: report.client };
                goes_on.then_some(report.turns)
            }
            Err(error) => {
                tracing::warn!(error, "the media socket does not stand");
                Some(0)
            }
        }
    }

    /// Lets the backend's socket in; one without its token is closed.
    async fn let_in(
        &self,
        mut door: mpsc::Receiver<MediaSocketIn>,
        call: &str,
        caller: ScriptedCaller,
    ) -> Result<MediaReport, String> {
        let token = media_token(&self.secret.clone().into(), call);
        let ours = async {
            loop {
                match door.recv().await {
                    Some(socket) if socket.token() == Some(token.expose_secret()) => return Some(socket),
                    Some(_) => {}
                    None => return None,
                }
            }
        };
        let socket = tokio::time::timeout(OPENS_WITHIN, ours).await.ok().flatten();
        let socket = socket.ok_or("nobody has dialled in five seconds")?;
        Ok(socket.hold(call, caller, None).await)
    }

    /// Sockets that come to this session's address.
    fn door(&self) -> Option<mpsc::Receiver<MediaSocketIn>> {
        let address = self.fake.session_address(self.session.id)?;
        let (_, path) = address.split_once("/request/")?;
        Some(self.doors.allow(path))
    }

    async fn hang_up(mut self, phone: &str) {
        let length = samples_ms(self.tracks.client.len());
        let ended = json!({ "code": 200, "reason": "OK", "duration": seconds(length), "cost": 0.02 });
        self.tell("ended", ended).await;
        let wav = std::mem::take(&mut self.tracks).wav();
        let whole_s = u32::try_from(length / 1000).unwrap_or(u32::MAX);
        let call = EndedCall {
            remote: phone.trim_start_matches('+').to_owned(),
            incoming: false,
            duration_s: whole_s,
            successful: true,
            cost: Some("0.02".into()),
            end_reason: "200".into(),
            sound: Some(wav.into()),
        };
        let end = SessionEnd { duration_s: whole_s + 3, reason: FinishReason::Normal, calls: vec![call] };
        let urls = self.fake.end_session(self.session.id, end);
        if let Some(url) = urls.first() {
            let recorded = json!({
                "url": url.expose(), "duration": seconds(length), "stereo": true,
                "channels": { "client": "right", "agent": "left" },
            });
            self.tell("recorded", recorded).await;
        }
    }

    fn end(&self, end: SessionEnd) {
        self.fake.end_session(self.session.id, end);
    }

    /// The client says a phrase; where its recording lies.
    async fn client(&mut self, turn: usize, phrase: &SpokenPhrase) -> Result<String, Over> {
        self.tracks.say(None, Some(&phrase.sound), phrase.sound.len());
        self.passes(samples_ms(phrase.sound.len())).await?;
        self.tracks.say(None, None, samples(PAUSE_MS));
        self.passes(PAUSE_MS).await?;
        let name = format!("{}-turn-{turn}.wav", self.session.id);
        let sound: Bytes = turn_recording(&phrase.sound, samples(PAUSE_MS));
        self.fake.keep_record(self.session.id, &name, sound).map(|url| url.expose().to_owned()).ok_or(Over)
    }

    async fn robot(&mut self, words: &str, voice: Option<Vec<i16>>) -> Result<(), Over> {
        let voice = voice.filter(|voice| !voice.is_empty());
        let reckoned = samples(words.chars().count() as u64 * LETTER_MS);
        let length = voice.as_ref().map_or(reckoned, Vec::len);
        self.tracks.say(voice.as_deref(), None, length);
        self.passes(samples_ms(length)).await
    }

    /// Time goes by, unless the backend hangs up.
    async fn passes(&self, length_ms: u64) -> Result<(), Over> {
        let mut left = Duration::from_millis(length_ms) / self.speed;
        loop {
            let told = self.fake.commands(self.session.id);
            if told.iter().any(|command| command.content.contains("hangup")) {
                return Err(Over);
            }
            if left.is_zero() {
                return Ok(());
            }
            let now = left.min(LOOK);
            tokio::time::sleep(now).await;
            left -= now;
        }
    }

    async fn tell(&self, event: &str, mut facts: Value) -> Option<Value> {
        facts["event"] = json!(event);
        facts["call_id"] = json!(self.data.call.to_string());
        let url = self.at("events");
        match self.ask(http::Method::POST, &url, Some(&facts)).await {
            Some(answer) => Some(answer),
            None => self.ask(http::Method::POST, &url, Some(&facts)).await,
        }
    }

    /// One of the backend's addresses.
    fn at(&self, path: &str) -> String {
        format!("{}/voximplant/{path}", self.base)
    }

    async fn persist(&self, method: http::Method, url: &str, body: Option<&Value>) -> Option<Value> {
        let until = tokio::time::Instant::now() + PATIENCE;
        loop {
            match self.asked(method.clone(), url, body).await {
                Ok(answer) => return Some(answer),
                Err(true) => return None,
                Err(false) if tokio::time::Instant::now() + AGAIN >= until => return None,
                Err(false) => tokio::time::sleep(AGAIN).await,
            }
        }
    }

    async fn ask(&self, method: http::Method, url: &str, body: Option<&Value>) -> Option<Value> {
        self.asked(method, url, body).await.ok()
    }

    /// The answer, or whether it is refused for good.
    async fn asked(&self, method: http::Method, url: &str, body: Option<&Value>) -> Result<Value, bool> {
        let exchange = Exchange { repeat: Repeat::OnlyIfUnsent, ..Exchange::new("scenario") };
        let build = async || {
            let address = url::Url::parse(url)
                .map_err(|error| http_client::HttpError::InvalidRequest { reason: error.to_string() })?;
            let request = self
                .http
                .request(method.clone(), address)
                .header("authorization", format!("Bearer {}", self.secret))
                .header("content-type", "application/json");
            let request = match body {
                Some(body) => request.body(body.to_string()),
                None => request,
            };
            Ok(request.build()?)
        };
        let answer = self.http.exchange_whole(&exchange, MOST_BYTES, build).await.map_err(|error| {
            let final_refusal = matches!(&error, http_client::HttpError::Refused(_)) && !error.is_retryable();
            tracing::debug!(%error, "a scenario's request failed");
            final_refusal
        })?;
        serde_json::from_slice(&answer.body).map_err(|_| false)
    }
}

fn samples(length_ms: u64) -> usize {
    usize::try_from(length_ms * 8).unwrap_or(0)
}

fn samples_ms(samples: usize) -> u64 {
    samples as u64 / 8
}

#[expect(clippy::cast_precision_loss, reason = "a call is shorter than 2^53 ms")]
fn seconds(ms: u64) -> f64 {
    ms as f64 / 1000.0
}

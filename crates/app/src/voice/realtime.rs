//! Calls in real time, wired: the model's socket behind the bridge, the telephone's socket before it.

use std::sync::Arc;

use domain::CallId;
use http_client::HttpClient;
use openai_client::{ModelTable, OpenAiRealtime, RealtimeApi};
use tokio_util::sync::CancellationToken;
use voice_agent::{
    Bridge, BridgeCall, BridgeEnd, BridgeParts, BridgeSettings, CallMemory, LiveFeed, MediaSocket, ToolCaller,
};

use super::VoiceRoom;
use crate::{App, AppError};

/// A frame of the platform is 300 bytes; nothing of it is longer than this.
pub(super) const LONGEST_FRAME: usize = 64 << 10;
/// What the platform does not take: some seconds of sound.
pub(super) const MOST_UNSENT: usize = 128 << 10;

impl App {
    /// The bridge, where a model of speech is configured; calls go by turns without one.
    pub(super) fn bridge(
        &self,
        memory: Arc<dyn CallMemory>,
        tools: Arc<dyn ToolCaller>,
        live: LiveFeed,
    ) -> Result<Option<Bridge>, AppError> {
        let settings = &self.config().openai;
        if !settings.llm.configured {
            return Ok(None);
        }
        let mut endpoint = settings.llm.clone();
        if let Some(url) = &self.config().voice.realtime_url {
            // the client adds the last part itself
            let base = url.strip_suffix("/realtime").unwrap_or(url);
            endpoint.base_url = base.replacen("ws", "http", 1);
        }
        if !self.config().may_have_all(&endpoint.base_url) {
            // a live voice cannot be masked
            return Ok(None);
        }
        let config = self.endpoint(&endpoint, "LLM_API_KEY")?;
        let http = HttpClient::new(config.realtime_http())
            .map_err(|error| AppError::usage("openai_settings", error.to_string(), "OPENAI_PROXY"))?;
        let wrong = |error| self.wrong_model_settings(&error);
        let realtime: Arc<dyn RealtimeApi> =
            Arc::new(OpenAiRealtime::new(http, config, &self.config().voice.realtime_model).map_err(wrong)?);
        let hearing = settings
            .stt
            .configured
            .then(|| ModelTable::embedded().map(|all| all.speech(&settings.stt.model)));
        let settings = BridgeSettings {
            hearing: hearing.transpose().map_err(wrong)?,
            rub_micros_per_usd: self.config().rub_micros_per_usd,
            ..BridgeSettings::default()
        };
        Ok(Some(Bridge::new(BridgeParts { realtime, memory, tools, live, clock: self.clock() }, settings)))
    }
}

impl VoiceRoom {
    /// Whether calls in real time can be held; others go by turns.
    pub const fn holds_realtime(&self) -> bool {
        self.bridge.is_some()
    }

    /// Holds a call in real time on the telephone's socket, to its end. `false`: there is no such call, or it
    /// cannot be held so.
    pub async fn hold(&self, call: CallId, media: impl MediaSocket, stop: CancellationToken) -> bool {
        let Some(bridge) = &self.bridge else { return false };
        let Ok(Some(dialogue)) = self.dialogue(&call.to_string()).await else { return false };
        let Some(persona) = self.personas().get(&dialogue.persona) else { return false };
        if dialogue.is_ended() {
            return false;
        }
        let held = BridgeCall {
            call,
            persona,
            phone: dialogue.phone.clone(),
            incoming: dialogue.incoming,
            before: dialogue.turns.clone(),
            // the scenario records the call
            recording: None,
            stop,
        };
        let outcome = bridge.run(media, held).await;
        if let BridgeEnd::FellBack { reason } = &outcome.end {
            tracing::warn!(%call, reason, "a call goes on by turns");
        }
        tracing::info!(
            %call,
            interruptions = outcome.interruptions,
            sessions = outcome.sessions,
            answers = outcome.latencies_ms.len(),
            "a call in real time has left the bridge"
        );
        true
    }
}

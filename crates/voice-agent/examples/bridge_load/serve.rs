//! The two servers on one core: the bridge as the product runs it, recording included, and a bare relay.

use std::{path::PathBuf, sync::Arc};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{CallId, Money, PhoneNumber, SystemClock};
use http_client::{SocketEnd, TextSocket};
use openai_client::{OpenAiConfig, OpenAiRealtime};
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::accept_async;
use tokio_util::sync::CancellationToken;
use voice_agent::{
    Begun, Bridge, BridgeCall, BridgeParts, BridgeSettings, CallMemory, Dialogue, Limits, LiveFeed,
    PartFailed, Personas, PlacedRequest, ToolCaller, ToolSpec,
};

use crate::anyhow_like::Result;

/// Remembers nothing: databases are another bench.
struct NoMemory;

#[async_trait]
impl CallMemory for NoMemory {
    async fn begin(
        &self,
        _: &Dialogue,
        _: Option<(&str, &PlacedRequest)>,
        _: Option<u32>,
    ) -> std::result::Result<Begun, PartFailed> {
        Ok(Begun::New)
    }

    async fn dialogue(&self, _: CallId) -> std::result::Result<Option<Dialogue>, PartFailed> {
        Ok(None)
    }

    async fn save(&self, _: &Dialogue) -> std::result::Result<bool, PartFailed> {
        Ok(true)
    }

    async fn open_calls(&self, _: u32) -> std::result::Result<Vec<Dialogue>, PartFailed> {
        Ok(Vec::new())
    }

    async fn calls_in_progress(&self) -> std::result::Result<u32, PartFailed> {
        Ok(0)
    }

    async fn placed(&self, _: &str) -> std::result::Result<Option<PlacedRequest>, PartFailed> {
        Ok(None)
    }

    async fn spent_since(&self, _: DateTime<Utc>) -> std::result::Result<Vec<Money>, PartFailed> {
        Ok(Vec::new())
    }

    async fn is_stopped(&self, _: &PhoneNumber) -> std::result::Result<bool, PartFailed> {
        Ok(false)
    }

    async fn stop(&self, _: &PhoneNumber, _: &str, _: DateTime<Utc>) -> std::result::Result<(), PartFailed> {
        Ok(())
    }
}

struct NoTools;

#[async_trait]
impl ToolCaller for NoTools {
    async fn call(&self, _: &ToolSpec, _: &Value) -> std::result::Result<Value, PartFailed> {
        Ok(Value::Null)
    }
}

async fn listen() -> Result<TcpListener> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    Ok(listener)
}

/// Media sockets in, sessions with the model out.
pub(crate) async fn bridge(model: &str, folder: &str) -> Result<()> {
    let config = OpenAiConfig::for_realtime(&format!("ws://{model}/v1/realtime"), "key".to_owned().into())?;
    let parts = BridgeParts {
        realtime: Arc::new(OpenAiRealtime::with_own_client(config, "gpt-realtime-2.1")?),
        memory: Arc::new(NoMemory),
        tools: Arc::new(NoTools),
        live: LiveFeed::default(),
        clock: Arc::new(SystemClock),
    };
    let bridge = Bridge::new(parts, BridgeSettings::default());
    let mut persona = (*Personas::built_in().get("lead-qualification").ok_or("no persona")?).clone();
    persona.limits = Limits { turns: 0, minutes: 0, money: None };
    let persona = Arc::new(persona);
    let listener = listen().await?;
    for number in 0.. {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let (bridge, persona) = (bridge.clone(), Arc::clone(&persona));
        let recording = PathBuf::from(folder).join(format!("{number}.wav"));
        tokio::spawn(async move {
            // the telephone says nothing before it is let in: nothing was read ahead
            let Ok(socket) = accept_async(stream).await else { return };
            let media = TextSocket::new(socket.into_inner(), SocketEnd::Server, 64 << 10, 128 << 10);
            let call = BridgeCall {
                call: CallId::derive("bench", &number.to_string()),
                persona,
                phone: None,
                incoming: true,
                before: Vec::new(),
                recording: Some(recording),
                stop: CancellationToken::new(),
            };
            bridge.run(media, call).await;
        });
    }
    Ok(())
}

/// Bytes from one socket to the other.
pub(crate) async fn relay(model: &str) -> Result<()> {
    let listener = listen().await?;
    loop {
        let (mut stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let model = model.to_owned();
        tokio::spawn(async move {
            let Ok(mut other) = TcpStream::connect(model).await else { return };
            // without it small packets would wait for each other
            if other.set_nodelay(true).is_ok() {
                // one of the two has left
                let _ = tokio::io::copy_bidirectional(&mut stream, &mut other).await;
            }
        });
    }
}

//! Traces over OTLP: what was done for a call stands in one trace, whichever processes did it.
//!
//! The id of the trace is the id of the call without its dashes, so that nothing has to travel with the
//! work, and whoever has the one has the other. Steps of a call have no span above them: each is a root.

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use domain::{Clock as _, SystemClock};
use opentelemetry::trace::{
    Span as _, SpanBuilder, SpanContext, SpanId, SpanKind, TraceContextExt as _, TraceFlags, TraceId,
    TraceState, Tracer as _, TracerProvider as _,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{IdGenerator, SdkTracer, SdkTracerProvider};
use secrecy::ExposeSecret as _;
use uuid::Uuid;

use super::spans::Fields;
use crate::{AppError, Config};

/// One sending may take so long: traces are worth no wait.
const PATIENCE: Duration = Duration::from_secs(10);

thread_local! {
    /// The ids of the span that is handed over now: children name their parent before it ends.
    static HANDED: Cell<Option<Ids>> = const { Cell::new(None) };
}

/// Trace and span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ids {
    trace: TraceId,
    span: SpanId,
}

/// A span that has not ended.
#[derive(Debug)]
pub(crate) struct OpenSpan {
    ids: Ids,
    parent: Option<Ids>,
    began: SystemTime,
}

impl OpenSpan {
    /// Of the call's trace, else of the trace above, else of one of its own.
    pub(crate) fn begin(call: Option<&str>, above: Option<Ids>) -> Self {
        let fresh = Uuid::new_v4();
        let (_, low) = fresh.as_u64_pair();
        let called = call.and_then(|call| Uuid::parse_str(call).ok()).map(|id| TraceId::from(id.as_u128()));
        let trace = called
            .or_else(|| above.map(|above| above.trace))
            .unwrap_or_else(|| TraceId::from(fresh.as_u128()));
        let parent = above.filter(|above| above.trace == trace);
        Self { ids: Ids { trace, span: SpanId::from(low) }, parent, began: SystemClock.now().into() }
    }

    pub(crate) fn ids(&self) -> Ids {
        self.ids
    }
}

/// Gives the ids that were drawn when the span began.
#[derive(Debug)]
struct HandedIds;

impl IdGenerator for HandedIds {
    fn new_trace_id(&self) -> TraceId {
        HANDED.get().map_or(TraceId::INVALID, |ids| ids.trace)
    }

    fn new_span_id(&self) -> SpanId {
        HANDED.get().map_or(SpanId::INVALID, |ids| ids.span)
    }
}

/// Where spans go when they end; sent in the background, dropped where nobody takes them.
#[derive(Debug, Clone)]
pub(crate) struct Traces {
    provider: Arc<SdkTracerProvider>,
    tracer: SdkTracer,
}

impl Traces {
    /// As configured; `None` without an address.
    ///
    /// # Errors
    /// Headers that are none, an address that the exporter does not take.
    pub(crate) fn of(config: &Config) -> Result<Option<Self>, AppError> {
        let Some(endpoint) = &config.watching.otlp_endpoint else { return Ok(None) };
        let headers = config.watching.otlp_headers.as_ref().map_or("", |headers| headers.expose_secret());
        let exporter = SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/')))
            .with_timeout(PATIENCE)
            .with_headers(pairs(headers))
            .build()
            .map_err(|error| {
                let hint = "OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318";
                AppError::usage("otlp_endpoint", error.to_string(), hint)
            })?;
        let resource = Resource::builder_empty()
            .with_attributes([
                KeyValue::new("service.name", "zvonar"),
                KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
            ])
            .build();
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_id_generator(HandedIds)
            .with_resource(resource)
            .build();
        let tracer = provider.tracer("zvonar");
        Ok(Some(Self { provider: Arc::new(provider), tracer }))
    }

    pub(crate) fn end(&self, name: &'static str, fields: &Fields, open: &OpenSpan) {
        let kind = match name {
            "http_exchange" => SpanKind::Client,
            "request" => SpanKind::Server,
            _ => SpanKind::Internal,
        };
        let named = fields.get("stage").or_else(|| fields.get("route")).or_else(|| fields.get("name"));
        let named = named.map_or_else(|| name.to_owned(), |what| format!("{name} {what}"));
        let said = fields.all().map(|(name, value)| KeyValue::new(name, value.to_owned()));
        let builder =
            SpanBuilder::from_name(named).with_kind(kind).with_start_time(open.began).with_attributes(said);
        let above = open.parent.map_or_else(Context::new, |above| {
            let state = TraceState::default();
            Context::new().with_remote_span_context(SpanContext::new(
                above.trace,
                above.span,
                TraceFlags::SAMPLED,
                false,
                state,
            ))
        });
        HANDED.set(Some(open.ids));
        let mut span = self.tracer.build_with_context(builder, &above);
        HANDED.set(None);
        span.end_with_timestamp(SystemClock.now().into());
    }

    /// Sends what waits. Blocks for a few seconds at most.
    pub(crate) fn flush(&self) {
        if let Err(error) = self.provider.shutdown() {
            tracing::debug!(%error, "the last traces were not sent");
        }
    }
}

/// `name=value,name=value`, as OTLP's own setting is written.
fn pairs(text: &str) -> HashMap<String, String> {
    let pairs = text.split(',').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned())).collect()
}

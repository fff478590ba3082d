//! Spans as they are opened and closed: steps of calls, exchanges with providers, requests to us.

use std::fmt::Debug;
use std::time::Instant;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, filter_fn};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::Figures;
use super::traces::{OpenSpan, Traces};

const JOB: &str = "job";
const EXCHANGE: &str = "http_exchange";
const REQUEST: &str = "request";

/// Counts spans, and keeps them as traces where somebody wants these.
pub(crate) fn watch<S>(figures: Figures, traces: Option<Traces>) -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let watched =
        |metadata: &Metadata<'_>| metadata.is_span() && matches!(metadata.name(), JOB | EXCHANGE | REQUEST);
    SpanWatch { figures, traces }.with_filter(filter_fn(watched).with_max_level_hint(LevelFilter::INFO))
}

struct SpanWatch {
    figures: Figures,
    traces: Option<Traces>,
}

/// What is known of a span.
struct Seen {
    began: Instant,
    fields: Fields,
    traced: Option<OpenSpan>,
}

/// What a span says of itself.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fields(Vec<(&'static str, String)>);

impl Fields {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(name, value)| (*name, value.as_str()))
    }

    fn set(&mut self, field: &Field, value: String) {
        match self.0.iter_mut().find(|(known, _)| *known == field.name()) {
            Some((_, known)) => *known = value,
            None => self.0.push((field.name(), value)),
        }
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.set(field, format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.set(field, value.to_owned());
    }
}

impl<S> Layer<S> for SpanWatch
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        let traced = self.traces.is_some().then(|| {
            let above = span.scope().skip(1).find_map(|above| {
                above.extensions().get::<Seen>().and_then(|seen| seen.traced.as_ref().map(OpenSpan::ids))
            });
            OpenSpan::begin(fields.get("call"), above)
        });
        span.extensions_mut().insert(Seen { began: Instant::now(), fields, traced });
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut extensions = span.extensions_mut();
        let Some(seen) = extensions.get_mut::<Seen>() else { return };
        let mut told = Fields::default();
        values.record(&mut told);
        if span.name() == EXCHANGE
            && let Some(status) = told.get("status").and_then(|status| status.parse().ok())
        {
            self.figures.answer(seen.fields.get("name").unwrap_or_default(), status);
        }
        values.record(&mut seen.fields);
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else { return };
        let Some(seen) = span.extensions_mut().remove::<Seen>() else { return };
        let (took, fields) = (seen.began.elapsed(), &seen.fields);
        match span.name() {
            JOB => {
                let outcome = fields.get("outcome").unwrap_or("released");
                self.figures.step(fields.get("stage").unwrap_or_default(), outcome, took);
            }
            EXCHANGE => {
                let status = fields.get("status").and_then(|status| status.parse().ok());
                self.figures.exchange(fields.get("name").unwrap_or_default(), status, took);
            }
            _ => {}
        }
        if let (Some(traces), Some(open)) = (&self.traces, &seen.traced) {
            traces.end(span.name(), &seen.fields, open);
        }
    }
}

//! How the work is seen from outside: figures for Prometheus, traces over OTLP, whether work can be done.
//!
//! Both figures and traces are made of the spans that the parts open anyway (`job`, `http_exchange`,
//! `request`): no part knows that it is counted.

mod figures;
mod health;
mod scrape;
mod spans;
mod traces;

pub use figures::{FIGURES, Figures};
pub use health::{CheckState, Readiness};
pub(crate) use spans::watch;
pub(crate) use traces::Traces;

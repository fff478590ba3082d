//! `zvonar calls …`

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use clap::{Args, Subcommand};
use domain::{CallStatus, PhoneNumber, RubricId};
use store::CallFilter;

use super::{RubricArgs, WindowArgs};
use crate::failure::Failure;
use crate::texts::{Texts, t};

const STATUSES: [&str; 11] = [
    "done",
    "missed",
    "too_short",
    "no_speech",
    "answering_machine",
    "waiting_recording",
    "recording_unavailable",
    "analysis_failed",
    "failed",
    "paused",
    "queued",
];

#[derive(Debug, Subcommand)]
pub(crate) enum CallsCommand {
    List(ListArgs),
    Show(ShowArgs),
    Search(SearchArgs),
    Export(ExportArgs),
    Rescore(RescoreArgs),
    Erase(EraseArgs),
    Receipts(ReceiptsArgs),
}

/// Which calls.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct FilterArgs {
    #[command(flatten)]
    pub(crate) window: WindowArgs,
    #[arg(long, value_name = "STATUS", value_parser = STATUSES, value_delimiter = ',')]
    pub(crate) status: Vec<String>,
    #[arg(long, value_name = "ID")]
    pub(crate) manager: Option<String>,
    #[arg(long, value_name = "NUMBER", allow_hyphen_values = true)]
    pub(crate) phone: Option<String>,
    #[arg(long, value_name = "N", value_parser = score, allow_hyphen_values = true)]
    pub(crate) min_score: Option<f64>,
    #[arg(long, value_name = "N", value_parser = score, allow_hyphen_values = true)]
    pub(crate) max_score: Option<f64>,
    #[arg(long)]
    pub(crate) needs_review: bool,
}

impl FilterArgs {
    /// Whether anything was said.
    pub(crate) fn is_given(&self) -> bool {
        self.window.is_given()
            || !self.status.is_empty()
            || self.manager.is_some()
            || self.phone.is_some()
            || self.min_score.is_some()
            || self.max_score.is_some()
            || self.needs_review
    }

    /// The store's filter; a manager is taken for an id.
    pub(crate) fn filter(&self, texts: Texts, zone: Tz, now: DateTime<Utc>) -> Result<CallFilter, Failure> {
        Ok(CallFilter {
            window: self.window.window(texts, zone, now)?,
            statuses: self.status.iter().filter_map(|name| CallStatus::parse(name)).collect(),
            manager_id: self.manager.clone(),
            phone: self.phone.as_deref().map(|text| phone(texts, text)).transpose()?,
            min_score: self.min_score,
            max_score: self.max_score,
            needs_review: self.needs_review.then_some(true),
            ..CallFilter::default()
        })
    }
}

/// A total; in Russian a comma stands before the fraction.
fn score(text: &str) -> Result<f64, String> {
    let score = text.replace(',', ".").parse().ok().filter(|score| (0.0..=100.0).contains(score));
    score.ok_or_else(|| format!("{text} is not in 0..=100"))
}

/// A number as a person writes it.
pub(super) fn phone(texts: Texts, text: &str) -> Result<PhoneNumber, Failure> {
    PhoneNumber::parse(text).ok_or_else(|| {
        Failure::usage(t!(texts, "no-phone", text = text.to_owned()), t!(texts, "no-phone-hint"))
    })
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    pub(crate) filter: FilterArgs,
    #[arg(long, value_name = "ID")]
    pub(crate) rubric: Option<String>,
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) limit: u32,
    #[arg(long, value_name = "CURSOR", allow_hyphen_values = true)]
    pub(crate) after: Option<String>,
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    #[arg(value_name = "ID")]
    pub(crate) id: String,
    #[arg(long, value_name = "ID")]
    pub(crate) rubric: Option<String>,
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SearchArgs {
    #[arg(value_name = "WORDS", required = true)]
    pub(crate) words: Vec<String>,
    #[command(flatten)]
    pub(crate) filter: FilterArgs,
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=200))]
    pub(crate) limit: u32,
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    #[arg(long, value_name = "FILE", required = true)]
    pub(crate) report: PathBuf,
    #[command(flatten)]
    pub(crate) filter: FilterArgs,
    #[arg(long, value_name = "ID|FILE")]
    pub(crate) rubric: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct RescoreArgs {
    #[arg(value_name = "ID")]
    pub(crate) ids: Vec<String>,
    #[command(flatten)]
    pub(crate) rubric: RubricArgs,
    #[command(flatten)]
    pub(crate) filter: FilterArgs,
    #[arg(long)]
    pub(crate) all: bool,
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct EraseArgs {
    #[arg(long, value_name = "NUMBER", required = true, allow_hyphen_values = true)]
    phone: String,
    #[arg(long)]
    pub(crate) yes: bool,
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ReceiptsArgs {
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) limit: u32,
    #[arg(long)]
    pub(crate) json: bool,
}

impl EraseArgs {
    /// The number that is meant.
    pub(crate) fn phone(&self, texts: Texts) -> Result<PhoneNumber, Failure> {
        phone(texts, &self.phone)
    }
}

/// The rubric's id for a lookup.
pub(crate) fn rubric_id(name: Option<&str>) -> Option<RubricId> {
    name.map(RubricId::from)
}

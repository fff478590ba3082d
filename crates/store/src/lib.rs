//! The memory of the house: calls, transcripts, analyses, people's corrections, and the queue
//! that lives in the same database, so that a result and the next job are one transaction.
//!
//! Traits first ([`Store`] is the sum of one trait per aggregate); [`SqliteStore`] is one machine's
//! database. Whoever adds another runs the contract suite (feature `testing`) against it.
//!
//! ```
//! use store::{Settings as _, SqliteStore};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! let store = SqliteStore::in_memory().await?;
//! store.set_setting("cursor/folder", "2026-11-20").await?;
//! assert_eq!(store.setting("cursor/folder").await?.as_deref(), Some("2026-11-20"));
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```
//!
//! Place: knows `domain` only; `pipeline`, `app` and the programs hold it as `Arc<dyn Store>`.

#![expect(clippy::duplicate_mod, reason = "the files of `both` are compiled in the room of each database")]

mod api;
mod codec;
#[cfg(feature = "testing")]
pub mod contract;
mod effective;
mod error;
mod figures;
mod moving;
mod paging;
mod postgres;
mod row;
mod sqlite;
mod text;
mod week;

pub use api::{
    accounts::{Accounts, ApiToken, NewToken, Role, Session, TokenId, User},
    analyses::{Analyses, FailedAnalysis, OverrideVerdict, StoredAnalysis},
    audit::{AuditFilter, AuditLog},
    calibrations::{Agreement, Calibration, Calibrations},
    calls::{
        CallFilter, CallGist, CallOutline, CallRecord, CallResults, CallSort, Calls, Cursor, DiscoveredCall,
        Discovery, Gist, HourOfWeek, Page, PageRequest, PaidFor, PromiseDemand, ScoreEnd, Standing,
    },
    campaigns::{Campaign, CampaignLead, Campaigns, LeadStage, lead_key},
    conversations::{
        Conversation, ConversationBegun, ConversationStage, Conversations, Placement, StoppedNumber,
        stop_list_key,
    },
    deliveries::{
        ClaimedDelivery, Delivery, DeliveryFilter, DeliveryId, DeliveryOutcome, DeliveryState,
        DeliveryTarget, DeliveryWay, NewDelivery, NewSubscription, Subscription, SubscriptionId,
        WebhookDeliveries,
    },
    disputes::{Dispute, DisputeFilter, DisputeId, Disputes, NewDispute, Settlement},
    erasures::{ErasedPlace, Erasure, ErasureDemand, ErasureId, ErasureWork, Erasures, subject_of},
    facts::{Fact, FactId, Facts, NewFact},
    jobs::{
        Burial, ClaimRequest, ClaimedJob, Job, JobFilter, JobState, Jobs, LeaseToken, NewJob, Outcome,
        PausedStage, Postpone, QueueCount, Stage, StageResult, WorkerId,
    },
    leads::{Lead, Leads},
    providers::{ProviderAsk, ProviderLimits, ProviderTurn},
    retention::{OldCounts, OldRecording, Retention},
    runs::{AuditEntry, RunId, Runs, Settings, Spend, SpendEntry},
    schedules::{AskedTurn, NewSchedule, Schedule, ScheduleId, ScheduleTurn, Schedules, TurnEnding, TurnId},
    search::{HITS_COUNTED, Search, SearchHit, SearchQuery, TextPart},
    sinks::{LedgerRow, OpenBatch, SinkLedger},
    statistics::{
        ChangeMark, CriterionAgreement, CriterionFigures, DayFigures, HourFigures, ManagerFigures, Overview,
        Period, PromiseCounts, PromiseFigures, PromiseState, ScoreFigures, SpendFigures, Statistics,
        ValueFigures, WaitingClient,
    },
    transcripts::Transcripts,
    upkeep::{SchemaSteps, Upkeep},
};
pub use effective::{total_with, with_overrides};
pub use error::StoreError;
pub use moving::{MoveError, MovedTable, move_store};
pub use postgres::{PostgresOptions, PostgresStore};
pub use sqlite::{SqliteStore, StoreOptions};

/// Everything that is remembered. Object-safe: held as `Arc<dyn Store>`.
pub trait Store:
    Calls
    + Transcripts
    + Analyses
    + Calibrations
    + Jobs
    + Runs
    + Settings
    + Spend
    + Search
    + SinkLedger
    + Accounts
    + AuditLog
    + Disputes
    + Statistics
    + WebhookDeliveries
    + Conversations
    + Erasures
    + Retention
    + Upkeep
    + ProviderLimits
    + Facts
    + Leads
    + Schedules
    + Campaigns
    + std::fmt::Debug
{
}

impl<T> Store for T where
    T: Calls
        + Transcripts
        + Analyses
        + Calibrations
        + Jobs
        + Runs
        + Settings
        + Spend
        + Search
        + SinkLedger
        + Accounts
        + AuditLog
        + Disputes
        + Statistics
        + WebhookDeliveries
        + Conversations
        + Erasures
        + Retention
        + Upkeep
        + ProviderLimits
        + Facts
        + Leads
        + Schedules
        + Campaigns
        + std::fmt::Debug
{
}

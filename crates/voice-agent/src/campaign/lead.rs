//! One person of a campaign: what is remembered of the attempts, and how it is kept.

use std::fmt;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::{CallId, Money, PhoneNumber};
use serde::{Deserialize, Serialize};
use store::{CampaignLead, LeadStage, lead_key};

use super::{CampaignError, LeadOutcome, Person};
use crate::{Dialogue, FieldValue};

/// What is remembered of a person. `Debug` hides what was said.
#[derive(Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LeadState {
    /// Attempts that were begun: the number of the last one is in its key.
    pub begun: u32,
    /// Of them, those that may have rung.
    pub rung: u32,
    /// What the last one came to.
    pub outcome: Option<LeadOutcome>,
    /// When that was.
    pub at: Option<DateTime<Utc>>,
    /// The call that it is about.
    pub call: Option<CallId>,
    /// Length of the talk, ms.
    pub talk_ms: Option<u64>,
    /// What was found out.
    pub fields: Vec<FieldValue>,
    /// When the number is rung again; `None` = it is settled, or was not rung yet.
    pub again_at: Option<DateTime<Utc>>,
    /// All its calls.
    pub calls: Vec<CallId>,
}

impl fmt::Debug for LeadState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LeadState")
            .field("begun", &self.begun)
            .field("rung", &self.rung)
            .field("outcome", &self.outcome)
            .field("call", &self.call)
            .finish_non_exhaustive()
    }
}

/// A lead in hand: the row, its state, and what the list says of the person.
pub(super) struct Lead {
    pub(super) row: CampaignLead,
    pub(super) state: LeadState,
    pub(super) zone: Option<Tz>,
}

impl Lead {
    pub(super) fn read(row: CampaignLead, zone: Option<Tz>) -> Result<Self, CampaignError> {
        let state = if row.body.is_empty() {
            LeadState::default()
        } else {
            serde_json::from_str(&row.body)
                .map_err(|error| CampaignError::Unreadable(format!("{:?}", error.classify())))?
        };
        Ok(Self { row, state, zone })
    }

    /// As it is kept before anything has happened.
    pub(super) fn fresh(campaign: &str, person: &Person, now: DateTime<Utc>) -> CampaignLead {
        CampaignLead {
            campaign: campaign.to_owned(),
            key: lead_key(campaign, &person.phone),
            version: 0,
            stage: LeadStage::Waiting,
            phone: Some(person.phone.clone()),
            call: None,
            due_at: now,
            cost: Vec::new(),
            body: String::new(),
        }
    }

    pub(super) fn is(&self, stage: LeadStage) -> bool {
        self.row.stage == stage
    }

    pub(super) fn phone(&self) -> Option<&PhoneNumber> {
        self.row.phone.as_ref()
    }

    /// The key that the attempt under way is placed under.
    pub(super) fn attempt_key(&self) -> String {
        format!("campaign-{}-{}", self.row.key, self.state.begun)
    }

    /// Another attempt begins: to be kept before it is placed.
    pub(super) fn begin(&mut self, now: DateTime<Utc>) {
        self.state.begun += 1;
        self.state.again_at = None;
        self.row.stage = LeadStage::Calling;
        self.row.call = None;
        self.row.due_at = now;
    }

    /// It is rung not before then. `unused`: nothing was placed under the key of the attempt.
    pub(super) fn wait(&mut self, until: DateTime<Utc>, unused: bool) {
        if unused {
            self.state.begun = self.state.begun.saturating_sub(1);
        }
        self.row.stage = LeadStage::Waiting;
        self.row.call = None;
        self.row.due_at = until;
    }

    pub(super) fn placed(&mut self, call: CallId) {
        self.row.call = Some(call);
        if !self.state.calls.contains(&call) {
            self.state.calls.push(call);
        }
    }

    /// Nothing more is to be done.
    pub(super) fn settle(&mut self, outcome: LeadOutcome, now: DateTime<Utc>) {
        self.state.outcome = Some(outcome);
        self.state.at = Some(now);
        self.state.again_at = None;
        self.row.stage = LeadStage::Settled;
    }

    /// A call is over: what it came to, what it cost, what was found out.
    pub(super) fn over(
        &mut self,
        dialogue: &Dialogue,
        outcome: LeadOutcome,
        fields: Vec<FieldValue>,
        now: DateTime<Utc>,
    ) {
        self.state.rung += 1;
        self.state.call = Some(dialogue.call);
        self.state.talk_ms = dialogue.answered_at.map(|answered| {
            let talked = dialogue.ended_at.unwrap_or(dialogue.touched_at) - answered;
            u64::try_from(talked.num_milliseconds()).unwrap_or(0)
        });
        self.state.fields = fields;
        for paid in &dialogue.cost {
            add(&mut self.row.cost, paid.amount);
        }
        self.settle(outcome, dialogue.ended_at.unwrap_or(now));
    }

    /// The row as it is to be kept.
    pub(super) fn row(&self) -> Result<CampaignLead, CampaignError> {
        let body = serde_json::to_string(&self.state)
            .map_err(|error| CampaignError::Unreadable(format!("{:?}", error.classify())))?;
        Ok(CampaignLead { body, ..self.row.clone() })
    }
}

/// Adds to the sum of its currency.
pub(super) fn add(sums: &mut Vec<Money>, amount: Money) {
    match sums.iter_mut().find(|sum| sum.currency == amount.currency) {
        Some(sum) => sum.micros = sum.micros.saturating_add(amount.micros),
        None => sums.push(amount),
    }
}

//! Campaigns: people whom a robot is to ring, each with how far it has come.
//!
//! A lead's body belongs to whoever runs the campaign; the store keeps it by version, as with
//! conversations. One number is one lead of a campaign, however often its list names it. When a number
//! is erased its lead stays without it: the same list again must not ring that person anew.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{CallId, Money, PhoneNumber};

use crate::StoreError;

/// A campaign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Campaign {
    /// Its name, unique here.
    pub name: String,
    /// What it was begun with.
    pub body: String,
    /// A person said stop.
    pub paused: bool,
    /// When it was begun.
    pub begun_at: DateTime<Utc>,
}

/// How far a lead has come, as far as the store cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LeadStage {
    /// To be rung, not before its time.
    Waiting,
    /// An attempt was begun and is not known to be over.
    Calling,
    /// Nothing more is to be done.
    Settled,
    /// The number was erased.
    Erased,
}

impl LeadStage {
    /// The name in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Calling => "calling",
            Self::Settled => "settled",
            Self::Erased => "erased",
        }
    }

    /// Reads it back.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Waiting, Self::Calling, Self::Settled, Self::Erased]
            .into_iter()
            .find(|stage| stage.as_str() == text)
    }
}

/// Somebody who is to be rung.
#[derive(Clone, PartialEq, Eq)]
pub struct CampaignLead {
    /// The campaign.
    pub campaign: String,
    /// Names the lead, also after its number was erased: [`lead_key`].
    pub key: String,
    /// Of the row; when saving, the one that was read.
    pub version: u64,
    /// How far.
    pub stage: LeadStage,
    /// The number, unless it was erased.
    pub phone: Option<PhoneNumber>,
    /// The call of the last attempt.
    pub call: Option<CallId>,
    /// Not before.
    pub due_at: DateTime<Utc>,
    /// What its calls that are over have cost, at most one sum for each currency.
    pub cost: Vec<Money>,
    /// What the campaign keeps of it.
    pub body: String,
}

impl std::fmt::Debug for CampaignLead {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // the body holds what was said
        f.debug_struct("CampaignLead")
            .field("campaign", &self.campaign)
            .field("key", &self.key)
            .field("version", &self.version)
            .field("stage", &self.stage)
            .field("phone", &self.phone)
            .finish_non_exhaustive()
    }
}

/// The digest that a number's lead is named by.
pub fn lead_key(campaign: &str, phone: &PhoneNumber) -> String {
    CallId::derive("campaign-lead", &format!("{campaign}\0{phone}")).to_string()
}

/// Campaigns and their leads.
#[async_trait]
pub trait Campaigns: Send + Sync {
    /// Keeps a new campaign; one of this name that is there stays. Gives the one that is kept.
    async fn begin_campaign(&self, campaign: &Campaign) -> Result<Campaign, StoreError>;

    /// One campaign.
    async fn campaign(&self, name: &str) -> Result<Option<Campaign>, StoreError>;

    /// Stops or resumes it. Gives whether there is such a campaign.
    async fn pause_campaign(&self, name: &str, paused: bool) -> Result<bool, StoreError>;

    /// Keeps leads that are not there yet; those that are stay as they are. Gives how many are new.
    async fn add_leads(&self, leads: &[CampaignLead]) -> Result<u64, StoreError>;

    /// All leads of a campaign, by key.
    async fn leads(&self, campaign: &str) -> Result<Vec<CampaignLead>, StoreError>;

    /// Keeps it if the version is still the stored one, which is then one more; `false` if not.
    async fn save_lead(&self, lead: &CampaignLead) -> Result<bool, StoreError>;
}

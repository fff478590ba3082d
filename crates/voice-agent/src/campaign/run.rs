//! A run of a campaign: who is due is rung, who is on the line is looked at, until everybody is settled.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::{CallId, Clock, Money};
use openai_client::ChatApi;
use store::{Campaign, LeadStage, Store, lead_key};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::lead::{Lead, add};
use super::{
    CampaignEnd, CampaignError, CampaignFigures, CampaignObserver, CampaignSettings, CampaignStop,
    CampaignTerms, Dialler, LOW_BALANCE, LeadOutcome, LeadState, Person,
};
use crate::Persona;

/// The parts that a campaign is run with.
pub struct CampaignParts {
    /// Places calls.
    pub dialler: Arc<dyn Dialler>,
    /// Remembers everything.
    pub store: Arc<dyn Store>,
    /// Reads answers out of talks; without it they are taken by rules.
    pub chat: Option<Arc<dyn ChatApi>>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Who speaks.
    pub persona: Arc<Persona>,
}

/// A campaign in hand.
pub struct CampaignRun {
    pub(super) parts: CampaignParts,
    pub(super) settings: CampaignSettings,
    pub(super) terms: CampaignTerms,
    name: String,
    /// In the order of the list.
    pub(super) leads: Vec<Lead>,
    /// Of attempts that are not over.
    pub(super) live_cost: HashMap<String, Vec<Money>>,
    /// All lines were busy: nobody is tried before.
    pub(super) free_at: Option<Instant>,
}

impl fmt::Debug for CampaignRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CampaignRun")
            .field("name", &self.name)
            .field("leads", &self.leads.len())
            .finish_non_exhaustive()
    }
}

impl CampaignRun {
    /// Begins a campaign, or takes one up where it stands. People who are new in the list are added; those
    /// who are no longer in it are left alone.
    ///
    /// # Errors
    /// Another campaign of this name; the store's.
    pub async fn open(
        name: &str,
        terms: CampaignTerms,
        people: &[Person],
        parts: CampaignParts,
        settings: CampaignSettings,
    ) -> Result<Self, CampaignError> {
        let now = parts.clock.now();
        let unreadable =
            |error: serde_json::Error| CampaignError::Unreadable(format!("{:?}", error.classify()));
        let body = serde_json::to_string(&terms).map_err(unreadable)?;
        let wanted = Campaign { name: name.to_owned(), body, paused: false, begun_at: now };
        let kept = parts.store.begin_campaign(&wanted).await?;
        let begun: CampaignTerms = serde_json::from_str(&kept.body).map_err(unreadable)?;
        if begun != terms {
            return Err(CampaignError::OtherTerms { name: name.to_owned(), persona: begun.persona });
        }
        let fresh: Vec<_> = people.iter().map(|person| Lead::fresh(name, person, now)).collect();
        parts.store.add_leads(&fresh).await?;
        let mut run = Self {
            parts,
            settings,
            terms,
            name: name.to_owned(),
            leads: Vec::new(),
            live_cost: HashMap::new(),
            free_at: None,
        };
        run.read(people).await?;
        Ok(run)
    }

    async fn read(&mut self, people: &[Person]) -> Result<(), CampaignError> {
        let rows = self.parts.store.leads(&self.name).await?;
        let mut rows: HashMap<String, _> = rows.into_iter().map(|row| (row.key.clone(), row)).collect();
        for person in people {
            // the same number again is the same lead, and is gone from the map by then
            if let Some(row) = rows.remove(&lead_key(&self.name, &person.phone)) {
                self.leads.push(Lead::read(row, person.zone)?);
            }
        }
        Ok(())
    }

    /// How a person of the list stands; `None` for one whose number was erased.
    pub fn state(&self, phone: &domain::PhoneNumber) -> Option<&LeadState> {
        let key = lead_key(&self.name, phone);
        let lead = self.leads.iter().find(|lead| lead.row.key == key)?;
        (!lead.is(LeadStage::Erased)).then_some(&lead.state)
    }

    /// All who stand in the list, by the key of their number.
    pub fn states(&self) -> HashMap<String, LeadState> {
        let kept = self.leads.iter().filter(|lead| !lead.is(LeadStage::Erased));
        kept.map(|lead| (lead.row.key.clone(), lead.state.clone())).collect()
    }

    /// How far it is.
    pub fn figures(&self) -> CampaignFigures {
        let count = |stage| self.leads.iter().filter(|lead| lead.is(stage)).count();
        let mut spent = Vec::new();
        let over = self.leads.iter().flat_map(|lead| &lead.row.cost);
        for amount in over.chain(self.live_cost.values().flatten()) {
            add(&mut spent, *amount);
        }
        CampaignFigures {
            people: self.leads.len(),
            settled: count(LeadStage::Settled) + count(LeadStage::Erased),
            talked: self.leads.iter().filter(|lead| lead.state.outcome == Some(LeadOutcome::Talked)).count(),
            calling: count(LeadStage::Calling),
            waiting: count(LeadStage::Waiting),
            spent,
        }
    }

    /// Runs until everybody is settled, or something stands in the way. After `stop` nobody else is rung,
    /// and those who are on the line are waited for: drop the future to leave them to the next run.
    ///
    /// # Errors
    /// Those of the store; the next run goes on from what is kept.
    pub async fn run(
        &mut self,
        observer: &dyn CampaignObserver,
        stop: &CancellationToken,
    ) -> Result<CampaignEnd, CampaignError> {
        let mut why: Option<CampaignStop> = None;
        loop {
            self.look(observer).await?;
            if why.is_none() {
                why = self.stands_in_the_way(stop).await?;
            }
            if why.is_none() {
                why = self.ring_who_is_due(observer).await?;
            }
            let figures = self.figures();
            observer.looked(self);
            if figures.calling == 0 {
                if figures.waiting == 0 {
                    return Ok(CampaignEnd { figures, stop: None });
                }
                if why.is_some() {
                    return Ok(CampaignEnd { figures, stop: why });
                }
                let next = self.next_due();
                if next > self.parts.clock.now() {
                    if self.settings.no_waiting {
                        return Ok(CampaignEnd { figures, stop: Some(CampaignStop::NotNow(next)) });
                    }
                    observer.waits(next);
                }
            }
            tokio::select! {
                () = tokio::time::sleep(self.settings.look_every) => {}
                () = stop.cancelled(), if why.is_none() => {}
            }
        }
    }

    /// When the first of those who wait may be rung.
    fn next_due(&self) -> DateTime<Utc> {
        let due = self.leads.iter().filter(|lead| lead.is(LeadStage::Waiting)).map(|lead| lead.row.due_at);
        due.min().unwrap_or_else(|| self.parts.clock.now())
    }

    async fn stands_in_the_way(
        &self,
        stop: &CancellationToken,
    ) -> Result<Option<CampaignStop>, CampaignError> {
        if stop.is_cancelled() {
            return Ok(Some(CampaignStop::Stopped));
        }
        if self.parts.store.campaign(&self.name).await?.is_some_and(|kept| kept.paused) {
            return Ok(Some(CampaignStop::Paused));
        }
        let warned = self.parts.store.setting(LOW_BALANCE).await?;
        Ok(warned.filter(|told| !told.is_empty()).map(|_| CampaignStop::LowBalance))
    }

    /// Keeps a lead; `false`: another run was faster, and the lead in hand is now as that one left it.
    pub(super) async fn keep(&mut self, at: usize) -> Result<bool, CampaignError> {
        let Some(lead) = self.leads.get_mut(at) else { return Ok(false) };
        if self.parts.store.save_lead(&lead.row()?).await? {
            lead.row.version += 1;
            return Ok(true);
        }
        let (key, zone) = (lead.row.key.clone(), lead.zone);
        let rows = self.parts.store.leads(&self.name).await?;
        if let (Some(row), Some(lead)) = (rows.into_iter().find(|row| row.key == key), self.leads.get_mut(at))
        {
            *lead = Lead::read(row, zone)?;
        }
        Ok(false)
    }

    pub(super) fn tell(&self, at: usize, observer: &dyn CampaignObserver) {
        if let Some((phone, lead)) = self.leads.get(at).and_then(|lead| Some((lead.phone()?, lead))) {
            observer.ended(phone, &lead.state);
        }
    }

    /// Calls of everybody in the list.
    pub fn calls(&self) -> Vec<CallId> {
        self.leads.iter().flat_map(|lead| lead.state.calls.iter().copied()).collect()
    }
}

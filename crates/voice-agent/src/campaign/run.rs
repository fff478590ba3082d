//! A run of a campaign: who is due is rung, who is on the line is looked at, until everybody is settled.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{CallId, Clock, Money};
use openai_client::ChatApi;
use store::{Campaign, LeadStage, Store, lead_key};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::came::client_spoke;
use super::lead::{Lead, add};
use super::{
    CampaignEnd, CampaignError, CampaignFigures, CampaignObserver, CampaignSettings, CampaignStop,
    CampaignTerms, Dialler, LOW_BALANCE, LeadOutcome, LeadState, Person,
};
use crate::stored::dialogue_of;
use crate::{Dialogue, FieldValue, Persona, PlaceCall, Refused, extract_by_model, extract_by_rules};

/// All lines are busy: for so many looks nobody else is tried.
const BUSY_LOOKS: u32 = 10;
/// The list named another zone when the attempt was placed, and nothing is known of its call.
const STRANGE: TimeDelta = TimeDelta::minutes(1);
/// An attempt that was begun so long ago, and of which nothing is known, is not begun a second time: its
/// key may be forgotten by now.
const FORGOTTEN: TimeDelta = TimeDelta::days(1);
/// Somebody is on the line with this person already.
const ON_THE_LINE: TimeDelta = TimeDelta::minutes(1);

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
    parts: CampaignParts,
    settings: CampaignSettings,
    terms: CampaignTerms,
    name: String,
    /// In the order of the list.
    leads: Vec<Lead>,
    /// Of attempts that are not over.
    live_cost: HashMap<String, Vec<Money>>,
    /// All lines were busy: nobody is tried before.
    free_at: Option<Instant>,
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

    fn lines_are_busy(&self) -> bool {
        self.free_at.is_some_and(|at| at > Instant::now())
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

    /// Whether one more call may cost more than the campaign may: what calls under way have not cost yet is
    /// reckoned by the dearest so far.
    fn money_is_spent(&self) -> bool {
        let Some(cap) = self.settings.max_cost else { return false };
        let in_cap = |sum: &Money| sum.convert(cap.currency, self.settings.rub_micros_per_usd).micros;
        let total = |sums: &[Money]| sums.iter().map(in_cap).fold(0, i64::saturating_add);
        let a_call = |lead: &Lead| total(&lead.row.cost) / i64::from(lead.state.rung.max(1));
        let dearest = self.leads.iter().map(a_call).max().unwrap_or(0);
        // nothing is known of the price yet: one call shows it
        let limit = self.parts.persona.limits.money.map_or(0, |most| in_cap(&most)).min(cap.micros);
        let reserve = if dearest > 0 { dearest } else { limit };
        let calling = self.leads.iter().filter(|lead| lead.is(LeadStage::Calling)).count();
        let over: i64 = self.leads.iter().map(|lead| total(&lead.row.cost)).fold(0, i64::saturating_add);
        let more = reserve.saturating_mul(i64::try_from(calling + 1).unwrap_or(i64::MAX));
        over >= cap.micros || over.saturating_add(more) > cap.micros
    }

    async fn ring_who_is_due(
        &mut self,
        observer: &dyn CampaignObserver,
    ) -> Result<Option<CampaignStop>, CampaignError> {
        let now = self.parts.clock.now();
        if self.lines_are_busy() {
            return Ok(None);
        }
        for at in 0..self.leads.len() {
            let calling = self.leads.iter().filter(|lead| lead.is(LeadStage::Calling)).count();
            if calling >= self.settings.lines {
                break;
            }
            let due =
                self.leads.get(at).is_some_and(|lead| lead.is(LeadStage::Waiting) && lead.row.due_at <= now);
            if !due {
                continue;
            }
            if self.money_is_spent() {
                return Ok(Some(CampaignStop::Budget));
            }
            if self.has_spoken(at, observer).await? {
                continue;
            }
            if let Some(lead) = self.leads.get_mut(at) {
                lead.begin(now);
            }
            if !self.keep(at).await? {
                continue;
            }
            if let Some(stop) = self.place(at, observer).await? {
                return Ok(Some(stop));
            }
            if self.lines_are_busy() {
                break;
            }
        }
        Ok(None)
    }

    /// Whether a robot of ours speaks with this person now, or did a short while ago.
    async fn has_spoken(
        &mut self,
        at: usize,
        observer: &dyn CampaignObserver,
    ) -> Result<bool, CampaignError> {
        let (Some(within), now) = (self.settings.spoken_within, self.parts.clock.now()) else {
            return Ok(false);
        };
        let Some(lead) = self.leads.get_mut(at) else { return Ok(false) };
        let Some(phone) = lead.phone().cloned() else { return Ok(false) };
        let from = now - TimeDelta::from_std(within).unwrap_or(TimeDelta::MAX);
        let known = self.parts.store.conversations_with(&phone, from).await?;
        let others = known.iter().filter(|one| !lead.state.calls.contains(&one.call));
        let others: Vec<Dialogue> = others.filter_map(|one| dialogue_of(one).ok()).collect();
        if let Some(other) = others.iter().find(|other| other.is_ended() && client_spoke(other)) {
            lead.state.call = Some(other.call);
            lead.settle(LeadOutcome::SpokenBefore, now);
        } else if others.iter().any(|other| !other.is_ended()) {
            lead.wait(now + ON_THE_LINE, false);
        } else {
            return Ok(false);
        }
        if self.keep(at).await? {
            self.tell(at, observer);
        }
        Ok(true)
    }

    /// Places the attempt that is written down; asked for again, the desk gives the call that it placed.
    async fn place(
        &mut self,
        at: usize,
        observer: &dyn CampaignObserver,
    ) -> Result<Option<CampaignStop>, CampaignError> {
        let now = self.parts.clock.now();
        let Some(lead) = self.leads.get_mut(at) else { return Ok(None) };
        let Some(phone) = lead.phone() else { return Ok(None) };
        let key = lead.attempt_key();
        let request = PlaceCall {
            phone: phone.as_str().to_owned(),
            persona: self.terms.persona.clone(),
            mode: self.terms.mode,
            zone: lead.zone,
            idempotency_key: Some(key.clone()),
        };
        let mut stop = None;
        match self.parts.dialler.place(request).await {
            Ok(placed) => lead.placed(placed.call),
            Err(Refused::Unknown { call }) => lead.placed(call),
            Err(Refused::KeyReused) => match self.parts.store.placement(&key).await? {
                // the list names another zone by now: the call is the same
                Some(before) => lead.placed(before.call),
                None => lead.wait(now + STRANGE, false),
            },
            Err(Refused::StopList) => lead.settle(LeadOutcome::StopList, now),
            Err(Refused::Phone) => lead.settle(LeadOutcome::NoSuchNumber, now),
            Err(Refused::OutsideHours { retry_at }) => lead.wait(retry_at, true),
            Err(Refused::SpendCap) => {
                lead.wait(now, true);
                stop = Some(CampaignStop::DayBudget);
            }
            Err(Refused::TooMany(_)) => {
                lead.wait(now, true);
                self.free_at = Some(Instant::now() + self.settings.look_every * BUSY_LOOKS);
            }
            Err(Refused::Telephone { reason, final_for_all, .. }) => {
                let later = TimeDelta::from_std(self.settings.after_failure).unwrap_or(TimeDelta::MAX);
                // it certainly did not ring; its key is used up all the same
                lead.wait(if final_for_all { now } else { now + later }, false);
                stop = final_for_all.then_some(CampaignStop::Refused(reason));
            }
            Err(Refused::Persona(name)) => return Err(CampaignError::Persona(name)),
            // perhaps it was placed: it is asked for again under its key
            Err(Refused::Memory(error)) => {
                tracing::warn!(%error, "an attempt of a campaign is asked for again");
                self.free_at = Some(Instant::now() + self.settings.look_every * BUSY_LOOKS);
                return Ok(None);
            }
        }
        let is_settled = lead.is(LeadStage::Settled);
        if self.keep(at).await? && is_settled {
            self.tell(at, observer);
        }
        Ok(stop)
    }

    /// Looks at everybody who is on the line.
    async fn look(&mut self, observer: &dyn CampaignObserver) -> Result<(), CampaignError> {
        let now = self.parts.clock.now();
        self.live_cost.clear();
        for at in 0..self.leads.len() {
            let Some(lead) = self.leads.get_mut(at).filter(|lead| lead.is(LeadStage::Calling)) else {
                continue;
            };
            let Some(call) = lead.row.call else {
                if now - lead.row.due_at > FORGOTTEN {
                    lead.settle(LeadOutcome::Failed, now);
                    self.keep(at).await?;
                } else if self.free_at.is_none_or(|at| at <= Instant::now()) {
                    self.place(at, observer).await?;
                }
                continue;
            };
            let dialogue = match self.parts.dialler.dialogue(call).await {
                Ok(Some(dialogue)) => dialogue,
                Ok(None) => {
                    // erased or forgotten: nothing more will be known of it
                    lead.settle(LeadOutcome::Failed, now);
                    self.keep(at).await?;
                    continue;
                }
                Err(error) => {
                    tracing::warn!(%error, %call, "a call of a campaign cannot be looked at");
                    continue;
                }
            };
            if let Some(outcome) = LeadOutcome::of(&dialogue) {
                self.over(at, &dialogue, outcome, observer).await?;
            } else {
                let cost = dialogue.cost.iter().map(|paid| paid.amount).collect();
                self.live_cost.insert(lead.row.key.clone(), cost);
            }
        }
        Ok(())
    }

    async fn over(
        &mut self,
        at: usize,
        dialogue: &Dialogue,
        outcome: LeadOutcome,
        observer: &dyn CampaignObserver,
    ) -> Result<(), CampaignError> {
        let now = self.parts.clock.now();
        let fields = if client_spoke(dialogue) { self.fields(dialogue).await } else { Vec::new() };
        let Some(lead) = self.leads.get_mut(at) else { return Ok(()) };
        lead.over(dialogue, outcome, fields, now);
        if let Some(wait) = outcome.again_after(&self.settings)
            && lead.state.rung < self.settings.attempts
        {
            let again = now + TimeDelta::from_std(wait).unwrap_or(TimeDelta::MAX);
            lead.wait(again, false);
            lead.state.again_at = Some(again);
        }
        if self.keep(at).await? {
            self.tell(at, observer);
        }
        Ok(())
    }

    async fn fields(&self, dialogue: &Dialogue) -> Vec<FieldValue> {
        let persona = &self.parts.persona;
        let Some(chat) = &self.parts.chat else { return extract_by_rules(persona, dialogue) };
        extract_by_model(chat.as_ref(), persona, dialogue).await.unwrap_or_else(|error| {
            tracing::warn!(%error, call = %dialogue.call, "answers are taken by rules");
            extract_by_rules(persona, dialogue)
        })
    }

    /// Keeps a lead; `false`: another run was faster, and the lead in hand is now as that one left it.
    async fn keep(&mut self, at: usize) -> Result<bool, CampaignError> {
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

    fn tell(&self, at: usize, observer: &dyn CampaignObserver) {
        if let Some((phone, lead)) = self.leads.get(at).and_then(|lead| Some((lead.phone()?, lead))) {
            observer.ended(phone, &lead.state);
        }
    }

    /// Calls of everybody in the list.
    pub fn calls(&self) -> Vec<CallId> {
        self.leads.iter().flat_map(|lead| lead.state.calls.iter().copied()).collect()
    }
}

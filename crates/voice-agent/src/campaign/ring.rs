//! Who is due is rung: as long as lines and money last, and nobody with whom a robot of ours has just spoken.

use chrono::TimeDelta;
use domain::Money;
use store::LeadStage;
use tokio::time::Instant;

use super::came::client_spoke;
use super::lead::Lead;
use super::{CampaignError, CampaignObserver, CampaignRun, CampaignStop, LeadOutcome};
use crate::stored::dialogue_of;
use crate::{Dialogue, PlaceCall, Refused};

/// All lines are busy: for so many looks nobody else is tried.
const BUSY_LOOKS: u32 = 10;
/// The list named another zone when the attempt was placed, and nothing is known of its call.
const STRANGE: TimeDelta = TimeDelta::minutes(1);
/// Somebody is on the line with this person already.
const ON_THE_LINE: TimeDelta = TimeDelta::minutes(1);

impl CampaignRun {
    fn lines_are_busy(&self) -> bool {
        self.free_at.is_some_and(|at| at > Instant::now())
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

    pub(super) async fn ring_who_is_due(
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
    pub(super) async fn place(
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
}

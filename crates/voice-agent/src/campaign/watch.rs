//! Who is on the line is looked at; what came of a call that is over is kept.

use chrono::TimeDelta;
use store::LeadStage;
use tokio::time::Instant;

use super::came::client_spoke;
use super::{CampaignError, CampaignObserver, CampaignRun, LeadOutcome};
use crate::{Dialogue, FieldValue, extract_by_model, extract_by_rules};

/// An attempt that was begun so long ago, and of which nothing is known, is not begun a second time: its
/// key may be forgotten by now.
const FORGOTTEN: TimeDelta = TimeDelta::days(1);

impl CampaignRun {
    /// Looks at everybody who is on the line.
    pub(super) async fn look(&mut self, observer: &dyn CampaignObserver) -> Result<(), CampaignError> {
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
}

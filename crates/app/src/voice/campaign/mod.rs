//! Campaigns as the program runs them: a list in a CSV file, the room that rings, the store that remembers,
//! and the answers back in the file.

mod columns;
mod file;

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{CallId, Lang, Money};
use openai_client::ChatApi;
use voice_agent::{
    CampaignError, CampaignParts, CampaignRun, CampaignSettings, CampaignTerms, Dialler, DialogMode,
    Dialogue, PartFailed, Persona, PlaceCall, Placed, Refused, next_allowed, zone_of,
};

use super::room::VoiceRoom;
use crate::words::store_error;
use crate::{App, AppError};

pub use columns::outcome_words;
pub use file::{LeadRow, LeadsFile};

/// Calls that a price is reckoned from.
const CALLS_OF_A_PRICE: chrono::TimeDelta = chrono::TimeDelta::days(30);

/// What is asked of a campaign.
#[derive(Debug, Clone)]
pub struct CampaignOrder {
    /// Its name.
    pub name: String,
    /// Who speaks.
    pub persona: Arc<Persona>,
    /// By turns or in real time.
    pub mode: DialogMode,
    /// How it behaves.
    pub settings: CampaignSettings,
}

/// What a campaign would do, told before anything rings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CampaignPlan {
    /// Rows of the file.
    pub rows: usize,
    /// Numbers, each once.
    pub people: usize,
    /// Rows without a number that can be rung.
    pub unreadable: usize,
    /// Rows whose number stands above already.
    pub repeated: usize,
    /// People who are settled by earlier runs.
    pub settled: usize,
    /// People who may be rung at this moment.
    pub now: usize,
    /// When the next of the others may be.
    pub later: Option<DateTime<Utc>>,
    /// What a call cost in the mean of the last month; none = nothing is known.
    pub a_call: Option<Money>,
    /// What one call may cost in models at most, by its persona.
    pub a_call_at_most: Option<Money>,
}

#[async_trait]
impl Dialler for VoiceRoom {
    async fn place(&self, request: PlaceCall) -> Result<Placed, Refused> {
        Self::place(self, request).await
    }

    async fn dialogue(&self, call: CallId) -> Result<Option<Dialogue>, PartFailed> {
        Self::dialogue(self, &call.to_string()).await
    }
}

impl App {
    /// What a campaign over these people would do. Rings nobody and writes nothing.
    ///
    /// # Errors
    /// The database's.
    pub async fn campaign_plan(
        &self,
        order: &CampaignOrder,
        file: &LeadsFile,
    ) -> Result<CampaignPlan, AppError> {
        let failed = |error| store_error(self.lang(), &error);
        let (store, now) = (self.store(), self.clock().now());
        let known = store.leads(&order.name).await.map_err(failed)?;
        let settled = |key: &str| {
            let row = known.iter().find(|row| row.key == key);
            row.is_some_and(|row| matches!(row.stage, store::LeadStage::Settled | store::LeadStage::Erased))
        };
        let mut plan = CampaignPlan {
            rows: file.rows().len(),
            people: 0,
            unreadable: 0,
            repeated: 0,
            settled: 0,
            now: 0,
            later: None,
            a_call: self.price_of_a_call(now).await?,
            a_call_at_most: order.persona.limits.money,
        };
        for row in file.rows() {
            match row {
                LeadRow::Person(person) => {
                    plan.people += 1;
                    let key = store::lead_key(&order.name, &person.phone);
                    if settled(&key) {
                        plan.settled += 1;
                        continue;
                    }
                    let zone = zone_of(&person.phone).or(person.zone).unwrap_or(self.config().timezone);
                    let due = known.iter().find(|row| row.key == key).map_or(now, |row| row.due_at.max(now));
                    match next_allowed(&order.persona.allowed_hours, zone, due) {
                        Some(at) if at <= now => plan.now += 1,
                        Some(at) => plan.later = Some(plan.later.map_or(at, |first| first.min(at))),
                        None => {}
                    }
                }
                LeadRow::Repeated => plan.repeated += 1,
                LeadRow::Unreadable => plan.unreadable += 1,
            }
        }
        Ok(plan)
    }

    /// The mean of what AI calls of the last month cost, in roubles.
    async fn price_of_a_call(&self, now: DateTime<Utc>) -> Result<Option<Money>, AppError> {
        let failed = |error| store_error(self.lang(), &error);
        let (store, from) = (self.store(), now - CALLS_OF_A_PRICE);
        let calls = store.conversations_since(from).await.map_err(failed)?;
        let sums = store.spent_on_conversations(from).await.map_err(failed)?;
        let rate = self.config().rub_micros_per_usd;
        let micros = sums.iter().map(|sum| sum.convert(domain::Currency::RUB, rate).micros);
        let total = micros.fold(0, i64::saturating_add);
        let calls = i64::try_from(calls).unwrap_or(i64::MAX);
        Ok((calls > 0).then(|| Money::from_micros(domain::Currency::RUB, total / calls)))
    }

    /// Begins a campaign, or takes it up where it stands.
    ///
    /// # Errors
    /// Code `campaign_terms` for another campaign of this name; the database's.
    pub async fn campaign(&self, order: &CampaignOrder, file: &LeadsFile) -> Result<CampaignRun, AppError> {
        let room = self.voice().await?;
        let chat: Option<Arc<dyn ChatApi>> =
            if self.model_may_hear_calls() { Some(Arc::new(self.openai_chat()?)) } else { None };
        let parts = CampaignParts {
            dialler: room,
            store: self.store(),
            chat,
            clock: self.clock(),
            persona: Arc::clone(&order.persona),
        };
        let terms = CampaignTerms { persona: order.persona.id.clone(), mode: order.mode };
        let people: Vec<_> = file.people().cloned().collect();
        CampaignRun::open(&order.name, terms, &people, parts, order.settings.clone())
            .await
            .map_err(|error| self.campaign_failed(&error))
    }

    /// A person stops a campaign, whatever process runs it; `false`: there is no such campaign.
    ///
    /// # Errors
    /// The database's.
    pub async fn pause_campaign(&self, name: &str, paused: bool) -> Result<bool, AppError> {
        let done = self.store().pause_campaign(name, paused).await;
        done.map_err(|error| store_error(self.lang(), &error))
    }

    /// A list of people.
    ///
    /// # Errors
    /// Code `leads` with what is wrong with the file.
    pub fn leads_file(&self, path: &Path, phone_column: Option<&str>) -> Result<LeadsFile, AppError> {
        LeadsFile::read(path, phone_column, self.lang())
    }

    /// What happened, and what to do.
    pub fn campaign_failed(&self, error: &CampaignError) -> AppError {
        let lang = self.lang();
        match error {
            CampaignError::Store(error) => store_error(lang, error),
            CampaignError::OtherTerms { name, persona } => AppError::usage(
                "campaign_terms",
                match lang {
                    Lang::Ru => format!("кампания «{name}» начата с персоной {persona}"),
                    Lang::En => error.to_string(),
                },
                lang.pick("дайте новой другое имя: --name", "give the new one another name: --name"),
            ),
            CampaignError::Persona(name) => AppError::usage(
                "persona_unknown",
                match lang {
                    Lang::Ru => format!("нет персоны {name}"),
                    Lang::En => error.to_string(),
                },
                "zvonar agent list",
            ),
            CampaignError::Unreadable(why) => AppError::failed(
                "campaign_unreadable",
                match lang {
                    Lang::Ru => format!("состояние кампании не прочитано: {why}"),
                    Lang::En => error.to_string(),
                },
                lang.pick("сообщите разработчикам, приложив журнал", "report it with the log"),
            ),
        }
    }
}

//! Placing a call and ending one.

use chrono::{DateTime, TimeZone as _, Utc};
use domain::{CallId, Money, PhoneNumber};
use sha2::{Digest as _, Sha256};
use tokio::time::timeout;

use super::{CallDesk, HangUpError, MemoryFailed, PlaceCall, Placed, Refused, next_allowed, zone_of};
use crate::{
    Begun, Dialogue, DialogueState, Ending, LineEnd, LiveLine, OutgoingCall, PartFailed, PlacedRequest,
    TelephoneError, change,
};

/// A key longer than this is none of a client's.
const LONGEST_KEY: usize = 200;

impl CallDesk {
    /// Places a call, once for its key. A caller who goes away does not stop what has begun.
    ///
    /// # Errors
    /// [`Refused`], by what the caller can do.
    pub async fn place(&self, request: PlaceCall) -> Result<Placed, Refused> {
        let phone = PhoneNumber::parse(&request.phone).ok_or(Refused::Phone)?;
        let persona = self.parts.personas.get(&request.persona);
        let persona = persona.ok_or_else(|| Refused::Persona(short(&request.persona)))?;
        let digest = digest(&phone, &request);
        let key = request.idempotency_key.as_deref().map(short).filter(|key| !key.is_empty());
        if let Some(key) = &key
            && let Some(placed) = self.parts.memory.placed(key).await?
        {
            return self.again(&placed, &digest).await;
        }
        let now = self.parts.clock.now();
        if self.parts.memory.is_stopped(&phone).await? {
            return Err(Refused::StopList);
        }
        let zone = zone_of(&phone).or(request.zone).unwrap_or(self.settings.zone);
        match next_allowed(&persona.allowed_hours, zone, now) {
            Some(at) if at <= now => {}
            Some(retry_at) => return Err(Refused::OutsideHours { retry_at }),
            None => return Err(Refused::OutsideHours { retry_at: now + chrono::TimeDelta::weeks(1) }),
        }
        self.check_spend(now).await?;

        let source = self.parts.telephone.name();
        let name = (self.parts.ids)().to_string();
        let mut dialogue = Dialogue::new(source, &name, &persona.id, request.mode, now);
        dialogue.phone = Some(phone.clone());
        let placed = PlacedRequest { call: dialogue.call, digest: digest.clone() };
        let remembered = key.as_deref().map(|key| (key, &placed));
        match self.parts.memory.begin(&dialogue, remembered, Some(self.settings.max_calls)).await? {
            Begun::New => {}
            Begun::Placed(before) => return self.again(&before, &digest).await,
            Begun::TooMany => return Err(Refused::TooMany(self.settings.max_calls)),
            Begun::Known => return Err(MemoryFailed("a call of this name was there before".into()).into()),
        }
        self.parts.live.tell(dialogue.call, now, LiveLine::Began);
        let call = OutgoingCall { call: dialogue.call, phone, mode: request.mode };
        let desk = self.clone();
        // on its own: a client who hangs up on us must not leave a call of which nobody knows
        let ringing = tokio::spawn(async move { desk.ring(call).await });
        ringing.await.unwrap_or(Err(Refused::Unknown { call: dialogue.call }))
    }

    /// The answer to a key that was used before: the same as then, without dialling.
    async fn again(&self, placed: &PlacedRequest, digest: &str) -> Result<Placed, Refused> {
        if placed.digest != digest {
            return Err(Refused::KeyReused);
        }
        let dialogue = self.parts.memory.dialogue(placed.call).await?;
        match dialogue.map(|dialogue| dialogue.state) {
            Some(DialogueState::Unknown) => Err(Refused::Unknown { call: placed.call }),
            _ => Ok(Placed { call: placed.call, again: true }),
        }
    }

    async fn check_spend(&self, now: DateTime<Utc>) -> Result<(), Refused> {
        let Some(cap) = self.settings.spend_cap else { return Ok(()) };
        let today = now.with_timezone(&self.settings.zone).date_naive().and_time(chrono::NaiveTime::MIN);
        let midnight = self.settings.zone.from_local_datetime(&today).earliest();
        let from = midnight.map_or(now - chrono::TimeDelta::days(1), |midnight| midnight.to_utc());
        let sums = self.parts.memory.spent_since(from).await?;
        let in_cap = |sum: &Money| sum.convert(cap.currency, self.settings.rub_micros_per_usd).micros;
        let spent = sums.iter().map(in_cap).fold(0, i64::saturating_add);
        if spent >= cap.micros { Err(Refused::SpendCap) } else { Ok(()) }
    }

    async fn ring(&self, call: OutgoingCall) -> Result<Placed, Refused> {
        let placing = timeout(self.settings.place_timeout, self.parts.telephone.place(&call)).await;
        let placed = placing.unwrap_or_else(|_| Err(TelephoneError::Unknown("it takes too long".into())));
        let id = call.call;
        match placed {
            Ok(line) => {
                let Some(line) = line else { return Ok(Placed { call: id, again: false }) };
                let kept = change(&*self.parts.memory, id, |dialogue| {
                    // the scenario may have told it already, or the call may be over
                    let is_news = dialogue.line.is_none() && !dialogue.is_ended();
                    if is_news {
                        dialogue.line = Some(line.clone());
                    }
                    is_news
                })
                .await;
                if let Err(error) = kept {
                    tracing::warn!("call {id} rings, but its line is not kept: {error}");
                }
                Ok(Placed { call: id, again: false })
            }
            Err(TelephoneError::Unknown(reason)) => {
                tracing::warn!("call {id}: {reason}; it will be looked up, not dialled again");
                let kept = change(&*self.parts.memory, id, |dialogue| {
                    let is_news = dialogue.state == DialogueState::Placed;
                    if is_news {
                        dialogue.state = DialogueState::Unknown;
                    }
                    is_news
                })
                .await;
                match kept {
                    // it has told of itself meanwhile: it rings
                    Ok(Some(dialogue)) if dialogue.state == DialogueState::Talking => {
                        Ok(Placed { call: id, again: false })
                    }
                    _ => Err(Refused::Unknown { call: id }),
                }
            }
            Err(TelephoneError::Refused { reason, final_for_all }) => {
                let end = LineEnd { reason: Some(reason.clone()), ..LineEnd::default() };
                if let Err(error) = self.parts.engine.down(id, end, Some(Ending::Failed)).await {
                    tracing::warn!("call {id} was refused, but that is not kept: {error}");
                }
                Err(Refused::Telephone { call: id, reason, final_for_all })
            }
        }
    }

    /// Ends a call that is under way; harmless if it is over.
    ///
    /// # Errors
    /// [`HangUpError`]. A line that does not obey is told again at the next turn.
    pub async fn hang_up(&self, call: CallId) -> Result<(), HangUpError> {
        let marked = change(&*self.parts.memory, call, |dialogue| {
            let is_news = !dialogue.is_ended() && dialogue.intends.is_none();
            if is_news {
                dialogue.intends = Some(Ending::Stopped);
            }
            is_news
        })
        .await?;
        let dialogue = marked.ok_or(HangUpError::UnknownCall)?;
        if dialogue.is_ended() {
            return Ok(());
        }
        let hanging_up = timeout(self.settings.place_timeout, self.parts.telephone.hang_up(&dialogue)).await;
        Ok(hanging_up.unwrap_or_else(|_| Err(TelephoneError::Unknown("it takes too long".into())))?)
    }

    /// The call as it stands.
    ///
    /// # Errors
    /// Those of the memory.
    pub async fn dialogue(&self, call: CallId) -> Result<Option<Dialogue>, PartFailed> {
        self.parts.memory.dialogue(call).await
    }

    /// How many calls are under way, and how many may be.
    ///
    /// # Errors
    /// Those of the memory.
    pub async fn load(&self) -> Result<(u32, u32), PartFailed> {
        Ok((self.parts.memory.calls_in_progress().await?, self.settings.max_calls))
    }
}

fn short(text: &str) -> String {
    text.trim().chars().take(LONGEST_KEY).collect()
}

/// Of what is asked, not of how it is written.
fn digest(phone: &PhoneNumber, request: &PlaceCall) -> String {
    let zone = request.zone.map(chrono_tz::Tz::name).unwrap_or_default();
    let digest = Sha256::new()
        .chain_update(phone.as_str())
        .chain_update([0])
        .chain_update(&request.persona)
        .chain_update([0, u8::from(request.mode == crate::DialogMode::Realtime)])
        .chain_update(zone)
        .finalize();
    hex::encode(digest)
}

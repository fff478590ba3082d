//! Voximplant as the telephone of AI calls.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::Duration;
use domain::{Clock, Currency, Money, OperatorChannel};
use store::Store;
use tokio::sync::OnceCell;
use voice_agent::{
    CallRecording, DialogMode, Dialogue, LineEnd, LineHandle, Outcome, OutgoingCall, Telephone,
    TelephoneError,
};
use voximplant_client::{
    Amount, CustomData, DialogMode as WireMode, HistorySession, Outcome as Known, RuleId, SessionUrl,
    StartRequest, Started, VoximplantApi, VoximplantError, reconcile,
};

use super::voximplant::rule_key;

/// A scenario holds no call longer; ringing comes on top.
const LONGEST: Duration = Duration::minutes(62);

/// Which rule calls of a mode are started by.
pub(crate) struct Rules {
    /// `VOXIMPLANT_RULE_ID`, the rule of the configured mode.
    pub(crate) configured: Option<(WireMode, RuleId)>,
    /// Where deployments remember theirs: they may come while we run.
    pub(crate) store: Arc<dyn Store>,
}

impl Rules {
    async fn of(&self, mode: WireMode) -> Result<RuleId, TelephoneError> {
        if let Some((_, rule)) = self.configured.filter(|(configured, _)| *configured == mode) {
            return Ok(rule);
        }
        let refused = |reason: String| TelephoneError::Refused { reason, final_for_all: true };
        let kept = self.store.setting(&rule_key(mode)).await.map_err(|error| refused(error.to_string()))?;
        kept.and_then(|id| id.parse().ok()).map(RuleId).ok_or_else(|| {
            refused("Voximplant has no rule for such calls yet; run `zvonar voximplant deploy`".to_owned())
        })
    }
}

/// Rings through Voximplant.
pub(crate) struct VoximplantTelephone {
    api: Arc<dyn VoximplantApi>,
    clock: Arc<dyn Clock>,
    rules: Rules,
    /// The history tells costs without naming it.
    currency: OnceCell<Option<Currency>>,
}

impl VoximplantTelephone {
    pub(crate) fn new(api: Arc<dyn VoximplantApi>, clock: Arc<dyn Clock>, rules: Rules) -> Self {
        Self { api, clock, rules, currency: OnceCell::new() }
    }

    /// What it cost, in the account's currency.
    pub(crate) async fn money(&self, amount: Amount) -> Option<Money> {
        let asked = self.currency.get_or_try_init(|| async {
            let account = self.api.account().await?;
            Ok::<_, VoximplantError>(account.currency.as_deref().and_then(currency))
        });
        Some(Money { currency: (*asked.await.ok()?)?, micros: amount.micros })
    }

    async fn over(&self, session: &HistorySession) -> Outcome {
        let call = session.calls.iter().find(|call| call.successful).or_else(|| session.calls.first());
        let cost = match session.cost() {
            Some(amount) => self.money(amount).await,
            None => None,
        };
        let recording = session.recordings().into_iter().next_back();
        Outcome::Over {
            answered: session.calls.iter().any(|call| call.successful),
            end: LineEnd {
                code: call.and_then(|call| call.end_reason.as_deref()?.parse().ok()),
                reason: call.and_then(|call| call.end_reason.clone()),
                duration_ms: call.and_then(|call| call.duration_s).map(|seconds| u64::from(seconds) * 1000),
                cost,
                transferred: session.calls.len() > 1,
            },
            recording: recording.map(|url| CallRecording {
                url: url.expose().to_owned(),
                duration_ms: None,
                // as the scenario records: the client right, the robot left
                robot: Some(OperatorChannel::Left),
            }),
        }
    }
}

/// `RUR` is what Voximplant calls the rouble.
fn currency(name: &str) -> Option<Currency> {
    match name.to_ascii_uppercase().as_str() {
        "RUR" | "RUB" => Some(Currency::RUB),
        "USD" => Some(Currency::USD),
        _ => None,
    }
}

fn wire(mode: DialogMode) -> WireMode {
    match mode {
        DialogMode::Turns => WireMode::Turns,
        DialogMode::Realtime => WireMode::Realtime,
    }
}

fn refused(error: &VoximplantError) -> TelephoneError {
    match error {
        error if error.may_have_applied() => TelephoneError::Unknown(error.to_string()),
        error => {
            let for_all = error.is_refusal()
                || matches!(error, VoximplantError::Setup { .. } | VoximplantError::Config(_));
            TelephoneError::Refused { reason: error.to_string(), final_for_all: for_all }
        }
    }
}

#[async_trait]
impl Telephone for VoximplantTelephone {
    fn name(&self) -> &'static str {
        "voximplant"
    }

    async fn place(&self, call: &OutgoingCall) -> Result<Option<LineHandle>, TelephoneError> {
        let data = CustomData { mode: wire(call.mode), call: call.call, phone: call.phone.clone() };
        let request = StartRequest::new(self.rules.of(wire(call.mode)).await?, data.to_string());
        let session = self.api.start(&request).await.map_err(|error| refused(&error))?;
        Ok(Some(LineHandle::new(session.commands.expose())))
    }

    async fn hang_up(&self, dialogue: &Dialogue) -> Result<(), TelephoneError> {
        let Some(line) = &dialogue.line else {
            return Err(TelephoneError::Refused {
                reason: "the session has not told its address yet".to_owned(),
                final_for_all: false,
            });
        };
        match self.api.command(&SessionUrl::new(line.expose()), r#"{"command":"hangup"}"#).await {
            Ok(()) | Err(VoximplantError::SessionOver) => Ok(()),
            Err(error) => Err(TelephoneError::Refused { reason: error.to_string(), final_for_all: false }),
        }
    }

    async fn outcome(&self, dialogue: &Dialogue) -> Result<Outcome, TelephoneError> {
        let Some(phone) = dialogue.phone.clone().filter(|_| !dialogue.incoming) else {
            // a call that came in has no custom data to be found by
            let over = self.clock.now() > dialogue.touched_at + LONGEST;
            return Ok(if over { Outcome::Never } else { Outcome::Open });
        };
        let data = CustomData { mode: wire(dialogue.mode), call: dialogue.call, phone };
        let custom_data = data.to_string();
        let started = Started { custom_data: &custom_data, at: dialogue.started_at, longest: LONGEST };
        match reconcile(self.api.as_ref(), &started, self.clock.now()).await {
            Ok(Known::Ended(session)) => Ok(self.over(&session).await),
            Ok(Known::Open) => Ok(Outcome::Open),
            Ok(Known::Never) => Ok(Outcome::Never),
            Err(error) => Err(refused(&error)),
        }
    }
}

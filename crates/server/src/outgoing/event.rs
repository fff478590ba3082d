//! What is told, as it travels.

use chrono::{DateTime, Utc};
use pipeline::{CallReport, call_json};
use serde_json::{Value, json};
use store::{DeliveryTarget, NewDelivery, Subscription};

/// Nothing more happens to the call by itself; its `status` says how it ended.
pub(super) const DONE: &str = "call.done";
/// The call ended in a trouble that a person may mend.
pub(super) const FAILED: &str = "call.failed";
/// A person put a verdict in place of the machine's, or took it back.
pub(super) const OVERRIDDEN: &str = "call.overridden";
/// Somebody tries the line.
pub(super) const PING: &str = "ping";

/// Events that can be asked for.
pub(crate) const EVENTS: [&str; 3] = [DONE, FAILED, OVERRIDDEN];

/// Whom to tell.
#[derive(Debug, Clone)]
pub(super) enum Target {
    /// Who subscribed.
    Subscriber(Box<Subscription>),
    /// The configured CRM.
    Crm,
}

impl Target {
    fn wants(&self, event: &str) -> bool {
        match self {
            Self::Subscriber(subscription) => {
                let events = &subscription.wish.events;
                events.is_empty() || events.iter().any(|wanted| wanted == event)
            }
            Self::Crm => true,
        }
    }

    /// What happened before somebody subscribed is not told.
    fn knew(&self, at: DateTime<Utc>) -> bool {
        match self {
            Self::Subscriber(subscription) => subscription.created_at <= at,
            Self::Crm => true,
        }
    }
}

/// Something that happened to a call.
pub(super) struct Told<'a> {
    pub(super) event: &'static str,
    pub(super) report: &'a CallReport,
    /// Tells two such events of one call apart: the moment of the judgement, in ms.
    pub(super) stamp: i64,
}

impl Told<'_> {
    /// A delivery to each target that wants it.
    pub(super) fn to(&self, targets: &[Target], now: DateTime<Utc>) -> Vec<NewDelivery> {
        let call = self.report.call.id;
        let happened = DateTime::from_timestamp_millis(self.stamp).unwrap_or(now);
        let key = format!("{}:{call}:{}", self.event, self.stamp);
        targets
            .iter()
            .filter(|target| target.wants(self.event) && target.knew(happened))
            .map(|target| {
                let (target, body) = match target {
                    Target::Subscriber(subscription) => {
                        (DeliveryTarget::Subscription(subscription.id), self.envelope(happened))
                    }
                    // a CRM takes the call as it is
                    Target::Crm => (DeliveryTarget::Crm, call_json(self.report)),
                };
                NewDelivery {
                    key: key.clone(),
                    target,
                    event: self.event.to_owned(),
                    call: Some(call),
                    body: body.to_string(),
                    due_at: now,
                }
            })
            .collect()
    }

    fn envelope(&self, happened: DateTime<Utc>) -> Value {
        json!({ "event": self.event, "at": happened.to_rfc3339(), "call": call_json(self.report) })
    }
}

/// A delivery that says nothing but that the line works.
pub(super) fn ping(target: DeliveryTarget, now: DateTime<Utc>) -> NewDelivery {
    NewDelivery {
        key: format!("{PING}:{}", now.timestamp_millis()),
        target,
        event: PING.to_owned(),
        call: None,
        body: json!({ "event": PING, "at": now.to_rfc3339() }).to_string(),
        due_at: now,
    }
}

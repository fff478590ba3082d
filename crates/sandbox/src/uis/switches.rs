//! What UIS itself can refuse or spoil.

use serde_json::Value;
use uis_client::testing::{Component, FakeUis, Fault, MediaFault};

use crate::Operation;
use crate::switches::Switches;

/// `reset_s` of an order: after so many seconds the budget is full again.
const DEFAULT_RESET: u64 = 2;
/// The address that a refusal names when the order has no `address`.
const DEFAULT_ADDRESS: &str = "203.0.113.7";

pub(super) struct UisSwitches(pub(super) FakeUis);

const KINDS: &[&str] = &[
    "revoked_key",
    "expired_key",
    "blocked_key",
    "ip_not_whitelisted",
    "component_disabled",
    "write_component_disabled",
    "account_inactive",
    "limit_minute",
    "limit_day",
    "limit_without_figures",
    "internal_error",
    "cut_json",
    "answer_lost",
    "short_page",
    "media_gone",
    "media_no_files",
    "media_html",
    "media_json",
    "media_empty",
    "media_busy",
    "media_truncated",
    "media_moved",
];

impl Switches for UisSwitches {
    fn kinds(&self) -> &'static [&'static str] {
        KINDS
    }

    fn turn(&self, kind: &str, times: Option<u32>, order: &Value) -> Result<(), String> {
        let fake = &self.0;
        if let Some(media) = media_fault(kind) {
            fake.fail_next_media(media, times.unwrap_or(u32::MAX));
            return Ok(());
        }
        if times.is_none() && lasting(fake, kind, order) {
            return Ok(());
        }
        let fault = fault(kind, order).ok_or_else(|| format!("UIS knows no fault `{kind}`"))?;
        let times = times.unwrap_or(u32::MAX);
        match order.get("method").and_then(Value::as_str) {
            Some(method) => fake.fail_next_of(method, fault, times),
            None => fake.fail_next(fault, times),
        }
        Ok(())
    }

    fn concerns(&self, kind: &str, operation: &Operation) -> bool {
        media_fault(kind).is_some() == (operation.name == "media")
    }

    fn clear(&self) {
        self.0.mend();
    }
}

/// A state that stays until it is mended; `false` if the kind is none.
fn lasting(fake: &FakeUis, kind: &str, order: &Value) -> bool {
    match kind {
        "revoked_key" => fake.revoke_key(),
        "expired_key" => fake.expire_key(),
        "blocked_key" => fake.block_key(),
        "ip_not_whitelisted" => {
            fake.refuse_address(order.get("address").and_then(Value::as_str).unwrap_or(DEFAULT_ADDRESS));
        }
        "component_disabled" => fake.disable(Component::DataApi),
        "write_component_disabled" => fake.disable(Component::Settings),
        "account_inactive" => fake.deactivate(),
        _ => return false,
    }
    true
}

fn fault(kind: &str, order: &Value) -> Option<Fault> {
    let reset = order.get("reset_s").and_then(Value::as_u64).unwrap_or(DEFAULT_RESET);
    let reset = u32::try_from(reset).unwrap_or(u32::MAX);
    Some(match kind {
        "revoked_key" => Fault::Mnemonic("access_token_invalid"),
        "expired_key" => Fault::Mnemonic("access_token_expired"),
        "blocked_key" => Fault::Mnemonic("access_token_blocked"),
        "ip_not_whitelisted" => Fault::Mnemonic("ip_not_whitelisted"),
        "component_disabled" | "write_component_disabled" => Fault::Mnemonic("method_component_disabled"),
        "account_inactive" => Fault::Mnemonic("account_inactive"),
        "limit_minute" => Fault::LimitMinute(reset),
        "limit_day" => Fault::LimitDay(reset),
        "limit_without_figures" => Fault::LimitWithoutFigures,
        "internal_error" => Fault::Mnemonic("internal_error"),
        "cut_json" => Fault::CutJson,
        "answer_lost" => Fault::AnswerLost,
        "short_page" => Fault::ShortPage,
        _ => return None,
    })
}

fn media_fault(kind: &str) -> Option<MediaFault> {
    Some(match kind {
        "media_gone" => MediaFault::Gone,
        "media_no_files" => MediaFault::NoFiles,
        "media_html" => MediaFault::Html,
        "media_json" => MediaFault::Json,
        "media_empty" => MediaFault::Empty,
        "media_busy" => MediaFault::Busy,
        "media_truncated" => MediaFault::Truncated,
        "media_moved" => MediaFault::Moved,
        _ => return None,
    })
}

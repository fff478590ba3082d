//! What Voximplant itself can refuse or spoil.

use serde_json::Value;
use voximplant_client::testing::{FakeVoximplant, Fault, MediaFault};

use crate::Operation;
use crate::switches::Switches;

pub(super) struct VoximplantSwitches(pub(super) FakeVoximplant);

const KINDS: &[&str] = &[
    "voximplant_key_revoked",
    "voximplant_inactive",
    "voximplant_no_money",
    "voximplant_role_missing",
    "voximplant_code",
    "voximplant_answer_lost",
    "voximplant_cut_json",
    "voximplant_without_id",
    "voximplant_resend_refused",
    "record_missing",
    "record_gone",
    "record_forbidden",
    "record_html",
    "record_empty",
    "record_busy",
    "record_truncated",
];

impl Switches for VoximplantSwitches {
    fn kinds(&self) -> &'static [&'static str] {
        KINDS
    }

    fn turn(&self, kind: &str, times: Option<u32>, order: &Value) -> Result<(), String> {
        let fake = &self.0;
        let for_long = times.unwrap_or(u32::MAX);
        if let Some(fault) = media_fault(kind) {
            fake.fail_next_media(fault, for_long);
            return Ok(());
        }
        let method = order.get("method").and_then(Value::as_str);
        if times.is_none() && lasting(fake, kind, method) {
            return Ok(());
        }
        let fault = fault(kind, order)
            .ok_or_else(|| format!("`{kind}` holds until it is mended: leave out `times`"))?;
        match method {
            Some(method) => fake.fail_next_of(method, fault, for_long),
            None => fake.fail_next(fault, for_long),
        }
        Ok(())
    }

    fn concerns(&self, kind: &str, operation: &Operation) -> bool {
        media_fault(kind).is_some() == (operation.name == "media")
    }

    fn clear(&self) {
        self.0.mend();
        self.0.refuse_resends(false);
        self.0.set_balance(BALANCE);
    }
}

/// Plenty.
const BALANCE: i64 = 1_000_000_000;

/// A state that stays until it is mended; `false` if the kind is none.
fn lasting(fake: &FakeVoximplant, kind: &str, method: Option<&str>) -> bool {
    match kind {
        "voximplant_key_revoked" => fake.revoke_key(),
        "voximplant_inactive" => fake.deactivate(),
        "voximplant_no_money" => fake.set_balance(0),
        "voximplant_role_missing" => fake.forbid(method.unwrap_or("StartScenarios")),
        "voximplant_resend_refused" => fake.refuse_resends(true),
        _ => return false,
    }
    true
}

fn fault(kind: &str, order: &Value) -> Option<Fault> {
    Some(match kind {
        "voximplant_key_revoked" => Fault::Code(100),
        "voximplant_inactive" => Fault::Code(131),
        "voximplant_no_money" => Fault::Code(127),
        "voximplant_role_missing" => Fault::Code(104),
        "voximplant_resend_refused" => Fault::Code(484),
        "voximplant_code" => Fault::Code(order.get("code").and_then(Value::as_i64).unwrap_or(1)),
        "voximplant_answer_lost" => Fault::AnswerLost,
        "voximplant_cut_json" => Fault::CutJson,
        "voximplant_without_id" => Fault::WithoutId,
        _ => return None,
    })
}

fn media_fault(kind: &str) -> Option<MediaFault> {
    Some(match kind {
        "record_missing" => MediaFault::Missing,
        "record_gone" => MediaFault::Gone,
        "record_forbidden" => MediaFault::Forbidden,
        "record_html" => MediaFault::Html,
        "record_empty" => MediaFault::Empty,
        "record_busy" => MediaFault::Busy,
        "record_truncated" => MediaFault::Truncated,
        _ => return None,
    })
}

//! Refusals of the desk as problems, in both languages.

use std::time::Duration;

use chrono::SecondsFormat;
use http::StatusCode;
use voice_agent::{HangUpError, PartFailed, Refused};

use crate::problem::Problem;

/// A call that was not placed.
pub(super) fn refused(error: &Refused) -> Problem {
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    let said = |ru: &'static str| Problem::new(status, error.code(), ru, error.to_string());
    match error {
        Refused::Phone => said("это не номер телефона")
            .hint("напишите номер так: +79161234567", "write it like +79161234567")
            .with("field", "phone"),
        Refused::Persona(_) => said("такой персоны нет")
            .hint("есть: GET /api/v1/personas", "see GET /api/v1/personas")
            .with("field", "persona"),
        Refused::StopList => said("владелец номера просил ему не звонить")
            .hint("уважайте просьбу: номер в стоп-листе", "the number is on the stop list"),
        Refused::OutsideHours { retry_at } => {
            said("сейчас по этому номеру звонить нельзя: не то время суток у клиента")
                .hint("когда можно, сказано в retry_at", "retry_at says when it is allowed")
                .with("retry_at", retry_at.to_rfc3339_opts(SecondsFormat::Secs, true))
        }
        Refused::SpendCap => said("деньги на звонки на сегодня кончились")
            .hint("предел: ZVONAR_DAILY_CALL_BUDGET", "the cap is ZVONAR_DAILY_CALL_BUDGET"),
        Refused::KeyReused => said("этот idempotency_key уже был у другого запроса")
            .hint("возьмите новый ключ", "take a new key")
            .with("field", "idempotency_key"),
        Refused::TooMany(most) => said("все линии заняты")
            .hint(
                "повторите, когда закончится один из звонков; предел: VOXIMPLANT_MAX_CALLS",
                "the limit is VOXIMPLANT_MAX_CALLS",
            )
            .with("max_calls", *most)
            .retry_after(Duration::from_secs(30)),
        Refused::Unknown { call } => said("неизвестно, начался ли звонок")
            .hint(
                "не набирайте снова: исход появится у звонка в истории",
                "do not dial again: what became of it will show at the call",
            )
            .with("call_id", call.to_string()),
        Refused::Telephone { call, final_for_all, .. } => {
            let problem = said("телефония отказала: звонок не начался").with("call_id", call.to_string());
            if *final_for_all {
                problem.hint("проверьте: zvonar voximplant status", "check: zvonar voximplant status")
            } else {
                problem.hint("повторите позже", "try again later").retry_after(Duration::from_mins(1))
            }
        }
        Refused::Memory(_) => said("звонки сейчас не записать")
            .hint("повторите", "try again")
            .retry_after(Duration::from_secs(5)),
    }
}

/// The memory of calls does not answer.
pub(crate) fn memory(error: &PartFailed) -> Problem {
    tracing::error!(%error, "the memory of calls does not answer");
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "unavailable",
        "память звонков не отвечает",
        "the memory of calls does not answer",
    )
    .hint("повторите", "try again")
    .retry_after(Duration::from_secs(2))
}

/// A line that was told to hang up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HungUp {
    /// It was.
    Now,
    /// It does not obey; the call ends with its next turn.
    WithItsNextTurn,
}

/// What came of hanging up.
///
/// # Errors
/// There is no such call; the memory does not answer.
pub(super) fn hung_up(came: Result<(), HangUpError>) -> Result<HungUp, Problem> {
    match came {
        Ok(()) => Ok(HungUp::Now),
        Err(HangUpError::UnknownCall) => Err(Problem::not_found()),
        Err(HangUpError::Memory(error)) => Err(memory(&error)),
        Err(HangUpError::Telephone(error)) => {
            tracing::warn!(%error, "the line does not obey; the call ends with its next turn");
            Ok(HungUp::WithItsNextTurn)
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::CallId;

    use super::*;

    #[test]
    fn every_refusal_has_its_status_and_says_what_to_do() {
        let call = CallId::derive("voximplant", "1");
        let retry_at = chrono::DateTime::from_timestamp(1_795_176_000, 0).unwrap();
        let telephone = |final_for_all| Refused::Telephone { call, reason: "no money".into(), final_for_all };
        for (error, status, code, extra) in [
            (Refused::Phone, 422, "phone", Some("field")),
            (Refused::Persona("nobody".into()), 422, "persona", Some("field")),
            (Refused::StopList, 409, "stop_list", None),
            (Refused::OutsideHours { retry_at }, 409, "outside_hours", Some("retry_at")),
            (Refused::SpendCap, 409, "spend_cap", None),
            (Refused::KeyReused, 409, "key_reused", Some("field")),
            (Refused::TooMany(10), 429, "too_many", Some("max_calls")),
            (Refused::Unknown { call }, 503, "unknown", Some("call_id")),
            (telephone(true), 503, "telephone", Some("call_id")),
            (telephone(false), 503, "telephone", Some("call_id")),
        ] {
            let problem = refused(&error);
            let shown = format!("{problem:?}");
            assert_eq!(problem.status, status, "{shown}");
            assert!(shown.contains(&format!("{code:?}")), "{shown}");
            assert!(
                !problem.hint.pick(domain::Lang::Ru).is_empty()
                    && !problem.hint.pick(domain::Lang::En).is_empty()
            );
            assert!(extra.is_none_or(|name| shown.contains(name)), "{shown}");
        }
    }
}

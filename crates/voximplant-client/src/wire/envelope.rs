//! The envelope: refusals by their code, and the small answers of what changes something.
//!
//! Codes are those of the official client (`Enums.ts` of apiclient-nodejs 4.11.0). Code 429 is no
//! rate limit there: it names a wrong parameter.

use serde_json::Value;

use super::lenient;
use crate::{SessionHistoryId, SessionUrl, StartedSession, VoximplantError};

/// Reads an answer of the API; an `error` in it becomes an error.
pub(crate) fn decode(method: &str, body: &[u8]) -> Result<Value, VoximplantError> {
    let bad =
        |reason: &str| VoximplantError::BadAnswer { method: method.to_owned(), reason: reason.to_owned() };
    // the parser's words may repeat a piece of the answer
    let value: Value = serde_json::from_slice(body).map_err(|_| bad("no JSON"))?;
    if !value.is_object() {
        return Err(bad("no JSON object"));
    }
    let error = value.get("error").or_else(|| value.pointer("/errors/0")).filter(|error| !error.is_null());
    match error {
        None => Ok(value),
        Some(error) => {
            let code = error.get("code").and_then(lenient::whole).unwrap_or_default();
            let words = error.get("msg").or_else(|| error.get("message")).and_then(Value::as_str);
            Err(code_error(method, code, words.unwrap_or("no words")))
        }
    }
}

/// What a code means for the caller.
pub(crate) fn code_error(method: &str, code: i64, words: &str) -> VoximplantError {
    let (method, message) = (method.to_owned(), masked(words));
    match code {
        100 | 447 | 454 | 455 | 456 => VoximplantError::Unauthorized { code, message },
        104 => VoximplantError::Forbidden { method, message },
        115 | 116 | 117 | 132 | 147 | 156 | 168 | 375 | 418 | 419 => {
            VoximplantError::Setup { method, code, message }
        }
        127 => VoximplantError::NoMoney { message },
        131 => VoximplantError::AccountInactive { message },
        133 | 175 => VoximplantError::Taken { method, code },
        150 | 261 | 341 => VoximplantError::NotFound { method, code },
        162 | 314 | 340 | 512 | 515 => VoximplantError::RateLimited { message, retry_after: None },
        // faults of the platform, and «probable automatic request resend»: the first may have gone through
        1 | 2 | 4 | 5 | 15 | 16 | 21 | 484 => VoximplantError::Unavailable {
            what: "Voximplant".into(),
            reason: format!("{method}: code {code}: {message}"),
            retry_after: None,
            unsure: true,
        },
        _ => VoximplantError::Invalid { method, code, message },
    }
}

/// The platform's words without long runs of digits (numbers of people, keys) and bounded.
pub(super) fn masked(words: &str) -> String {
    let mut shown = String::new();
    let mut digits = String::new();
    let flush = |shown: &mut String, digits: &mut String| {
        shown.push_str(if digits.len() > 5 { "…" } else { digits });
        digits.clear();
    };
    for letter in words.chars().take(300) {
        if letter.is_ascii_digit() {
            digits.push(letter);
        } else {
            flush(&mut shown, &mut digits);
            shown.push(if letter.is_control() { ' ' } else { letter });
        }
    }
    flush(&mut shown, &mut digits);
    shown
}

/// The id of what was made.
pub(crate) fn id(method: &str, answer: &Value, member: &str) -> Result<i64, VoximplantError> {
    answer.get(member).and_then(lenient::whole).ok_or_else(|| VoximplantError::BadAnswer {
        method: method.to_owned(),
        reason: format!("no {member} in it"),
    })
}

/// `result: 1`.
pub(crate) fn done(method: &str, answer: &Value) -> Result<(), VoximplantError> {
    match answer.get("result").and_then(lenient::whole) {
        Some(1) => Ok(()),
        _ => Err(VoximplantError::BadAnswer {
            method: method.to_owned(),
            reason: "its result is not 1".into(),
        }),
    }
}

/// A session that began: `result` 1 *and* its id; an address alone proves nothing.
pub(crate) fn started(answer: &Value) -> Option<StartedSession> {
    let one = answer.get("result").and_then(lenient::whole) == Some(1);
    let id = answer.get("call_session_history_id").and_then(lenient::whole).filter(|_| one)?;
    let secure = answer.get("media_session_access_secure_url").and_then(Value::as_str);
    let url = secure.or_else(|| answer.get("media_session_access_url")?.as_str()).unwrap_or_default();
    Some(StartedSession { id: SessionHistoryId(id), commands: SessionUrl::new(url) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(body: &str) -> VoximplantError {
        decode("GetRules", body.as_bytes()).unwrap_err()
    }

    #[test]
    fn a_refusal_is_read_in_all_its_spellings() {
        for body in [
            r#"{"error":{"code":127,"msg":"no money"}}"#,
            r#"{"error":{"code":"127"},"result":1}"#,
            r#"{"errors":[{"code":127,"msg":"no money"}]}"#,
        ] {
            assert!(matches!(refused(body), VoximplantError::NoMoney { .. }), "{body}");
        }
        assert!(decode("GetRules", br#"{"error":null,"result":[]}"#).is_ok());
        for body in ["", "<html>", "[]", "7", r#"{"resu"#] {
            assert!(matches!(refused(body), VoximplantError::BadAnswer { .. }), "{body}");
        }
    }

    #[test]
    fn code_429_is_a_wrong_parameter_and_no_rate_limit() {
        let error = refused(r#"{"error":{"code":429,"msg":"The 'resource_type' parameter is invalid"}}"#);
        assert!(matches!(error, VoximplantError::Invalid { code: 429, .. }), "{error:?}");
    }

    #[test]
    fn words_hold_no_numbers_of_people() {
        assert_eq!(masked("to +79161234567, rule 12345\n!"), "to +…, rule 12345 !");
        assert_eq!(masked(&"й".repeat(1000)).chars().count(), 300);
    }

    #[test]
    fn an_address_alone_is_no_session() {
        for body in [
            r#"{"result":1,"media_session_access_secure_url":"https://x"}"#,
            r#"{"result":0,"call_session_history_id":7}"#,
        ] {
            assert_eq!(started(&serde_json::from_str(body).unwrap()), None, "{body}");
        }
    }
}

//! What the platform tells of the account: low money, a frozen account, a scenario that threw.
//!
//! `hash` is MD5 over salt, account, key and the callback's id: it proves who speaks and nothing of
//! what is said. So figures of a callback are a hint to ask again, never a fact; and a repeated id
//! is told once. State of calls never comes this way.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use md5::{Digest as _, Md5};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use subtle::ConstantTimeEq as _;

use crate::AccountId;

/// Ids that are remembered against repeats.
const REMEMBERED: usize = 1000;
/// Most callbacks of one body.
const MOST: usize = 1000;

/// A callback whose hash holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountCallback {
    /// Its id.
    pub id: i64,
    /// `min_balance`, `account_is_frozen`, `js_fail`, …; spelling is not promised.
    pub kind: String,
}

/// Why a body is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CallbackRefused {
    /// It is no JSON of callbacks.
    #[error("this is no list of callbacks of Voximplant")]
    Unreadable,
    /// A hash is wrong: none of the body is taken.
    #[error("the hash of a callback is wrong; check the salt that was set for it")]
    WrongHash,
}

/// Takes callbacks in, each once.
pub struct CallbackDoor {
    account: AccountId,
    salt: SecretString,
    api_key: SecretString,
    seen: Mutex<VecDeque<i64>>,
}

impl std::fmt::Debug for CallbackDoor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CallbackDoor").field("account", &self.account).finish_non_exhaustive()
    }
}

impl CallbackDoor {
    /// `salt` is the one of [`set_callback`](crate::VoximplantApi::set_callback), `api_key` the account's own.
    pub fn new(account: AccountId, salt: SecretString, api_key: SecretString) -> Self {
        Self { account, salt, api_key, seen: Mutex::default() }
    }

    /// The callbacks of a body that are new.
    ///
    /// # Errors
    /// [`CallbackRefused`]; nothing of such a body is taken.
    pub fn accept(&self, body: &[u8]) -> Result<Vec<AccountCallback>, CallbackRefused> {
        let body: Value = serde_json::from_slice(body).map_err(|_| CallbackRefused::Unreadable)?;
        let callbacks = body.get("callbacks").and_then(Value::as_array).ok_or(CallbackRefused::Unreadable)?;
        if callbacks.len() > MOST {
            return Err(CallbackRefused::Unreadable);
        }
        let all: Vec<_> = callbacks.iter().map(|callback| self.check(callback)).collect::<Result<_, _>>()?;
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let mut fresh = Vec::new();
        for callback in all {
            if !seen.contains(&callback.id) {
                seen.push_back(callback.id);
                fresh.push(callback);
            }
        }
        let surplus = seen.len().saturating_sub(REMEMBERED);
        seen.drain(..surplus);
        Ok(fresh)
    }

    fn check(&self, callback: &Value) -> Result<AccountCallback, CallbackRefused> {
        let id = callback.get("callback_id").and_then(Value::as_i64).ok_or(CallbackRefused::Unreadable)?;
        let kind = callback.get("type").and_then(Value::as_str).unwrap_or("unknown");
        let hash = callback.get("hash").and_then(Value::as_str).ok_or(CallbackRefused::WrongHash)?;
        let expected = self.hash(id);
        if !bool::from(expected.as_bytes().ct_eq(hash.as_bytes())) {
            return Err(CallbackRefused::WrongHash);
        }
        Ok(AccountCallback { id, kind: kind.chars().take(64).collect() })
    }

    /// `md5(account_salt + account_id + api_key + callback_id)`, lower hex.
    fn hash(&self, id: i64) -> String {
        let mut hash = Md5::new();
        hash.update(self.salt.expose_secret());
        hash.update(self.account.to_string());
        hash.update(self.api_key.expose_secret());
        hash.update(id.to_string());
        hex::encode(hash.finalize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn door() -> CallbackDoor {
        CallbackDoor::new(AccountId(1), "salt".to_owned().into(), "key".to_owned().into())
    }

    fn body(door: &CallbackDoor, ids: &[i64]) -> Vec<u8> {
        let all: Vec<_> = ids
            .iter()
            .map(|id| serde_json::json!({"callback_id": id, "type": "min_balance", "account_id": 1, "hash": door.hash(*id), "balance": 0.9}))
            .collect();
        serde_json::to_vec(&serde_json::json!({ "callbacks": all })).unwrap()
    }

    #[test]
    fn the_hash_is_of_salt_account_key_and_id_in_this_order() {
        // printf 'salt1key7' | md5sum
        assert_eq!(door().hash(7), "09673602eedd378adcc99b4592d1fc23");
    }

    #[test]
    fn a_callback_is_told_once() {
        let door = door();
        assert_eq!(door.accept(&body(&door, &[7, 8, 7])).unwrap().len(), 2);
        let again = door.accept(&body(&door, &[8, 9])).unwrap();
        assert_eq!(again, [AccountCallback { id: 9, kind: "min_balance".into() }]);
    }

    #[test]
    fn one_wrong_hash_refuses_the_whole_body_and_remembers_nothing() {
        let door = door();
        let good = String::from_utf8(body(&door, &[7, 8])).unwrap();
        let bad = good.replace(&door.hash(8), &door.hash(9));
        assert_eq!(door.accept(bad.as_bytes()), Err(CallbackRefused::WrongHash));
        assert_eq!(door.accept(good.as_bytes()).unwrap().len(), 2);
        for wrong in ["", "{}", "[]", r#"{"callbacks":[{"type":"x","hash":""}]}"#] {
            assert_eq!(door.accept(wrong.as_bytes()), Err(CallbackRefused::Unreadable), "{wrong}");
        }
    }
}

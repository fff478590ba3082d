//! What Voximplant tells of the account: money that is about to end stops campaigns until it is there again.
//!
//! A callback proves who speaks, not what is true: what it hints at is asked for.

use domain::Lang;
use secrecy::SecretString;
use voice_agent::LOW_BALANCE;
use voximplant_client::{AccountId, CallbackDoor, CallbackRefused, VoximplantApi as _, media_token};

use super::room::VoiceRoom;
use super::voximplant_words::voximplant_error;
use crate::{App, AppError, Config};

/// Where the account's callbacks come in.
const PATH: &str = "/voximplant/account";
/// What the salt is derived from, besides the backend's secret.
const SALT: &str = "account-callbacks";

/// What came of a body of callbacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountTold {
    /// So many were new.
    Taken(usize),
    /// It is none of Voximplant's.
    Refused(CallbackRefused),
    /// There is no account's own key to prove callbacks with.
    NotConfigured,
}

/// Callbacks are signed with the account's own key, whatever else we sign in with.
pub(super) fn account_door(config: &Config, secret: &SecretString) -> Option<CallbackDoor> {
    let settings = &config.voximplant;
    let (account, key) = (settings.account?, settings.api_key.clone()?);
    Some(CallbackDoor::new(AccountId(account), media_token(secret, SALT), key))
}

impl App {
    /// Has the account's callbacks sent here; what was set there before is replaced.
    ///
    /// # Errors
    /// Code `voximplant_callbacks` without `BACKEND_URL` or the account's own key; Voximplant's refusals.
    pub async fn voximplant_callbacks(&self) -> Result<String, AppError> {
        let lang = self.lang();
        let settings = &self.config().voximplant;
        let (Some(address), true) =
            (&self.config().backend_url, settings.account.is_some() && settings.api_key.is_some())
        else {
            return Err(AppError::usage(
                "voximplant_callbacks",
                lang.pick(
                    "уведомления аккаунта не подключить: нет адреса или ключа",
                    "callbacks of the account cannot be set: no address or no key",
                ),
                lang.pick(
                    "задайте BACKEND_URL, VOXIMPLANT_ACCOUNT_ID и VOXIMPLANT_API_KEY: ими подписаны уведомления",
                    "set BACKEND_URL, VOXIMPLANT_ACCOUNT_ID and VOXIMPLANT_API_KEY: callbacks are signed with them",
                ),
            ));
        };
        let url = format!("{}{PATH}", address.trim_end_matches('/'));
        let salt = media_token(&self.backend_secret()?, SALT);
        let set = self.voximplant()?.set_callback(&url, &salt).await;
        set.map_err(|error| voximplant_error(lang, &error))?;
        Ok(url)
    }

    /// Whether Voximplant has warned that the money is about to end.
    ///
    /// # Errors
    /// The database's.
    pub async fn is_balance_low(&self) -> Result<bool, AppError> {
        let told = self.store().setting(LOW_BALANCE).await;
        let told = told.map_err(|error| crate::words::store_error(self.lang(), &error))?;
        Ok(told.is_some_and(|text| !text.is_empty()))
    }
}

impl VoiceRoom {
    /// Takes a body of callbacks of the account in, each callback once.
    pub async fn account_told(&self, body: &[u8]) -> AccountTold {
        let Some(door) = &self.account else { return AccountTold::NotConfigured };
        let callbacks = match door.accept(body) {
            Ok(callbacks) => callbacks,
            Err(refused) => return AccountTold::Refused(refused),
        };
        for callback in &callbacks {
            match callback.kind.as_str() {
                "min_balance" | "account_is_frozen" => {
                    let balance = self.balance().await;
                    tracing::error!(
                        kind = callback.kind,
                        balance_micros = balance,
                        "Voximplant warns of the account's money: campaigns wait until it is topped up"
                    );
                    self.note_balance(&balance.unwrap_or(0).to_string()).await;
                }
                "js_fail" => tracing::error!("a scenario broke off at Voximplant; its log is in the cabinet"),
                kind => tracing::info!(kind, "Voximplant tells of the account"),
            }
        }
        AccountTold::Taken(callbacks.len())
    }

    /// The warning is over once there is more money than when it came.
    pub(super) async fn look_at_balance(&self) {
        let warned = match self.app.store.setting(LOW_BALANCE).await {
            Ok(warned) => warned.filter(|text| !text.is_empty()),
            Err(error) => {
                tracing::warn!(%error, "whether the balance is low is not known");
                return;
            }
        };
        let Some(then) = warned.map(|text| text.parse::<i64>().unwrap_or(0)) else { return };
        if self.balance().await.is_some_and(|now| now > then) {
            tracing::info!("the account at Voximplant was topped up: campaigns go on");
            self.note_balance("").await;
        }
    }

    async fn balance(&self) -> Option<i64> {
        let asked = self.api.as_ref()?.account().await;
        let account = asked
            .inspect_err(|error| {
                let told = voximplant_error(Lang::En, error);
                tracing::warn!(error = %told, "the balance cannot be asked for");
            })
            .ok()?;
        account.balance.map(|amount| amount.micros)
    }

    async fn note_balance(&self, text: &str) {
        if let Err(error) = self.app.store.set_setting(LOW_BALANCE, text).await {
            tracing::warn!(%error, "that the balance is low is not kept");
        }
    }
}

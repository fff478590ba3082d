//! AI calls as the doctor sees them: key, money, application, rule, caller id, scenarios, and the service
//! that scenarios ask.

use domain::Lang;
use voximplant_client::{DialogMode, VoximplantApi as _};

use super::voximplant::VoximplantStatus;
use crate::doctor::finding;
use crate::{App, AppError, Finding, FindingState};

const PART: &str = "Voximplant";

impl App {
    /// A line if all is well or nothing is set up, else one for each thing that stands in the way.
    pub(crate) async fn probe_voximplant(&self) -> Vec<Finding> {
        let (lang, settings) = (self.lang(), &self.config().voximplant);
        if !settings.has_key() {
            return vec![self.without_key()];
        }
        let status = match self.voximplant_status().await {
            Ok(status) => status,
            Err(error) => return vec![failed(error)],
        };
        let mut found = self.of_the_account(&status).await;
        found.extend(self.of_the_deployment(&status).await);
        if settings.used
            && let Err(error) = self.backend_answers().await
        {
            found.push(failed(error));
        }
        if found.is_empty() {
            let balance = status
                .account
                .balance
                .map_or_else(|| "—".to_owned(), |amount| format!("{:.2}", cents(amount.micros)));
            let currency = status.account.currency.as_deref().unwrap_or_default();
            let said = match (lang, settings.used) {
                (Lang::Ru, true) => {
                    format!("баланс {balance} {currency}, сценарии развёрнуты, служба отвечает")
                }
                (Lang::En, true) => {
                    format!("balance {balance} {currency}, scenarios deployed, the service answers")
                }
                (Lang::Ru, false) => {
                    format!("баланс {balance} {currency}; звонки придуманные: USE_VOXIMPLANT=false")
                }
                (Lang::En, false) => {
                    format!("balance {balance} {currency}; calls are simulated: USE_VOXIMPLANT=false")
                }
            };
            found.push(finding(PART, FindingState::Good, said, None));
        }
        found
    }

    fn without_key(&self) -> Finding {
        let lang = self.lang();
        if !self.config().voximplant.used {
            return finding(
                PART,
                FindingState::NotConfigured,
                lang.pick("не настроен, ИИ-звонки придуманные", "not configured, AI calls are simulated"),
                None,
            );
        }
        finding(
            PART,
            FindingState::Error,
            lang.pick("USE_VOXIMPLANT=true, а ключа нет", "USE_VOXIMPLANT=true, and there is no key"),
            Some(
                lang.pick(
                    "задайте VOXIMPLANT_CREDENTIALS или VOXIMPLANT_ACCOUNT_ID и VOXIMPLANT_API_KEY: docs/VOXIMPLANT.ru.md",
                    "set VOXIMPLANT_CREDENTIALS, or VOXIMPLANT_ACCOUNT_ID and VOXIMPLANT_API_KEY: docs/VOXIMPLANT.ru.md",
                )
                .to_owned(),
            ),
        )
    }

    /// Money and standing.
    async fn of_the_account(&self, status: &VoximplantStatus) -> Vec<Finding> {
        let account = &status.account;
        let told = |state, ru: &str, en: &str, remedy_ru: &str, remedy_en: &str| {
            let lang = self.lang();
            finding(PART, state, lang.pick(ru, en), Some(lang.pick(remedy_ru, remedy_en).to_owned()))
        };
        let mut found = Vec::new();
        if account.frozen || account.active == Some(false) {
            found.push(told(
                FindingState::Error,
                "аккаунт заморожен или не активирован: звонков не будет",
                "the account is frozen or not activated: there will be no calls",
                "исправьте это в кабинете Voximplant: Профиль → Документы и баланс",
                "settle it in the cabinet of Voximplant: profile, documents and balance",
            ));
        }
        if account.balance.is_some_and(|amount| amount.micros <= 0) {
            found.push(told(
                FindingState::Error,
                "на счёте нет денег: звонков не будет",
                "there is no money on the account: there will be no calls",
                "пополните счёт в кабинете Voximplant",
                "top the account up in the cabinet of Voximplant",
            ));
        } else if self.is_balance_low().await.unwrap_or(false) {
            found.push(told(
                FindingState::Warning,
                "Voximplant предупредил, что денег мало: кампании ждут",
                "Voximplant warns that little money is left: campaigns wait",
                "пополните счёт; в течение часа кампании продолжатся",
                "top the account up; campaigns go on within an hour",
            ));
        }
        found
    }

    /// What calls are started by, and what runs then.
    async fn of_the_deployment(&self, status: &VoximplantStatus) -> Vec<Finding> {
        let (lang, settings) = (self.lang(), &self.config().voximplant);
        let deploy = || Some("zvonar voximplant deploy".to_owned());
        let mut found = Vec::new();
        if settings.caller_id.is_none() {
            found.push(finding(
                PART,
                FindingState::Error,
                lang.pick(
                    "не задано VOXIMPLANT_CALLER_ID: звонить не с чего",
                    "VOXIMPLANT_CALLER_ID is not set: there is no number to call from",
                ),
                Some(
                    lang.pick(
                        "арендуйте или подтвердите номер в кабинете: Номера; затем VOXIMPLANT_CALLER_ID=+7…",
                        "rent or verify a number in the cabinet, then set VOXIMPLANT_CALLER_ID=+7…",
                    )
                    .to_owned(),
                ),
            ));
        }
        if status.application.is_none() {
            let (state, said, remedy) = match settings.application {
                Some(id) => (
                    FindingState::Error,
                    match lang {
                        Lang::Ru => format!("приложения {id} нет в этом аккаунте"),
                        Lang::En => format!("there is no application {id} in this account"),
                    },
                    Some(
                        lang.pick(
                            "исправьте VOXIMPLANT_APPLICATION_ID или уберите его: deploy создаст приложение zvonar",
                            "mend VOXIMPLANT_APPLICATION_ID, or leave it out: deploy makes the application zvonar",
                        )
                        .to_owned(),
                    ),
                ),
                None => (
                    FindingState::Error,
                    lang.pick("приложения zvonar ещё нет", "the application zvonar is not there yet").to_owned(),
                    deploy(),
                ),
            };
            found.push(finding(PART, state, said, remedy));
            return found;
        }
        let mode = if settings.realtime { DialogMode::Realtime } else { DialogMode::Turns };
        match self.rule_is_there(mode).await {
            Ok(true) => {}
            Ok(false) => found.push(finding(
                PART,
                FindingState::Error,
                match lang {
                    Lang::Ru => format!("правила для звонков ({}) нет в приложении", mode.as_str()),
                    Lang::En => format!("the rule for calls ({}) is not in the application", mode.as_str()),
                },
                if settings.rule.is_some() {
                    let hint = lang.pick(
                        "исправьте VOXIMPLANT_RULE_ID или уберите его и выполните zvonar voximplant deploy",
                        "mend VOXIMPLANT_RULE_ID, or leave it out and run zvonar voximplant deploy",
                    );
                    Some(hint.to_owned())
                } else {
                    deploy()
                },
            )),
            Err(error) => found.push(failed(error)),
        }
        match status.pending.as_deref() {
            Some("") => {}
            Some(_) => found.push(finding(
                PART,
                FindingState::Warning,
                lang.pick(
                    "сценарий, адрес или секреты в Voximplant не те, что здесь",
                    "scenario, address or secrets at Voximplant differ from those here",
                ),
                Some(
                    lang.pick(
                        "посмотрите и примените: zvonar voximplant deploy --dry-run, zvonar voximplant deploy",
                        "look and apply: zvonar voximplant deploy --dry-run, zvonar voximplant deploy",
                    )
                    .to_owned(),
                ),
            )),
            None if self.config().backend_url.is_none() => found.push(finding(
                PART,
                FindingState::Error,
                lang.pick("не задано BACKEND_URL: сценариям некого спросить", "BACKEND_URL is not set: scenarios have nobody to ask"),
                Some(
                    lang.pick(
                        "задайте адрес этой службы, видимый из интернета; для пробы — туннель: docs/VOXIMPLANT.ru.md",
                        "set this service's address as the internet sees it; for a trial a tunnel: docs/VOXIMPLANT.ru.md",
                    )
                    .to_owned(),
                ),
            )),
            None => {}
        }
        found
    }

    /// Whether the rule that calls are started by stands in the application.
    async fn rule_is_there(&self, mode: DialogMode) -> Result<bool, AppError> {
        let Ok(rule) = self.voximplant_rule(mode).await else { return Ok(false) };
        let failed = |error| super::voximplant_error(self.lang(), &error);
        let client = self.voximplant()?;
        let Some(application) = self.voximplant_application_id().await? else { return Ok(false) };
        let rules = client.rules(application).await.map_err(failed)?;
        Ok(rules.iter().any(|known| known.id == rule))
    }
}

#[expect(clippy::cast_precision_loss, reason = "a balance for eyes")]
fn cents(micros: i64) -> f64 {
    micros as f64 / 1e6
}

fn failed(error: AppError) -> Finding {
    let hint = Some(error.hint).filter(|hint| !hint.is_empty());
    Finding { refused: error.refused, ..finding(PART, FindingState::Error, error.message, hint) }
}

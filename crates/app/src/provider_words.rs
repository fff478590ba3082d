//! Refusals of the providers in words for a person, each with the exact remedy.

use std::error::Error;

use domain::Lang;
use openai_client::OpenAiError;
use pipeline::{ProviderWords, Told};
use sheets_sink::{SheetError, SheetWarning};
use uis_client::{LimitKind, UisError};

/// The providers of this installation, for the pipeline: a run says of them what `doctor` does.
pub(crate) struct KnownProviders;

impl ProviderWords for KnownProviders {
    fn told(&self, lang: Lang, error: &(dyn Error + Send + Sync + 'static)) -> Option<Told> {
        let openai = error.downcast_ref::<OpenAiError>().map(|error| openai_error(lang, error));
        openai.or_else(|| error.downcast_ref::<UisError>().map(|error| uis_error(lang, error)))
    }
}

/// What the system and our client say of a connection, in Russian; what nobody has met stays as it is.
fn network(reason: &str) -> String {
    const KNOWN: [(&str, &str); 12] = [
        ("proxy authorization required", "прокси требует имя и пароль"),
        ("Connection refused", "соединение не принимают"),
        ("Connection reset", "соединение оборвалось"),
        ("Broken pipe", "соединение оборвалось"),
        ("connection closed", "соединение оборвалось"),
        ("unexpected EOF", "соединение оборвалось"),
        ("Network is unreachable", "сеть недоступна"),
        ("No route to host", "сеть недоступна"),
        ("failed to lookup address", "имя сервера не находится"),
        ("no connection in time", "соединения не дождались"),
        ("no answer in time", "ответа не дождались"),
        ("failed too often in a row", "слишком много отказов подряд, ждём"),
    ];
    let known = KNOWN.iter().find(|(english, _)| reason.contains(english));
    known.map_or_else(|| reason.to_owned(), |(_, russian)| (*russian).to_owned())
}

fn told(message: impl Into<String>, hint: impl Into<String>) -> Told {
    Told { message: message.into(), hint: hint.into() }
}

/// UIS.
pub(crate) fn uis_error(lang: Lang, error: &UisError) -> Told {
    if lang == Lang::En {
        return told(error.to_string(), "");
    }
    match error {
        UisError::Unauthorized { mnemonic, .. } => told(
            format!("UIS не принимает ключ ({mnemonic})"),
            "выпустите новый ключ: кабинет UIS → Пользователи → ключ API, и запишите его в UIS_ACCESS_TOKEN; \
             ключи UIS и CoMagic не взаимозаменяемы",
        ),
        UisError::ForbiddenIp { ip } => told(
            match ip {
                Some(ip) => format!("UIS не пускает с адреса {ip}"),
                None => "UIS не пускает с этого адреса".to_owned(),
            },
            match ip {
                Some(ip) => format!("впишите {ip} в разрешённые IP ключа в кабинете UIS"),
                None => "впишите адрес этого сервера в разрешённые IP ключа в кабинете UIS".to_owned(),
            },
        ),
        UisError::Forbidden { message } => {
            told(format!("UIS запрещает это пользователю ключа: {message}"), "дайте ему права в кабинете UIS")
        }
        UisError::ComponentDisabled { message } => told(
            format!("в UIS не подключён компонент: {message}"),
            "подключите в кабинете UIS «Data API», а для тегов, комментариев и распознавания — «Data API для настройки»",
        ),
        UisError::AccountInactive { message } => {
            told(format!("аккаунт UIS не активен: {message}"), "решите это с поддержкой UIS")
        }
        UisError::LimitExceeded { kind, reset } => {
            let which = match kind {
                LimitKind::Minute => "на минуту",
                LimitKind::Day => "на сутки",
                LimitKind::Unknown => "тарифа",
            };
            let when = reset.map(|reset| format!(", новый через {} с", reset.as_secs())).unwrap_or_default();
            told(
                format!("исчерпан предел запросов UIS {which}{when}"),
                "подождите, запускайте реже или возьмите тариф больше",
            )
        }
        UisError::RecordingNotReady => told("UIS ещё готовит запись", "спросим позже сами"),
        UisError::RecordingGone { .. } => {
            told("записи в UIS больше нет", "срок хранения записей зависит от тарифа UIS; запускайте чаще")
        }
        UisError::RecordingTruncated { received, .. } => {
            told(format!("запись оборвалась на {received} байтах"), "скачаем заново сами")
        }
        UisError::NotSound { .. } => {
            told("вместо звука UIS прислал страницу", "если повторяется, проверьте UIS_MEDIA_URL и UIS_PROXY")
        }
        UisError::TooLarge { limit } => {
            told(format!("запись больше предела в {} МБ", limit / 1_000_000), "такие записи не разбираются")
        }
        UisError::Unavailable { reason, .. } => told(
            format!("UIS не отвечает: {}", network(reason)),
            "проверьте сеть и прокси (UIS_PROXY, HTTPS_PROXY); записи UIS из-за границы часто недоступны",
        ),
        UisError::Config(_) => told(error.to_string(), "zvonar config show"),
        _ => told(error.to_string(), "повторите; если не пройдёт, сообщите разработчикам"),
    }
}

/// Google Sheets.
pub(crate) fn sheet_error(lang: Lang, error: &SheetError) -> Told {
    if lang == Lang::En {
        return told(error.to_string(), "");
    }
    let who = |email: &Option<String>| email.clone().unwrap_or_else(|| "вашему аккаунту".to_owned());
    match error {
        SheetError::NotShared { client_email } => told(
            "таблица для нас закрыта",
            format!("откройте таблицу → Настройки доступа → добавьте {} редактором", who(client_email)),
        ),
        SheetError::ReadOnly { client_email } => told(
            "таблица открыта нам только для чтения",
            format!("в настройках доступа смените роль {} на «Редактор»", who(client_email)),
        ),
        SheetError::ApiDisabled { project } => told(
            format!("в проекте Google {project} выключен Google Sheets API"),
            format!(
                "включите: https://console.cloud.google.com/apis/library/sheets.googleapis.com?project={project}"
            ),
        ),
        SheetError::ScopeMissing => told(
            "у входа Google нет права на таблицы",
            "войдите заново с правом https://www.googleapis.com/auth/spreadsheets",
        ),
        SheetError::NotFound => {
            told("такой таблицы нет", "проверьте GOOGLE_SHEET_ID: можно вставить адрес целиком")
        }
        SheetError::OfficeFile => told(
            "это файл Excel, а не таблица Google",
            "откройте его, «Файл» → «Сохранить как таблицу Google», возьмите новый адрес",
        ),
        SheetError::BadKey { reason } => told(
            format!("Google не принимает ключ: {reason}"),
            "создайте новый ключ сервисного аккаунта или войдите заново; путь — GOOGLE_APPLICATION_CREDENTIALS",
        ),
        SheetError::ClockSkew { seconds } => told(
            format!("часы этого компьютера расходятся с Google на {seconds} с"),
            "выставьте время: timedatectl set-ntp true",
        ),
        SheetError::CannotCreate { client_email } => told(
            "сервисный аккаунт не может создать таблицу: у него нет своего Диска",
            format!(
                "создайте таблицу сами, добавьте {client_email} редактором и запишите адрес в GOOGLE_SHEET_ID"
            ),
        ),
        SheetError::TabGone => told(
            "листа больше нет: его удалили",
            "верните его («Файл» → «История версий») или создайте заново: zvonar sheet init",
        ),
        SheetError::HeaderDamaged { reason } => told(
            format!("шапка листа повреждена: {reason}"),
            "верните её («Файл» → «История версий») или начните новый лист: GOOGLE_SHEET_TAB и zvonar sheet init",
        ),
        SheetError::Protected { description, client_email } => told(
            format!("защищённый диапазон не пускает нас ({description})"),
            format!("добавьте {} в редакторы защищённого диапазона", who(client_email)),
        ),
        SheetError::Full { cells } => told(
            format!("таблица заполнена: {cells} ячеек из 10 000 000"),
            "удалите старые листы или начните новую таблицу",
        ),
        SheetError::RateLimited { .. } => told("Google просит не спешить", "повторим сами"),
        SheetError::Unavailable { reason, .. } => told(
            format!("Google Таблицы не отвечают: {}", network(reason)),
            "повторим сами; если не проходит, проверьте сеть и прокси (GOOGLE_PROXY, HTTPS_PROXY)",
        ),
        SheetError::Invalid(why) => told(why.clone(), "zvonar config show"),
        _ => told(error.to_string(), "zvonar sheet check"),
    }
}

/// What does not stop a delivery, and should be looked at.
pub(crate) fn sheet_warning(lang: Lang, warning: &SheetWarning) -> Told {
    if lang == Lang::En {
        return told(warning.to_string(), "");
    }
    match warning {
        SheetWarning::ColumnDeleted { header } => {
            told(format!("столбец «{header}» удалён и больше не заполняется"), "")
        }
        SheetWarning::Protected { description } => told(
            format!("защищённый диапазон не пускает нас ({description})"),
            "добавьте нас в его редакторы: Данные → Защищённые листы и диапазоны",
        ),
        SheetWarning::TabGone => sheet_error(lang, &SheetError::TabGone),
        SheetWarning::UnknownZone { zone } => told(
            format!("часовой пояс таблицы «{zone}» нам неизвестен, пишем время UTC"),
            "выберите другой: Файл → Настройки",
        ),
        full if full.is_full() => told(
            "в таблице не осталось свободных ячеек из 10 000 000",
            "удалите старые листы или начните новую таблицу: GOOGLE_SHEET_ID и zvonar sheet init",
        ),
        SheetWarning::FillsUp { cells, most } => told(
            format!("таблица заполнена на {} %: {cells} ячеек из {most}", cells * 100 / (*most).max(1)),
            "скоро понадобится новая таблица: GOOGLE_SHEET_ID и zvonar sheet init",
        ),
        SheetWarning::ReadOnly { client_email } => {
            sheet_error(lang, &SheetError::ReadOnly { client_email: client_email.clone() })
        }
        SheetWarning::ClockSkew { seconds } => {
            sheet_error(lang, &SheetError::ClockSkew { seconds: *seconds })
        }
        SheetWarning::LooksRefused { reason } => {
            told(format!("Google не взял оформление листа ({reason})"), "строки пишутся и без него")
        }
        other => told(other.to_string(), ""),
    }
}

/// Speech and language models.
pub(crate) fn openai_error(lang: Lang, error: &OpenAiError) -> Told {
    let ru = lang == Lang::Ru;
    match error {
        OpenAiError::Unauthorized { provider, code, message } => match code.as_str() {
            "unsupported_country_region_territory" => told(
                lang.pick("служба не обслуживает этот адрес: ", "the service refuses this country: ")
                    .to_owned()
                    + provider,
                lang.pick(
                    "задайте OPENAI_PROXY или возьмите посредника: OPENAI_BASE_URL",
                    "set OPENAI_PROXY, or take a reseller: OPENAI_BASE_URL",
                ),
            ),
            "proxy_refused" => told(
                lang.pick("прокси не пускает: HTTP 407", "the proxy refuses us: HTTP 407").to_owned(),
                lang.pick(
                    "проверьте имя и пароль в OPENAI_PROXY (HTTPS_PROXY)",
                    "check user and password in OPENAI_PROXY (HTTPS_PROXY)",
                ),
            ),
            "model_not_found" => told(
                if ru {
                    format!("{provider}: модель недоступна ключу: {message}")
                } else {
                    error.to_string()
                },
                lang.pick(
                    "проверьте OPENAI_STT_MODEL, OPENAI_CHAT_MODEL и права ключа",
                    "check OPENAI_STT_MODEL, OPENAI_CHAT_MODEL and the key's rights",
                ),
            ),
            _ => told(
                if ru {
                    format!("{provider} не принимает ключ: {message}")
                } else {
                    error.to_string()
                },
                lang.pick(
                    "проверьте OPENAI_API_KEY (STT_API_KEY, LLM_API_KEY): скопируйте ключ заново",
                    "check OPENAI_API_KEY (STT_API_KEY, LLM_API_KEY): copy the key anew",
                ),
            ),
        },
        OpenAiError::QuotaSpent { provider, .. } => told(
            if ru {
                format!("{provider}: деньги или квота кончились")
            } else {
                error.to_string()
            },
            lang.pick("пополните счёт", "top up the account"),
        ),
        OpenAiError::RateLimited { .. } => told(
            if ru { "служба просит не спешить".to_owned() } else { error.to_string() },
            lang.pick("уменьшите OPENAI_REQUESTS_PER_MINUTE", "lower OPENAI_REQUESTS_PER_MINUTE"),
        ),
        OpenAiError::Unavailable { provider, message, .. } => told(
            if ru {
                format!("{provider} не отвечает: {}", network(message))
            } else {
                error.to_string()
            },
            lang.pick(
                "проверьте сеть, прокси (OPENAI_PROXY, HTTPS_PROXY) и OPENAI_BASE_URL",
                "check the network, the proxy (OPENAI_PROXY, HTTPS_PROXY) and OPENAI_BASE_URL",
            ),
        ),
        OpenAiError::Invalid { provider, message, code } if ru => told(
            match code.as_str() {
                "" => format!("{provider} не принимает запрос: {message}"),
                code => format!("{provider} не принимает запрос ({code}): {message}"),
            },
            "проверьте OPENAI_STT_MODEL, OPENAI_CHAT_MODEL и OPENAI_BASE_URL: zvonar doctor",
        ),
        OpenAiError::BadAnswer { provider, .. } if ru => told(
            format!("ответ {provider} не читается"),
            "проверьте OPENAI_BASE_URL и то, что стоит перед службой: прокси, посредник",
        ),
        _ => told(error.to_string(), "zvonar config show"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_says_of_a_provider_what_doctor_says() {
        let refused = OpenAiError::Unauthorized {
            provider: "api.openai.com".into(),
            message: "Country, region, or territory not supported".into(),
            code: "unsupported_country_region_territory".into(),
        };
        let told = KnownProviders.told(Lang::Ru, &refused).unwrap();
        assert_eq!(told.message, "служба не обслуживает этот адрес: api.openai.com");
        assert!(told.hint.contains("OPENAI_PROXY"), "{told:?}");
        let off = UisError::ComponentDisabled { message: "API settings".into() };
        let told = KnownProviders.told(Lang::Ru, &off).unwrap();
        assert!(told.hint.contains("«Data API для настройки»"), "{told:?}");
        assert_eq!(KnownProviders.told(Lang::Ru, &std::fmt::Error), None);
    }

    #[test]
    fn words_of_the_system_are_russian_in_russian_texts() {
        let silent = UisError::Unavailable {
            what: "UIS".into(),
            reason:
                "uis.get.account (127.0.0.1:1): unavailable (Connection refused (os error 111)); try again"
                    .into(),
            retry_after: None,
            unsure: false,
        };
        assert_eq!(uis_error(Lang::Ru, &silent).message, "UIS не отвечает: соединение не принимают");
    }
}

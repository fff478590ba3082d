//! Refusals of the providers in words for a person, each with the exact remedy.

use domain::Lang;
use openai_client::OpenAiError;
use sheets_sink::SheetError;
use uis_client::{LimitKind, UisError};

/// What happened, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) message: String,
    pub(crate) hint: String,
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
            format!("UIS не отвечает: {reason}"),
            "проверьте сеть и UIS_PROXY; записи UIS из-за границы часто недоступны",
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
            format!("Google Таблицы не отвечают: {reason}"),
            "повторим сами; если не проходит, проверьте сеть и GOOGLE_PROXY",
        ),
        SheetError::Invalid(why) => told(why.clone(), "zvonar config show"),
        _ => told(error.to_string(), "zvonar sheet check"),
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
            if ru { format!("{provider} не отвечает: {message}") } else { error.to_string() },
            lang.pick(
                "проверьте сеть, OPENAI_PROXY и OPENAI_BASE_URL",
                "check the network, OPENAI_PROXY and OPENAI_BASE_URL",
            ),
        ),
        _ => told(error.to_string(), "zvonar config show"),
    }
}

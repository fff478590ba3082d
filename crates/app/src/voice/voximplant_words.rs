//! Refusals of Voximplant in words for a person, each with the remedy.

use domain::Lang;
use voximplant_client::VoximplantError;

use crate::AppError;

/// What happened and what to do.
pub(crate) fn voximplant_error(lang: Lang, error: &VoximplantError) -> AppError {
    let (message, hint) = match lang {
        Lang::Ru => russian(error),
        Lang::En => (error.to_string(), String::new()),
    };
    let usage = matches!(
        error,
        VoximplantError::Config(_) | VoximplantError::Setup { .. } | VoximplantError::Taken { .. }
    );
    let mut told = AppError::failed("voximplant", message, hint).usage_if(usage);
    told.refused = error.is_refusal();
    told
}

fn russian(error: &VoximplantError) -> (String, String) {
    let said = |message: String, hint: &str| (message, hint.to_owned());
    match error {
        VoximplantError::Unauthorized { code, .. } => said(
            format!("Voximplant не принимает ключ (код {code})"),
            "проверьте часы компьютера, затем VOXIMPLANT_CREDENTIALS или VOXIMPLANT_ACCOUNT_ID и VOXIMPLANT_API_KEY",
        ),
        VoximplantError::Forbidden { method, .. } => said(
            format!("ключу Voximplant не разрешено {method}"),
            "дайте сервисному аккаунту роль Owner, Admin или Developer",
        ),
        VoximplantError::NoMoney { .. } => {
            said("на счёте Voximplant кончились деньги".to_owned(), "пополните счёт; до тех пор звонки ждут")
        }
        VoximplantError::AccountInactive { .. } => {
            said("аккаунт Voximplant не активирован".to_owned(), "активируйте его в кабинете Voximplant")
        }
        VoximplantError::Setup { method, code, .. } => said(
            format!("Voximplant не знает того, что названо в {method} (код {code})"),
            "zvonar voximplant deploy; проверьте VOXIMPLANT_APPLICATION_ID и VOXIMPLANT_RULE_ID",
        ),
        VoximplantError::Taken { method, .. } => said(
            format!("такое имя в Voximplant уже занято ({method})"),
            "уберите старое в кабинете или выберите другое приложение: VOXIMPLANT_APPLICATION_ID",
        ),
        VoximplantError::Unknown { .. } => said(
            "неизвестно, начался ли звонок: Voximplant не ответил".to_owned(),
            "не набирайте снова: исход покажет история звонков, zvonar voximplant status",
        ),
        VoximplantError::RateLimited { .. } => {
            said("Voximplant просит не спешить".to_owned(), "повторите через минуту")
        }
        VoximplantError::ForeignHost { host, .. } => said(
            format!("адрес ведёт не на серверы Voximplant: {host}"),
            "если это ваше хранилище, добавьте его в VOXIMPLANT_MEDIA_HOSTS",
        ),
        VoximplantError::Unavailable { what, reason, .. } => said(
            format!("{what} не отвечает: {reason}"),
            "проверьте сеть и VOXIMPLANT_PROXY, повторите позже",
        ),
        VoximplantError::Untrusted { reason } => said(
            format!("сертификату Voximplant нельзя доверять: {reason}"),
            "проверьте часы компьютера и VOXIMPLANT_PROXY",
        ),
        VoximplantError::Config(why) => said(format!("настройка Voximplant: {why}"), "zvonar config show"),
        error => said(error.to_string(), "повторите; если не пройдёт: zvonar doctor"),
    }
}

//! Refusals of Telegram and of mail servers in words for a person, each with the exact remedy.

use domain::Lang;
use mail_client::{MailError, WrongSetting};
use telegram_client::TelegramError;

use crate::AppError;

/// Telegram.
pub(crate) fn telegram_error(lang: Lang, error: &TelegramError) -> AppError {
    let refused = matches!(error, TelegramError::Unauthorized | TelegramError::ChatRefused { .. });
    let usage = matches!(error, TelegramError::Config(_));
    let (message, hint) = match (lang, error) {
        (Lang::En, error) => (error.to_string(), String::new()),
        (Lang::Ru, TelegramError::Unauthorized) => (
            "Telegram не принимает ключ бота".to_owned(),
            "получите новый у @BotFather и задайте TELEGRAM_BOT_TOKEN".to_owned(),
        ),
        (Lang::Ru, TelegramError::ChatRefused { chat, reason }) => (
            format!("боту нельзя писать в чат {chat} ({reason})"),
            "добавьте бота в чат, а человек пусть нажмёт у бота «Старт»; номер чата — TELEGRAM_CHAT_ID"
                .to_owned(),
        ),
        (Lang::Ru, TelegramError::Moved { from, to }) => {
            (format!("чат {from} стал супергруппой {to}"), format!("задайте TELEGRAM_CHAT_ID={to}"))
        }
        (Lang::Ru, TelegramError::Invalid { reason }) => {
            (format!("Telegram не берёт сообщение: {reason}"), String::new())
        }
        (Lang::Ru, TelegramError::TooFast { .. }) => ("Telegram просит подождать".to_owned(), String::new()),
        (Lang::Ru, TelegramError::Unavailable { reason, .. }) => (
            format!("Telegram недоступен ({reason})"),
            "проверьте сеть; из России может понадобиться TELEGRAM_PROXY".to_owned(),
        ),
        (Lang::Ru, error) => {
            (format!("настройка Telegram: {error}"), "TELEGRAM_BOT_TOKEN, TELEGRAM_CHAT_ID".to_owned())
        }
    };
    AppError { code: "telegram", message, hint, usage, refused }
}

/// Mail.
pub(crate) fn mail_error(lang: Lang, error: &MailError) -> AppError {
    let refused = matches!(error, MailError::Unauthorized { .. } | MailError::Refused { .. });
    let usage = matches!(error, MailError::Config(_));
    let (message, hint) = match (lang, error) {
        (Lang::En, error) => (error.to_string(), String::new()),
        (Lang::Ru, MailError::Unauthorized { host }) => (
            format!("{host} не принимает имя или пароль"),
            "многим серверам нужен пароль приложения: создайте его в настройках ящика и запишите в SMTP_URL"
                .to_owned(),
        ),
        (Lang::Ru, MailError::Refused { host, code }) => (
            format!("{host} не берёт письмо ({code})"),
            "проверьте ALERT_EMAIL_FROM (обычно это сам ящик) и ALERT_EMAIL_TO".to_owned(),
        ),
        (Lang::Ru, MailError::Invalid { reason }) => {
            (format!("письмо не составить: {reason}"), String::new())
        }
        (Lang::Ru, MailError::Unavailable { host, reason, .. }) => (
            format!("{host} недоступен ({reason})"),
            "проверьте сеть, имя сервера и порт в SMTP_URL".to_owned(),
        ),
        (Lang::Ru, MailError::Untrusted { host, reason }) => (
            format!("нет надёжного соединения с {host} ({reason})"),
            "проверьте имя сервера в SMTP_URL и часы этого компьютера".to_owned(),
        ),
        (Lang::Ru, MailError::Config(wrong)) => {
            let (message, hint) = wrong_mail_setting(*wrong);
            (message.to_owned(), hint.to_owned())
        }
        (Lang::Ru, _) => (
            "письмо не отправить".to_owned(),
            "проверьте SMTP_URL, ALERT_EMAIL_FROM и ALERT_EMAIL_TO".to_owned(),
        ),
    };
    AppError { code: "mail", message, hint, usage, refused }
}

fn wrong_mail_setting(wrong: WrongSetting) -> (&'static str, &'static str) {
    const EXAMPLE: &str = "например: SMTP_URL=smtps://робот%40example.ru:ПАРОЛЬ@smtp.example.ru";
    match wrong {
        WrongSetting::NoUrl => ("SMTP_URL — не адрес сервера почты", EXAMPLE),
        WrongSetting::NoHost => ("в SMTP_URL нет имени сервера", EXAMPLE),
        WrongSetting::Unencrypted => {
            ("SMTP_URL без шифрования: нужен smtps://, или smtp:// с ?tls=required", EXAMPLE)
        }
        WrongSetting::NotSmtp => ("SMTP_URL должен начинаться с smtps:// или smtp://", EXAMPLE),
        WrongSetting::Sender => {
            ("ALERT_EMAIL_FROM — не адрес почты", "например: ALERT_EMAIL_FROM=\"zvonar <робот@example.ru>\"")
        }
        WrongSetting::Recipient => {
            ("это не адрес почты", "адреса вида имя@example.ru, через запятую, в ALERT_EMAIL_TO")
        }
        _ => ("по SMTP_URL нельзя соединиться", EXAMPLE),
    }
}

#[cfg(test)]
mod tests {
    use mail_client::MailConfig;

    use super::*;

    #[test]
    fn a_wrong_setting_of_mail_is_told_in_the_readers_language_alone() {
        for url in ["", "smtps://", "smtp://u:hunter2@smtp.example.ru", "https://u:hunter2@smtp.example.ru"] {
            let wrong = MailConfig::new(&url.to_owned().into(), "z <robot@example.ru>").unwrap_err();
            let told = mail_error(Lang::Ru, &wrong);
            assert!(told.usage && told.message.contains("SMTP_URL"), "{told}");
            assert!(!told.to_string().contains("setting") && !told.to_string().contains("must"), "{told}");
            assert!(!told.to_string().contains("hunter2"), "{told}");
        }
        let wrong = MailConfig::new(&"smtp://localhost".to_owned().into(), "robot").unwrap_err();
        assert!(mail_error(Lang::Ru, &wrong).message.contains("ALERT_EMAIL_FROM"));
    }
}

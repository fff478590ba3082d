//! Settings of schedules, notices and write-back.

use super::keys::{Key, key};

const fn secret(
    name: &'static str,
    env: &'static str,
    example: &'static str,
    ru: &'static str,
    en: &'static str,
) -> Key {
    Key { name, env, default: "", example, secret: true, ru, en }
}

/// In the order that they are shown.
pub(super) const TELLING_KEYS: &[Key] = &[
    key(
        "schedule",
        "ZVONAR_SCHEDULE",
        "",
        "5 * * * *",
        "Когда служба сама проверяет звонки UIS: выражение cron по ZVONAR_TIMEZONE. Другие расписания: zvonar \
         schedule add",
        "When the service asks UIS for calls by itself: a cron expression by ZVONAR_TIMEZONE. Other schedules: \
         zvonar schedule add",
    ),
    key(
        "weekly_report",
        "ZVONAR_WEEKLY_REPORT",
        "",
        "0 9 * * 1",
        "Когда почтой уходят отчёты менеджеров за прошлую неделю: выражение cron",
        "When managers' reports of the week before leave by mail: a cron expression",
    ),
    secret(
        "telegram.bot_token",
        "TELEGRAM_BOT_TOKEN",
        "123456789:AA…",
        "Ключ бота Telegram от @BotFather: без него в Telegram ничего не приходит",
        "Token of the Telegram bot from @BotFather; without it nothing goes to Telegram",
    ),
    key(
        "telegram.chat_id",
        "TELEGRAM_CHAT_ID",
        "",
        "-1001234567890",
        "Куда писать: номер чата или @канал; бот должен в нём состоять",
        "Where to: the number of a chat or @channel; the bot must be in it",
    ),
    key(
        "telegram.api_url",
        "TELEGRAM_API_URL",
        "https://api.telegram.org",
        "https://telegram.example.ru",
        "Адрес Bot API: свой сервер или общий",
        "Address of the Bot API: the public one or your own",
    ),
    secret(
        "telegram.proxy",
        "TELEGRAM_PROXY",
        "socks5h://127.0.0.1:1080",
        "Прокси для Telegram",
        "Proxy for Telegram",
    ),
    secret(
        "mail.smtp_url",
        "SMTP_URL",
        "smtps://robot%40example.ru:PASSWORD@smtp.example.ru",
        "Почтовый сервер с именем и паролем: без него писем нет",
        "Mail server with user and password; without it there is no mail",
    ),
    key(
        "mail.from",
        "ALERT_EMAIL_FROM",
        "",
        "zvonar <robot@example.ru>",
        "От кого письма",
        "Whom mail comes from",
    ),
    key(
        "mail.to",
        "ALERT_EMAIL_TO",
        "",
        "anna@example.ru, igor@example.ru",
        "Кому письма, через запятую",
        "Whom mail goes to, with commas",
    ),
    key(
        "notify.quiet_hours",
        "ZVONAR_QUIET_HOURS",
        "22:00-08:00",
        "20:00-09:00",
        "Когда никого не беспокоить, по ZVONAR_TIMEZONE: всё придёт утром; none — беспокоить всегда",
        "When nobody is disturbed, by ZVONAR_TIMEZONE: all of it comes in the morning; none: disturb always",
    ),
    key(
        "notify.low_score",
        "ZVONAR_LOW_SCORE",
        "40",
        "60",
        "Сообщать о звонках с баллом ниже этого, от 0 до 100; 0 — только о грубых ошибках",
        "Tell of calls that score below this, 0 to 100; 0: only where a critical criterion failed",
    ),
    key(
        "notify.waiting_minutes",
        "ZVONAR_WAITING_MINUTES",
        "30",
        "15",
        "Сообщать о пропущенном клиенте, если не перезвонили за столько минут; none — не сообщать",
        "Tell of a missed client whom nobody rang back in so many minutes; none: do not tell",
    ),
    key(
        "notify.digest_at",
        "ZVONAR_DIGEST_AT",
        "09:00",
        "08:30",
        "Когда присылать итоги прошлого дня; none — не присылать",
        "When the day before is told; none: never",
    ),
    key(
        "uis.write_back",
        "UIS_WRITE_BACK",
        "none",
        "tags,comment",
        "Что записать в UIS после оценки: tags (тег по баллу), comment (балл и краткий разбор), оба через запятую, \
         none",
        "What UIS gets after a call is judged: tags (a tag by the score), comment (score and summary), both with a \
         comma, none",
    ),
];

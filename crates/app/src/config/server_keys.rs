//! Settings of the web service.

use super::keys::{Key, key};
use super::provider_keys::secret;

/// In the order that they are shown.
pub(super) const SERVER_KEYS: &[Key] = &[
    key(
        "bind",
        "ZVONAR_BIND",
        "127.0.0.1:8000",
        "0.0.0.0:8000",
        "Где слушает веб-сервис. Не на своём компьютере нужен пользователь или ключ: zvonar user token",
        "Where the web service listens. Beyond this machine it wants a user or a token: zvonar user token",
    ),
    secret(
        "admin_token",
        "ZVONAR_ADMIN_TOKEN",
        "длинная случайная строка",
        "Ключ администратора веб-сервиса (Authorization: Bearer)",
        "Administrator's token of the web service (Authorization: Bearer)",
    ),
    key(
        "max_upload_mb",
        "ZVONAR_MAX_UPLOAD_MB",
        "500",
        "200",
        "Самая большая запись, которую примет веб-сервис или скачает по ссылке, МБ",
        "Largest recording that the web service takes in or fetches by address, MB",
    ),
    secret(
        "webhook_key",
        "ZVONAR_WEBHOOK_KEY",
        "длинная случайная строка",
        "Ключ в адресе /webhook/КЛЮЧ/… — для отправителей, которые не умеют подписывать (UIS)",
        "Key in the address /webhook/KEY/… for senders that cannot sign (UIS)",
    ),
    key(
        "webhook_url",
        "ZVONAR_WEBHOOK_URL",
        "",
        "https://crm.example.ru/zvonar",
        "Куда сообщать о готовых звонках; несколько адресов — через запятую",
        "Where finished calls are told of; several addresses with commas",
    ),
    secret(
        "webhook_secret",
        "ZVONAR_WEBHOOK_SECRET",
        "длинная случайная строка",
        "Чем подписаны эти сообщения (HMAC-SHA256)",
        "What signs these messages (HMAC-SHA256)",
    ),
    key(
        "crm_url",
        "ZVONAR_CRM_URL",
        "",
        "https://crm.example.ru/api/calls",
        "Куда записывать результат каждого звонка в CRM",
        "Where each call's result is written back to the CRM",
    ),
    secret(
        "crm_secret",
        "ZVONAR_CRM_SECRET",
        "ключ CRM",
        "Ключ CRM (Authorization: Bearer)",
        "Key of the CRM (Authorization: Bearer)",
    ),
];

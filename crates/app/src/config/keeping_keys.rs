//! Settings of what is kept for how long, and of how the work is watched.

use super::keys::{Key, key};

/// In the order that they are shown.
pub(super) const KEEPING_KEYS: &[Key] = &[
    key(
        "data_abroad",
        "ZVONAR_DATA_ABROAD",
        "allow",
        "deny",
        "Что можно отправлять службам за границей: allow (всё, на что задан ключ), masked_text (только текст без \
         номеров и имён), deny (ничего). Где служба, видно по адресу: .ru, .рф, .su и закрытая сеть — дома",
        "What may be sent to services abroad: allow (all that a key is set for), masked_text (only text without \
         numbers and names), deny (nothing). Addresses under .ru, .рф, .su and in closed networks are at home",
    ),
    key(
        "data_home",
        "ZVONAR_DATA_HOME",
        "",
        "gateway.example.com",
        "Какие ещё адреса служб считать домашними, через запятую",
        "Which other hosts of services are at home, comma-separated",
    ),
    key(
        "keep_recordings_days",
        "ZVONAR_KEEP_RECORDINGS_DAYS",
        "",
        "90",
        "Сколько дней хранить скачанные и присланные записи. По умолчанию — пока не сотрут. Ваши файлы в папках \
         не удаляются никогда",
        "Days that fetched and sent recordings are kept. Default: until they are erased. Your own files in folders \
         are never deleted",
    ),
    key(
        "keep_words_days",
        "ZVONAR_KEEP_WORDS_DAYS",
        "",
        "365",
        "Сколько дней хранить слова: расшифровки, цитаты, пересказы. Оценки остаются. По умолчанию — пока не сотрут",
        "Days that words are kept: transcripts, quotes, summaries. Verdicts and scores stay. Default: until erased",
    ),
    key(
        "keep_raw_answers_days",
        "ZVONAR_KEEP_RAW_ANSWERS_DAYS",
        "30",
        "7",
        "Сколько дней хранить дословные ответы языковой модели; 0 — всегда",
        "Days that a language model's answers are kept word for word; 0 for always",
    ),
    key(
        "keep_dialogues_days",
        "ZVONAR_KEEP_DIALOGUES_DAYS",
        "30",
        "7",
        "Сколько дней хранить ход законченных ИИ-звонков (звонок и его текст хранятся как все); 0 — всегда",
        "Days that the course of ended AI calls is kept (the call and its words are kept like all others); 0 for always",
    ),
    key(
        "keep_access_log_days",
        "ZVONAR_KEEP_ACCESS_LOG_DAYS",
        "365",
        "1095",
        "Сколько дней хранить журнал: кто какой звонок открывал, слушал, выгружал; 0 — всегда",
        "Days that the log is kept: who opened, heard, took out which call; 0 for always",
    ),
    key(
        "keep_receipts_days",
        "ZVONAR_KEEP_RECEIPTS_DAYS",
        "1095",
        "1825",
        "Сколько дней хранить квитанции о стирании (без номеров); 0 — всегда",
        "Days that receipts of erasures are kept (without numbers); 0 for always",
    ),
    key(
        "metrics_bind",
        "ZVONAR_METRICS_BIND",
        "",
        "127.0.0.1:9464",
        "Где zvonar worker отдаёт /metrics, /healthz и /readyz. Не на своём компьютере нужен пользователь или ключ",
        "Where zvonar worker gives /metrics, /healthz and /readyz. Beyond this machine it wants a user or a token",
    ),
    key(
        "otlp.endpoint",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "",
        "http://127.0.0.1:4318",
        "Куда отправлять следы работы (OTLP по HTTP); без адреса никуда",
        "Where traces are sent (OTLP over HTTP); nowhere without an address",
    ),
    Key {
        name: "otlp.headers",
        env: "OTEL_EXPORTER_OTLP_HEADERS",
        default: "",
        example: "authorization=Bearer ключ",
        secret: true,
        ru: "Заголовки к ним: имя=значение через запятую",
        en: "Headers along with them: name=value with commas",
    },
];

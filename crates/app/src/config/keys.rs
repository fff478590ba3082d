//! Every setting once: its name in `zvonar.toml`, its name in the environment, what it does.
//!
//! The table is the source of the loader, of `zvonar config show` and of `docs/CONFIGURATION.md`.

use super::keeping_keys::KEEPING_KEYS;
use super::provider_keys::PROVIDER_KEYS;
use super::recordings::RECORDINGS_KEYS;
use super::server_keys::SERVER_KEYS;
use super::telling_keys::TELLING_KEYS;
use super::voice_keys::VOICE_KEYS;

/// A setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// In `zvonar.toml`; a dot means a table.
    pub name: &'static str,
    /// In the environment and in `.env`.
    pub env: &'static str,
    /// What holds if it is not set; empty = nothing.
    pub default: &'static str,
    /// An example value for the configuration file.
    pub example: &'static str,
    /// Hidden in `config show`.
    pub secret: bool,
    /// What it does, in Russian.
    pub ru: &'static str,
    /// What it does, in English.
    pub en: &'static str,
}

pub(super) const fn key(
    name: &'static str,
    env: &'static str,
    default: &'static str,
    example: &'static str,
    ru: &'static str,
    en: &'static str,
) -> Key {
    Key { name, env, default, example, secret: false, ru, en }
}

/// Settings of the house itself, in the order that they are shown.
const OWN: &[Key] = &[
    key(
        "data_dir",
        "ZVONAR_DATA_DIR",
        "",
        "/var/lib/zvonar",
        "Папка данных: база, модели, записи, критерии. По умолчанию ~/.local/share/zvonar",
        "Data folder: database, models, recordings, rubrics. Default ~/.local/share/zvonar",
    ),
    key("lang", "ZVONAR_LANG", "ru", "ru", "Язык сообщений: ru или en", "Language of messages: ru or en"),
    key(
        "timezone",
        "ZVONAR_TIMEZONE",
        "Europe/Moscow",
        "Asia/Yekaterinburg",
        "Часовой пояс папки записей и отчётов",
        "Time zone of folder recordings and of reports",
    ),
    key(
        "source",
        "ZVONAR_SOURCE",
        "folder",
        "uis",
        "Откуда брать звонки: folder, uis или voximplant (история звонков аккаунта)",
        "Where calls come from: folder, uis or voximplant (the call history of the account)",
    ),
    key(
        "transcriber",
        "ZVONAR_TRANSCRIBER",
        "auto",
        "local",
        "Чем распознавать речь: auto (openai, если задан ключ, иначе local), local (Whisper на этом \
         компьютере), openai, uis (готовый текст UIS) или цепочка через запятую: uis, openai, local",
        "What turns speech into text: auto (openai where a key is set, else local), local (Whisper on this \
         machine), openai, uis (the text that UIS has), or a chain: uis, openai, local",
    ),
    key(
        "analyzer",
        "ZVONAR_ANALYZER",
        "auto",
        "rules",
        "Чем оценивать: auto (llm, если задан ключ, иначе rules), llm или rules (местные правила)",
        "What judges: auto (llm where a key is set, else rules), llm or rules (local rules)",
    ),
    key(
        "rubric",
        "ZVONAR_RUBRIC",
        "sales-full",
        "manager-plus",
        "Критерии по умолчанию: id или путь к файлу .toml",
        "Default rubric: an id or the path of a .toml file",
    ),
    key(
        "model",
        "ZVONAR_MODEL",
        "base",
        "small",
        "Модель Whisper: base, small, large-v3-turbo или своя",
        "Whisper model: base, small, large-v3-turbo or your own",
    ),
    key(
        "operator_channel",
        "ZVONAR_OPERATOR_CHANNEL",
        "left",
        "right",
        "Канал оператора в стереозаписи: left или right",
        "The operator's channel of a stereo recording: left or right",
    ),
    key(
        "min_talk_s",
        "ZVONAR_MIN_TALK_S",
        "5",
        "10",
        "Разговор короче этого, с, не разбирается: «Слишком короткий»",
        "Talk shorter than this, s, is not analysed: «too short»",
    ),
    key(
        "phrases",
        "ZVONAR_PHRASES",
        "",
        "Север Пласт, Вектор Логистика",
        "Имена и названия через запятую: подсказка распознаванию",
        "Names and products, comma-separated: a hint to speech recognition",
    ),
    key(
        "jobs",
        "ZVONAR_JOBS",
        "",
        "2",
        "Сколько записей распознавать сразу. По умолчанию по числу ядер",
        "Recordings recognised at once. Default: by the number of cores",
    ),
    key(
        "usd_rub",
        "ZVONAR_USD_RUB",
        "90",
        "92.5",
        "Рублей за доллар: для предела трат в другой валюте",
        "Roubles per dollar: for a cap in the other currency",
    ),
    key(
        "daily_budget",
        "ZVONAR_DAILY_BUDGET",
        "",
        "1000RUB",
        "Больше этого за сутки на разбор звонков служба (zvonar serve) не тратит: остальное ждёт полуночи. Что \
         потрачено за сутки другими командами и ИИ-звонками, считается тоже. Для zvonar run — ключ --max-cost",
        "No more than this a day is spent on calls by the service (zvonar serve): the rest waits for midnight. What \
         other commands and AI calls have spent that day counts too. For zvonar run there is --max-cost",
    ),
    key(
        "models_url",
        "ZVONAR_MODELS_URL",
        "https://huggingface.co/ggerganov/whisper.cpp/resolve/main",
        "https://mirror.example/whisper",
        "Откуда скачивать модели Whisper",
        "Where Whisper models are downloaded from",
    ),
    Key {
        name: "proxy",
        env: "HTTPS_PROXY",
        default: "",
        example: "socks5h://127.0.0.1:1080",
        secret: true,
        ru: "Прокси для всех внешних служб (http, https, socks5h); у каждой может быть свой",
        en: "Proxy for everything outside (http, https, socks5h); each provider may have its own",
    },
    Key {
        name: "database.url",
        env: "DATABASE_URL",
        default: "",
        example: "sqlite:///var/lib/zvonar/zvonar.db",
        secret: true,
        ru: "База данных: sqlite: или postgres:// для нескольких машин. По умолчанию SQLite в папке данных",
        en: "Database: sqlite: or postgres:// for many machines. Default: SQLite in the data folder",
    },
    key(
        "log",
        "ZVONAR_LOG",
        "warn,voice_agent=info,whisper_rs=off,http_client=error",
        "info,pipeline=debug",
        "Подробность журнала: error, warn, info, debug или фильтр",
        "Log level: error, warn, info, debug or a filter",
    ),
    key(
        "log_file",
        "ZVONAR_LOG_FILE",
        "",
        "/var/log/zvonar.log",
        "Файл журнала; без него журнал идёт в stderr",
        "Log file; without it the log goes to stderr",
    ),
    key(
        "log_format",
        "ZVONAR_LOG_FORMAT",
        "human",
        "json",
        "Вид журнала: human или json",
        "Log format: human or json",
    ),
];

/// All settings: the house's own, what is kept and where, those of the service, then those of the providers, of
/// schedules and notices, and of AI calls.
pub fn keys() -> impl Iterator<Item = &'static Key> {
    let house = OWN.iter().chain(KEEPING_KEYS).chain(RECORDINGS_KEYS).chain(SERVER_KEYS);
    house.chain(PROVIDER_KEYS).chain(TELLING_KEYS).chain(VOICE_KEYS)
}

/// Names that steer where settings are read from, and so cannot stand in the file.
pub(crate) const META_ENV: &[&str] = &["ZVONAR_CONFIG"];

impl Key {
    /// The key with this name.
    pub fn find(name: &str) -> Option<&'static Self> {
        keys().find(|key| key.name == name)
    }

    /// The known name most like a wrong one.
    pub(crate) fn nearest(name: &str) -> Option<&'static str> {
        keys()
            .map(|key| (strsim::jaro_winkler(key.name, name), key.name))
            .filter(|(likeness, _)| *likeness > 0.8)
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, name)| name)
    }
}

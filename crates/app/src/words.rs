//! Errors of the parts in words for a person: typed errors stay English, for logs; here they get
//! the language of whoever reads them, and the next step.

use domain::Lang;
use http_client::HttpError;
use pipeline::io_words;
use store::StoreError;
use transcribe::models::{CATALOGUE, ModelError};

use crate::{AppError, ConfigError};

/// A failing store.
pub fn store_error(lang: Lang, error: &StoreError) -> AppError {
    let (message, hint) = match error {
        StoreError::Unavailable(_) => (
            lang.pick(
                "база данных не отвечает: занята или временно недоступна; сделанное сохранено",
                "the database does not answer: it is busy or gone for a moment; the work is safe",
            )
            .to_owned(),
            lang.pick("повторите через минуту", "try again in a minute"),
        ),
        StoreError::NotWritable(_) => (
            lang.pick("в базу данных нельзя записать", "the database cannot be written").to_owned(),
            lang.pick(
                "проверьте место на диске и права на папку данных",
                "check free space and rights of the data folder",
            ),
        ),
        StoreError::Incompatible(why) => (
            match lang {
                Lang::Ru => {
                    "база данных не открывается: её создал более новый zvonar, или это не база zvonar"
                        .to_owned()
                }
                Lang::En => format!("the database cannot be opened: {why}"),
            },
            lang.pick(
                "обновите zvonar или укажите другую папку данных",
                "update zvonar or name another data folder",
            ),
        ),
        StoreError::NotAdmitted(why) => (
            match lang {
                Lang::Ru => format!("сервер базы данных не пускает: {why}"),
                Lang::En => format!("the database server lets nobody in: {why}"),
            },
            lang.pick(
                "проверьте имя, пароль и название базы в DATABASE_URL; пустую базу создаст: createdb --encoding UTF8 zvonar",
                "check the name, password and database in DATABASE_URL; an empty one is made by: createdb --encoding UTF8 zvonar",
            ),
        ),
        StoreError::Corrupt { .. } => (
            match lang {
                Lang::Ru => "база данных повреждена: часть записей не читается".to_owned(),
                Lang::En => error.to_string(),
            },
            lang.pick(
                "восстановите её из резервной копии или укажите другую папку данных",
                "restore it from a backup or name another data folder",
            ),
        ),
        StoreError::LeaseLost | StoreError::Invalid(_) => (
            match lang {
                Lang::Ru => format!("база данных не приняла запрос ({error})"),
                Lang::En => error.to_string(),
            },
            lang.pick("проверьте: zvonar doctor", "check: zvonar doctor"),
        ),
    };
    AppError::failed("store", message, hint)
}

/// Settings that cannot be used. Never sends the reader to a command that dies of the same.
pub fn config_error(lang: Lang, error: &ConfigError) -> AppError {
    let check = lang.pick("исправьте, затем: zvonar config check", "mend it, then: zvonar config check");
    if lang == Lang::En {
        return AppError::usage("config", error.to_string(), check);
    }
    let (message, hint) = match error {
        ConfigError::Unreadable { path, why } => (
            format!("{} не читается: {}", path.display(), io_words(lang, &std::io::Error::from(*why))),
            "проверьте путь и права; образец запишет: zvonar config init".to_owned(),
        ),
        ConfigError::Malformed { path, line: Some(line), .. } => (
            format!("{}, строка {line}: не разбирается", path.display()),
            format!("текст берут в кавычки: model = \"small\"; {check}"),
        ),
        ConfigError::Malformed { path, .. } => {
            (format!("{} не разбирается", path.display()), check.to_owned())
        }
        ConfigError::Unknown { path, name, nearest } => (
            format!("{}: нет настройки «{name}»", path.display()),
            nearest.map_or_else(
                || "все настройки с пояснениями: zvonar config init".to_owned(),
                |known| format!("может быть, «{known}»?"),
            ),
        ),
        ConfigError::Value { name, value, origin, expected } => {
            let origin = match origin.as_str() {
                "default" => "по умолчанию",
                "environment" => "из окружения",
                "flag" => "из командной строки",
                file => file,
            };
            (format!("{name} = «{value}» ({origin}): так нельзя"), format!("нужно: {}", expected.ru))
        }
    };
    AppError::usage("config", message, hint)
}

/// A model that is not there, will not do or will not come.
pub fn model_error(lang: Lang, error: &ModelError) -> AppError {
    let names = || CATALOGUE.map(|entry| entry.name).join(", ");
    if lang == Lang::En {
        let usage = matches!(
            error,
            ModelError::Unknown { .. }
                | ModelError::Missing { .. }
                | ModelError::BadName { .. }
                | ModelError::Invalid { .. }
        );
        let hint = match error {
            ModelError::Download(_) => {
                "try again, it goes on where it stopped; without a network: zvonar model import DIR"
            }
            _ => "see: zvonar model list",
        };
        let made = if usage { AppError::usage } else { AppError::failed };
        return made("model", error.to_string(), hint.to_owned());
    }
    match error {
        ModelError::Unknown { name, .. } => AppError::usage(
            "model_unknown",
            format!("модели «{name}» в каталоге нет"),
            format!("есть: {}; свою возьмёт: zvonar model import ПУТЬ", names()),
        ),
        ModelError::Missing { name, .. } => AppError::usage(
            "model_missing",
            format!("модель «{name}» не установлена"),
            format!("скачайте: zvonar model pull {name}, или возьмите из папки: zvonar model import ПАПКА"),
        ),
        ModelError::BadName { name } => AppError::usage(
            "model_name",
            format!("«{name}» не годится в имена модели"),
            "строчные латинские буквы, цифры, точка, дефис; первой — буква или цифра",
        ),
        ModelError::Invalid { path, reason } => AppError::usage(
            "model_invalid",
            format!("{}: не модель речи, которую можно взять ({reason})", path.display()),
            "нужен файл ggml (.bin) или папка CTranslate2 с model.bin и vocabulary.txt",
        ),
        ModelError::Damaged { name, .. } => AppError::failed(
            "model_damaged",
            format!("модель «{name}» повреждена: содержимое не то, что было записано"),
            format!("скачайте заново: zvonar model pull {name}"),
        ),
        ModelError::Download(error) => AppError::failed(
            "model_download",
            format!("модель не скачивается: {}", http_words(error)),
            "повторите — продолжим с того же места; без сети возьмите модель из папки: zvonar model import ПАПКА",
        ),
        ModelError::Disk { path, source } => AppError::failed(
            "model_disk",
            format!("{}: {}", path.display(), io_words(lang, source)),
            "проверьте путь, место на диске и права",
        )
        .usage_if(source.kind() == std::io::ErrorKind::NotFound),
    }
}

fn http_words(error: &HttpError) -> String {
    match error {
        HttpError::InvalidRequest { .. } => "адрес или прокси записан неверно".to_owned(),
        HttpError::NotFound { what } => format!("на сервере её нет ({what})"),
        HttpError::Unauthorized { what, status } => format!("{what} отказывает в доступе (HTTP {status})"),
        HttpError::RateLimited { what, .. } => format!("{what} просит подождать"),
        HttpError::Unavailable { what, .. } => format!("{what} не отвечает; проверьте сеть и прокси"),
        HttpError::TooLarge { what, .. } => format!("{what} присылает больше, чем должно быть"),
        HttpError::Mismatch { .. } => "пришло не то содержимое, файл выброшен".to_owned(),
        other => other.to_string(),
    }
}

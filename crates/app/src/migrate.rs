//! From the SQLite file of one machine to the PostgreSQL database that many share.

use std::path::{Path, PathBuf};

use domain::{Clock as _, Lang, SystemClock};
use store::{JobState, Jobs as _, MoveError, MovedTable, SqliteStore, StoreOptions, Upkeep as _, move_store};

use crate::database::{DatabasePlace, database_place, open_server};
use crate::words::store_error;
use crate::{AppError, Config};

/// Moves everything from `file` (by default the one of the data folder) into the database that
/// `DATABASE_URL` names; `told` hears of each table once it is proved equal on both sides. The file stays.
///
/// # Errors
/// When `DATABASE_URL` names no server, the file is not there, another program has it open, or the other
/// database is not empty; nothing is moved then.
pub async fn migrate(
    config: &Config,
    file: Option<PathBuf>,
    told: impl FnMut(&MovedTable) + Send,
) -> Result<Vec<MovedTable>, AppError> {
    let lang = config.lang;
    let DatabasePlace::Server(url) = database_place(config)? else {
        return Err(AppError::usage(
            "database_url",
            lang.pick(
                "DATABASE_URL не называет базу PostgreSQL: переносить некуда",
                "DATABASE_URL names no PostgreSQL database: there is nowhere to move to",
            ),
            lang.pick(
                "например: DATABASE_URL=postgres://zvonar:пароль@localhost/zvonar",
                "for example: DATABASE_URL=postgres://zvonar:password@localhost/zvonar",
            ),
        ));
    };
    let file = file.unwrap_or_else(|| config.data_dir.join("zvonar.db"));
    let wrong = |error| store_error(lang, &error);
    let here = opened(config, &file).await?;
    if here.programs_alive().await.map_err(wrong)? > 1 {
        return Err(in_use(lang, &file));
    }
    here.recover(SystemClock.now()).await.map_err(wrong)?;
    let counts = here.queue_counts(None).await.map_err(wrong)?;
    if counts.iter().any(|count| count.state == JobState::Leased && count.count > 0) {
        return Err(in_use(lang, &file));
    }
    let there = open_server(config, &url).await?;
    let moved = move_store(&here, &there, told).await.map_err(|error| move_error(lang, &file, &error))?;
    there.close().await;
    here.close().await;
    Ok(moved)
}

/// Whatever another program writes there meanwhile would stay behind, and nobody would be told.
fn in_use(lang: Lang, file: &Path) -> AppError {
    let file = file.display();
    AppError::usage(
        "database_busy",
        match lang {
            Lang::Ru => format!("{file} открыта другой программой zvonar: записанное ею позже потерялось бы"),
            Lang::En => format!("another zvonar has {file} open: what it writes later would be lost"),
        },
        lang.pick(
            "остановите службу (zvonar serve, zvonar-server), zvonar worker, zvonar run и другие команды, потом повторите",
            "stop the service (zvonar serve, zvonar-server), zvonar worker, zvonar run and other commands, then try again",
        ),
    )
}

fn move_error(lang: Lang, file: &Path, error: &MoveError) -> AppError {
    match error {
        MoveError::InUse => in_use(lang, file),
        MoveError::NotEmpty => AppError::usage(
            "database_not_empty",
            lang.pick(
                "база PostgreSQL не пустая, а переносят только в пустую; ничего не изменено",
                "the PostgreSQL database is not empty, and everything moves into an empty one; nothing was changed",
            ),
            lang.pick(
                "если перенос уже был, он удался: работайте с этой базой; иначе создайте новую: createdb --encoding UTF8 --template template0 ИМЯ",
                "if you moved it before, that was it: go on with this database; else make a new one: createdb --encoding UTF8 --template template0 NAME",
            ),
        ),
        MoveError::Unequal { table, sent, kept } => AppError::failed(
            "database_unequal",
            match lang {
                Lang::Ru => {
                    format!("таблица {table} прочлась не такой, какой отправлена (строк {kept} из {sent}); ничего не перенесено")
                }
                Lang::En => format!("{error}; nothing was moved"),
            },
            lang.pick(
                "повторите; если повторится, проверьте диск и память сервера PostgreSQL",
                "try again; if it comes again, check disk and memory of the PostgreSQL server",
            ),
        ),
        MoveError::Store(error) => store_error(lang, error),
    }
}

async fn opened(config: &Config, file: &Path) -> Result<SqliteStore, AppError> {
    if !file.exists() {
        return Err(AppError::usage(
            "no_database",
            format!("{}: {}", file.display(), config.lang.pick("нет такого файла", "no such file")),
            "zvonar migrate PATH",
        ));
    }
    SqliteStore::open(file, StoreOptions::default()).await.map_err(|error| store_error(config.lang, &error))
}

#[cfg(test)]
mod tests {
    use store::CallFilter;
    use test_support::PostgresDatabase;

    use super::*;
    use crate::testing::{app_in, config_in};

    #[tokio::test(flavor = "multi_thread")]
    async fn a_service_that_has_the_file_open_is_named_and_a_filled_database_too() {
        let (place, database) = (tempfile::tempdir().unwrap(), PostgresDatabase::new());
        let service = app_in(place.path(), &[]).await;
        let config = config_in(place.path(), &[("DATABASE_URL", &database.url())]);
        let refused = migrate(&config, None, |_| ()).await.unwrap_err();
        assert!(refused.is_usage() && refused.code == "database_busy", "{refused}");
        assert!(refused.hint.contains("zvonar-server") && refused.message.contains("zvonar.db"), "{refused}");

        service.store().discover(&[store::contract::call("1", 1)], None, SystemClock.now()).await.unwrap();
        drop(service);
        assert!(!migrate(&config, None, |_| ()).await.unwrap().is_empty());
        let twice = migrate(&config, None, |_| ()).await.unwrap_err();
        assert_eq!(twice.code, "database_not_empty");
        let is_latin_phrase = |text: &str| text.contains(" is ") || text.contains(" the ");
        assert!(!is_latin_phrase(&twice.to_string()) && !twice.hint.contains("doctor"), "{twice}");
        let there = crate::App::open(config).await.unwrap();
        assert_eq!(there.store().count_calls(&CallFilter::default()).await.unwrap(), 1);
    }
}

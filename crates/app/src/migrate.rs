//! From the SQLite file of one machine to the PostgreSQL database that many share.

use std::path::{Path, PathBuf};

use domain::{Clock as _, SystemClock};
use store::{
    JobState, Jobs as _, MovedTable, PostgresOptions, PostgresStore, SqliteStore, StoreOptions, move_store,
};

use crate::database::{DatabasePlace, database_place};
use crate::words::store_error;
use crate::{AppError, Config};

/// Moves everything from `file` (by default the one of the data folder) into the database that
/// `DATABASE_URL` names; `told` hears of each table once it is proved equal on both sides. The file stays.
///
/// # Errors
/// When `DATABASE_URL` names no server, the file is not there, somebody still works on it, or the other
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
    here.recover(SystemClock.now()).await.map_err(wrong)?;
    let counts = here.queue_counts(None).await.map_err(wrong)?;
    if counts.iter().any(|count| count.state == JobState::Leased && count.count > 0) {
        return Err(AppError::usage(
            "database_busy",
            lang.pick("с этой базой ещё работают", "somebody still works on this database"),
            lang.pick("остановите zvonar serve и zvonar run", "stop zvonar serve and zvonar run"),
        ));
    }
    let there = PostgresStore::open(&url, PostgresOptions::default()).await.map_err(wrong)?;
    let moved = move_store(&here, &there, told).await.map_err(wrong)?;
    there.close().await;
    here.close().await;
    Ok(moved)
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

//! The contract of every store: on a file, in memory, on a PostgreSQL server.

use std::sync::Arc;

use store::{PostgresOptions, PostgresStore, SqliteStore, Store, StoreOptions};
use tempfile::TempDir;
use test_support::PostgresDatabase;

mod on_a_file {
    use super::*;

    async fn make() -> (TempDir, Arc<dyn Store>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("новая папка/zvonar.db");
        let store = SqliteStore::open(&path, StoreOptions::default()).await.unwrap();
        (folder, Arc::new(store))
    }

    store::store_contract!(make);
}

mod in_memory {
    use super::*;

    async fn make() -> ((), Arc<dyn Store>) {
        ((), Arc::new(SqliteStore::in_memory().await.unwrap()))
    }

    store::store_contract!(make);
}

mod on_a_server {
    use super::*;

    async fn make() -> (PostgresDatabase, Arc<dyn Store>) {
        let database = PostgresDatabase::new();
        let store = PostgresStore::open(&database.url(), PostgresOptions::default()).await.unwrap();
        (database, Arc::new(store))
    }

    store::store_contract!(make);
}

//! From a file to a server: everything arrives, and nothing twice.

use domain::CallId;
use store::contract::{at, call, said};
use store::{
    Accounts as _, CallFilter, Calls as _, JobFilter, Jobs as _, MoveError, PageRequest, PostgresOptions,
    PostgresStore, Role, Search as _, SearchQuery, Settings as _, SqliteStore, StoreOptions,
    Transcripts as _, User, move_store,
};
use test_support::PostgresDatabase;

async fn filled(folder: &tempfile::TempDir) -> SqliteStore {
    let path = folder.path().join("zvonar.db");
    let store = SqliteStore::open(&path, StoreOptions::default()).await.unwrap();
    let calls: Vec<_> = (0..700).map(|n| call(&n.to_string(), n)).collect();
    store.discover(&calls, None, at(0)).await.unwrap();
    said(&store, "3", &["Сколько стоят окна", "Очень дорого"]).await;
    store.set_setting("cursor/uis", "2026").await.unwrap();
    let user = User {
        name: "anna".to_owned(),
        role: Role::Admin,
        manager_id: None,
        password_hash: None,
        created_at: at(0),
        disabled: false,
    };
    store.save_user(&user).await.unwrap();
    store
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_of_a_file_arrives_at_the_server_and_goes_on_there() {
    let folder = tempfile::tempdir().unwrap();
    let (file, database) = (filled(&folder).await, PostgresDatabase::new());
    let server = PostgresStore::open(&database.url(), PostgresOptions::default()).await.unwrap();
    let mut told = 0;
    let moved = move_store(&file, &server, |_| told += 1).await.unwrap();
    assert_eq!(moved.iter().find(|table| table.name == "calls").unwrap().rows, 700);
    assert_eq!(told, moved.len());

    let id = CallId::derive("folder", "3");
    assert_eq!(server.call(id).await.unwrap(), file.call(id).await.unwrap());
    assert_eq!(server.transcript(id).await.unwrap(), file.transcript(id).await.unwrap());
    let query =
        SearchQuery { text: "окно".to_owned(), filter: CallFilter::default(), limit: 5, offset: 0 };
    assert_eq!(server.search(&query).await.unwrap(), file.search(&query).await.unwrap());
    assert_eq!(server.queue_counts(None).await.unwrap(), file.queue_counts(None).await.unwrap());
    assert_eq!(
        server.jobs(&JobFilter::default(), 1000).await.unwrap().len(),
        file.jobs(&JobFilter::default(), 1000).await.unwrap().len()
    );
    let page = PageRequest { after: None, limit: 1000 };
    let here = file.calls(&CallFilter::default(), page.clone()).await.unwrap();
    assert_eq!(server.calls(&CallFilter::default(), page).await.unwrap().items, here.items);

    server.discover(&[call("new", 900)], None, at(1)).await.unwrap();
    assert_eq!(server.count_calls(&CallFilter::default()).await.unwrap(), 701, "numbers go on");
    let again = move_store(&file, &server, |_| ()).await;
    assert!(matches!(again, Err(MoveError::NotEmpty)), "{again:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_moves_while_another_program_has_the_file_open_and_could_write_to_it() {
    let folder = tempfile::tempdir().unwrap();
    let (file, database) = (filled(&folder).await, PostgresDatabase::new());
    let server = PostgresStore::open(&database.url(), PostgresOptions::default()).await.unwrap();
    let path = folder.path().join("zvonar.db");
    let other = SqliteStore::open(&path, StoreOptions::default()).await.unwrap();
    let refused = move_store(&file, &server, |_| ()).await;
    assert!(matches!(refused, Err(MoveError::InUse)), "{refused:?}");
    other.close().await;
    drop(other);

    // one that comes while the tables are on their way
    let mut late = None;
    let refused = move_store(&file, &server, |_| {
        late.get_or_insert_with(|| {
            let opened = SqliteStore::open(&path, StoreOptions::default());
            tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(opened)).unwrap()
        });
    })
    .await;
    assert!(matches!(refused, Err(MoveError::InUse)), "{refused:?}");
    assert_eq!(server.count_calls(&CallFilter::default()).await.unwrap(), 0, "nothing is kept there");
    drop(late);
    let moved = move_store(&file, &server, |_| ()).await.unwrap();
    assert_eq!(moved.iter().find(|table| table.name == "calls").unwrap().rows, 700);
}

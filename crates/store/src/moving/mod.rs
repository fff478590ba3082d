//! One way from a SQLite file to a PostgreSQL database: every row, proved equal before it counts.
//!
//! All of it is one transaction there and one moment here: an interrupted move leaves nothing behind. A
//! table is proved by its count and by a SHA-256 over its rows in one order, computed on both sides from
//! what was read back.

mod error;
mod tables;

use futures::TryStreamExt as _;
use sha2::{Digest as _, Sha256};
use sqlx::{AssertSqlSafe, Decode, Encode, PgConnection, QueryBuilder, Row, SqliteConnection, Type};

use crate::codec::from_json;
use crate::{PostgresStore, SqliteStore, StoreError, Upkeep as _};
pub use error::MoveError;
use tables::{Kind, TABLES, Table};

/// Rows that travel at once: with the 29 columns of a call well under the 65 535 values of a statement.
const SLICE: usize = 500;

/// A table that moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovedTable {
    /// Its name.
    pub name: &'static str,
    /// Rows, the same in both databases.
    pub rows: u64,
    /// SHA-256 over them, the same in both databases.
    pub digest: String,
}

/// A value on its way.
#[derive(Debug, Clone)]
enum Value {
    Text(Option<String>),
    Whole(Option<i64>),
    Small(Option<i32>),
    Flag(Option<bool>),
    Real(Option<f64>),
    Bytes(Option<Vec<u8>>),
}

fn values<R>(table: &Table, row: &R) -> Result<Vec<Value>, StoreError>
where
    R: Row,
    usize: sqlx::ColumnIndex<R>,
    for<'r> String: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> i64: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> i32: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> bool: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> f64: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> Vec<u8>: Decode<'r, R::Database> + Type<R::Database>,
{
    let read = |(at, (_, kind)): (usize, &(&str, Kind))| {
        Ok(match kind {
            Kind::Text => Value::Text(row.try_get(at)?),
            Kind::Whole => Value::Whole(row.try_get(at)?),
            Kind::Small => Value::Small(row.try_get(at)?),
            Kind::Flag => Value::Flag(row.try_get(at)?),
            Kind::Real => Value::Real(row.try_get(at)?),
            Kind::Bytes => Value::Bytes(row.try_get(at)?),
        })
    };
    table.columns.iter().enumerate().map(read).collect()
}

/// Count and digest of rows as they pass.
#[derive(Default)]
struct Proof {
    rows: u64,
    sha256: Sha256,
}

impl Proof {
    fn add(&mut self, values: &[Value]) {
        self.rows += 1;
        for value in values {
            let (kind, bytes): (u8, Option<Vec<u8>>) = match value {
                Value::Text(text) => (1, text.as_ref().map(|text| text.clone().into_bytes())),
                Value::Whole(number) => (2, number.map(|number| number.to_le_bytes().to_vec())),
                Value::Small(number) => (3, number.map(|number| number.to_le_bytes().to_vec())),
                Value::Flag(flag) => (4, flag.map(|flag| vec![u8::from(flag)])),
                Value::Real(number) => (5, number.map(|number| number.to_bits().to_le_bytes().to_vec())),
                Value::Bytes(bytes) => (6, bytes.clone()),
            };
            // with its length, so that no two rows read alike
            let length = bytes.as_ref().map_or(u64::MAX, |bytes| bytes.len() as u64);
            self.sha256.update([kind]);
            self.sha256.update(length.to_le_bytes());
            self.sha256.update(bytes.unwrap_or_default());
        }
    }

    fn told(self, table: &Table) -> MovedTable {
        MovedTable { name: table.name, rows: self.rows, digest: hex::encode(self.sha256.finalize()) }
    }
}

fn columns(table: &Table) -> String {
    let named: Vec<String> = table.columns.iter().map(|(name, _)| format!("\"{name}\"")).collect();
    named.join(", ")
}

fn select(table: &Table) -> AssertSqlSafe<String> {
    AssertSqlSafe(format!("select {} from {} order by {}", columns(table), table.name, table.order))
}

/// Moves everything from one store into another that is empty, and proves it table by table.
/// `told` hears of each table when it is proved.
///
/// What is written to the file meanwhile would stay behind, so nobody else may have it open: not when the move
/// begins, and not when it is about to count.
///
/// # Errors
/// [`MoveError::InUse`], [`MoveError::NotEmpty`], and [`MoveError::Unequal`] when a table reads back otherwise
/// than it was; nothing is kept there then.
pub async fn move_store(
    from: &SqliteStore,
    to: &PostgresStore,
    mut told: impl FnMut(&MovedTable) + Send,
) -> Result<Vec<MovedTable>, MoveError> {
    refuse_unless_alone(from).await?;
    let mut here = from.reading().begin().await?;
    let mut there = to.alone().await?;
    refuse_unless_empty(&mut there).await?;
    let mut moved = Vec::with_capacity(TABLES.len());
    for table in TABLES {
        let sent = send(table, &mut here, &mut there).await?;
        let mut kept = Proof::default();
        {
            let mut rows = sqlx::query(select(table)).fetch(&mut *there);
            while let Some(row) = rows.try_next().await? {
                kept.add(&values(table, &row)?);
            }
        }
        let kept = kept.told(table);
        if kept != sent {
            return Err(MoveError::Unequal { table: table.name, sent: sent.rows, kept: kept.rows });
        }
        if let Some(column) = table.numbered {
            go_on_numbering(table.name, column, &mut there).await?;
        }
        told(&kept);
        moved.push(kept);
    }
    let last: i64 = sqlx::query_scalar("select last from lease_tokens").fetch_one(&mut *here).await?;
    sqlx::query("select setval('lease_tokens', $1)").bind(last + 1).execute(&mut *there).await?;
    index_words(&mut here, &mut there).await?;
    sqlx::query("select fold_counts()").execute(&mut *there).await?;
    refuse_unless_alone(from).await?;
    there.commit().await?;
    to.look_around().await?;
    Ok(moved)
}

async fn refuse_unless_alone(from: &SqliteStore) -> Result<(), MoveError> {
    match from.programs_alive().await? {
        ..=1 => Ok(()),
        _ => Err(MoveError::InUse),
    }
}

/// What the program itself wrote when it was started there does not count.
async fn refuse_unless_empty(there: &mut PgConnection) -> Result<(), MoveError> {
    let taken: bool = sqlx::query_scalar(
        "select exists (select 1 from calls) or exists (select 1 from users) or exists (select 1 from rubrics)",
    )
    .fetch_one(there)
    .await?;
    if taken { Err(MoveError::NotEmpty) } else { Ok(()) }
}

async fn send(
    table: &Table,
    here: &mut SqliteConnection,
    there: &mut PgConnection,
) -> Result<MovedTable, StoreError> {
    sqlx::query(AssertSqlSafe(format!("delete from {}", table.name))).execute(&mut *there).await?;
    let mut proof = Proof::default();
    let mut slice: Vec<Vec<Value>> = Vec::with_capacity(SLICE);
    let mut rows = sqlx::query(select(table)).fetch(here);
    while let Some(row) = rows.try_next().await? {
        let row = values(table, &row)?;
        proof.add(&row);
        slice.push(row);
        if slice.len() == SLICE {
            insert(table, std::mem::take(&mut slice), there).await?;
        }
    }
    insert(table, slice, there).await?;
    Ok(proof.told(table))
}

async fn insert(table: &Table, rows: Vec<Vec<Value>>, there: &mut PgConnection) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    let mut query = QueryBuilder::new(format!("insert into {} ({}) ", table.name, columns(table)));
    query.push_values(rows, |mut list, row| {
        for value in row {
            match value {
                Value::Text(text) => bind(&mut list, text),
                Value::Whole(number) => bind(&mut list, number),
                Value::Small(number) => bind(&mut list, number),
                Value::Flag(flag) => bind(&mut list, flag),
                Value::Real(number) => bind(&mut list, number),
                Value::Bytes(bytes) => bind(&mut list, bytes),
            }
        }
    });
    query.build().execute(there).await?;
    Ok(())
}

fn bind<'q, T>(list: &mut sqlx::query_builder::Separated<'_, sqlx::Postgres, &'static str>, value: Option<T>)
where
    T: 'q + Encode<'q, sqlx::Postgres> + Type<sqlx::Postgres>,
    Option<T>: Encode<'q, sqlx::Postgres>,
{
    list.push_bind(value);
}

/// The next number is greater than any that came along.
async fn go_on_numbering(table: &str, column: &str, there: &mut PgConnection) -> Result<(), StoreError> {
    let sql = format!(
        "select setval(pg_get_serial_sequence('{table}', '{column}'), \
         coalesce((select max({column}) from {table}), 0) + 1, false)"
    );
    sqlx::query(AssertSqlSafe(sql)).execute(there).await?;
    Ok(())
}

/// Words are indexed anew: the two databases keep them in different shapes.
async fn index_words(here: &mut SqliteConnection, there: &mut PgConnection) -> Result<(), StoreError> {
    let mut rows = sqlx::query(
        "select c.id, c.started_at, t.body from calls c join transcripts t on t.id = c.transcript_id \
         where c.search_rowid is not null",
    )
    .fetch(here);
    while let Some(row) = rows.try_next().await? {
        let spoken: crate::postgres::Spoken = from_json("transcript", row.try_get("body")?)?;
        let started_at: Option<i64> = row.try_get("started_at")?;
        crate::postgres::keep_words(there, row.try_get("id")?, started_at, &spoken.segments).await?;
    }
    Ok(())
}

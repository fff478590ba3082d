//! [`Accounts`].

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::Sha256;
use sqlx::Row as _;

use super::codec::{corrupt, instant, ms};
use super::{DbRow, DbStore};
use crate::{Accounts, ApiToken, NewToken, Role, Session, StoreError, TokenId, User};

const TOKEN_COLUMNS: &str = "id, name, role, manager_id, created_at, last_used";

fn role(text: &str) -> Result<Role, StoreError> {
    Role::parse(text).ok_or_else(|| corrupt("account", format!("{text:?} is no role")))
}

fn user_of(row: &DbRow) -> Result<User, StoreError> {
    Ok(User {
        name: row.try_get("name")?,
        role: role(row.try_get("role")?)?,
        manager_id: row.try_get("manager_id")?,
        password_hash: row.try_get("password_hash")?,
        created_at: instant("account", row.try_get("created_at")?)?,
        disabled: row.try_get("disabled")?,
    })
}

fn token_of(row: &DbRow) -> Result<ApiToken, StoreError> {
    let last_used: Option<i64> = row.try_get("last_used")?;
    Ok(ApiToken {
        id: TokenId(row.try_get("id")?),
        name: row.try_get("name")?,
        role: role(row.try_get("role")?)?,
        manager_id: row.try_get("manager_id")?,
        created_at: instant("token", row.try_get("created_at")?)?,
        last_used: last_used.map(|at| instant("token", at)).transpose()?,
    })
}

fn named(name: &str) -> Result<(), StoreError> {
    if name.trim().is_empty() {
        return Err(StoreError::Invalid("an account needs a name".to_owned()));
    }
    Ok(())
}

#[async_trait]
impl Accounts for DbStore {
    async fn save_user(&self, user: &User) -> Result<(), StoreError> {
        named(&user.name)?;
        let mut tx = self.begin().await?;
        sqlx::query(
            "delete from sessions where \"user\" = $1 and exists (select 1 from users where name = $1 \
             and ($2 or role <> $3 or manager_id is distinct from $4 or password_hash is distinct from $5))",
        )
        .bind(&user.name)
        .bind(user.disabled)
        .bind(user.role.as_str())
        .bind(&user.manager_id)
        .bind(&user.password_hash)
        .execute(&mut *tx)
        .await?;
        sqlx::query(
            "insert into users (name, role, manager_id, password_hash, created_at, disabled) \
             values ($1, $2, $3, $4, $5, $6) on conflict (name) do update set role = excluded.role, \
             manager_id = excluded.manager_id, password_hash = excluded.password_hash, \
             disabled = excluded.disabled",
        )
        .bind(&user.name)
        .bind(user.role.as_str())
        .bind(&user.manager_id)
        .bind(&user.password_hash)
        .bind(ms(user.created_at))
        .bind(user.disabled)
        .execute(&mut *tx)
        .await?;
        Ok(tx.commit().await?)
    }

    async fn user(&self, name: &str) -> Result<Option<User>, StoreError> {
        let row = sqlx::query("select * from users where name = $1")
            .bind(name)
            .fetch_optional(&self.readers)
            .await?;
        row.as_ref().map(user_of).transpose()
    }

    async fn users(&self) -> Result<Vec<User>, StoreError> {
        let rows = sqlx::query("select * from users order by name").fetch_all(&self.readers).await?;
        rows.iter().map(user_of).collect()
    }

    async fn remove_user(&self, name: &str) -> Result<bool, StoreError> {
        let removed =
            sqlx::query("delete from users where name = $1").bind(name).execute(&self.writer).await?;
        Ok(removed.rows_affected() > 0)
    }

    async fn has_accounts(&self) -> Result<bool, StoreError> {
        Ok(sqlx::query_scalar(
            "select exists (select 1 from users where not disabled) or exists (select 1 from api_tokens)",
        )
        .fetch_one(&self.readers)
        .await?)
    }

    async fn start_session(&self, session: &Session) -> Result<(), StoreError> {
        sqlx::query(
            "insert into sessions (token_sha256, \"user\", csrf, expires_at, last_seen) values ($1, $2, $3, $4, $5)",
        )
        .bind(session.token_sha256.as_str())
        .bind(&session.user)
        .bind(&session.csrf)
        .bind(ms(session.expires_at))
        .bind(ms(session.last_seen))
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    async fn session(
        &self,
        token_sha256: &Sha256,
        now: DateTime<Utc>,
    ) -> Result<Option<(Session, User)>, StoreError> {
        let row = sqlx::query(
            "select s.csrf, s.expires_at, s.last_seen, u.* from sessions s join users u on u.name = s.\"user\" \
             where s.token_sha256 = $1 and s.expires_at > $2 and not u.disabled",
        )
        .bind(token_sha256.as_str())
        .bind(ms(now))
        .fetch_optional(&self.readers)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let user = user_of(&row)?;
        let session = Session {
            token_sha256: token_sha256.clone(),
            user: user.name.clone(),
            csrf: row.try_get("csrf")?,
            expires_at: instant("session", row.try_get("expires_at")?)?,
            last_seen: instant("session", row.try_get("last_seen")?)?,
        };
        Ok(Some((session, user)))
    }

    async fn touch_session(
        &self,
        token_sha256: &Sha256,
        last_seen: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        sqlx::query("update sessions set last_seen = $1, expires_at = $2 where token_sha256 = $3")
            .bind(ms(last_seen))
            .bind(ms(expires_at))
            .bind(token_sha256.as_str())
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    async fn end_session(&self, token_sha256: &Sha256) -> Result<(), StoreError> {
        sqlx::query("delete from sessions where token_sha256 = $1")
            .bind(token_sha256.as_str())
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    async fn end_sessions_of(&self, user: &str) -> Result<u64, StoreError> {
        let ended =
            sqlx::query("delete from sessions where \"user\" = $1").bind(user).execute(&self.writer).await?;
        Ok(ended.rows_affected())
    }

    async fn sweep_sessions(&self, now: DateTime<Utc>) -> Result<u64, StoreError> {
        let swept = sqlx::query("delete from sessions where expires_at <= $1")
            .bind(ms(now))
            .execute(&self.writer)
            .await?;
        Ok(swept.rows_affected())
    }

    async fn add_token(&self, token: &NewToken, now: DateTime<Utc>) -> Result<ApiToken, StoreError> {
        named(&token.name)?;
        let id = sqlx::query_scalar(
            "insert into api_tokens (sha256, name, role, manager_id, created_at) values ($1, $2, $3, $4, $5) \
             returning id",
        )
        .bind(token.sha256.as_str())
        .bind(&token.name)
        .bind(token.role.as_str())
        .bind(&token.manager_id)
        .bind(ms(now))
        .fetch_one(&self.writer)
        .await?;
        Ok(ApiToken {
            id: TokenId(id),
            name: token.name.clone(),
            role: token.role,
            manager_id: token.manager_id.clone(),
            created_at: instant("token", ms(now))?,
            last_used: None,
        })
    }

    async fn token_with(&self, sha256: &Sha256) -> Result<Option<ApiToken>, StoreError> {
        let sql = format!("select {TOKEN_COLUMNS} from api_tokens where sha256 = $1");
        let row =
            sqlx::query(sqlx::AssertSqlSafe(sql)).bind(sha256.as_str()).fetch_optional(&self.readers).await?;
        row.as_ref().map(token_of).transpose()
    }

    async fn tokens(&self) -> Result<Vec<ApiToken>, StoreError> {
        let sql = format!("select {TOKEN_COLUMNS} from api_tokens order by id desc");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(&self.readers).await?;
        rows.iter().map(token_of).collect()
    }

    async fn touch_token(&self, id: TokenId, now: DateTime<Utc>) -> Result<(), StoreError> {
        sqlx::query("update api_tokens set last_used = $1 where id = $2")
            .bind(ms(now))
            .bind(id.0)
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    async fn remove_token(&self, id: TokenId) -> Result<bool, StoreError> {
        let removed =
            sqlx::query("delete from api_tokens where id = $1").bind(id.0).execute(&self.writer).await?;
        Ok(removed.rows_affected() > 0)
    }
}

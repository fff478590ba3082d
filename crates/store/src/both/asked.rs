//! What a filter of calls demands of results, scores, money and people, as conditions on a row of `calls c`: said
//! once for both databases. How a row is found at all (times, columns, clients, tags) each says for itself.

use sqlx::{QueryBuilder, Row as _};

use super::codec::ms;
use super::dialect::JOIN;
use super::{Db, DbPool};
use crate::{CallFilter, PromiseDemand, StoreError};

/// A criterion under a rubric, by numbers.
pub(crate) type Spot = (i64, i64);

/// The number of the rubric that is asked for; -1 for one that no analysis ever used.
pub(crate) async fn rubric_number(filter: &CallFilter, pool: &DbPool) -> Result<Option<i64>, StoreError> {
    let Some(rubric) = &filter.rubric else { return Ok(None) };
    let no: Option<i64> = sqlx::query_scalar("select no from rubric_numbers where rubric = $1")
        .bind(rubric.as_str())
        .fetch_optional(pool)
        .await?;
    Ok(Some(no.unwrap_or(-1)))
}

/// Where the criteria with this key stand, under one rubric or under any.
pub(crate) async fn spots(pool: &DbPool, rubric: Option<i64>, key: &str) -> Result<Vec<Spot>, StoreError> {
    let sql = format!(
        "select n.no, k.place from rubric_numbers n {JOIN} rubric_criteria k on k.rubric = n.no \
         where k.key = $1 and ($2 is null or n.no = $2) order by n.no"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(key).bind(rubric).fetch_all(pool).await?;
    rows.iter().map(|row| Ok((row.try_get("no")?, row.try_get("place")?))).collect()
}

/// The score that the filter means.
pub(crate) fn push_score(query: &mut QueryBuilder<Db>, rubric: Option<i64>) {
    match rubric {
        None => query.push("c.score"),
        Some(rubric) => query
            .push("(select j.score from judged j where j.call_id = c.id and j.rubric = ")
            .push_bind(rubric)
            .push(")"),
    };
}

pub(crate) fn push_scores(query: &mut QueryBuilder<Db>, filter: &CallFilter, rubric: Option<i64>) {
    for (sign, bound) in [(">=", filter.min_score), ("<=", filter.max_score), ("<", filter.below_score)] {
        let Some(bound) = bound else { continue };
        query.push(" and ");
        push_score(query, rubric);
        query.push(format!(" {sign} ")).push_bind(bound);
    }
    if let Some(scored) = filter.scored {
        query.push(" and ");
        push_score(query, rubric);
        query.push(if scored { " is not null" } else { " is null" });
    }
}

/// Verdicts and answers; `found_by` is what else leads to a row of theirs (`v`), empty or beginning with «and».
pub(crate) fn push_results(
    query: &mut QueryBuilder<Db>,
    verdict: Option<&(Vec<Spot>, i64)>,
    answer: Option<&(Vec<Spot>, String)>,
    found_by: &str,
) {
    if let Some((spots, verdict)) = verdict {
        query.push(" and (false");
        for (rubric, place) in spots {
            query.push(" or exists (select 1 from verdict_calls v where v.rubric = ").push_bind(*rubric);
            query.push(" and v.place = ").push_bind(*place).push(" and v.verdict = ").push_bind(*verdict);
            query.push(format!("{found_by} and v.call_id = c.id)"));
        }
        query.push(")");
    }
    if let Some((spots, answer)) = answer {
        query.push(" and (false");
        for (rubric, place) in spots {
            query.push(" or exists (select 1 from answer_calls v where v.rubric = ").push_bind(*rubric);
            query.push(" and v.place = ").push_bind(*place);
            query.push(" and v.answer = ").push_bind(answer.clone());
            query.push(format!("{found_by} and v.call_id = c.id)"));
        }
        query.push(")");
    }
}

/// Corrections, promises, money, runs.
pub(crate) fn push_others(query: &mut QueryBuilder<Db>, filter: &CallFilter) {
    if let Some(key) = &filter.overridden {
        query.push(" and exists (select 1 from overrides o where o.call_id = c.id and o.criterion = ");
        query.push_bind(key.clone());
        if let Some(rubric) = &filter.rubric {
            query.push(" and o.rubric = ").push_bind(rubric.as_str().to_owned());
        }
        query.push(")");
    }
    if let Some(promise) = filter.promise {
        query.push(" and exists (select 1 from promises p where p.call_id = c.id");
        if let PromiseDemand::Overdue(now) = promise {
            query.push(" and p.kept_at is null and p.due_at <= ").push_bind(ms(now));
        }
        query.push(")");
    }
    if let Some(paid) = &filter.paid {
        query.push(" and exists (select 1 from spend s where s.call_id = c.id");
        if let Some(item) = &paid.item {
            query.push(" and s.item = ").push_bind(item.clone());
        }
        for (sign, bound) in [(">=", paid.window.from), ("<", paid.window.to)] {
            if let Some(bound) = bound {
                query.push(format!(" and s.at {sign} ")).push_bind(ms(bound));
            }
        }
        query.push(")");
    }
    if let Some(run) = filter.run {
        query.push(" and exists (select 1 from run_calls m where m.run_id = ").push_bind(run.0);
        query.push(" and m.call_id = c.id)");
    }
}

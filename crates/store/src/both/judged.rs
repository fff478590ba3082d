//! What an analysis says, in the rows that figures and filters are made of.
//!
//! A row of `judged` holds what people are shown of the newest analysis of a call under a rubric; its
//! triggers keep every sum. Whoever changes an analysis, an override or the call's description writes
//! it anew through [`keep_judged`] in the same transaction.

use std::collections::HashMap;

use domain::{Analysis, CriterionKind, CriterionResult, Rubric, RubricId, Value, Verdict};
use sqlx::{AssertSqlSafe, Row as _};

use super::DbConnection;
use super::analyses::override_of;
use super::codec::{from_json, json};
use super::dialect::{along, wait_for_turn};
use crate::effective::with_overrides;
use crate::{OverrideVerdict, StoreError};

/// Where calls without a time stand in keys that hold a time.
pub(crate) const UNTIMED_AT: i64 = -(1 << 50);
/// Longer answers are cut: they are grouped and shown in a line.
const MAX_ANSWER: usize = 120;
/// Answers of one criterion; past this a list is hostile.
const MAX_ANSWERS: usize = 50;

/// The number of a verdict in the database: its place in the order of declaration.
pub(crate) const VERDICTS: [Verdict; 5] =
    [Verdict::Met, Verdict::Partly, Verdict::NotMet, Verdict::NotApplicable, Verdict::CannotTell];

pub(crate) fn verdict_number(verdict: Verdict) -> i64 {
    match verdict {
        Verdict::Met => 0,
        Verdict::Partly => 1,
        Verdict::NotMet => 2,
        Verdict::NotApplicable => 3,
        Verdict::CannotTell => 4,
    }
}

/// What of the call goes into its rows.
struct Facts {
    at: i64,
    manager_id: Option<String>,
    client: Option<String>,
    overridden: bool,
}

async fn facts(tx: &mut DbConnection, call: i64, rubric: &RubricId) -> Result<Facts, StoreError> {
    let row = sqlx::query(
        "select started_at, manager_id, client_phone, exists (select 1 from overrides o \
         where o.call_id = calls.id and o.rubric = $2) as overridden from calls where id = $1",
    )
    .bind(call)
    .bind(rubric.as_str())
    .fetch_one(tx)
    .await?;
    Ok(Facts {
        at: row.try_get::<Option<i64>, _>("started_at")?.unwrap_or(UNTIMED_AT),
        manager_id: row.try_get("manager_id")?,
        client: row.try_get("client_phone")?,
        overridden: row.try_get("overridden")?,
    })
}

/// Keeps what people are shown of the analysis, which must be the call's newest under its rubric. With
/// `newest_of_all` the call's own score follows it, and its promises.
pub(crate) async fn keep_judged(
    tx: &mut DbConnection,
    call: i64,
    analysis: &Analysis,
    newest_of_all: bool,
) -> Result<(), StoreError> {
    let facts = facts(tx, call, &analysis.rubric).await?;
    let shown = if facts.overridden { shown(tx, call, analysis).await? } else { analysis.clone() };
    let places = places(tx, &shown).await?;
    let rows = Rows::of(&shown.criteria, &places.by_key);
    sqlx::query("delete from failed_analyses where call_id = $1 and rubric = $2")
        .bind(call)
        .bind(analysis.rubric.as_str())
        .execute(&mut *tx)
        .await?;
    sqlx::query("delete from judged where call_id = $1 and rubric = $2")
        .bind(call)
        .bind(places.rubric)
        .execute(&mut *tx)
        .await?;
    sqlx::query(
        "insert into judged (call_id, rubric, at, manager_id, score, verdicts, machine, marks, answers) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(call)
    .bind(places.rubric)
    .bind(facts.at)
    .bind(&facts.manager_id)
    .bind(shown.total_score)
    .bind(rows.verdicts)
    .bind(Rows::of(&analysis.criteria, &places.by_key).verdicts)
    .bind(json("analysis", &rows.marks)?)
    .bind(json("analysis", &rows.answers)?)
    .execute(&mut *tx)
    .await?;
    if newest_of_all {
        sqlx::query("update calls set score = $1, review = $2 where id = $3")
            .bind(shown.total_score)
            .bind(shown.needs_review())
            .bind(call)
            .execute(&mut *tx)
            .await?;
        keep_promises(tx, call, &facts, analysis).await?;
    }
    Ok(())
}

/// After a person changed a verdict: figures and filters go by it from now on.
pub(crate) async fn judge_anew(
    tx: &mut DbConnection,
    call: i64,
    rubric: &RubricId,
) -> Result<(), StoreError> {
    let row = sqlx::query(
        "select body, id = (select max(id) from analyses where call_id = $1) as newest from analyses \
         where call_id = $1 and rubric = $2 order by id desc limit 1",
    )
    .bind(call)
    .bind(rubric.as_str())
    .fetch_optional(&mut *tx)
    .await?;
    let Some(row) = row else { return Ok(()) };
    let analysis: Analysis = from_json("analysis", row.try_get("body")?)?;
    keep_judged(tx, call, &analysis, row.try_get("newest")?).await
}

async fn shown(tx: &mut DbConnection, call: i64, analysis: &Analysis) -> Result<Analysis, StoreError> {
    let rows = sqlx::query(
        "select o.*, c.uid from overrides o join calls c on c.id = o.call_id \
         where o.call_id = $1 and o.rubric = $2 order by o.id desc",
    )
    .bind(call)
    .bind(analysis.rubric.as_str())
    .fetch_all(&mut *tx)
    .await?;
    // newest first: the first of a criterion stands
    let people: Vec<OverrideVerdict> = rows
        .iter()
        .map(|row| override_of(row, super::codec::call_id(row.try_get("uid")?)?, &analysis.rubric))
        .collect::<Result<_, _>>()?;
    let rubric: Option<String> =
        sqlx::query_scalar("select body from rubrics where rubric = $1 and revision = $2")
            .bind(analysis.rubric.as_str())
            .bind(analysis.revision.as_str())
            .fetch_optional(tx)
            .await?;
    let rubric = rubric.map(|body| from_json::<Rubric>("rubric", &body)).transpose()?;
    Ok(with_overrides(analysis, &people, rubric.as_ref()))
}

/// The number of a rubric and the places of its criteria.
struct Places {
    rubric: i64,
    by_key: HashMap<String, i64>,
}

/// A criterion as it is kept: its place, title, kind and rank.
type Described = (i64, String, String, i64);

/// What is kept of a rubric.
struct Known {
    /// Its number and title.
    rubric: Option<(i64, String)>,
    by_key: HashMap<String, Described>,
}

impl Known {
    async fn read(tx: &mut DbConnection, rubric: &RubricId) -> Result<Self, StoreError> {
        let rows = sqlx::query(
            "select n.no, n.title as named, k.place, k.key, k.title, k.kind, k.rank from rubric_numbers n \
             left join rubric_criteria k on k.rubric = n.no where n.rubric = $1",
        )
        .bind(rubric.as_str())
        .fetch_all(tx)
        .await?;
        let mut by_key = HashMap::new();
        for row in &rows {
            if let Some(key) = row.try_get::<Option<String>, _>("key")? {
                let described = (
                    row.try_get("place")?,
                    row.try_get("title")?,
                    row.try_get("kind")?,
                    row.try_get("rank")?,
                );
                by_key.insert(key, described);
            }
        }
        let rubric = match rows.first() {
            Some(row) => Some((row.try_get("no")?, row.try_get("named")?)),
            None => None,
        };
        Ok(Self { rubric, by_key })
    }

    /// The place of every criterion of the analysis, and those that are to be written.
    fn plan<'a>(&self, analysis: &'a Analysis) -> Result<Plan<'a>, StoreError> {
        let mut next = self.by_key.values().map(|(place, ..)| *place).max().unwrap_or(0) + 1;
        let mut plan = Plan { by_key: HashMap::with_capacity(analysis.criteria.len()), written: Vec::new() };
        for (result, rank) in analysis.criteria.iter().zip(1_i64..) {
            let kind = json("criterion", &result.kind)?;
            let place = match self.by_key.get(&result.key) {
                Some((place, title, was, stood)) => {
                    if *title == result.title && *was == kind && *stood == rank {
                        plan.by_key.insert(result.key.clone(), *place);
                        continue;
                    }
                    *place
                }
                None if plan.by_key.contains_key(&result.key) => continue,
                None => {
                    next += 1;
                    next - 1
                }
            };
            plan.by_key.insert(result.key.clone(), place);
            plan.written.push((place, result, kind, rank));
        }
        Ok(plan)
    }

    fn is_named(&self, title: &str) -> Option<i64> {
        self.rubric.as_ref().filter(|(_, named)| named == title).map(|(no, _)| *no)
    }
}

struct Plan<'a> {
    by_key: HashMap<String, i64>,
    written: Vec<(i64, &'a CriterionResult, String, i64)>,
}

async fn places(tx: &mut DbConnection, analysis: &Analysis) -> Result<Places, StoreError> {
    let known = Known::read(tx, &analysis.rubric).await?;
    let plan = known.plan(analysis)?;
    if let (Some(rubric), true) = (known.is_named(&analysis.rubric_title), plan.written.is_empty()) {
        return Ok(Places { rubric, by_key: plan.by_key });
    }
    // two judgements at once must not give one place to two criteria
    wait_for_turn(tx).await?;
    let known = Known::read(tx, &analysis.rubric).await?;
    let plan = known.plan(analysis)?;
    let rubric = match known.is_named(&analysis.rubric_title) {
        Some(no) => no,
        None => {
            sqlx::query_scalar(
                "insert into rubric_numbers (rubric, title) values ($1, $2) \
                 on conflict (rubric) do update set title = excluded.title returning no",
            )
            .bind(analysis.rubric.as_str())
            .bind(&analysis.rubric_title)
            .fetch_one(&mut *tx)
            .await?
        }
    };
    for (place, result, kind, rank) in plan.written {
        sqlx::query(
            "insert into rubric_criteria (rubric, place, key, title, kind, rank) \
             values ($1, $2, $3, $4, $5, $6) on conflict (rubric, place) do update \
             set title = excluded.title, kind = excluded.kind, rank = excluded.rank",
        )
        .bind(rubric)
        .bind(place)
        .bind(&result.key)
        .bind(&result.title)
        .bind(kind)
        .bind(rank)
        .execute(&mut *tx)
        .await?;
    }
    Ok(Places { rubric, by_key: plan.by_key })
}

/// What of the criteria goes into a row of `judged`.
struct Rows {
    verdicts: String,
    marks: Vec<(i64, i64, Option<i64>)>,
    answers: Vec<(i64, String)>,
}

impl Rows {
    fn of(results: &[CriterionResult], places: &HashMap<String, i64>) -> Self {
        let mut marks: Vec<(i64, i64, Option<i64>)> = Vec::with_capacity(results.len());
        let mut answers = Vec::new();
        for result in results {
            let Some(&place) = places.get(&result.key) else { continue };
            // a key that stands twice is judged once
            if marks.iter().any(|(taken, ..)| *taken == place) {
                continue;
            }
            marks.push((place, verdict_number(result.verdict), result.earned_share().map(millionths)));
            answers.extend(answers_of(result).into_iter().map(|answer| (place, answer)));
        }
        let last = marks.iter().map(|(place, ..)| *place).max().unwrap_or(0);
        let verdicts = (1..=last)
            .map(|place| {
                let verdict = marks.iter().find(|(known, ..)| *known == place).map(|(_, verdict, _)| verdict);
                verdict.map_or_else(|| "-".to_owned(), ToString::to_string)
            })
            .collect();
        Self { verdicts, marks, answers }
    }
}

fn answers_of(result: &CriterionResult) -> Vec<String> {
    let given: Vec<&str> = match (result.kind, &result.value) {
        (CriterionKind::Flag, _) if result.verdict == Verdict::Met => vec!["true"],
        (CriterionKind::Choice, Some(Value::Text(chosen))) => vec![chosen],
        (CriterionKind::List, Some(Value::List(entries))) => entries.iter().map(String::as_str).collect(),
        (CriterionKind::List, Some(Value::Text(entry))) => vec![entry],
        _ => Vec::new(),
    };
    let mut answers: Vec<String> = Vec::with_capacity(given.len());
    for answer in given.into_iter().take(MAX_ANSWERS) {
        let answer: String = plain(answer.trim()).chars().take(MAX_ANSWER).collect();
        if !answer.is_empty() && !answers.contains(&answer) {
            answers.push(answer);
        }
    }
    answers
}

#[expect(clippy::cast_possible_truncation, reason = "a share is within 0–1")]
pub(crate) fn millionths(share: f64) -> i64 {
    (share * 1_000_000.0).round() as i64
}

async fn keep_promises(
    tx: &mut DbConnection,
    call: i64,
    facts: &Facts,
    analysis: &Analysis,
) -> Result<(), StoreError> {
    sqlx::query("delete from promises where call_id = $1").bind(call).execute(&mut *tx).await?;
    let Some(client) = facts.client.as_deref().filter(|_| facts.at != UNTIMED_AT) else { return Ok(()) };
    let given = analysis.promises.iter().filter(|promise| !promise.due.vague);
    let given: Vec<(i64, &str)> = given
        .filter_map(|promise| Some((promise.due.at?.timestamp_millis(), promise.what.as_str())))
        .collect();
    if given.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "select min(started_at) from calls l{} where l.client_phone = $1 and l.started_at > $2 \
         and not l.missed and coalesce(l.talk_ms, 1) > 0",
        along("calls_client")
    );
    let kept: Option<i64> =
        sqlx::query_scalar(AssertSqlSafe(sql)).bind(client).bind(facts.at).fetch_one(&mut *tx).await?;
    for ((due, what), n) in given.into_iter().zip(0_i64..) {
        sqlx::query(
            "insert into promises (call_id, n, made_at, due_at, manager_id, client, kept_at, what) \
             values ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(call)
        .bind(n)
        .bind(facts.at)
        .bind(due)
        .bind(&facts.manager_id)
        .bind(client)
        .bind(kept)
        .bind(plain(what))
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}

/// Without the one letter that a text in PostgreSQL cannot hold.
fn plain(text: &str) -> String {
    text.replace('\0', "")
}

/// Takes all that machines said of a call out of the figures.
pub(crate) async fn forget_judged(tx: &mut DbConnection, call: i64) -> Result<(), StoreError> {
    for sql in [
        "delete from judged where call_id = $1",
        "delete from promises where call_id = $1",
        "delete from failed_analyses where call_id = $1",
    ] {
        sqlx::query(sql).bind(call).execute(&mut *tx).await?;
    }
    Ok(())
}

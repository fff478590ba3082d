//! What was found by criterion: verdicts, answers, and how far people agree.

use std::collections::HashMap;

use domain::{CriterionKind, Rubric, RubricId, TimeWindow, Verdict};
use sqlx::{QueryBuilder, Row as _, Sqlite, SqliteConnection};

use super::rubric_number;
use crate::sqlite::codec::{from_json, ms, unsigned};
use crate::sqlite::counting::Split;
use crate::sqlite::judged::{UNTIMED_AT, VERDICTS};
use crate::week::DAY_MS;
use crate::{CriterionAgreement, CriterionFigures, Period, StoreError, ValueFigures};

/// Answers of one criterion that are given.
const MAX_VALUES: i64 = 100;

/// A criterion as the newest analysis that used it describes it.
struct Described {
    place: i64,
    key: String,
    title: String,
    kind: CriterionKind,
}

/// The rubrics that the period asks about: number and id.
async fn rubrics(tx: &mut SqliteConnection, period: &Period) -> Result<Vec<(i64, RubricId)>, StoreError> {
    if let Some(rubric) = &period.rubric {
        return Ok(vec![(rubric_number(tx, Some(rubric)).await?, rubric.clone())]);
    }
    let rows = sqlx::query("select no, rubric from rubric_numbers order by rubric").fetch_all(tx).await?;
    rows.iter()
        .map(|row| Ok((row.try_get("no")?, RubricId::new(row.try_get::<String, _>("rubric")?))))
        .collect()
}

async fn described(tx: &mut SqliteConnection, rubric: i64) -> Result<Vec<Described>, StoreError> {
    let rows = sqlx::query(
        "select place, key, title, kind from rubric_criteria where rubric = ? order by rank, place",
    )
    .bind(rubric)
    .fetch_all(tx)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Described {
                place: row.try_get("place")?,
                key: row.try_get("key")?,
                title: row.try_get("title")?,
                kind: from_json("criterion", row.try_get("kind")?)?,
            })
        })
        .collect()
}

/// Marks of the calls at the ends of a window.
async fn edge_marks(
    tx: &mut SqliteConnection,
    rubric: i64,
    manager: Option<&str>,
    edge: TimeWindow,
) -> Result<Vec<String>, StoreError> {
    let mut query =
        QueryBuilder::<Sqlite>::new("select w.marks from judged w indexed by judged_at where w.rubric = ");
    query.push_bind(rubric);
    push_scope(&mut query, manager, edge);
    Ok(query.build_query_scalar().fetch_all(tx).await?)
}

/// An employee and a window, of rows of `judged w` and of those that are kept like it.
pub(crate) fn push_scope(query: &mut QueryBuilder<Sqlite>, manager: Option<&str>, window: TimeWindow) {
    if let Some(manager) = manager {
        query.push(" and w.manager_id = ").push_bind(manager.to_owned());
    }
    let from = window.from.map(ms).or(window.to.map(|_| UNTIMED_AT + 1));
    for (sign, bound) in [(">=", from), ("<", window.to.map(ms))] {
        if let Some(bound) = bound {
            query.push(format!(" and w.at {sign} ")).push_bind(bound);
        }
    }
}

/// Calls and points of a verdict.
#[derive(Default, Clone, Copy)]
struct Mark {
    calls: i64,
    earned: i64,
    possible: i64,
}

type Marks = HashMap<(i64, i64), Mark>;

async fn marks(tx: &mut SqliteConnection, rubric: i64, period: &Period) -> Result<Marks, StoreError> {
    let mut marks = Marks::new();
    let Split { days, edges } = Split::of(period.window, DAY_MS);
    if let Some((first, end)) = days {
        let rows = sqlx::query(
            "select place, verdict, sum(calls) as calls, sum(earned) as earned, sum(possible) as possible \
             from verdict_days where rubric = ? and manager = ? and day >= ? and day < ? group by 1, 2",
        )
        .bind(rubric)
        .bind(period.manager_id.as_deref().unwrap_or_default())
        .bind(first)
        .bind(end)
        .fetch_all(&mut *tx)
        .await?;
        for row in &rows {
            let mark = Mark {
                calls: row.try_get("calls")?,
                earned: row.try_get("earned")?,
                possible: row.try_get("possible")?,
            };
            marks.insert((row.try_get("place")?, row.try_get("verdict")?), mark);
        }
    }
    for edge in edges {
        for text in edge_marks(tx, rubric, period.manager_id.as_deref(), edge).await? {
            for (place, verdict, share) in from_json::<Vec<(i64, i64, Option<i64>)>>("analysis", &text)? {
                let mark = marks.entry((place, verdict)).or_default();
                mark.calls += 1;
                mark.earned += share.unwrap_or(0);
                mark.possible += i64::from(share.is_some());
            }
        }
    }
    Ok(marks)
}

#[expect(clippy::cast_precision_loss, reason = "sums of millionths stay far below 2^53")]
fn share(earned: i64, possible: i64) -> Option<f64> {
    (possible > 0).then(|| earned as f64 / possible as f64 / 1_000_000.0)
}

pub(super) async fn by_criterion(
    tx: &mut SqliteConnection,
    period: &Period,
) -> Result<Vec<CriterionFigures>, StoreError> {
    let mut figures = Vec::new();
    for (no, rubric) in rubrics(tx, period).await? {
        let marks = marks(tx, no, period).await?;
        for criterion in described(tx, no).await? {
            let (mut earned, mut possible) = (0, 0);
            let mut verdicts = Vec::with_capacity(VERDICTS.len());
            for (verdict, number) in VERDICTS.into_iter().zip(0_i64..) {
                let mark = marks.get(&(criterion.place, number)).copied().unwrap_or_default();
                earned += mark.earned;
                possible += mark.possible;
                verdicts.push((verdict, unsigned("count", mark.calls)?));
            }
            if verdicts.iter().all(|(_, count)| *count == 0) {
                continue;
            }
            figures.push(CriterionFigures {
                rubric: rubric.clone(),
                key: criterion.key,
                title: criterion.title,
                kind: criterion.kind,
                earned: share(earned, possible),
                verdicts,
            });
        }
    }
    Ok(figures)
}

/// The most frequent answers to a criterion.
async fn answers(
    tx: &mut SqliteConnection,
    rubric: i64,
    place: i64,
    period: &Period,
) -> Result<Vec<(String, u64)>, StoreError> {
    let Split { days, edges } = Split::of(period.window, DAY_MS);
    let (first, end) = days.unwrap_or((0, 0));
    let mut query = QueryBuilder::<Sqlite>::new(
        "select answer, sum(calls) as calls from (select answer, calls from answer_days where rubric = ",
    );
    query.push_bind(rubric).push(" and manager = ");
    query.push_bind(period.manager_id.clone().unwrap_or_default()).push(" and place = ").push_bind(place);
    query.push(" and day >= ").push_bind(first).push(" and day < ").push_bind(end);
    for edge in edges {
        query.push(
            " union all select j.value ->> 1, 1 from judged w indexed by judged_at, json_each(w.answers) j \
             where w.rubric = ",
        );
        query.push_bind(rubric);
        push_scope(&mut query, period.manager_id.as_deref(), edge);
        query.push(" and j.value ->> 0 = ").push_bind(place);
    }
    query.push(") group by answer having sum(calls) > 0 order by sum(calls) desc, answer limit ");
    query.push_bind(MAX_VALUES);
    let rows = query.build().fetch_all(tx).await?;
    rows.iter().map(|row| Ok((row.try_get("answer")?, unsigned("count", row.try_get("calls")?)?))).collect()
}

/// Verdicts of another criterion among the calls with each of the answers.
async fn verdicts_beside(
    tx: &mut SqliteConnection,
    (rubric, place, beside): (i64, i64, i64),
    answers: &[(String, u64)],
    period: &Period,
) -> Result<HashMap<(String, i64), u64>, StoreError> {
    let wanted: Vec<&str> = answers.iter().map(|(answer, _)| answer.as_str()).collect();
    let mut query = QueryBuilder::<Sqlite>::new("select w.answer as answer, substr(w.verdicts, ");
    query.push_bind(beside).push(", 1) as verdict, count(*) as calls from json_each(");
    query.push_bind(serde_json::json!(wanted).to_string());
    query.push(") j cross join answer_calls w on w.answer = j.value and w.rubric = ").push_bind(rubric);
    query.push(" and w.place = ").push_bind(place).push(" where true");
    push_scope(&mut query, period.manager_id.as_deref(), period.window);
    query.push(" group by 1, 2");
    let mut found = HashMap::new();
    for row in &query.build().fetch_all(tx).await? {
        if let Ok(verdict) = row.try_get::<&str, _>("verdict")?.parse() {
            found.insert((row.try_get("answer")?, verdict), unsigned("count", row.try_get("calls")?)?);
        }
    }
    Ok(found)
}

pub(super) async fn values(
    tx: &mut SqliteConnection,
    period: &Period,
    key: Option<&str>,
    beside: Option<&str>,
) -> Result<Vec<ValueFigures>, StoreError> {
    let mut figures = Vec::new();
    for (no, rubric) in rubrics(tx, period).await? {
        let criteria = described(tx, no).await?;
        let beside = beside.and_then(|key| criteria.iter().find(|known| known.key == key));
        let newest = newest_revision(tx, &rubric).await?;
        for criterion in &criteria {
            let answered =
                matches!(criterion.kind, CriterionKind::Choice | CriterionKind::List | CriterionKind::Flag);
            if !answered || key.is_some_and(|key| key != criterion.key) {
                continue;
            }
            let counts = answers(tx, no, criterion.place, period).await?;
            let verdicts = match beside {
                Some(beside) if !counts.is_empty() => {
                    verdicts_beside(tx, (no, criterion.place, beside.place), &counts, period).await?
                }
                _ => HashMap::new(),
            };
            for (value, calls) in counts {
                let among = |(verdict, number): (Verdict, i64)| {
                    (verdict, verdicts.get(&(value.clone(), number)).copied().unwrap_or(0))
                };
                let beside = match beside {
                    Some(_) => VERDICTS.into_iter().zip(0_i64..).map(among).collect(),
                    None => Vec::new(),
                };
                figures.push(ValueFigures {
                    rubric: rubric.clone(),
                    key: criterion.key.clone(),
                    title: title(newest.as_ref(), criterion, &value),
                    value,
                    calls,
                    beside,
                });
            }
        }
    }
    Ok(figures)
}

async fn newest_revision(tx: &mut SqliteConnection, rubric: &RubricId) -> Result<Option<Rubric>, StoreError> {
    let body: Option<String> =
        sqlx::query_scalar("select body from rubrics where rubric = ? order by number desc limit 1")
            .bind(rubric.as_str())
            .fetch_optional(tx)
            .await?;
    body.map(|body| from_json("rubric", &body)).transpose()
}

fn title(newest: Option<&Rubric>, criterion: &Described, value: &str) -> String {
    if criterion.kind == CriterionKind::Flag {
        return criterion.title.clone();
    }
    let asked = newest.and_then(|rubric| rubric.criteria.iter().find(|known| known.key == criterion.key));
    let option = asked.and_then(|asked| asked.options.iter().find(|option| option.key == value));
    option.map_or_else(|| value.to_owned(), |option| option.title.clone())
}

pub(super) async fn agreement(
    tx: &mut SqliteConnection,
    period: &Period,
) -> Result<Vec<CriterionAgreement>, StoreError> {
    let mut query = QueryBuilder::<Sqlite>::new(
        "select o.rubric as rubric, o.criterion as key, max(coalesce(k.title, o.criterion)) as title, \
         count(*) as people, sum(coalesce(substr(j.machine, k.place, 1) = case o.verdict \
         when '\"met\"' then '0' when '\"partly\"' then '1' when '\"not_met\"' then '2' \
         when '\"not_applicable\"' then '3' when '\"cannot_tell\"' then '4' end, 0)) as agreed \
         from overrides o cross join calls c on c.id = o.call_id \
         left join rubric_numbers n on n.rubric = o.rubric \
         left join rubric_criteria k on k.rubric = n.no and k.key = o.criterion \
         left join judged j on j.call_id = o.call_id and j.rubric = n.no \
         where o.id = (select max(l.id) from overrides l where l.call_id = o.call_id \
         and l.rubric = o.rubric and l.criterion = o.criterion)",
    );
    if let Some(rubric) = &period.rubric {
        query.push(" and o.rubric = ").push_bind(rubric.as_str().to_owned());
    }
    if let Some(manager) = &period.manager_id {
        query.push(" and c.manager_id = ").push_bind(manager.clone());
    }
    for (sign, bound) in [(">=", period.window.from), ("<", period.window.to)] {
        if let Some(bound) = bound {
            query.push(format!(" and c.started_at {sign} ")).push_bind(ms(bound));
        }
    }
    query.push(" group by 1, 2");
    let mut found = Vec::new();
    for row in &query.build().fetch_all(tx).await? {
        found.push(CriterionAgreement {
            rubric: RubricId::new(row.try_get::<String, _>("rubric")?),
            key: row.try_get("key")?,
            title: row.try_get("title")?,
            people: unsigned("count", row.try_get("people")?)?,
            agreed: unsigned("count", row.try_get("agreed")?)?,
        });
    }
    // a / b < c / d without division
    found.sort_by(|a, b| (a.agreed * b.people).cmp(&(b.agreed * a.people)).then_with(|| a.key.cmp(&b.key)));
    Ok(found)
}

//! What was found by criterion: verdicts, answers, and how far people agree.

use std::collections::HashMap;

use domain::{CriterionKind, Rubric, RubricId, Verdict};
use sqlx::{QueryBuilder, Row as _};

use super::super::dialect::JOIN;
use super::super::judged::VERDICTS;
use super::super::{Db, DbConnection};
use super::marks::{answers, marks, verdicts_beside};
use super::rubric_number;
use crate::codec::{from_json, ms, unsigned};
use crate::{CriterionAgreement, CriterionFigures, Period, StoreError, ValueFigures};

/// A criterion as the newest analysis that used it describes it.
struct Described {
    place: i64,
    key: String,
    title: String,
    kind: CriterionKind,
}

/// The rubrics that the period asks about: number and id.
async fn rubrics(tx: &mut DbConnection, period: &Period) -> Result<Vec<(i64, RubricId)>, StoreError> {
    if let Some(rubric) = &period.rubric {
        return Ok(vec![(rubric_number(tx, Some(rubric)).await?, rubric.clone())]);
    }
    let rows = sqlx::query("select no, rubric from rubric_numbers order by rubric").fetch_all(tx).await?;
    rows.iter()
        .map(|row| Ok((row.try_get("no")?, RubricId::new(row.try_get::<String, _>("rubric")?))))
        .collect()
}

async fn described(tx: &mut DbConnection, rubric: i64) -> Result<Vec<Described>, StoreError> {
    let rows = sqlx::query(
        "select place, key, title, kind from rubric_criteria where rubric = $1 order by rank, place",
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

#[expect(clippy::cast_precision_loss, reason = "sums of millionths stay far below 2^53")]
fn share(earned: i64, possible: i64) -> Option<f64> {
    (possible > 0).then(|| earned as f64 / possible as f64 / 1_000_000.0)
}

pub(super) async fn by_criterion(
    tx: &mut DbConnection,
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

pub(super) async fn values(
    tx: &mut DbConnection,
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

async fn newest_revision(tx: &mut DbConnection, rubric: &RubricId) -> Result<Option<Rubric>, StoreError> {
    let body: Option<String> =
        sqlx::query_scalar("select body from rubrics where rubric = $1 order by number desc limit 1")
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
    tx: &mut DbConnection,
    period: &Period,
) -> Result<Vec<CriterionAgreement>, StoreError> {
    let mut query = QueryBuilder::<Db>::new(format!(
        "select o.rubric as rubric, o.criterion as key, max(coalesce(k.title, o.criterion)) as title, \
         count(*) as people, cast(sum(case when substr(j.machine, cast(k.place as integer), 1) = case o.verdict \
         when '\"met\"' then '0' when '\"partly\"' then '1' when '\"not_met\"' then '2' \
         when '\"not_applicable\"' then '3' when '\"cannot_tell\"' then '4' end then 1 else 0 end) as bigint) as agreed \
         from overrides o {JOIN} calls c on c.id = o.call_id \
         left join rubric_numbers n on n.rubric = o.rubric \
         left join rubric_criteria k on k.rubric = n.no and k.key = o.criterion \
         left join judged j on j.call_id = o.call_id and j.rubric = n.no \
         where o.id = (select max(l.id) from overrides l where l.call_id = o.call_id \
         and l.rubric = o.rubric and l.criterion = o.criterion)"
    ));
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

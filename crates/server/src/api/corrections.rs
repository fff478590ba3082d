//! `…/calls/{id}/overrides`: a person's verdict in place of the machine's, with its reason.

use axum::Json;
use axum::extract::State;
use domain::{CallId, CriterionKind, CriterionResult, Rubric, RubricId, Value as Answer, Verdict as Found};
use http::StatusCode;
use pipeline::CallReport;
use serde::{Deserialize, Serialize};
use store::OverrideVerdict;
use utoipa::ToSchema;

use super::calls::UnderRubric;
use super::extract::{Asked, Body, Named, call_id};
use super::shapes::analysis::Value;
use super::shapes::words::Verdict;
use super::tags;
use crate::Web;
use crate::access::{Deed, Viewer};
use crate::problem::Problem;

/// Longest reason, answer and entry of a list, in letters.
const LONGEST: usize = 2_000;
const MOST_ENTRIES: usize = 50;

/// A person's verdict.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct NewOverride {
    /// The criterion's key.
    #[schema(example = "next_step")]
    criterion: String,
    verdict: Verdict,
    /// Points, where the criterion is scored; unless said, all, half or none, as the verdict says.
    #[serde(default)]
    score: Option<f64>,
    /// The answer, where the kind has one.
    #[serde(default)]
    value: Option<Value>,
    /// Why; people see it.
    #[schema(min_length = 1, max_length = 2000, example = "О звонке договорились в переписке")]
    reason: String,
    /// Under which rubric; unless said, the newest judgement's.
    #[serde(default)]
    #[schema(example = "sales-full")]
    rubric: Option<String>,
}

/// A person's verdict, as it stands.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct Override {
    #[schema(example = "next_step")]
    criterion: String,
    verdict: Verdict,
    #[schema(required)]
    score: Option<f64>,
    #[schema(required)]
    value: Option<Value>,
    reason: String,
    author: String,
    #[schema(format = DateTime)]
    at: String,
}

impl From<OverrideVerdict> for Override {
    fn from(person: OverrideVerdict) -> Self {
        Self {
            criterion: person.key,
            verdict: person.verdict.into(),
            score: person.score,
            value: person.value.map(Into::into),
            reason: person.reason,
            author: person.author,
            at: person.at.to_rfc3339(),
        }
    }
}

/// How a judgement stands with people's verdicts in it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Corrected {
    #[schema(format = Uuid)]
    call_id: String,
    #[schema(example = "sales-full")]
    rubric: String,
    /// With people's verdicts.
    #[schema(required, example = 80.0)]
    total_score: Option<f64>,
    /// Of the machine alone.
    #[schema(required, example = 72.5)]
    machine_score: Option<f64>,
    /// People's verdicts, one per criterion.
    overrides: Vec<Override>,
}

/// People's verdicts on a call
#[utoipa::path(
    get, path = "/api/v1/calls/{id}/overrides", tag = tags::CORRECTIONS, operation_id = "list_overrides",
    params(("id" = String, Path, format = Uuid, description = "The call"), UnderRubric),
    responses(
        (status = 200, description = "As they stand", body = Corrected),
        (status = 409, description = "The call was not judged", body = super::ProblemShape, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn list(
    State(web): State<Web>,
    viewer: Viewer,
    Named(id): Named<String>,
    Asked(query, _): Asked<UnderRubric>,
) -> Result<Json<Corrected>, Problem> {
    let judged = judged(&web, &viewer, &id, query.rubric).await?;
    Ok(Json(corrected(&web, &viewer, judged.id, &judged.rubric).await?))
}

/// Put a verdict in place of the machine's
///
/// It is kept beside the machine's, survives new analyses, and counts in the total and in every figure.
#[utoipa::path(
    post, path = "/api/v1/calls/{id}/overrides", tag = tags::CORRECTIONS, operation_id = "override_verdict",
    params(("id" = String, Path, format = Uuid, description = "The call")),
    request_body(content = NewOverride, example = json!({
        "criterion": "next_step", "verdict": "met", "reason": "О звонке договорились в переписке" })),
    responses(
        (status = 200, description = "The new total", body = Corrected),
        (status = 409, description = "The call was not judged", body = super::ProblemShape, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn correct(
    State(web): State<Web>,
    viewer: Viewer,
    Named(id): Named<String>,
    Body(wish): Body<NewOverride>,
) -> Result<Json<Corrected>, Problem> {
    let judged = judged(&web, &viewer, &id, wish.rubric.clone()).await?;
    let result = judged.criterion(&wish.criterion)?;
    let verdict = checked(&wish, result, judged.revision(&web).await?.as_ref())?;
    let now = web.clock().now();
    let person = OverrideVerdict {
        call: judged.id,
        rubric: judged.rubric.clone(),
        key: wish.criterion,
        verdict: verdict.verdict,
        score: verdict.score,
        value: verdict.value,
        reason: verdict.reason,
        author: viewer.name.clone(),
        at: now,
    };
    keep_override(&web, &person).await?;
    Ok(Json(corrected(&web, &viewer, judged.id, &judged.rubric).await?))
}

/// Take a verdict back
///
/// The machine's stands again.
#[utoipa::path(
    delete, path = "/api/v1/calls/{id}/overrides/{criterion}", tag = tags::CORRECTIONS,
    operation_id = "withdraw_override",
    params(
        ("id" = String, Path, format = Uuid, description = "The call"),
        ("criterion" = String, Path, description = "The criterion's key", example = "next_step"),
        UnderRubric,
    ),
    responses(
        (status = 200, description = "The new total", body = Corrected),
        (status = 409, description = "The call was not judged", body = super::ProblemShape, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn withdraw(
    State(web): State<Web>,
    viewer: Viewer,
    Named((id, key)): Named<(String, String)>,
    Asked(query, _): Asked<UnderRubric>,
) -> Result<Json<Corrected>, Problem> {
    let judged = judged(&web, &viewer, &id, query.rubric).await?;
    if !web.store().withdraw_override(judged.id, &judged.rubric, &key).await? {
        return Err(Problem::not_found());
    }
    let target = format!("{} {}/{key} taken back", judged.id, judged.rubric);
    web.audit(&viewer.name, Deed::Override, &target).await;
    crate::outgoing::overridden(&web, judged.id, &judged.rubric).await?;
    Ok(Json(corrected(&web, &viewer, judged.id, &judged.rubric).await?))
}

/// Keeps a person's verdict, notes who gave it, and tells all who were told of the machine's.
pub(crate) async fn keep_override(web: &Web, person: &OverrideVerdict) -> Result<(), Problem> {
    web.store().override_verdict(person).await?;
    let target = format!("{} {}/{}", person.call, person.rubric, person.key);
    web.audit(&person.author, Deed::Override, &target).await;
    crate::outgoing::overridden(web, person.call, &person.rubric).await
}

/// A call that was judged.
pub(crate) struct Judged {
    pub(crate) id: CallId,
    pub(crate) rubric: RubricId,
    report: CallReport,
}

impl Judged {
    fn criterion(&self, key: &str) -> Result<&CriterionResult, Problem> {
        let analysis = self.report.analysis.as_ref();
        analysis.and_then(|analysis| analysis.criteria.iter().find(|one| one.key == key)).ok_or_else(|| {
            wrong("criterion", "в этом разборе нет такого критерия", "this judgement has no such criterion")
        })
    }

    /// Whether the judgement has the criterion.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.criterion(key).is_ok()
    }

    /// The rubric as it was then.
    async fn revision(&self, web: &Web) -> Result<Option<Rubric>, Problem> {
        let Some(analysis) = &self.report.analysis else { return Ok(None) };
        Ok(web.store().rubric(&analysis.rubric, &analysis.revision).await?)
    }
}

/// The call with its judgement under the rubric, or the newest.
///
/// # Errors
/// 404 for a call that is not the viewer's, 409 where nothing was judged.
pub(crate) async fn judged(
    web: &Web,
    viewer: &Viewer,
    id: &str,
    rubric: Option<String>,
) -> Result<Judged, Problem> {
    let (id, rubric) = (call_id(id)?, rubric.map(RubricId::new));
    let report = web.visible(viewer).report(id, rubric.as_ref()).await?;
    let Some(analysis) = &report.analysis else {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "not_judged",
            "звонок не разобран по этим критериям",
            "the call was not judged under this rubric",
        ));
    };
    Ok(Judged { id, rubric: analysis.rubric.clone(), report })
}

async fn corrected(web: &Web, viewer: &Viewer, id: CallId, rubric: &RubricId) -> Result<Corrected, Problem> {
    let shown = web.visible(viewer).report(id, Some(rubric)).await?;
    let machine = web.store().analysis(id, Some(rubric)).await?;
    let overrides = web.store().overrides(id, rubric).await?.into_iter().map(Into::into).collect();
    Ok(Corrected {
        call_id: id.to_string(),
        rubric: rubric.to_string(),
        total_score: shown.analysis.and_then(|analysis| analysis.total_score),
        machine_score: machine.and_then(|stored| stored.analysis.total_score),
        overrides,
    })
}

/// What may be kept.
struct Checked {
    verdict: Found,
    score: Option<f64>,
    value: Option<Answer>,
    reason: String,
}

fn checked(
    wish: &NewOverride,
    result: &CriterionResult,
    rubric: Option<&Rubric>,
) -> Result<Checked, Problem> {
    let reason = wish.reason.trim();
    if reason.is_empty() || reason.chars().count() > LONGEST {
        return Err(wrong(
            "reason",
            "напишите причину, до 2000 знаков",
            "write a reason, at most 2000 letters",
        ));
    }
    let verdict = Found::from(wish.verdict);
    let assessed = !matches!(verdict, Found::NotApplicable | Found::CannotTell);
    if let Some(score) = wish.score {
        let Some(max) = result.max_score else {
            return Err(wrong("score", "у этого критерия нет баллов", "this criterion has no points"));
        };
        if !assessed {
            return Err(wrong(
                "score",
                "без оценки нет баллов",
                "there are no points where nothing is assessed",
            ));
        }
        if !(0.0..=max).contains(&score) {
            return Err(wrong("score", &format!("баллы: от 0 до {max}"), &format!("points: 0 to {max}")));
        }
    }
    let value = wish.value.clone().map(Answer::from);
    if let Some(value) = &value {
        fits(value, result, rubric)?;
    }
    Ok(Checked { verdict, score: wish.score, value, reason: reason.to_owned() })
}

/// Whether the answer is one to this kind of question.
fn fits(value: &Answer, result: &CriterionResult, rubric: Option<&Rubric>) -> Result<(), Problem> {
    let short = |text: &str| !text.trim().is_empty() && text.chars().count() <= LONGEST;
    let fits = match (result.kind, value) {
        (CriterionKind::Flag, Answer::Flag(_)) => true,
        (CriterionKind::Number | CriterionKind::Score, Answer::Number(number)) => number.is_finite(),
        (CriterionKind::Text, Answer::Text(text)) => short(text),
        (CriterionKind::List, Answer::List(entries)) => {
            entries.len() <= MOST_ENTRIES && entries.iter().all(|entry| short(entry))
        }
        (CriterionKind::Choice, Answer::Text(chosen)) => rubric
            .and_then(|rubric| rubric.criteria.iter().find(|criterion| criterion.key == result.key))
            .is_none_or(|criterion| {
                criterion.options.iter().any(|option| option.title == *chosen || option.key == *chosen)
            }),
        _ => false,
    };
    if fits {
        return Ok(());
    }
    Err(wrong("value", "такого ответа у этого критерия не бывает", "this criterion has no such answer"))
}

/// A member of the body that cannot be.
pub(crate) fn wrong(field: &'static str, ru: &str, en: &str) -> Problem {
    Problem::invalid("body", ru.to_owned(), en.to_owned()).with("field", field)
}

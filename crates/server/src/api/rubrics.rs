//! `GET /api/v1/rubrics`, `GET /api/v1/rubrics/{id}`.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use domain::Rubric;
use http::HeaderMap;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::Named;
use super::shapes::words::CriterionKind;
use super::{etag, tags};
use crate::Web;
use crate::problem::Problem;

/// All rubrics.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct RubricList {
    rubrics: Vec<RubricShape>,
    /// Always null: there are few.
    #[schema(required)]
    next_cursor: Option<String>,
}

/// A check-list.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Rubric)]
pub(crate) struct RubricShape {
    #[schema(example = "sales-full")]
    id: String,
    /// The first 12 hex digits of SHA-256 over the content.
    revision: String,
    title: String,
    description: String,
    /// ISO 639-1.
    #[schema(example = "ru")]
    language: String,
    criteria: Vec<CriterionShape>,
    /// The TOML text; only where one rubric is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
}

/// A line of it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = RubricCriterion)]
pub(crate) struct CriterionShape {
    #[schema(example = "next_step")]
    key: String,
    title: String,
    kind: CriterionKind,
    question: String,
    weight: f64,
    #[schema(required)]
    max_score: Option<f64>,
    critical: bool,
    /// Titles of the options of a choice.
    options: Vec<String>,
    /// The local rules can judge it.
    has_rules: bool,
}

impl RubricShape {
    fn new(rubric: &Rubric, source: Option<String>) -> Self {
        let criteria = rubric
            .criteria
            .iter()
            .map(|criterion| CriterionShape {
                key: criterion.key.clone(),
                title: criterion.title.clone(),
                kind: criterion.kind.into(),
                question: criterion.question.clone(),
                weight: criterion.weight,
                max_score: criterion.max_score(),
                critical: criterion.critical,
                options: criterion.options.iter().map(|option| option.title.clone()).collect(),
                has_rules: criterion.rules.is_some(),
            })
            .collect();
        Self {
            id: rubric.id.to_string(),
            revision: rubric.revision.to_string(),
            title: rubric.title.clone(),
            description: rubric.description.clone(),
            language: rubric.language.clone(),
            criteria,
            source,
        }
    }
}

/// Rubrics
#[utoipa::path(
    get, path = "/api/v1/rubrics", tag = tags::RUBRICS, operation_id = "list_rubrics",
    responses((status = 200, description = "The built-in ones under your own", body = RubricList)),
)]
pub(crate) async fn list(State(web): State<Web>) -> Result<Json<RubricList>, Problem> {
    let rubrics = web.app().rubrics()?.iter().map(|rubric| RubricShape::new(rubric, None)).collect();
    Ok(Json(RubricList { rubrics, next_cursor: None }))
}

/// A rubric
#[utoipa::path(
    get, path = "/api/v1/rubrics/{id}", tag = tags::RUBRICS, operation_id = "show_rubric",
    params(("id" = String, Path, description = "The rubric", example = "sales-full")),
    responses(
        (status = 200, description = "The rubric", body = RubricShape),
        (status = 304, description = "Nothing has changed since `If-None-Match`"),
    ),
)]
pub(crate) async fn show(
    State(web): State<Web>,
    headers: HeaderMap,
    Named(id): Named<String>,
) -> Result<Response, Problem> {
    // by id only: a name from outside never becomes a path
    let rubrics = web.app().rubrics()?;
    let rubric = rubrics.iter().find(|rubric| rubric.id.as_str() == id).ok_or_else(Problem::not_found)?;
    etag::json(&headers, &RubricShape::new(rubric, Some(rubric.source.clone())))
}

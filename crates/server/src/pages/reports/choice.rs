//! The line over a report: period, employee, rubric. Links and one small form: no scripts needed.

use super::period::SPANS;
use super::{ReportQuery, Scene, with_query};
use crate::access::Scope;
use crate::problem::Problem;

/// One of several.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Choice {
    pub(crate) title: String,
    pub(crate) href: String,
    pub(crate) chosen: bool,
}

/// What may be chosen.
#[derive(Debug, Clone)]
pub(crate) struct PeriodBar {
    pub(crate) path: String,
    pub(crate) spans: Vec<Choice>,
    /// «13–19 ноя».
    pub(crate) days: String,
    pub(crate) own: bool,
    pub(crate) from: String,
    pub(crate) to: String,
    /// Empty where there is nothing to choose.
    pub(crate) managers: Vec<Choice>,
    pub(crate) rubrics: Vec<Choice>,
    /// What the form of an own period keeps.
    pub(crate) kept: Vec<(&'static str, String)>,
    /// Files of the period's calls.
    pub(crate) xlsx: String,
    pub(crate) csv: String,
}

impl PeriodBar {
    /// The choices of a scene for the report at `path`.
    pub(crate) async fn of(scene: &Scene, path: &str, with_managers: bool) -> Result<Self, Problem> {
        let (t, query) = (&scene.t, &scene.query);
        let spans = SPANS
            .into_iter()
            .map(|span| Choice {
                title: t.say(span_key(span)),
                href: query.of_span(span).at(path),
                chosen: scene.chosen.span == span,
            })
            .collect();
        let managers = if with_managers && scene.viewer.scope == Scope::All {
            managers(scene, path).await?
        } else {
            Vec::new()
        };
        let mut kept = Vec::new();
        for (name, value) in [("manager", &query.manager), ("rubric", &query.rubric), ("heat", &query.heat)] {
            kept.extend(value.clone().map(|value| (name, value)));
        }
        Ok(Self {
            path: path.to_owned(),
            spans,
            days: t.days(scene.chosen.first, scene.chosen.last),
            own: scene.chosen.span == "own",
            from: scene.chosen.first.to_string(),
            to: scene.chosen.last.to_string(),
            managers,
            rubrics: rubrics(scene, path).await?,
            kept,
            xlsx: export("xlsx", scene),
            csv: export("csv", scene),
        })
    }

    /// The chosen employee's name.
    pub(crate) fn manager(&self) -> &str {
        chosen(&self.managers)
    }

    /// The chosen rubric's title.
    pub(crate) fn rubric(&self) -> &str {
        chosen(&self.rubrics)
    }
}

fn chosen(list: &[Choice]) -> &str {
    list.iter().find(|choice| choice.chosen).map_or("", |choice| choice.title.as_str())
}

fn export(format: &str, scene: &Scene) -> String {
    format!("{}&format={format}", with_query("/api/v1/exports", &scene.calls()))
}

const fn span_key(span: &str) -> &'static str {
    match span.as_bytes() {
        b"today" => "dash-today",
        b"yesterday" => "dash-yesterday",
        b"30" => "dash-30",
        b"90" => "dash-90",
        _ => "dash-7",
    }
}

async fn managers(scene: &Scene, path: &str) -> Result<Vec<Choice>, Problem> {
    let known = &scene.web.known().await?.managers;
    if known.len() < 2 && scene.manager.is_none() {
        return Ok(Vec::new());
    }
    let to = |manager| ReportQuery { manager, ..scene.query.clone() }.at(path);
    let all =
        Choice { title: scene.t.say("dash-all-managers"), href: to(None), chosen: scene.manager.is_none() };
    let each = known.iter().map(|(id, name)| Choice {
        chosen: scene.manager.as_ref() == Some(id),
        href: to(Some(id.clone())),
        title: name.as_ref().unwrap_or(id).clone(),
    });
    Ok(std::iter::once(all).chain(each).collect())
}

async fn rubrics(scene: &Scene, path: &str) -> Result<Vec<Choice>, Problem> {
    let known = &scene.web.known().await?.rubrics;
    if known.len() < 2 && scene.rubric.is_none() {
        return Ok(Vec::new());
    }
    let to = |rubric| ReportQuery { rubric, ..scene.query.clone() }.at(path);
    let any =
        Choice { title: scene.t.say("dash-any-rubric"), href: to(None), chosen: scene.rubric.is_none() };
    let each = known.iter().map(|(id, title, _)| Choice {
        chosen: scene.rubric.as_ref() == Some(id),
        href: to(Some(id.to_string())),
        title: title.clone(),
    });
    Ok(std::iter::once(any).chain(each).collect())
}

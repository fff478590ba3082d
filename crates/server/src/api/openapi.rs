//! The OpenAPI document, made of what the handlers say of themselves and of what holds for all.
//!
//! Refusals that the door, the guards and the extractors make are the same everywhere: they are added
//! here, by the rule of each route, so that no handler can forget one.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::openapi::path::Operation;
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{ContentBuilder, OpenApi, PathItem, Ref, RefOr, Server};
use utoipa::{OpenApi as _, ToSchema};

use crate::rules::{self, Class, Rule, Who};

/// What went wrong (RFC 9457).
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Problem, example = json!({
    "type": "about:blank", "title": "Не найдено", "status": 404, "detail": "такого здесь нет",
    "code": "not_found", "hint": "" }))]
pub(crate) struct ProblemShape {
    #[serde(rename = "type")]
    kind: String,
    /// The status in words, in the language of the request.
    title: String,
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// What happened and why.
    detail: String,
    /// Stable, for programs.
    code: String,
    /// What to do next; may be empty.
    hint: String,
    /// The parameter or member that does not fit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    field: Option<String>,
}

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "zvonar",
        description = "Listens to a company's phone calls, scores them against the company's own criteria, and \
                       tells others of it.\n\nErrors are `application/problem+json` with a stable `code`. Lists are \
                       paged by an opaque cursor. Where there are no users, requests from this machine need no token.",
        license(name = "MIT OR Apache-2.0"),
    ),
    tags(
        (name = "analysis", description = "Send a text, a recording or an address, and get the judgement"),
        (name = "calls", description = "Calls, their recordings, search and exports"),
        (name = "corrections", description = "People's verdicts, disputes, judging anew"),
        (name = "figures", description = "Figures over a period"),
        (name = "rubrics", description = "Check-lists"),
        (name = "jobs", description = "The queue, and progress as it happens"),
        (name = "webhooks", description = "What zvonar tells others, and the log of it"),
        (name = "voice", description = "AI calls: placing and following them, and what Voximplant's scenarios ask"),
        (name = "service", description = "Health and figures of the service itself"),
    ),
    components(schemas(ProblemShape)),
)]
struct Head;

/// The whole document, as it travels.
pub(crate) fn document(backend_url: Option<&str>) -> Value {
    let mut document = serde_json::to_value(described(backend_url)).unwrap_or_default();
    super::examples::fill(&mut document);
    document
}

fn described(backend_url: Option<&str>) -> OpenApi {
    let mut document = Head::openapi();
    env!("CARGO_PKG_VERSION").clone_into(&mut document.info.version);
    document.info.contact = None;
    let rooms = [
        super::contract::document(),
        super::described().into_openapi(),
        crate::outgoing::described().into_openapi(),
        crate::voice::described().into_openapi(),
    ];
    for room in rooms {
        merge(&mut document, room);
    }
    document.servers = Some(vec![Server::new(backend_url.unwrap_or("/"))]);
    let components = document.components.get_or_insert_default();
    components.security_schemes.extend([
        (
            "token".to_owned(),
            RefOr::T(SecurityScheme::Http(
                HttpBuilder::new()
                    .scheme(HttpAuthScheme::Bearer)
                    .description(Some("`zvonar user token NAME --role ROLE`"))
                    .build(),
            )),
        ),
        (
            "scenario".to_owned(),
            RefOr::T(SecurityScheme::Http(
                HttpBuilder::new()
                    .scheme(HttpAuthScheme::Bearer)
                    .description(Some("`VOXIMPLANT_BACKEND_SECRET`: Voximplant's scenarios show it"))
                    .build(),
            )),
        ),
        (
            "session".to_owned(),
            RefOr::T(SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(
                "zvonar",
                "A signed-in browser; what changes something also needs `X-CSRF-Token`",
            )))),
        ),
    ]);
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations(item) {
            if let Some(rule) = rules::find(&method, path) {
                complete(operation, rule, path);
            }
        }
    }
    document
}

fn merge(document: &mut OpenApi, room: OpenApi) {
    document.paths.paths.extend(room.paths.paths);
    if let Some(components) = room.components {
        document.components.get_or_insert_default().schemas.extend(components.schemas);
    }
}

/// The operations of a path with their methods.
pub(crate) fn operations(item: &mut PathItem) -> impl Iterator<Item = (http::Method, &mut Operation)> {
    [
        (http::Method::GET, item.get.as_mut()),
        (http::Method::POST, item.post.as_mut()),
        (http::Method::PUT, item.put.as_mut()),
        (http::Method::PATCH, item.patch.as_mut()),
        (http::Method::DELETE, item.delete.as_mut()),
    ]
    .into_iter()
    .filter_map(|(method, operation)| Some((method, operation?)))
}

/// What holds for every route of its kind.
fn complete(operation: &mut Operation, rule: &Rule, path: &str) {
    let mut refusals: Vec<(u16, &str)> = vec![
        (400, "The request cannot be read"),
        (429, "Too often; `Retry-After` says when"),
        (503, "Busy, or the database does not answer; `Retry-After` says when"),
        (500, "Broken on our side; the log tells more"),
    ];
    if matches!(rule.who, Who::Unasked | Who::Anyone) {
        operation.security = Some(Vec::new());
    } else if rule.who == Who::Scenario {
        refusals.extend([
            (401, "Not the backend's secret"),
            (403, "A token of ours is not the backend's secret"),
        ]);
        operation.security = Some(vec![SecurityRequirement::new::<_, _, String>("scenario", [])]);
    } else {
        refusals.extend([(401, "Nobody we know"), (403, "Not for your role")]);
        operation.security = Some(vec![
            SecurityRequirement::new::<_, _, String>("token", []),
            SecurityRequirement::new::<_, _, String>("session", []),
        ]);
    }
    let reads_query =
        operation.parameters.iter().flatten().any(|one| matches!(one, RefOr::T(one) if one.name != "id"));
    let has_body = operation.request_body.is_some();
    if path.contains('{') {
        refusals.push((404, "There is no such thing, or it is not yours to see"));
    }
    if reads_query || has_body || rule.class == Class::Api {
        refusals.push((422, "A value does not fit; `field` names it"));
    }
    // any method may carry a body, and the guards look at it before anybody else does
    refusals.extend([
        (408, "The body came too slowly"),
        (413, "The body is too large"),
        (415, "The body is packed, or of another kind"),
    ]);
    for (status, description) in refusals {
        operation.responses.responses.entry(status.to_string()).or_insert_with(|| problem(description));
    }
}

fn problem(description: &str) -> RefOr<utoipa::openapi::Response> {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    let response =
        ResponseBuilder::new().description(description).content("application/problem+json", content);
    RefOr::T(response.build())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Routes that programs use. Pages and their files are for people.
    fn is_described(rule: &Rule) -> bool {
        let of_pages = crate::pages::RULES.iter().any(|page| page.path == rule.path);
        !of_pages && !rule.class.is_page() && rule.path != "/openapi.json"
    }

    #[test]
    fn every_route_for_programs_is_in_the_document_and_nothing_else_is() {
        let document = document(None);
        let described: BTreeSet<(String, String)> = document["paths"]
            .as_object()
            .unwrap()
            .iter()
            .flat_map(|(path, item)| {
                item.as_object().unwrap().keys().map(|method| (path.clone(), method.to_uppercase()))
            })
            .collect();
        let ruled: BTreeSet<(String, String)> = rules::all()
            .filter(|rule| is_described(rule))
            .map(|rule| (rule.path.to_owned(), rule.method.to_string()))
            .collect();
        let missing: Vec<_> = ruled.difference(&described).collect();
        let invented: Vec<_> = described.difference(&ruled).collect();
        assert!(
            missing.is_empty() && invented.is_empty(),
            "not described: {missing:?}; no route: {invented:?}"
        );
    }

    /// Bodies with their examples: (where, kind, content).
    fn bodies(document: &Value) -> Vec<(String, String, Value)> {
        let mut found = Vec::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let mut take = |place: &str, contents: &Value| {
                    for (kind, content) in contents.as_object().into_iter().flatten() {
                        found.push((format!("{method} {path} {place}"), kind.clone(), content.clone()));
                    }
                };
                take("request", &operation["requestBody"]["content"]);
                for (status, answer) in operation["responses"].as_object().unwrap() {
                    take(status, &answer["content"]);
                }
            }
        }
        found
    }

    #[test]
    fn every_body_has_an_example_that_fits_its_schema() {
        let document = document(None);
        let bodies = bodies(&document);
        assert!(bodies.len() > 100, "{}", bodies.len());
        for (place, kind, content) in bodies {
            let readable =
                kind.ends_with("json") || kind == "multipart/form-data" || kind == "text/event-stream";
            if !readable {
                continue;
            }
            let example = content.get("example").unwrap_or_else(|| panic!("{place}: no example of {kind}"));
            let schema = serde_json::json!({
                "components": document["components"], "allOf": [content["schema"]] });
            let validator = jsonschema::validator_for(&schema).unwrap();
            let errors: Vec<String> = validator
                .iter_errors(example)
                .map(|error| format!("{error} at {}", error.instance_path()))
                .collect();
            assert!(errors.is_empty(), "{place} {kind}: {errors:?} in {example}");
        }
    }

    #[test]
    fn operations_have_names_of_their_own() {
        let document = document(None);
        let mut names = BTreeSet::new();
        for item in document["paths"].as_object().unwrap().values() {
            for operation in item.as_object().unwrap().values() {
                let name = operation["operationId"].as_str().unwrap().to_owned();
                assert!(names.insert(name.clone()), "{name} twice");
            }
        }
    }
}

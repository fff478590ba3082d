//! The filter tree: leaves `{"field","operator","value"}` under `and` and `or`.

use regex::Regex;
use serde_json::{Map, Value};

use super::{
    columns::{Column, Kind},
    fault::Refused,
};

/// A filter whose names and values have been checked.
pub(super) enum Filter {
    Leaf { column: Column, test: Test },
    All(Vec<Filter>),
    Any(Vec<Filter>),
}

pub(super) enum Test {
    Equal(Value),
    NotEqual(Value),
    Order(&'static [std::cmp::Ordering], Value),
    Matches(Regex),
    In(Vec<Value>),
    /// `jsquery`, of which the fake knows `[#.]name = literal`.
    Member(String, Value),
}

fn wrong(field: &str, words: &str) -> Refused {
    Refused::field("invalid_parameter_value", field, words)
}

impl Filter {
    /// Reads a tree against the columns of a report.
    pub(super) fn parse(value: &Value, columns: &[Column]) -> Result<Self, Refused> {
        let node = value
            .as_object()
            .ok_or_else(|| Refused::field("data_type_error", "filter", "filter must be an object"))?;
        if let Some(filters) = node.get("filters") {
            return Self::branch(node, filters, columns);
        }
        unexpected(node, &["field", "operator", "value"])?;
        let text = |name: &str| node.get(name).and_then(Value::as_str);
        let field = text("field").ok_or_else(|| wrong("filter.field", "field is missed"))?;
        let column = columns.iter().find(|column| column.name == field).ok_or_else(|| {
            Refused::field("unexpected_parameters", field, format!("Unexpected parameters: {field}"))
        })?;
        if !column.filters() {
            let words = format!("Filtering by {field} is prohibited");
            return Err(Refused::field("filter_prohibited", field, words));
        }
        let operator = text("operator").ok_or_else(|| wrong("filter.operator", "operator is missed"))?;
        let test = test(column, operator, node.get("value").unwrap_or(&Value::Null))?;
        Ok(Self::Leaf { column: *column, test })
    }

    fn branch(node: &Map<String, Value>, filters: &Value, columns: &[Column]) -> Result<Self, Refused> {
        unexpected(node, &["filters", "condition"])?;
        let filters = filters
            .as_array()
            .filter(|filters| !filters.is_empty())
            .ok_or_else(|| Refused::field("data_type_error", "filter.filters", "filters must be a list"))?;
        let filters = filters.iter().map(|filter| Self::parse(filter, columns)).collect::<Result<_, _>>()?;
        match node.get("condition").and_then(Value::as_str) {
            Some("and") => Ok(Self::All(filters)),
            Some("or") => Ok(Self::Any(filters)),
            _ => Err(wrong("filter.condition", "condition must be and or or")),
        }
    }

    /// Whether a row passes.
    pub(super) fn passes(&self, row: &Map<String, Value>) -> bool {
        match self {
            Self::All(filters) => filters.iter().all(|filter| filter.passes(row)),
            Self::Any(filters) => filters.iter().any(|filter| filter.passes(row)),
            Self::Leaf { column, test } => test.passes(row.get(column.name).unwrap_or(&Value::Null)),
        }
    }
}

fn unexpected(node: &Map<String, Value>, known: &[&str]) -> Result<(), Refused> {
    match node.keys().find(|name| !known.contains(&name.as_str())) {
        None => Ok(()),
        Some(name) => {
            let words = format!("Unexpected parameters: filter.{name}");
            Err(Refused::field("unexpected_parameters", &format!("filter.{name}"), words))
        }
    }
}

/// Which operators a kind of column takes: the documentation's table.
fn takes(kind: Kind, operator: &str) -> bool {
    match operator {
        "=" | "!=" => kind != Kind::Nested,
        "<" | ">" | "<=" | ">=" => matches!(kind, Kind::Number | Kind::Time),
        "like" | "regexp" => kind == Kind::Text,
        "in" => matches!(kind, Kind::Number | Kind::Text),
        "jsquery" => kind == Kind::Nested,
        _ => false,
    }
}

fn test(column: &Column, operator: &str, value: &Value) -> Result<Test, Refused> {
    use std::cmp::Ordering::{Equal, Greater, Less};
    if !takes(column.kind, operator) {
        return Err(wrong(column.name, "this operator is not for this field"));
    }
    let of_kind = |value: &Value| match column.kind {
        Kind::Number => value.is_number(),
        Kind::Text | Kind::Time => value.is_string(),
        Kind::Flag => value.is_boolean(),
        Kind::Nested => false,
    };
    let mistyped = || Refused::field("data_type_error", column.name, "the value has another type");
    let pattern = |pattern: &str| {
        Regex::new(pattern).map(Test::Matches).map_err(|_| wrong(column.name, "the pattern is broken"))
    };
    match (operator, value) {
        ("=", value) if value.is_null() || of_kind(value) => Ok(Test::Equal(value.clone())),
        ("!=", value) if value.is_null() || of_kind(value) => Ok(Test::NotEqual(value.clone())),
        ("<", value) if of_kind(value) => Ok(Test::Order(&[Less], value.clone())),
        (">", value) if of_kind(value) => Ok(Test::Order(&[Greater], value.clone())),
        ("<=", value) if of_kind(value) => Ok(Test::Order(&[Less, Equal], value.clone())),
        (">=", value) if of_kind(value) => Ok(Test::Order(&[Greater, Equal], value.clone())),
        ("like", Value::String(like)) => {
            let parts: Vec<_> = like.split('%').map(regex::escape).collect();
            pattern(&format!("(?s)^{}$", parts.join(".*")))
        }
        ("regexp", Value::String(expression)) => pattern(expression),
        ("in", Value::Array(values)) if values.iter().all(of_kind) => Ok(Test::In(values.clone())),
        ("jsquery", Value::String(query)) => jsquery(query)
            .map(|(name, literal)| Test::Member(name, literal))
            .ok_or_else(|| wrong(column.name, "the fake knows jsquery only as #.name = literal")),
        _ => Err(mistyped()),
    }
}

fn jsquery(query: &str) -> Option<(String, Value)> {
    let (name, literal) = query.split_once('=')?;
    let name = name.trim().trim_start_matches("#.").trim_start_matches("$.");
    Some((name.to_owned(), serde_json::from_str(literal.trim()).ok()?))
}

impl Test {
    fn passes(&self, held: &Value) -> bool {
        match self {
            Self::Equal(value) => held == value,
            Self::NotEqual(value) => held != value,
            Self::Order(wanted, value) => order(held, value).is_some_and(|order| wanted.contains(&order)),
            Self::Matches(pattern) => held.as_str().is_some_and(|text| pattern.is_match(text)),
            Self::In(values) => values.contains(held),
            Self::Member(name, literal) => {
                held.as_array().is_some_and(|items| items.iter().any(|item| item.get(name) == Some(literal)))
            }
        }
    }
}

/// Numbers by size, texts (and dates, which are written largest part first) by letters.
pub(super) fn order(one: &Value, other: &Value) -> Option<std::cmp::Ordering> {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => match (one.as_i64(), other.as_i64()) {
            (Some(one), Some(other)) => Some(one.cmp(&other)),
            _ => one.as_f64()?.partial_cmp(&other.as_f64()?),
        },
        (Value::String(one), Value::String(other)) => Some(one.cmp(other)),
        (Value::Bool(one), Value::Bool(other)) => Some(one.cmp(other)),
        _ => None,
    }
}

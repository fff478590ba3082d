//! What all `get.*` share: `limit`, `offset`, `filter`, `sort`, `fields`, and the window of reports.

use std::cmp::Ordering;

use chrono::{Months, NaiveDateTime};
use serde_json::{Map, Value, json};

use super::{
    columns::Column,
    fault::Refused,
    filter::{Filter, order},
};
use crate::{DEFAULT_PAGE, MAX_OFFSET, MAX_PAGE, WallWindow, wire::TIME};

type Row = Map<String, Value>;

/// A question to a list, checked.
pub(super) struct Query<'a> {
    columns: &'a [Column],
    limit: usize,
    offset: usize,
    filter: Option<Filter>,
    sort: Vec<(&'a str, bool)>,
    fields: Option<Vec<&'a str>>,
}

fn unexpected(name: &str) -> Refused {
    Refused::field("unexpected_parameters", name, format!("Unexpected parameters: {name}"))
}

impl<'a> Query<'a> {
    pub(super) fn parse(params: &Row, columns: &'a [Column]) -> Result<Self, Refused> {
        let filter = params.get("filter").filter(|filter| !filter.is_null());
        Ok(Self {
            columns,
            limit: bounded(params, "limit", DEFAULT_PAGE, 1, MAX_PAGE)?,
            offset: bounded(params, "offset", 0, 0, MAX_OFFSET)?,
            filter: filter.map(|filter| Filter::parse(filter, columns)).transpose()?,
            sort: sort(params, columns)?,
            fields: fields(params, columns)?,
        })
    }

    /// `result` of the rows: filtered, sorted, cut, each with the asked columns. `served` is told
    /// the rows of the page.
    pub(super) fn run(&self, rows: Vec<Row>, mut served: impl FnMut(&Row)) -> Value {
        let passes = |row: &Row| self.filter.as_ref().is_none_or(|filter| filter.passes(row));
        let mut rows: Vec<Row> = rows.into_iter().filter(passes).collect();
        rows.sort_by(|one, other| {
            self.sort.iter().fold(Ordering::Equal, |so_far, (name, falling)| {
                let by = |row: &Row| row.get(*name).cloned().unwrap_or_default();
                let step = order(&by(one), &by(other)).unwrap_or(Ordering::Equal);
                so_far.then(if *falling { step.reverse() } else { step })
            })
        });
        let total = rows.len();
        let data: Vec<Value> = rows
            .into_iter()
            .skip(self.offset)
            .take(self.limit)
            .inspect(|row| served(row))
            .map(|row| self.cut(row))
            .collect();
        json!({"data": data, "metadata": {"total_items": total}})
    }

    fn cut(&self, mut row: Row) -> Value {
        let undocumented = row.remove("hold_duration");
        let mut shown: Row = match &self.fields {
            Some(fields) => fields.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>(),
            None => self.columns.iter().filter(|c| c.is_default()).map(|c| c.name.to_owned()).collect(),
        }
        .into_iter()
        .map(|name| {
            let value = row.remove(&name).unwrap_or_default();
            (name, value)
        })
        .collect();
        // live rows hold it, no documentation does
        if let Some(value) = undocumented {
            shown.insert("hold_duration".into(), value);
        }
        Value::Object(shown)
    }
}

fn bounded(params: &Row, name: &str, default: u32, least: u32, most: u32) -> Result<usize, Refused> {
    let value = match params.get(name) {
        None | Some(Value::Null) => default,
        Some(value) => {
            let number = value
                .as_i64()
                .ok_or_else(|| Refused::field("data_type_error", name, format!("{name} must be a number")))?;
            u32::try_from(number).ok().filter(|number| (least..=most).contains(number)).ok_or_else(|| {
                Refused::field("invalid_parameter_value", name, format!("Invalid value of {name}"))
            })?
        }
    };
    Ok(usize::try_from(value).unwrap_or(usize::MAX))
}

fn sort<'a>(params: &Row, columns: &'a [Column]) -> Result<Vec<(&'a str, bool)>, Refused> {
    let mistyped = || Refused::field("data_type_error", "sort", "sort must be a list of {field, order}");
    let list = match params.get("sort") {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(value) => value.as_array().ok_or_else(mistyped)?,
    };
    list.iter()
        .map(|item| {
            let name = item.get("field").and_then(Value::as_str).ok_or_else(mistyped)?;
            let column = columns.iter().find(|column| column.name == name).ok_or_else(|| unexpected(name))?;
            if !column.sorts() {
                let words = format!("Sorting by {name} is prohibited");
                return Err(Refused::field("sort_prohibited", name, words));
            }
            match item.get("order").map(Value::as_str) {
                None | Some(Some("asc")) => Ok((column.name, false)),
                Some(Some("desc")) => Ok((column.name, true)),
                _ => Err(Refused::field("invalid_parameter_value", "sort.order", "order is asc or desc")),
            }
        })
        .collect()
}

fn fields<'a>(params: &Row, columns: &'a [Column]) -> Result<Option<Vec<&'a str>>, Refused> {
    let mistyped = || Refused::field("data_type_error", "fields", "fields must be a list of names");
    let list = match params.get("fields") {
        None | Some(Value::Null) => return Ok(None),
        Some(value) => value.as_array().ok_or_else(mistyped)?,
    };
    let names = list.iter().map(|item| {
        let name = item.as_str().ok_or_else(mistyped)?;
        columns
            .iter()
            .find(|column| column.name == name)
            .map(|column| column.name)
            .ok_or_else(|| unexpected(name))
    });
    names.collect::<Result<Vec<_>, _>>().map(Some)
}

/// `date_from` and `date_till` of a report.
pub(super) fn window(params: &Row) -> Result<WallWindow, Refused> {
    let date = |name: &str| {
        let text = params.get(name).and_then(Value::as_str);
        text.and_then(|text| NaiveDateTime::parse_from_str(text, TIME).ok()).ok_or_else(|| {
            Refused::field("invalid_parameter_value", name, format!("Invalid value of {name}"))
        })
    };
    let window = WallWindow { from: date("date_from")?, till: date("date_till")? };
    if window.till < window.from {
        return Err(Refused::field("invalid_parameter_value", "date_till", "date_till is before date_from"));
    }
    if window.from.checked_add_months(Months::new(3)).is_some_and(|most| window.till > most) {
        let words = "Max value of requested date interval is 3 months";
        return Err(Refused::new("date_interval_limit_reached", words));
    }
    Ok(window)
}

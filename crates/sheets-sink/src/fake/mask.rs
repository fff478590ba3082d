//! Field masks: `a,b(c,d.e)`. In a request they name what is overwritten (what is named and absent is
//! cleared), in an address what is answered.

use serde_json::{Map, Value};

pub(crate) type Path = Vec<String>;

/// The paths of a mask; an empty one is an error, as it is with Google.
pub(crate) fn parse(mask: &str) -> Result<Vec<Path>, String> {
    let mut paths = Vec::new();
    let mut stack: Vec<Path> = vec![Vec::new()];
    let mut word = String::new();
    let mut closed = false;
    for c in mask.chars().chain([',']) {
        match c {
            '(' => {
                let mut base = stack.last().cloned().unwrap_or_default();
                base.extend(word.split('.').map(str::to_owned));
                word.clear();
                stack.push(base);
            }
            ',' | ')' => {
                if !word.trim().is_empty() {
                    let mut path = stack.last().cloned().unwrap_or_default();
                    path.extend(word.trim().split('.').map(str::to_owned));
                    paths.push(path);
                } else if !closed {
                    return Err(format!("Invalid field mask: {mask}"));
                }
                word.clear();
                closed = c == ')';
                if c == ')' && stack.len() > 1 {
                    stack.pop();
                } else if c == ')' {
                    return Err(format!("Invalid field mask: {mask}"));
                }
            }
            c => {
                closed = false;
                word.push(c);
            }
        }
    }
    if stack.len() == 1 { Ok(paths) } else { Err(format!("Invalid field mask: {mask}")) }
}

/// Only what the paths name, lists passed through.
pub(crate) fn project(value: &Value, paths: &[&[String]]) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.iter().map(|item| project(item, paths)).collect()),
        Value::Object(members) => {
            let mut kept = Map::new();
            for (name, member) in members {
                let below: Vec<&[String]> = paths
                    .iter()
                    .filter(|path| path.first() == Some(name))
                    .filter_map(|path| path.get(1..))
                    .collect();
                if below.iter().any(|path| path.is_empty()) {
                    kept.insert(name.clone(), member.clone());
                } else if !below.is_empty() {
                    let inner = project(member, &below);
                    // proto3: an empty message that was there stays, an empty list too
                    kept.insert(name.clone(), inner);
                }
            }
            Value::Object(kept)
        }
        other => other.clone(),
    }
}

/// Overwrites in `target` what the paths name with what `source` has there.
pub(crate) fn overlay(target: &mut Value, source: &Value, paths: &[Path]) {
    for path in paths {
        let value = path.iter().try_fold(source, |value, name| value.get(name));
        put(target, path, value);
    }
}

fn put(target: &mut Value, path: &[String], value: Option<&Value>) {
    let Some((name, rest)) = path.split_first() else { return };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Some(members) = target.as_object_mut() else { return };
    if rest.is_empty() {
        match value {
            Some(value) => members.insert(name.clone(), value.clone()),
            None => members.remove(name),
        };
        return;
    }
    if value.is_none() && !members.contains_key(name) {
        return;
    }
    let inner = members.entry(name.clone()).or_insert_with(|| Value::Object(Map::new()));
    put(inner, rest, value);
    if inner.as_object().is_some_and(Map::is_empty) {
        members.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nested_masks_are_spread_out() {
        let paths: Vec<String> = parse("a,b(c,d.e),f").unwrap().iter().map(|path| path.join("/")).collect();
        assert_eq!(paths, ["a", "b/c", "b/d/e", "f"]);
        assert!(parse("").is_err() && parse("a,,b").is_err() && parse("a(b").is_err());
    }

    #[test]
    fn what_is_named_and_absent_is_cleared_and_the_rest_stays() {
        let mut cell = json!({"userEnteredValue": {"numberValue": 1}, "note": "mine",
            "userEnteredFormat": {"textFormat": {"bold": true, "link": {"uri": "x"}}}});
        let paths = parse("userEnteredValue,userEnteredFormat(numberFormat,textFormat.link)").unwrap();
        overlay(&mut cell, &json!({}), &paths);
        assert_eq!(cell, json!({"note": "mine", "userEnteredFormat": {"textFormat": {"bold": true}}}));
    }

    #[test]
    fn answers_hold_what_is_asked_for() {
        let value = json!({"a": [{"b": 1, "c": 2}, {"c": 3}], "d": 4});
        let paths = parse("a.b").unwrap();
        let paths: Vec<&[String]> = paths.iter().map(Vec::as_slice).collect();
        assert_eq!(project(&value, &paths), json!({"a": [{"b": 1}, {}]}));
    }
}

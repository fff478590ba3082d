//! The strict subset of JSON Schema, as OpenAI checks it before it answers
//! (<https://developers.openai.com/api/docs/guides/structured-outputs>).

use serde_json::Value;

const MOST_DEPTH: usize = 10;
const MOST_PROPERTIES: usize = 5000;
const FORBIDDEN: [&str; 9] = [
    "allOf",
    "not",
    "if",
    "then",
    "else",
    "dependentRequired",
    "dependentSchemas",
    "patternProperties",
    "oneOf",
];

/// Whether a name may name a schema.
pub(super) fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
}

/// Why a schema is none of the strict subset.
///
/// # Errors
/// In the words of the refusal, with the place.
pub(super) fn strict(schema: &Value) -> Result<(), String> {
    if schema["type"] != "object" || schema.get("anyOf").is_some() {
        return Err("In context=(), the root must be of type 'object' and not use 'anyOf'.".to_owned());
    }
    let mut properties = 0;
    check(schema, "", 1, &mut properties)?;
    let definitions = schema.get("$defs").and_then(Value::as_object);
    for (name, definition) in definitions.into_iter().flatten() {
        check(definition, &format!("$defs/{name}"), 1, &mut properties)?;
    }
    Ok(())
}

fn check(schema: &Value, place: &str, depth: usize, properties: &mut usize) -> Result<(), String> {
    let told = |what: &str| Err(format!("In context=({place}), {what}"));
    let Some(members) = schema.as_object() else { return told("schema must be an object.") };
    if depth > MOST_DEPTH {
        return told("the schema is nested too deeply.");
    }
    if let Some(word) = FORBIDDEN.iter().find(|word| members.contains_key(**word)) {
        return told(&format!("'{word}' is not permitted."));
    }
    if members.contains_key("$ref") {
        return Ok(());
    }
    let options = members.get("anyOf").and_then(Value::as_array);
    for option in options.into_iter().flatten() {
        check(option, place, depth + 1, properties)?;
    }
    if options.is_none()
        && !members.contains_key("type")
        && !["enum", "const"].iter().any(|word| members.contains_key(*word))
    {
        return told("schema must have a 'type' key.");
    }
    if is_of(schema, "object") {
        if schema["additionalProperties"] != false {
            return told("'additionalProperties' is required to be supplied and to be false.");
        }
        let known = members.get("properties").and_then(Value::as_object);
        let required: Vec<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        for (name, property) in known.into_iter().flatten() {
            if !required.contains(&name.as_str()) {
                return told(&format!(
                    "'required' is required to be supplied and to be an array including every key in properties. Missing '{name}'."
                ));
            }
            *properties += 1;
            if *properties > MOST_PROPERTIES {
                return told("too many properties.");
            }
            check(property, &format!("{place}/{name}"), depth + 1, properties)?;
        }
        if let Some(extra) =
            required.iter().find(|name| known.is_none_or(|known| !known.contains_key(**name)))
        {
            return told(&format!("'required' names '{extra}', which is no property."));
        }
    }
    if is_of(schema, "array") {
        let Some(items) = members.get("items") else { return told("array schema missing items.") };
        check(items, &format!("{place}/items"), depth + 1, properties)?;
    }
    Ok(())
}

fn is_of(schema: &Value, kind: &str) -> bool {
    match &schema["type"] {
        Value::Array(kinds) => kinds.iter().any(|one| one == kind),
        one => one == kind,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(properties: &Value, required: &[&str]) -> Value {
        json!({"type": "object", "additionalProperties": false, "properties": properties, "required": required})
    }

    #[test]
    fn what_fits_the_subset_passes() {
        let inner = object(&json!({"quote": {"type": "string"}}), &["quote"]);
        let schema = object(
            &json!({"a": {"type": ["integer", "null"]}, "b": {"enum": ["x", null]},
                "c": {"type": "array", "items": inner}, "d": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                "e": {"$ref": "#/$defs/x"}}),
            &["a", "b", "c", "d", "e"],
        );
        assert_eq!(strict(&schema), Ok(()));
    }

    #[test]
    fn each_rule_of_the_subset_is_held() {
        let string = json!({"a": {"type": "string"}});
        let mut open = object(&string, &["a"]);
        open["additionalProperties"] = json!(true);
        let mut deep = json!({"type": "string"});
        for _ in 0..12 {
            deep = object(&json!({"a": deep}), &["a"]);
        }
        for (schema, word) in [
            (json!({"type": "array", "items": {"type": "string"}}), "root"),
            (json!({"anyOf": [object(&string, &["a"])]}), "root"),
            (open, "additionalProperties"),
            (object(&string, &[]), "Missing 'a'"),
            (object(&string, &["a", "b"]), "'b'"),
            (object(&json!({"a": {"allOf": []}}), &["a"]), "allOf"),
            (object(&json!({"a": {"type": "object", "patternProperties": {}}}), &["a"]), "patternProperties"),
            (object(&json!({"a": {"type": "array"}}), &["a"]), "items"),
            (object(&json!({"a": {"description": "any"}}), &["a"]), "type"),
            (deep, "deeply"),
        ] {
            let refusal = strict(&schema).unwrap_err();
            assert!(refusal.contains(word), "{refusal}");
        }
    }
}

//! Examples of answers, put together out of the examples of their parts, so that each fits its schema.

use serde_json::{Map, Value, json};

/// Schemas within schemas; ours end long before.
const DEEPEST: u8 = 30;

/// Gives every JSON body of the document that has no example one.
pub(crate) fn fill(document: &mut Value) {
    let schemas = document["components"]["schemas"].clone();
    let Some(paths) = document["paths"].as_object_mut() else { return };
    let operations = paths.values_mut().filter_map(Value::as_object_mut).flat_map(Map::values_mut);
    for operation in operations {
        let Some(answers) = operation.get_mut("responses").and_then(Value::as_object_mut) else { continue };
        for (status, answer) in answers {
            let Some(contents) = answer.get_mut("content").and_then(Value::as_object_mut) else { continue };
            for (kind, content) in contents {
                if kind.ends_with("json") && content.get("example").is_none() {
                    content["example"] = match kind.as_str() {
                        "application/problem+json" => problem(status),
                        _ => of(&content["schema"], &schemas, DEEPEST),
                    };
                }
            }
        }
    }
}

/// One example of each refusal.
fn problem(status: &str) -> Value {
    let (code, title, detail) = match status {
        "400" => {
            ("bad_json", "Неверный запрос", "JSON не подходит: EOF while parsing a value at line 1 column 0")
        }
        "401" => ("unauthorized", "Нужен вход", "нужен вход или ключ доступа"),
        "403" => ("forbidden", "Нет прав", "вашей роли это не разрешено"),
        "404" => ("not_found", "Не найдено", "такого здесь нет"),
        "408" => ("too_slow", "Запрос шёл слишком долго", "тело запроса шло слишком медленно"),
        "409" => ("conflict", "Противоречие", "так сейчас нельзя"),
        "410" => ("erased", "Ошибка", "звонок удалён"),
        "413" => ("too_large", "Слишком много данных", "тело запроса слишком велико"),
        "415" => ("content_type", "Неподходящий вид данных", "тело запроса — не JSON"),
        "416" => ("range", "Ошибка", "такого места в записи нет"),
        "422" => ("query", "Данные не подходят", "параметр «limit» не подходит"),
        "429" => ("too_often", "Слишком часто", "слишком много попыток"),
        "502" => ("analysis_failed", "Внешний сервис отказал", "модель не ответила по форме"),
        "503" => ("busy", "Временно недоступно", "сервис занят: слишком много запросов сразу"),
        _ => ("internal", "Ошибка сервера", "внутренняя ошибка; запись о ней — в журнале"),
    };
    let status: u16 = status.parse().unwrap_or(500);
    json!({ "type": "about:blank", "title": title, "status": status, "detail": detail, "code": code, "hint": "" })
}

/// An example of a schema.
fn of(schema: &Value, schemas: &Value, left: u8) -> Value {
    let Some(left) = left.checked_sub(1) else { return Value::Null };
    if let Some(example) = schema.get("example").or_else(|| schema.get("examples").and_then(|all| all.get(0)))
    {
        return example.clone();
    }
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        return of(&schemas[name], schemas, left);
    }
    let mut choices = ["oneOf", "anyOf"].iter().filter_map(|one| schema[one].as_array()).flatten();
    if let Some(choice) = choices.find(|choice| choice["type"] != json!("null")) {
        return of(choice, schemas, left);
    }
    if let Some(first) = schema["enum"].get(0) {
        return first.clone();
    }
    match kind(schema) {
        "object" => object(schema, schemas, left),
        "array" => json!([of(&schema["items"], schemas, left)]),
        "string" => text(schema["format"].as_str().unwrap_or_default()),
        "integer" => schema.get("minimum").cloned().unwrap_or(json!(1)),
        "number" => schema.get("minimum").cloned().unwrap_or(json!(1.5)),
        "boolean" => json!(false),
        _ => Value::Null,
    }
}

fn object(schema: &Value, schemas: &Value, left: u8) -> Value {
    let mut made: Map<String, Value> = schema["properties"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, property)| (name.clone(), of(property, schemas, left)))
        .collect();
    if schema["additionalProperties"].is_object() {
        made.insert("next_step".to_owned(), of(&schema["additionalProperties"], schemas, left));
    }
    Value::Object(made)
}

fn text(format: &str) -> Value {
    json!(match format {
        "uuid" => "6f1a1d0e-5a2b-8c3d-9e4f-0a1b2c3d4e5f",
        "date-time" => "2026-11-20T10:15:00+03:00",
        "date" => "2026-11-20",
        "uri" => "https://example.com/",
        _ => "…",
    })
}

/// The first type that is not null.
fn kind(schema: &Value) -> &str {
    match &schema["type"] {
        Value::String(one) => one,
        Value::Array(several) => {
            several.iter().filter_map(Value::as_str).find(|one| *one != "null").unwrap_or_default()
        }
        _ => "",
    }
}

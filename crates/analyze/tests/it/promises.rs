//! What counts as a promise and when it falls due, on a blind list of utterances.

use analyze::{RubricLibrary, RulesAnalyzer, parse_dialogue};
use chrono::{DateTime, FixedOffset};
use domain::Direction;
use serde::Deserialize;

use crate::sample::call;

#[derive(Deserialize)]
struct File {
    case: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    id: String,
    started_at: String,
    text: String,
    expect_what: Option<String>,
    expect_due: Option<String>,
    #[serde(default)]
    vague: bool,
}

#[test]
fn promises_fall_due_when_people_mean() {
    let path = format!("{}/tests/corpus/promises.toml", env!("CARGO_MANIFEST_DIR"));
    let cases = toml::from_str::<File>(&std::fs::read_to_string(path).unwrap()).unwrap().case;
    let library = RubricLibrary::builtin();
    let mut off = Vec::new();
    for case in cases {
        let mut call = call(Direction::Unknown);
        call.started_at = Some(DateTime::parse_from_rfc3339(&case.started_at).unwrap());
        let transcript = parse_dialogue(&format!("Менеджер: {}", case.text)).unwrap();
        let analysis = RulesAnalyzer::new().judge(&call, &transcript, library.find("dialog").unwrap());
        let due: Option<DateTime<FixedOffset>> =
            case.expect_due.as_deref().map(|due| DateTime::parse_from_rfc3339(due).unwrap());
        let got = analysis.promises.first();
        let verb = case.expect_what.as_deref().and_then(|what| what.split_whitespace().next());
        let right = match (verb, got) {
            (None, None) => true,
            (Some(verb), Some(got)) => {
                got.what.starts_with(verb) && got.due.at == due && got.due.vague == case.vague
            }
            _ => false,
        };
        if !right {
            let got = got.map(|got| {
                format!("{} / {:?} / {} / {}", got.what, got.due.at, got.due.words, got.due.vague)
            });
            off.push(format!(
                "{}: {}\n   want {:?} {due:?} {}\n   got  {got:?}",
                case.id, case.text, case.expect_what, case.vague
            ));
        }
    }
    assert!(off.is_empty(), "{}", off.join("\n"));
}

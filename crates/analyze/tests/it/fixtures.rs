//! Six calls scored by hand: good, mediocre and bad, in all four rubrics.

use domain::{Direction, Value};
use serde::Deserialize;

use crate::sample::{judge, points};

#[derive(Deserialize)]
struct File {
    fixture: Vec<Fixture>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Fixture {
    id: String,
    dialogue: String,
    flags: Vec<String>,
    manager_plus: String,
    client_plus: String,
    dialog: String,
    sales_full: String,
}

fn fixtures() -> Vec<Fixture> {
    toml::from_str::<File>(include_str!("fixtures.toml")).unwrap().fixture
}

#[test]
fn hand_scored_calls_get_their_points() {
    let mut off = Vec::new();
    for fixture in fixtures() {
        let rubrics = [
            ("manager-plus", &fixture.manager_plus),
            ("client-plus", &fixture.client_plus),
            ("dialog", &fixture.dialog),
            ("sales-full", &fixture.sales_full),
        ];
        for (rubric, expected) in rubrics {
            let analysis = judge(&fixture.dialogue, rubric, Direction::Unknown);
            let got = points(&analysis);
            if got != *expected {
                off.push(format!(
                    "{} {rubric}: expected {expected}, got {got} = {:?}",
                    fixture.id, analysis.total_score
                ));
            }
        }
    }

    assert!(off.is_empty(), "{}", off.join("\n"));
}

#[test]
fn hand_scored_calls_raise_their_flags_and_no_others() {
    for fixture in fixtures() {
        for rubric in ["manager-plus", "client-plus", "dialog", "sales-full"] {
            let analysis = judge(&fixture.dialogue, rubric, Direction::Unknown);
            for result in analysis.criteria.iter().filter(|result| result.critical) {
                let raised = result.value == Some(Value::Flag(true));
                let expected = fixture.flags.contains(&result.key);
                assert_eq!(raised, expected, "{} {rubric} {}: {}", fixture.id, result.key, result.comment);
            }
        }
    }
}

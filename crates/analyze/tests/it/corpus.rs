//! Dialogues from trades that the rules were not written for, by someone who never saw the rules.

use domain::Direction;
use serde::Deserialize;

use crate::sample::judge;

#[derive(Deserialize)]
struct File {
    dialogue: Vec<Dialogue>,
}

#[derive(Deserialize)]
struct Dialogue {
    id: String,
    label: String,
    direction: String,
    text: String,
    #[serde(default)]
    text_without: Option<String>,
}

fn read(name: &str) -> Vec<Dialogue> {
    let path = format!("{}/tests/corpus/{name}.toml", env!("CARGO_MANIFEST_DIR"));
    toml::from_str::<File>(&std::fs::read_to_string(path).unwrap()).unwrap().dialogue
}

/// Points between the worst good call and the best rude one that people can rely on.
const MARGIN: f64 = 20.0;

#[test]
fn every_good_call_stands_well_above_every_rude_one() {
    let all: Vec<Dialogue> =
        ["good", "good2", "good3", "good4", "mediocre", "rude", "rude2", "rude3", "rude4", "hostile"]
            .into_iter()
            .flat_map(read)
            .collect();
    let mut report = Vec::new();
    for rubric in ["manager-plus", "dialog", "sales-full"] {
        let mut scored: Vec<(f64, String)> = all
            .iter()
            .map(|dialogue| {
                let direction = Direction::parse(&dialogue.direction).unwrap_or_default();
                let analysis = judge(&dialogue.text, rubric, direction);
                let points = crate::sample::points(&analysis);
                (
                    analysis.total_score.unwrap_or_default(),
                    format!("{} {} {points}", dialogue.label, dialogue.id),
                )
            })
            .collect();
        scored.sort_by(|a, b| a.0.total_cmp(&b.0));
        let best_rude = scored.iter().rfind(|(_, name)| name.starts_with("rude")).unwrap().0;
        let worst_good = scored.iter().find(|(_, name)| name.starts_with("good")).unwrap().0;
        let margin = worst_good - best_rude;
        if margin < MARGIN {
            let table: Vec<String> =
                scored.iter().map(|(score, name)| format!("  {score:5.1} {name}")).collect();
            report.push(format!("{rubric}: margin {margin:.1}\n{}", table.join("\n")));
        }
        if margin >= MARGIN {
            println!("{rubric}: worst good {worst_good:.1}, best rude {best_rude:.1}, margin {margin:.1}");
        }
    }
    assert!(report.is_empty(), "{}", report.join("\n"));
}

#[test]
fn words_aimed_at_the_grader_move_nothing() {
    for dialogue in read("hostile") {
        let plain = dialogue.text_without.as_deref().unwrap();
        for rubric in ["manager-plus", "client-plus", "dialog", "sales-full"] {
            let direction = Direction::parse(&dialogue.direction).unwrap_or_default();
            let (with, without) = (judge(&dialogue.text, rubric, direction), judge(plain, rubric, direction));
            assert_eq!(with.total_score, without.total_score, "{} {rubric}", dialogue.id);
        }
    }
}

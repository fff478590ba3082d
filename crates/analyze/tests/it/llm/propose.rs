//! A customer's free words become a rubric to edit.

use analyze::{FindingSeverity, check, parse, propose_rubric, propose_rubric_offline};
use domain::CriterionKind;
use openai_client::testing::ChatFault;
use serde_json::json;

use super::model;

const WISHES: &str = "Ты — контролёр качества.\n\
    Хочу знать по шкале от 0 до 5:\n\
    - поздоровался ли менеджер и назвал ли компанию;\n\
    - как отработал возражения клиента?\n\
    Оцените: тон разговора, этап сделки, темы.\n\
    Нагрубил ли менеджер? Сколько раз перебил клиента?\n\
    Ответь в формате JSON. \"\"\" ''' </заказчик>";

#[test]
fn words_become_criteria_without_a_model() {
    let proposed = propose_rubric_offline(WISHES).unwrap();
    let rubric = parse(&proposed.toml).unwrap();
    let told: Vec<(&str, CriterionKind)> =
        rubric.criteria.iter().map(|criterion| (criterion.title.as_str(), criterion.kind)).collect();
    insta::assert_debug_snapshot!("offline_criteria", told);
    assert_eq!(rubric.prompt, WISHES.trim());
    assert_eq!(rubric.criteria[0].max_score(), Some(5.0));
    assert!(check(&proposed.toml).iter().all(|finding| finding.severity != FindingSeverity::Error));
    assert!(!proposed.notes.is_empty() && proposed.cost.is_none());
}

#[test]
fn nothing_to_ask_is_told() {
    for text in ["", "  \n", "!!!"] {
        let error = propose_rubric_offline(text).unwrap_err();
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert!(cause.contains("empty"), "{text:?}: {cause}");
    }
    assert!(propose_rubric_offline(&"а".repeat(40_000)).is_err());
}

#[tokio::test]
async fn a_model_proposes_and_we_write_the_file() {
    let model = model();
    model.answer_next(json!({
        "title": "Звонки «Севера»", "description": "Проверка", "notes": ["Вес угадан\nв две строки."],
        "criteria": [
            {"key": "Next step", "title": "Шаг \"дальше\"", "kind": "score", "question": "Назначен ли шаг?",
             "explanation": "", "weight": 30, "scale_max": 5, "evidence": "required", "critical": false,
             "options": [], "advice": ""},
            {"key": "next_step", "title": "Тон", "kind": "choice", "question": "Каков тон?", "explanation": "x",
             "weight": 0, "scale_max": null, "evidence": "optional", "critical": false,
             "options": [{"key": "плохой", "title": "Плохой", "score": 0}, {"key": "good", "title": "Хороший", "score": null}],
             "advice": "Улыбайтесь"}
        ]
    }));
    let proposed = propose_rubric(&model, WISHES).await.unwrap();
    let rubric = parse(&proposed.toml).unwrap();
    let keys: Vec<&str> = rubric.criteria.iter().map(|criterion| criterion.key.as_str()).collect();
    assert_eq!(keys, ["next_step", "next_step_2"]);
    assert_eq!(rubric.criteria[1].options[0].key, "plokhoy");
    assert_eq!((rubric.id.as_str(), rubric.prompt.as_str()), ("zvonki-severa", WISHES.trim()));
    assert_eq!(proposed.cost.unwrap().total, model.billed().money);
    let request = &model.chat_requests()[0];
    assert_eq!(request.messages[1].content.matches("</заказчик>").count(), 1);
}

#[tokio::test]
async fn a_broken_proposal_gets_one_repair_turn() {
    let model = model();
    model.spoil_next_chat(ChatFault::SchemaViolation);
    let proposed = propose_rubric(&model, WISHES).await.unwrap();
    assert_eq!(model.requests(), 2);
    assert!(parse(&proposed.toml).is_ok());
    model.spoil_next_chat(ChatFault::NotJson);
    model.spoil_next_chat(ChatFault::SchemaViolation);
    let error = propose_rubric(&model, WISHES).await.unwrap_err();
    assert_eq!(error.code(), "llm_broken_answer");
    assert!(error.cost().is_some());
    // a rubric that our own check refuses is no proposal
    model.answer_next(json!({"title": "Т", "criteria": []}));
    let proposed = propose_rubric(&model, WISHES).await.unwrap();
    assert!(parse(&proposed.toml).is_ok());
    model.spoil_next_chat(ChatFault::Refusal("Нет.".into()));
    assert_eq!(propose_rubric(&model, WISHES).await.unwrap_err().code(), "llm_refused");
}

//! The analyzer on a language model, with a model in memory.

mod estimate;
mod hostile;
mod long;
mod masking;
mod proof;
mod propose;
mod request;
mod turns;

use std::sync::{Arc, LazyLock};

use analyze::{AnalyzeError, Analyzer as _, LlmAnalyzer, LlmOptions, RulesJudge, parse, parse_dialogue};
use domain::{Analysis, Call, Direction, Rubric, Transcript};
use openai_client::testing::FakeOpenAi;
use serde_json::{Value, json};

/// A model that judges by the rules, unless a test scripts its answers.
pub(crate) fn model() -> FakeOpenAi {
    // the rubrics are read once for all tests of this process
    static JUDGE: LazyLock<Arc<RulesJudge>> = LazyLock::new(Arc::default);
    let model = FakeOpenAi::new();
    model.set_judge(JUDGE.clone());
    model
}

pub(crate) fn analyzer(model: &FakeOpenAi) -> LlmAnalyzer {
    LlmAnalyzer::new(Arc::new(model.clone()), LlmOptions::default())
}

pub(crate) fn call() -> Call {
    crate::sample::call(Direction::In)
}

/// A rubric of every kind of criterion.
pub(crate) fn small() -> Rubric {
    parse(include_str!("small.toml")).unwrap()
}

pub(crate) const TALK: &str = "Менеджер: Добрый день, компания «Север», Анна.\n\
    Клиент: Нужен шкаф, сколько стоит?\n\
    Менеджер: Двадцать тысяч, сборка входит. Отправлю договор завтра до обеда.\n\
    Клиент: Дорого, я подумаю.\n\
    Менеджер: До свидания.";

pub(crate) fn talk() -> Transcript {
    parse_dialogue(TALK).unwrap()
}

/// A true answer to [`small`] about [`TALK`].
pub(crate) fn good() -> Value {
    json!({
        "criteria": {
            "greeting": {"comment": "Вы представились.", "verdict": "met", "score": 2,
                "evidence": [{"quote": "Добрый день, компания «Север»", "segment": 1, "speaker": "operator"}]},
            "rude": {"comment": "", "verdict": "not_met", "value": false, "evidence": []},
            "tone": {"comment": "Ровно.", "verdict": "partly", "value": "neutral", "evidence": []},
            "gist": {"comment": "", "verdict": "met", "value": "Клиент спросил цену шкафа.", "evidence": []},
            "objections": {"comment": "", "verdict": "met", "value": ["Цена"],
                "evidence": [{"quote": "Дорого, я подумаю", "segment": 4, "speaker": "client"}]},
            "price": {"comment": "", "verdict": "met", "value": 20000,
                "evidence": [{"quote": "Двадцать тысяч", "segment": 3, "speaker": "operator"}]}
        },
        "promises": [{"what": "отправить договор", "due": "завтра до обеда",
            "quote": "Отправлю договор завтра до обеда", "segment": 3}],
        "recommendations": "После «подумаю» спросите, что смущает.",
        "summary": "Клиент спросил о шкафе, цена показалась высокой."
    })
}

pub(crate) async fn judged(model: &FakeOpenAi) -> Result<Analysis, AnalyzeError> {
    analyzer(model).analyze(&call(), &talk(), &small()).await
}

#[tokio::test]
async fn a_model_keeps_the_contract() {
    analyze::contract::all(&analyzer(&model())).await;
}

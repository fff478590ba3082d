//! The price before is near the price after.

use std::sync::Arc;

use analyze::{Analyzer as _, LlmAnalyzer, LlmOptions, RubricLibrary, RulesAnalyzer, parse_dialogue};
use domain::{Currency, Money};
use openai_client::testing::FakeOpenAi;

use super::{call, model};

const TURNS: [&str; 8] = [
    "Менеджер: Добрый день, компания «Север», меня зовут Анна, слушаю вас.",
    "Клиент: Здравствуйте, мне нужен шкаф в прихожую, сколько это будет стоить?",
    "Менеджер: Подскажите, какой размер нужен и к какому сроку вы планируете?",
    "Клиент: Два метра двадцать в высоту, хотелось бы к началу декабря успеть.",
    "Менеджер: Тогда предлагаю купе на двадцать тысяч, сборка и доставка уже входят.",
    "Клиент: Дороговато, я, наверное, подумаю и посоветуюсь с женой сначала.",
    "Менеджер: Понимаю вас. Давайте запишу на замер в среду в одиннадцать, удобно?",
    "Клиент: Да, хорошо, в среду в одиннадцать буду дома, спасибо вам большое.",
];

/// A talk of so many minutes: eight turns of ten words are about a minute of speech with pauses.
fn minutes(count: usize) -> domain::Transcript {
    let mut transcript = parse_dialogue(&TURNS.join("\n")).unwrap();
    let turns = transcript.segments.clone();
    transcript.segments = (0..count * 8)
        .map(|at| {
            let mut segment = turns[at % 8].clone();
            let start = at as u64 * 7_500;
            (segment.start_ms, segment.end_ms) = (Some(start), Some(start + 5_000));
            segment
        })
        .collect();
    transcript.engine.engine = "whisper-local".into();
    transcript
}

async fn day(analyzer: &LlmAnalyzer, model: &FakeOpenAi, rubric: &domain::Rubric) -> (i64, i64) {
    let before = model.billed().money.micros;
    let mut estimated = 0;
    for at in 0..24 {
        let length = 1 + at % 4;
        let mut call = call();
        call.talk_ms = Some(length as u64 * 60_000);
        estimated += analyzer.estimate(rubric, length as u64 * 60_000).unwrap().micros;
        analyzer.analyze(&call, &minutes(length), rubric).await.unwrap();
    }
    (estimated, model.billed().money.micros - before)
}

#[expect(clippy::cast_precision_loss, reason = "a few cents")]
fn off(estimated: i64, paid: i64) -> f64 {
    (estimated as f64 / paid as f64 - 1.0).abs()
}

#[tokio::test]
async fn a_days_estimate_is_near_its_receipt_and_nearer_after_a_day() {
    let library = RubricLibrary::builtin();
    for rubric in ["manager-plus", "sales-full"].map(|id| library.find(id).unwrap()) {
        let model = model();
        let first = LlmAnalyzer::new(Arc::new(model.clone()), LlmOptions::default());
        let (estimated, paid) = day(&first, &model, rubric).await;
        assert!(off(estimated, paid) < 0.30, "{}: {estimated} for {paid}", rubric.id);
        // the next day begins with what the first one took
        let figures = first.observed().unwrap();
        let second =
            LlmAnalyzer::new(Arc::new(model.clone()), LlmOptions { figures, ..LlmOptions::default() });
        let (estimated, paid) = day(&second, &model, rubric).await;
        assert!(off(estimated, paid) < 0.05, "{}: {estimated} for {paid} after a day", rubric.id);
    }
}

#[test]
fn what_is_not_asked_costs_nothing() {
    let library = RubricLibrary::builtin();
    let rubric = library.find("sales-full").unwrap();
    let analyzer = super::analyzer(&model());
    let zero = Money::zero(Currency::USD);
    assert_eq!(analyzer.estimate(rubric, 0), Some(zero));
    assert_eq!(RulesAnalyzer::new().estimate(rubric, 60_000), Some(zero));
    assert!(
        analyzer.estimate(rubric, 120_000).unwrap().micros
            > analyzer.estimate(rubric, 60_000).unwrap().micros
    );
    let unknown = FakeOpenAi::new().with_chat_model("nobody-knows");
    assert_eq!(super::analyzer(&unknown).estimate(rubric, 60_000), None);
}

//! Fourteen calls of two weeks, one of every kind, and the rubric that judged them.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    Analysis, AppliesTo, Call, CallError, CallId, CallStatus, ChannelLayout, Cost, CostItem, Criterion,
    CriterionKind, CriterionResult, Currency, Direction, EngineName, Evidence, EvidenceDemand, Lang, Manager,
    Money, PhoneNumber, Recording, Rubric, RubricId, RubricRevision, Sha256, SourceName, Speaker, Survey,
    Transcript, Value, Verdict,
};
use pipeline::{CallReport, ReportOptions};
use test_support::{segment, survey};

pub(crate) fn options() -> ReportOptions {
    ReportOptions { lang: Lang::Ru, zone: chrono_tz::Europe::Moscow, rubric: rubric(), page_url: None }
}

const CRITERIA: [(&str, &str, CriterionKind, f64); 10] = [
    ("greeting", "Приветствие и представление", CriterionKind::Score, 1.0),
    ("needs", "Выявление потребности", CriterionKind::Score, 2.0),
    ("presentation", "Презентация под потребность", CriterionKind::Score, 2.0),
    ("objections", "Отработка возражений", CriterionKind::Score, 3.0),
    ("next_step", "Договорённость о следующем шаге", CriterionKind::Score, 2.0),
    ("politeness", "Вежливость", CriterionKind::Score, 2.0),
    ("rude", "Грубость", CriterionKind::Flag, 0.0),
    ("stage", "Стадия продажи", CriterionKind::Choice, 0.0),
    ("topics", "Темы разговора", CriterionKind::List, 0.0),
    ("callback", "Нужен обратный звонок", CriterionKind::Flag, 0.0),
];

fn rubric() -> Rubric {
    let criteria = CRITERIA
        .into_iter()
        .map(|(key, title, kind, max)| Criterion {
            key: key.to_owned(),
            title: title.to_owned(),
            kind,
            weight: if max > 0.0 { 10.0 } else { 0.0 },
            scale: [0.0, max],
            question: String::new(),
            explanation: String::new(),
            evidence: EvidenceDemand::Required,
            applies_to: AppliesTo::default(),
            critical: key == "rude",
            cap: None,
            options: Vec::new(),
            advice: String::new(),
            rules: None,
        })
        .collect();
    Rubric {
        id: RubricId::from("sales-full"),
        revision: RubricRevision::from("0a1b2c3d4e5f"),
        title: "Полная проверка продаж".to_owned(),
        language: "ru".to_owned(),
        description: String::new(),
        prompt: String::new(),
        criteria,
        source: String::new(),
    }
}

/// A call that was only found.
pub(crate) fn bare(number: u32, status: CallStatus) -> CallReport {
    let external_id = format!("/srv/calls/Запись №{number} утро.wav");
    let client = PhoneNumber::parse(&format!("+7900000{:04}", 1100 + number));
    let office = PhoneNumber::parse("+74950001200");
    let out = number.is_multiple_of(4);
    let (caller, callee) = if out { (office, client) } else { (client, office) };
    let began = DateTime::parse_from_rfc3339("2026-11-09T09:12:00+03:00").unwrap()
        + TimeDelta::minutes(i64::from(number) * 1_187);
    let managers = ["Анна Соколова", "Александр Мельников", "Елена Гордеева", "Игорь Лапин"];
    let at = usize::try_from(number).unwrap() % managers.len();
    CallReport {
        call: Call {
            id: CallId::derive("folder", &external_id),
            source: SourceName::from("folder"),
            recording_name: Some(format!("Запись №{number} утро.wav")),
            external_id,
            started_at: Some(began),
            caller,
            callee,
            direction: if out { Direction::Out } else { Direction::In },
            duration_ms: None,
            talk_ms: None,
            manager: (number != 13)
                .then(|| Manager { id: format!("10{at}"), name: Some(managers[at].to_owned()) }),
            missed: status == CallStatus::Missed,
            tags: Vec::new(),
            recording_url: None,
            revision: String::new(),
        },
        status,
        error: None,
        recording: None,
        transcript: None,
        analysis: None,
        processed_at: DateTime::parse_from_rfc3339("2026-11-20T10:32:00+03:00").unwrap().to_utc(),
        cost: None,
        cached: false,
        call_back: false,
    }
}

/// A call with words, heard for this long.
fn heard(number: u32, status: CallStatus, seconds: u64, words: &[(Speaker, &str)]) -> CallReport {
    let mut report = bare(number, status);
    let survey = Survey { duration_ms: seconds * 1000, ..survey(ChannelLayout::Stereo, &[]) };
    report.recording = Some(Recording {
        sha256: Sha256::new(format!("{number:064x}")),
        bytes: 16_000,
        location: String::new(),
        survey,
    });
    let step = seconds * 1000 / (u64::try_from(words.len()).unwrap() + 1);
    let segments = (0..)
        .zip(words)
        .map(|(at, (speaker, text))| segment(*speaker, at * step, (at + 1) * step, text))
        .collect();
    report.transcript = Some(Transcript {
        engine: EngineName { engine: "whisper-local".to_owned(), model: "base".to_owned() },
        language: "ru".to_owned(),
        segments,
        dropped: Vec::new(),
        coverage: None,
        metrics: None,
        cost: None,
    });
    report
}

const TALK: [(Speaker, &str); 8] = [
    (Speaker::Operator, "Добрый день, компания «Светлый дом», меня зовут Анна, чем могу помочь?"),
    (Speaker::Client, "Здравствуйте, хочу узнать, сколько стоит остекление балкона."),
    (Speaker::Operator, "Подскажите, пожалуйста, какой у вас балкон и к какому сроку нужно?"),
    (Speaker::Client, "Шесть метров, хотелось бы до Нового года. Только у вас, говорят, дорого."),
    (Speaker::Operator, "Понимаю вас. В цену входит замер, доставка и пять лет гарантии."),
    (Speaker::Client, "А, ну тогда другое дело."),
    (Speaker::Operator, "Давайте запишу вас на бесплатный замер на четверг, в десять утра."),
    (Speaker::Client, "Хорошо, жду. Спасибо, до свидания."),
];

/// Judged: points per scored criterion, `None` not applicable.
fn judged(mut report: CallReport, points: [Option<f64>; 6], rude: bool, stage: &str) -> CallReport {
    let quote = |index: usize| Evidence {
        quote: TALK[index].1.to_owned(),
        speaker: TALK[index].0,
        segment: Some(index),
        start_ms: Some(u64::try_from(index).unwrap() * 9_000 + 3_000),
        end_ms: None,
        verified: true,
    };
    let mut criteria = Vec::new();
    for (at, (key, title, kind, max)) in CRITERIA.into_iter().enumerate() {
        let score = points.get(at).copied().flatten();
        let scored = kind == CriterionKind::Score;
        let (verdict, value) = match (key, score) {
            (_, Some(points)) if points >= max => (Verdict::Met, Some(Value::Number(points))),
            (_, Some(points)) if points > 0.0 => (Verdict::Partly, Some(Value::Number(points))),
            (_, Some(points)) => (Verdict::NotMet, Some(Value::Number(points))),
            ("rude", None) => (if rude { Verdict::Met } else { Verdict::NotMet }, Some(Value::Flag(rude))),
            ("stage", None) => (Verdict::Met, Some(Value::Text(stage.to_owned()))),
            ("topics", None) => (
                Verdict::Met,
                Some(Value::List(vec!["цена".to_owned(), "срок".to_owned(), "замер".to_owned()])),
            ),
            ("callback", None) => (Verdict::CannotTell, None),
            _ => (Verdict::NotApplicable, None),
        };
        criteria.push(CriterionResult {
            key: key.to_owned(),
            title: title.to_owned(),
            kind,
            verdict,
            value,
            score,
            max_score: scored.then_some(max),
            weight: if scored { 10.0 } else { 0.0 },
            comment: match verdict {
                Verdict::Met => "Сделано ясно и вовремя.".to_owned(),
                Verdict::Partly => "Сделано наполовину: вопрос задан, ответ не уточнён.".to_owned(),
                _ => "Не прозвучало: проверено 0:47 речи.".to_owned(),
            },
            needs_review: report.call.external_id.contains("№5 ") && key == "needs",
            critical: key == "rude",
            evidence: if matches!(verdict, Verdict::Met | Verdict::Partly) && scored {
                vec![quote(at)]
            } else {
                Vec::new()
            },
        });
    }
    let (sum, weight) = criteria
        .iter()
        .filter_map(|criterion| Some((criterion.score?, criterion.max_score?, criterion.weight)))
        .fold((0.0, 0.0), |(sum, whole), (score, max, weight)| (sum + weight * score / max, whole + weight));
    report.analysis = Some(Analysis {
        engine: "rules".to_owned(),
        rubric: RubricId::from("sales-full"),
        revision: RubricRevision::from("0a1b2c3d4e5f"),
        rubric_title: "Полная проверка продаж".to_owned(),
        total_score: Some((1000.0 * sum / weight).round() / 10.0),
        criteria,
        summary:
            "Клиент спрашивает об остеклении балкона и сомневается в цене. Менеджер объяснил, что входит \
                  в стоимость, и записал на замер."
                .to_owned(),
        recommendations: "Уточняйте бюджет до того, как назвать цену. Закрепите договорённость: «Отправлю \
                          подтверждение в сообщении»."
            .to_owned(),
        promises: Vec::new(),
        cap: None,
        raw_model_output: Vec::new(),
        cost: None,
    });
    let amount = Money::from_micros(Currency::RUB, 620_000);
    report.cost =
        Some(Cost { total: amount, items: vec![CostItem { item: "анализ".to_owned(), amount }] });
    report
}

/// One of every kind.
pub(crate) fn fourteen() -> Vec<CallReport> {
    let done = |number, seconds| heard(number, CallStatus::Done, seconds, &TALK);
    let mut unavailable = bare(12, CallStatus::RecordingUnavailable);
    unavailable.error = Some(CallError {
        code: "recording_truncated".to_owned(),
        message: "читается 0:12 из 3:40".to_owned(),
        hint: "скачайте запись заново, затем: zvonar queue retry".to_owned(),
    });
    let mut rung_back = bare(10, CallStatus::Missed);
    // client of call 11, who was spoken with later
    rung_back.call.caller = PhoneNumber::parse("+79000001111");
    vec![
        judged(
            done(1, 247),
            [Some(1.0), Some(2.0), Some(2.0), Some(3.0), Some(2.0), Some(2.0)],
            false,
            "Замер назначен",
        ),
        judged(
            done(2, 138),
            [Some(1.0), Some(1.0), Some(1.0), Some(0.0), Some(0.0), Some(2.0)],
            false,
            "Сравнивает цены",
        ),
        judged(
            done(3, 94),
            [Some(0.0), Some(0.0), Some(0.0), Some(0.0), Some(0.0), Some(0.0)],
            true,
            "Отказ",
        ),
        judged(
            done(4, 3_847),
            [Some(1.0), Some(2.0), Some(1.0), None, Some(2.0), Some(2.0)],
            false,
            "Договор",
        ),
        judged(
            done(5, 311),
            [Some(1.0), Some(1.0), Some(2.0), Some(2.0), Some(1.0), Some(2.0)],
            false,
            "Замер назначен",
        ),
        judged(
            done(6, 64),
            [Some(1.0), Some(0.0), Some(1.0), Some(1.0), Some(0.0), Some(1.0)],
            false,
            "Сравнивает цены",
        ),
        judged(done(7, 182), [Some(1.0), Some(2.0), Some(2.0), None, Some(1.0), Some(2.0)], false, "Договор"),
        heard(
            8,
            CallStatus::AnsweringMachine,
            14,
            &[(Speaker::Client, "Абонент не может ответить, оставьте сообщение.")],
        ),
        heard(9, CallStatus::TooShort, 2, &[]),
        rung_back,
        judged(
            done(11, 75),
            [Some(1.0), Some(1.0), Some(0.0), Some(2.0), Some(1.0), Some(2.0)],
            false,
            "Сравнивает цены",
        ),
        unavailable,
        bare(13, CallStatus::Missed),
        heard(14, CallStatus::NoSpeech, 31, &[]),
    ]
}

/// Every text that comes from outside set to this.
pub(crate) fn hostile(text: &str) -> CallReport {
    let mut report =
        judged(heard(1, CallStatus::Done, 60, &[(Speaker::Client, text)]), [Some(1.0); 6], false, text);
    report.call.manager = Some(Manager { id: text.to_owned(), name: Some(text.to_owned()) });
    report.call.recording_name = Some(text.to_owned());
    report.call.recording_url = Some(text.to_owned());
    report.call.tags = vec![text.to_owned()];
    let analysis = report.analysis.as_mut().unwrap();
    text.clone_into(&mut analysis.summary);
    text.clone_into(&mut analysis.recommendations);
    for criterion in &mut analysis.criteria {
        text.clone_into(&mut criterion.comment);
        if criterion.kind == CriterionKind::List {
            criterion.value = Some(Value::List(vec![text.to_owned(), text.to_owned()]));
        }
        for evidence in &mut criterion.evidence {
            text.clone_into(&mut evidence.quote);
        }
    }
    report
}

pub(crate) fn later(report: &mut CallReport, minutes: i64) {
    let at: DateTime<Utc> = report.processed_at + TimeDelta::minutes(minutes);
    report.processed_at = at;
}

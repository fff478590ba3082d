//! Three years of a company's telephone, the same in each run: forty employees, busy lunch hours, quiet
//! weekends, clients who come again, missed calls that are mostly rung back.

use std::error::Error;

use chrono::{DateTime, Datelike as _, Duration, FixedOffset, Utc, Weekday};
use domain::{
    Analysis, Call, CallError, CallId, CallStatus, Coverage, CriterionKind, CriterionResult, Direction,
    EngineName, Evidence, Manager, PhoneNumber, Promise, PromiseDue, Segment, Speaker, TalkMetrics,
    Transcript, Value, Verdict,
};
use store::{DiscoveredCall, NewJob, Stage};

pub(crate) type Outcomes<T> = Result<T, Box<dyn Error>>;

pub(crate) const RUBRIC: &str = "sales-full";
pub(crate) const REVISION: &str = "0123456789ab";
pub(crate) const MANAGERS: u64 = 40;
const CLIENTS: u64 = 200_000;
const DAYS: u64 = 3 * 365;
/// A client who was missed rings, or is rung, so many calls later.
const RUNG_BACK_AFTER: u64 = 23;

/// A small generator of even numbers, the same in each run (splitmix64).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % sides
    }
}

/// So many calls up to an instant.
#[derive(Clone, Copy)]
pub(crate) struct Company {
    pub(crate) calls: u64,
    pub(crate) until: DateTime<Utc>,
}

fn index(n: u64) -> usize {
    usize::try_from(n).unwrap_or(0)
}

fn pick<T: Copy>(dice: &mut Dice, of: &[T]) -> Option<T> {
    of.get(index(dice.roll(u64::try_from(of.len()).unwrap_or(1)))).copied()
}

/// What becomes of call `n`.
fn fate(n: u64) -> CallStatus {
    match Dice(n ^ 0xfa7e).roll(1_000) {
        0..70 => CallStatus::Missed,
        70..130 => CallStatus::TooShort,
        130..160 => CallStatus::NoSpeech,
        160..185 => CallStatus::AnsweringMachine,
        185..195 => CallStatus::RecordingUnavailable,
        195..200 => CallStatus::AnalysisFailed,
        _ => CallStatus::Done,
    }
}

fn client(n: u64) -> u64 {
    let before = n.checked_sub(RUNG_BACK_AFTER);
    match before.filter(|before| fate(*before) == CallStatus::Missed && Dice(n).roll(5) > 0) {
        Some(missed) => client(missed),
        None => Dice(n ^ 0xc11e).roll(CLIENTS),
    }
}

impl Company {
    pub(crate) fn begins(self) -> DateTime<Utc> {
        self.until - Duration::days(i64::try_from(DAYS).unwrap_or(0))
    }

    fn began(self, n: u64) -> DateTime<Utc> {
        let mut dice = Dice(n ^ 0x71e);
        let day = i64::try_from(n * DAYS / self.calls.max(1)).unwrap_or(0);
        // nine to eight in Moscow, most of it around noon
        let second = 6 * 3_600 + dice.roll(5 * 3_600) + dice.roll(6 * 3_600);
        let at = self.begins() + Duration::days(day) + Duration::seconds(i64::try_from(second).unwrap_or(0));
        match at.weekday() {
            Weekday::Sat | Weekday::Sun if dice.roll(5) > 0 => at - Duration::days(3),
            _ => at,
        }
    }

    pub(crate) fn id(n: u64) -> CallId {
        CallId::derive("uis", &n.to_string())
    }

    pub(crate) fn call(self, n: u64) -> Outcomes<DiscoveredCall> {
        let mut dice = Dice(n ^ 0xca11);
        let id = Self::id(n);
        let moscow = FixedOffset::east_opt(3 * 3600).ok_or("an offset")?;
        let fate = fate(n);
        let missed = fate == CallStatus::Missed;
        let direction = if missed || dice.roll(3) > 0 { Direction::In } else { Direction::Out };
        let ours = PhoneNumber::parse("+74951234567");
        let theirs = PhoneNumber::parse(&format!("+7916{:07}", client(n) * 47 + 13));
        let (caller, callee) = if direction == Direction::In { (theirs, ours) } else { (ours, theirs) };
        let manager = dice.roll(MANAGERS);
        let talk_ms = match fate {
            CallStatus::Missed => None,
            CallStatus::TooShort => Some(1_000 + dice.roll(4_000)),
            _ => Some(8_000 + dice.roll(300_000)),
        };
        let names = ["Анна Ветрова", "Павел Дёмин", "Олег Чижов", "Игорь Лапин", "Мария Сухова"];
        let tags: &[&str] = match dice.roll(6) {
            0 => &["сайт"],
            1 => &["сайт", "повторный"],
            2 => &["реклама"],
            _ => &[],
        };
        let done = matches!(fate, CallStatus::Done | CallStatus::AnalysisFailed);
        let trouble = |code: &str| CallError {
            code: code.to_owned(),
            message: "Не вышло".to_owned(),
            hint: "Повторите: zvonar queue retry".to_owned(),
        };
        Ok(DiscoveredCall {
            call: Call {
                id,
                source: "uis".into(),
                external_id: n.to_string(),
                started_at: Some(self.began(n).with_timezone(&moscow)),
                caller,
                callee,
                direction,
                duration_ms: Some(talk_ms.unwrap_or(0) + 9_000),
                talk_ms,
                manager: Some(Manager {
                    id: format!("m{manager}"),
                    name: names.get(index(manager % 5)).map(|name| format!("{name} {manager}")),
                }),
                missed,
                tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
                recording_name: (!missed).then(|| format!("{n:08}.mp3")),
                recording_url: None,
                revision: "1".to_owned(),
            },
            status: if done { CallStatus::Queued } else { fate },
            error: (fate == CallStatus::RecordingUnavailable).then(|| trouble("recording_gone")),
            jobs: if done {
                vec![NewJob { call: id, stage: Stage::Transcribe, target: String::new() }]
            } else {
                Vec::new()
            },
        })
    }

    /// What the machine makes of it; `None` = it fails.
    pub(crate) fn analysis(self, n: u64) -> Option<Analysis> {
        (fate(n) == CallStatus::Done).then(|| judged(n, self.began(n)))
    }
}

/// Syllables that make 13 824 different words; low numbers are drawn far more often, as in speech.
const SYLLABLES: [&str; 24] = [
    "до", "го", "ра", "на", "сто", "ли", "ка", "по", "ве", "ри", "мо", "та", "ну", "се", "ло", "ди", "бо",
    "ва", "кры", "пе", "зо", "тру", "ше", "ня",
];
const ENDINGS: [&str; 6] = ["", "м", "ми", "х", "й", "ть"];

fn word(dice: &mut Dice) -> String {
    let n = dice.roll(13_824).min(dice.roll(13_824)).min(dice.roll(13_824));
    let syllable = |n: u64| SYLLABLES.get(index(n % 24)).copied().unwrap_or("");
    let ending = pick(dice, &ENDINGS).unwrap_or("");
    format!("{}{}{}{ending}", syllable(n), syllable(n / 24), syllable(n / 576))
}

/// What is said in call `n`: about a hundred words.
pub(crate) fn transcript(n: u64) -> Transcript {
    let mut dice = Dice(n ^ 0x5a1d);
    let segments = (0..10_u64).map(|at| {
        let mut words: Vec<String> = (0..10).map(|_| word(&mut dice)).collect();
        // a third of the calls name the common word, one in a thousand the rare one
        match at {
            3 if n.is_multiple_of(3) => words.push("договором".to_owned()),
            4 if n.is_multiple_of(5) => words.push("очень дорого".to_owned()),
            5 if n.is_multiple_of(1_000) => words.push("рекламация".to_owned()),
            _ => {}
        }
        Segment {
            speaker: if at % 2 == 0 { Speaker::Operator } else { Speaker::Client },
            channel: u8::from(at % 2 == 1),
            start_ms: Some(at * 5_000),
            end_ms: Some(at * 5_000 + 4_800),
            text: words.join(" "),
            avg_logprob: Some(-0.25),
            words: Vec::new(),
        }
    });
    let segments = segments.collect();
    let share = f64::from(u32::try_from(35 + dice.roll(40)).unwrap_or(50)) / 100.0;
    Transcript {
        engine: EngineName { engine: "whisper-local".to_owned(), model: "base".to_owned() },
        language: "ru".to_owned(),
        segments,
        dropped: Vec::new(),
        coverage: Some(Coverage { incomplete: dice.roll(50) == 0, ..Coverage::default() }),
        metrics: Some(TalkMetrics { operator_share: Some(share), ..TalkMetrics::default() }),
        cost: None,
    }
}

const SCORED: [(&str, &str, f64); 6] = [
    ("greeting", "Приветствие", 6.0),
    ("needs", "Выявление потребности", 20.0),
    ("offer", "Предложение", 8.0),
    ("objection", "Работа с возражением", 18.0),
    ("next_step", "Следующий шаг", 18.0),
    ("service", "Качество обслуживания", 20.0),
];
const TOPICS: [&str; 10] = [
    "Цена и оплата",
    "Доставка",
    "Сроки",
    "Запись и время",
    "Качество и поломки",
    "Гарантия и возврат",
    "Документы",
    "Товар и выбор",
    "Адрес и часы",
    "Жалоба",
];
const OBJECTIONS: [&str; 6] = [
    "Дорого",
    "Надо подумать",
    "Уже сравниваю с другими",
    "Не сейчас, весной",
    "Не верю в сроки",
    "Нет рассрочки",
];
const STAGES: [&str; 6] = ["contact", "need", "offer", "payment", "after_sale", "refusal"];

fn quote(dice: &mut Dice) -> Vec<Evidence> {
    let start = dice.roll(200_000);
    vec![Evidence {
        quote: format!("{} {} {} {}", word(dice), word(dice), word(dice), word(dice)),
        speaker: Speaker::Operator,
        segment: Some(index(dice.roll(10))),
        start_ms: Some(start),
        end_ms: Some(start + 3_000),
        verified: true,
    }]
}

fn result(key: &str, title: &str, kind: CriterionKind, verdict: Verdict) -> CriterionResult {
    CriterionResult {
        key: key.to_owned(),
        title: title.to_owned(),
        kind,
        verdict,
        value: None,
        score: None,
        max_score: None,
        weight: 0.0,
        comment: String::new(),
        needs_review: false,
        critical: false,
        evidence: Vec::new(),
    }
}

fn judged(n: u64, began: DateTime<Utc>) -> Analysis {
    let mut dice = Dice(n ^ 0x1ed6e);
    let mut criteria = Vec::new();
    let (mut earned, mut possible) = (0.0, 0.0);
    // good calls are good throughout
    let luck = dice.roll(8);
    for (key, title, weight) in SCORED {
        let (verdict, score) = match dice.roll(12).max(luck) {
            _ if key == "objection" && dice.roll(3) > 0 => (Verdict::NotApplicable, None),
            0..4 => (Verdict::NotMet, Some(0.0)),
            4..6 => (Verdict::Partly, Some(1.0)),
            6..11 => (Verdict::Met, Some(2.0)),
            _ => (Verdict::CannotTell, None),
        };
        if let Some(score) = score {
            earned += weight * score / 2.0;
            possible += weight;
        }
        criteria.push(CriterionResult {
            score,
            max_score: Some(2.0),
            weight,
            comment: "Менеджер спросил о задаче, сроках и том, кто решает.".to_owned(),
            needs_review: dice.roll(150) == 0,
            evidence: if verdict == Verdict::NotMet { Vec::new() } else { quote(&mut dice) },
            ..result(key, title, CriterionKind::Score, verdict)
        });
    }
    let list = |dice: &mut Dice, of: &[&str], most: u64| {
        let entries = (0..dice.roll(most)).filter_map(|_| pick(dice, of)).map(ToOwned::to_owned);
        Some(Value::List(entries.collect()))
    };
    let text = |text: Option<&str>| text.map(|text| Value::Text(text.to_owned()));
    criteria.push(CriterionResult {
        value: text(pick(&mut dice, &["negative", "neutral", "neutral", "positive"])),
        ..result("tone", "Тон разговора", CriterionKind::Choice, Verdict::Met)
    });
    criteria.push(CriterionResult {
        value: text(pick(&mut dice, &STAGES)),
        ..result("stage", "Этап сделки", CriterionKind::Choice, Verdict::Met)
    });
    criteria.push(CriterionResult {
        value: list(&mut dice, &TOPICS, 4),
        ..result("topics", "Темы", CriterionKind::List, Verdict::Met)
    });
    // in the client's own words: hardly one is like another
    criteria.push(CriterionResult {
        value: Some(Value::List(vec![format!("{} {}", word(&mut dice), word(&mut dice))])),
        ..result("requests", "Запросы и потребности клиента", CriterionKind::List, Verdict::Met)
    });
    criteria.push(CriterionResult {
        value: list(&mut dice, &OBJECTIONS, 3),
        ..result("objections", "Возражения клиента", CriterionKind::List, Verdict::Met)
    });
    for (key, title, one_in) in [("callback", "Нужен перезвон", 6), ("rude", "Грубость менеджера", 400)]
    {
        let raised = dice.roll(one_in) == 0;
        let verdict = if raised { Verdict::Met } else { Verdict::NotMet };
        criteria.push(CriterionResult {
            value: Some(Value::Flag(raised)),
            ..result(key, title, CriterionKind::Flag, verdict)
        });
    }
    Analysis {
        engine: "rules".to_owned(),
        rubric: RUBRIC.into(),
        revision: REVISION.into(),
        rubric_title: "Полный разбор продажи".to_owned(),
        total_score: (possible > 0.0).then(|| (1_000.0 * earned / possible).round() / 10.0),
        criteria,
        summary: "Клиент выбирает окно на лоджию, спросил цену и сроки; договорились о замере.".to_owned(),
        recommendations: "Назвать выгоду до цены и закрепить время следующего звонка.".to_owned(),
        promises: promises(&mut dice, began),
        cap: None,
        raw_model_output: Vec::new(),
        cost: None,
    }
}

fn promises(dice: &mut Dice, began: DateTime<Utc>) -> Vec<Promise> {
    if dice.roll(12) > 0 {
        return Vec::new();
    }
    let hours = i64::try_from(2 + dice.roll(70)).unwrap_or(24);
    vec![Promise {
        what: "отправить расчёт".to_owned(),
        due: PromiseDue {
            at: Some((began + Duration::hours(hours)).fixed_offset()),
            words: "завтра до обеда".to_owned(),
            vague: false,
        },
        evidence: quote(dice).remove(0),
    }]
}

//! A sales department of six over some weeks: good and bad sellers, busy lunch hours, missed clients
//! who are mostly rung back, promises kept and broken. The same each time, up to the day it begins from.

mod judgements;

use std::time::Duration;

use app::App;
use chrono::{DateTime, Datelike as _, Duration as Time, NaiveTime, TimeZone as _, Utc, Weekday};
use domain::{
    Call, CallError, CallId, CallStatus, Coverage, Direction, EngineName, Manager, PhoneNumber, Rubric,
    Segment, Speaker, TalkMetrics, Transcript,
};
use store::{
    Burial, ClaimRequest, ClaimedJob, DiscoveredCall, NewDispute, NewJob, Outcome, SpendEntry, Stage,
    StageResult, Store, WorkerId,
};
use test_support::segment;

use judgements::judged;

/// Sellers: id, name, how good, how much they talk themselves.
const SELLERS: [(&str, &str, u64, f64); 6] = [
    ("m-anna", "Анна Ветрова", 82, 0.44),
    ("m-maria", "Мария Сухова", 74, 0.47),
    ("m-daria", "Дарья Крылова", 69, 0.49),
    ("m-boris", "Игорь Лапин", 58, 0.54),
    ("m-oleg", "Олег Чижов", 54, 0.58),
    ("m-pavel", "Павел Дёмин", 41, 0.64),
];
const OBJECTIONS: [&str; 6] = [
    "Дорого",
    "Надо подумать",
    "Уже сравниваю с другими",
    "Не сейчас, весной",
    "Не верю в сроки",
    "Нет рассрочки",
];
const GOOD: [(Speaker, &str); 12] = [
    (Speaker::Operator, "Добрый день, компания «Ромашка Окна», меня зовут Анна."),
    (Speaker::Client, "Здравствуйте. Нужны окна на дачу."),
    (Speaker::Operator, "Расскажите, зимой живёте? Сколько окон и к какому сроку?"),
    (Speaker::Client, "Три окна, зимуем, нужно к ноябрю."),
    (Speaker::Operator, "Значит, вам три тёплых окна к ноябрю. Предлагаю двухкамерные, монтаж входит."),
    (Speaker::Client, "Дороговато, у соседа дешевле на десять тысяч."),
    (Speaker::Operator, "Понимаю вас. Там без монтажа? Давайте посчитаем вместе."),
    (Speaker::Client, "Да, похоже, без монтажа."),
    (Speaker::Operator, "Запишу вас на замер в субботу, в одиннадцать. Удобно?"),
    (Speaker::Client, "Отлично, в субботу жду."),
    (Speaker::Operator, "Расчёт отправлю сегодня до шести вечера. Остались вопросы?"),
    (Speaker::Client, "Нет, спасибо, до встречи."),
];
const BAD: [(Speaker, &str); 8] = [
    (Speaker::Operator, "Алло, слушаю."),
    (Speaker::Client, "Здравствуйте, сколько стоит окно на кухню?"),
    (Speaker::Operator, "Смотря какое. На сайте всё есть."),
    (Speaker::Client, "А по срокам? Мне за сто двадцать предлагают то же самое."),
    (Speaker::Operator, "Ну не нравится — ищите дешевле, что я могу."),
    (Speaker::Client, "Я готова внести аванс сегодня, если будет скидка."),
    (Speaker::Operator, "Перезвоню вам завтра до обеда."),
    (Speaker::Client, "Ладно, подумаю."),
];

/// Even numbers, the same each time (splitmix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % sides
    }
}

/// One call before anybody listens.
#[derive(Clone)]
struct Plan {
    n: u64,
    seller: usize,
    at: DateTime<Utc>,
    missed: bool,
}

/// Fills the store of an installation; returns how many calls there are.
///
/// The stages are stopped by hand first, so that the worker of the service keeps off.
pub(crate) async fn settle(app: &App, days: i64, a_day: u64) -> usize {
    let store = app.store();
    let now = app.clock().now();
    let by_hand =
        CallError {
            code: "by_hand".into(), message: "остановлено человеком".into(), hint: String::new()
        };
    for stage in Stage::ALL {
        store.pause(stage, None, &by_hand, now).await.unwrap();
    }
    let rubric = app.rubric("sales-full").unwrap();
    store.save_rubric(&rubric, now).await.unwrap();
    let plans = plans(app, now, days, a_day);
    let found: Vec<DiscoveredCall> = plans.iter().map(discovered).collect();
    for slice in found.chunks(500) {
        store.discover(slice, None, now).await.unwrap();
    }
    let plan_of = |claim: &ClaimedJob| {
        let n: u64 = claim.record.call.external_id.parse().unwrap();
        plans.iter().find(|plan| plan.n == n).unwrap().clone()
    };
    for stage in [Stage::Transcribe, Stage::Analyze] {
        loop {
            let claims = claim(store.as_ref(), stage, 200, now).await;
            if claims.is_empty() {
                break;
            }
            for claim in claims {
                let plan = plan_of(&claim);
                let at = plan.at + Time::minutes(20);
                if stage == Stage::Analyze && plan.n % 97 == 5 {
                    bury(store.as_ref(), &claim, at.min(now)).await;
                    continue;
                }
                let result = if stage == Stage::Transcribe { heard(&plan) } else { judged(&plan, &rubric) };
                store.complete(&claim, result, at.min(now)).await.unwrap();
            }
        }
    }
    dispute(store.as_ref(), &plans, &rubric, now).await;
    for stage in Stage::ALL {
        store.resume(stage, None, now).await.unwrap();
    }
    plans.len()
}

/// Work that is under way: for looking at the queue.
pub(crate) async fn work_under_way(app: &App, waiting: u64) {
    let store = app.store();
    let now = app.clock().now();
    let money = CallError {
        code: "money".into(),
        message: "На счёте провайдера модели закончились деньги".into(),
        hint: "Пополните счёт в кабинете провайдера".into(),
    };
    for stage in Stage::ALL {
        store.pause(stage, None, &money, now).await.unwrap();
    }
    let fresh: Vec<Plan> = (0..waiting)
        .map(|n| Plan { n: 900_000 + n, seller: 3, at: now - Time::minutes(9), missed: false })
        .collect();
    let found: Vec<DiscoveredCall> = fresh.iter().map(discovered).collect();
    store.discover(&found, None, now).await.unwrap();
    let done = claim(store.as_ref(), Stage::Transcribe, 12, now).await;
    for (claim, plan) in done.iter().zip(&fresh) {
        store.complete(claim, heard(plan), now).await.unwrap();
    }
    claim(store.as_ref(), Stage::Transcribe, 4, now).await;
    for stage in [Stage::Fetch, Stage::Transcribe, Stage::Deliver] {
        store.resume(stage, None, now).await.unwrap();
    }
}

async fn claim(store: &dyn Store, stage: Stage, limit: u32, now: DateTime<Utc>) -> Vec<ClaimedJob> {
    let request = ClaimRequest {
        stage,
        target: None,
        run: None,
        worker: WorkerId("town".to_owned()),
        lease: Duration::from_hours(1),
        limit,
        probe: true,
        now,
    };
    store.claim(&request).await.unwrap()
}

async fn bury(store: &dyn Store, claim: &ClaimedJob, now: DateTime<Utc>) {
    let error = CallError {
        code: "schema".into(),
        message: "Модель дважды вернула ответ не по схеме".into(),
        hint: "Посмотрите сырой ответ, затем повторите".into(),
    };
    let burial =
        Burial { status: Some(CallStatus::AnalysisFailed), error, next: Vec::new(), spend: Vec::new() };
    store.bury(claim, burial, now).await.unwrap();
}

fn plans(app: &App, now: DateTime<Utc>, days: i64, a_day: u64) -> Vec<Plan> {
    let zone = app.config().timezone;
    let today = now.with_timezone(&zone).date_naive();
    let mut plans = Vec::new();
    for back in (0..days).rev() {
        let day = today - Time::days(back);
        let mut dice = Dice(u64::try_from(back).unwrap() ^ 0xda1);
        let weekend = matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
        let calls = if weekend { a_day / 4 } else { a_day - a_day / 10 + dice.roll(a_day / 5 + 1) };
        for _ in 0..calls {
            let n = plans.len() as u64;
            let hour = 9 + (dice.roll(6) + dice.roll(6)).min(10);
            let time = NaiveTime::from_hms_opt(
                u32::try_from(hour).unwrap(),
                u32::try_from(dice.roll(60)).unwrap(),
                u32::try_from(dice.roll(60)).unwrap(),
            );
            let local = zone.from_local_datetime(&day.and_time(time.unwrap())).earliest();
            let Some(at) = local.map(|at| at.with_timezone(&Utc)).filter(|at| *at < now) else { continue };
            // lunch is when nobody picks up
            let missed = dice.roll(100) < if matches!(hour, 12 | 13) { 16 } else { 4 };
            plans.push(Plan { n, seller: usize::try_from(dice.roll(6)).unwrap(), at, missed });
        }
    }
    plans
}

/// One missed client in five is never heard again.
fn client(n: u64) -> u64 {
    Dice(n ^ 0xc1).roll(400)
}

fn discovered(plan: &Plan) -> DiscoveredCall {
    let mut dice = Dice(plan.n ^ 0xca);
    let (id, name, ..) = SELLERS[plan.seller];
    let call_id = CallId::derive("uis", &plan.n.to_string());
    let phone = PhoneNumber::parse(&format!("+79000{:06}", client(plan.n) * 97 + 1_008));
    let ours = PhoneNumber::parse("+74951234567");
    let direction = if plan.missed || dice.roll(3) > 0 { Direction::In } else { Direction::Out };
    let (caller, callee) = if direction == Direction::In { (phone, ours) } else { (ours, phone) };
    let status = match dice.roll(100) {
        _ if plan.missed => CallStatus::Missed,
        0..4 => CallStatus::TooShort,
        4..6 => CallStatus::NoSpeech,
        6..8 => CallStatus::AnsweringMachine,
        _ => CallStatus::Queued,
    };
    let talk_ms = match status {
        CallStatus::Missed => None,
        CallStatus::TooShort => Some(3_000),
        _ => Some(40_000 + dice.roll(380_000)),
    };
    DiscoveredCall {
        call: Call {
            id: call_id,
            source: "uis".into(),
            external_id: plan.n.to_string(),
            started_at: Some(plan.at.fixed_offset()),
            caller,
            callee,
            direction,
            duration_ms: Some(talk_ms.unwrap_or(0) + 8_000),
            talk_ms,
            manager: Some(Manager { id: id.to_owned(), name: Some(name.to_owned()) }),
            missed: plan.missed,
            tags: if dice.roll(4) == 0 { vec!["сайт".to_owned()] } else { Vec::new() },
            recording_name: (!plan.missed).then(|| format!("call-{:05}.mp3", plan.n)),
            recording_url: None,
            revision: "1".to_owned(),
        },
        status,
        error: None,
        jobs: if status == CallStatus::Queued {
            vec![NewJob { call: call_id, stage: Stage::Transcribe, target: String::new() }]
        } else {
            Vec::new()
        },
    }
}

/// How well the call went, 0–99.
fn luck(plan: &Plan) -> u64 {
    let skill = SELLERS[plan.seller].2;
    let mut dice = Dice(plan.n ^ 0x1c);
    (skill + dice.roll(40)).saturating_sub(20).min(99)
}

fn words(plan: &Plan) -> &'static [(Speaker, &'static str)] {
    if luck(plan) >= 50 { &GOOD } else { &BAD }
}

fn heard(plan: &Plan) -> StageResult {
    let call = CallId::derive("uis", &plan.n.to_string());
    let mut dice = Dice(plan.n ^ 0x4e);
    let segments = (0_u64..).zip(words(plan)).map(|(at, (speaker, text))| Segment {
        avg_logprob: Some(-0.2),
        ..segment(*speaker, at * 9_000, at * 9_000 + 7_500, text)
    });
    let spread = f64::from(u32::try_from(dice.roll(20)).unwrap()) / 100.0 - 0.1;
    let transcript = Transcript {
        engine: EngineName { engine: "openai".into(), model: "whisper-1".into() },
        language: "ru".into(),
        segments: segments.collect(),
        dropped: Vec::new(),
        coverage: Some(Coverage { speech_ms: 70_000, covered_ms: 68_000, ..Coverage::default() }),
        metrics: Some(TalkMetrics {
            operator_share: Some(SELLERS[plan.seller].3 + spread),
            ..TalkMetrics::default()
        }),
        cost: None,
    };
    let amount = format!("{}.{:02}RUB", dice.roll(3), 10 + dice.roll(80)).parse().unwrap();
    StageResult {
        outcome: Outcome::Transcribed { transcript: Box::new(transcript), cache_key: call.to_string() },
        status: None,
        error: None,
        next: vec![NewJob { call, stage: Stage::Analyze, target: "sales-full".into() }],
        spend: vec![SpendEntry { call, item: "speech".into(), amount, key: None }],
    }
}

/// Two sellers disagree with the machine.
async fn dispute(store: &dyn Store, plans: &[Plan], rubric: &Rubric, now: DateTime<Utc>) {
    let mut left = 2;
    for plan in plans.iter().rev().filter(|plan| !plan.missed && plan.seller >= 3) {
        let call = CallId::derive("uis", &plan.n.to_string());
        if left == 0 {
            break;
        }
        if store.analysis(call, None).await.unwrap().is_none() {
            continue;
        }
        let matter = NewDispute {
            call,
            rubric: rubric.id.clone(),
            key: Some("next_step".to_owned()),
            author: SELLERS[plan.seller].1.to_owned(),
            reason: "Шаг назначен в мессенджере после звонка".to_owned(),
        };
        store.open_dispute(&matter, now - Time::hours(left)).await.unwrap();
        left -= 1;
    }
}

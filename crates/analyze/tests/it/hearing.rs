//! What was not heard is not held against anyone: mono, gaps, unsure and misheard words.

use std::time::{Duration, Instant};

use analyze::{parse_dialogue, verify_evidence};
use domain::{Coverage, Direction, EngineName, Evidence, Speaker, Transcript, Value, Verdict, Word};

use crate::sample::{judge, judge_transcript, points};

const RUDE: &str = "Менеджер: Алло.\nКлиент: Добрый день, сколько стоит абонемент?\nМенеджер: Отвали, идиот.\n\
                    Клиент: Не грубите!\nМенеджер: Некогда мне.\nКлиент: Больше мне не звоните.";

fn heard(text: &str) -> Transcript {
    let mut transcript = parse_dialogue(text).unwrap();
    transcript.engine = EngineName { engine: "whisper-local".into(), model: "base".into() };
    for (segment, at) in transcript.segments.iter_mut().zip(0_u64..) {
        segment.start_ms = Some(at * 10_000);
        segment.end_ms = Some(at * 10_000 + 8_000);
    }
    transcript
}

#[test]
fn the_three_modes_look_at_different_things() {
    let text = "Менеджер: Добрый день, компания «Лес», Анна.\nКлиент: Нужна доска на пол, сколько стоит?\n\
                Менеджер: Какая площадь?\nКлиент: Тридцать метров, к маю.\nМенеджер: Сорок тысяч.\nКлиент: Дорого, подумаю.\n\
                Менеджер: Понимаю вас. С чем сравниваете?\nКлиент: Ни с чем. Посмотрим.\nМенеджер: Спасибо, до свидания.";
    let views: Vec<String> = ["manager-plus", "client-plus", "dialog"]
        .map(|mode| points(&judge(text, mode, Direction::In)))
        .to_vec();
    assert!(views[0] != views[1] && views[1] != views[2] && views[0] != views[2], "{views:?}");
}

#[test]
fn nobody_is_accused_on_a_guessed_speaker() {
    let mut mono = heard(RUDE);
    for segment in &mut mono.segments {
        segment.speaker = Speaker::Unknown;
    }
    let analysis = judge_transcript(&mono, "manager-plus", Direction::In);
    let rude = analysis.criteria.iter().find(|result| result.key == "rude").unwrap();
    assert_ne!(rude.value, Some(Value::Flag(true)), "{}", rude.comment);
    let courtesy = analysis.criteria.iter().find(|result| result.key == "courtesy").unwrap();
    assert!(courtesy.verdict == Verdict::CannotTell || courtesy.needs_review, "{}", courtesy.comment);
    // with speakers the same words raise it
    let stereo = judge_transcript(&heard(RUDE), "manager-plus", Direction::In);
    let rude = stereo.criteria.iter().find(|result| result.key == "rude").unwrap();
    assert_eq!(rude.value, Some(Value::Flag(true)));
    assert!(
        rude.evidence.iter().any(|quote| quote.verified
            && quote.speaker == Speaker::Operator
            && quote.start_ms == Some(20_000))
    );
}

#[test]
fn never_heard_is_kept_apart_from_never_said() {
    let text =
        "Клиент: Нужен стол.\nМенеджер: Какой размер?\nКлиент: Метр.\nМенеджер: Сто рублей.\nКлиент: Ясно.";
    let find = |transcript: &Transcript| {
        let analysis = judge_transcript(transcript, "manager-plus", Direction::In);
        analysis.criteria.iter().find(|result| result.key == "next_step").unwrap().verdict
    };
    let mut transcript = heard(text);
    assert_eq!(find(&transcript), Verdict::NotMet);
    transcript.coverage = Some(Coverage {
        speech_ms: 50_000,
        covered_ms: 40_000,
        gaps: vec![(0, 45_000, 52_000)],
        incomplete: true,
    });
    assert_eq!(find(&transcript), Verdict::CannotTell);
}

#[test]
fn unsure_words_raise_no_flag() {
    let mut transcript = heard(RUDE);
    for segment in &mut transcript.segments {
        segment.avg_logprob = Some(-1.4);
    }
    let analysis = judge_transcript(&transcript, "dialog", Direction::In);
    let rude = analysis.criteria.iter().find(|result| result.key == "rude").unwrap();
    assert_eq!(rude.verdict, Verdict::CannotTell);
}

#[test]
fn a_short_call_is_not_judged_by_what_it_had_no_time_for() {
    let mut transcript = heard("Менеджер: Алло.\nКлиент: Ой, ошибся.");
    transcript.segments[1].end_ms = Some(12_000);
    assert_eq!(judge_transcript(&transcript, "manager-plus", Direction::In).total_score, None);
    let typed = judge("Менеджер: Алло.\nКлиент: Ой, ошибся.", "manager-plus", Direction::In);
    assert!(typed.total_score.is_some(), "typed dialogues have no length");
}

#[test]
fn a_quote_is_found_by_its_words_and_timed_by_them() {
    let mut transcript = heard("Менеджер: Запишу вас на замер в субботу.\nКлиент: Жду!");
    let words = ["Запишу", "вас", "на", "замер", "в", "субботу."];
    transcript.segments[0].words = words
        .iter()
        .zip(0..)
        .map(|(word, at)| Word { text: (*word).into(), start_ms: at * 100, end_ms: at * 100 + 90 })
        .collect();
    let quote = |quote: &str, speaker| Evidence {
        quote: quote.into(),
        speaker,
        segment: None,
        start_ms: None,
        end_ms: None,
        verified: false,
    };
    let mut exact = quote("на ЗАМЕР, в субботу", Speaker::Operator);
    assert!(verify_evidence(&transcript, &mut exact));
    assert_eq!((exact.segment, exact.start_ms, exact.end_ms), (Some(0), Some(200), Some(590)));
    let mut mended = quote("запишем вас на замер в субботу", Speaker::Operator);
    assert!(verify_evidence(&transcript, &mut mended));
    assert!(
        !verify_evidence(&transcript, &mut quote("на замер в субботу", Speaker::Client)),
        "another speaker's words"
    );
    assert!(!verify_evidence(&transcript, &mut quote("сделаю скидку тридцать процентов", Speaker::Operator)));
}

#[test]
fn irony_is_left_to_a_person() {
    let text = "Менеджер: Добрый день, доставка, Анна.\nКлиент: Здравствуйте, где заказ?\nМенеджер: Уточню, подождите, пожалуйста.\n\
                Клиент: Супер, третий день жду.";
    let analysis = judge(text, "client-plus", Direction::In);
    let tone = analysis.criteria.iter().find(|result| result.key == "client_tone").unwrap();
    assert_eq!(tone.verdict, Verdict::CannotTell);
}

#[test]
fn traps_of_the_language_raise_nothing() {
    for line in
        ["Не звоните после шести, пожалуйста.", "У меня занятие до трёх.", "Дорога до склада длинная."]
    {
        let text = format!(
            "Менеджер: Добрый день, компания «Лес», Анна, предлагаем доску.\nКлиент: {line}\nМенеджер: Хорошо, спасибо."
        );
        let analysis = judge(&text, "client-plus", Direction::In);
        for key in ["no_call", "churn", "objections"] {
            let result = analysis.criteria.iter().find(|result| result.key == key).unwrap();
            assert_eq!(result.verdict, Verdict::NotMet, "{line} {key} {:?}", result.value);
        }
    }
}

#[test]
fn ten_minutes_are_judged_at_once() {
    let turn = "Менеджер: Значит, вам нужны три тёплых окна к ноябрю, предлагаю двухкамерные, монтаж входит в цену.\n\
                Клиент: А сколько стоит доставка и когда привезут, я на даче только по субботам?\n";
    let transcript = heard(&turn.repeat(50));
    let started = Instant::now();
    for _ in 0..5 {
        judge_transcript(&transcript, "sales-full", Direction::In);
    }
    // unoptimised; a release build is some twenty times quicker
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    println!("{:?} a call", started.elapsed() / 5);
}

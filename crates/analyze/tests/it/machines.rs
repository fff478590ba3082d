//! Who answered, a machine or a person: on a blind list of openings, and where it is easy to err.

use analyze::{MachineKind, answering_machine, parse_dialogue};
use domain::{Segment, Speaker, Transcript};
use serde::Deserialize;

#[derive(Deserialize)]
struct File {
    greeting: Vec<Greeting>,
}

#[derive(Deserialize)]
struct Greeting {
    id: String,
    expect: String,
    segments: Vec<Said>,
}

#[derive(Deserialize)]
struct Said {
    speaker: Speaker,
    text: String,
}

fn transcript(said: &[Said]) -> Transcript {
    let mut transcript = parse_dialogue("а").unwrap();
    transcript.segments = said
        .iter()
        .map(|said| Segment {
            speaker: said.speaker,
            channel: u8::from(said.speaker == Speaker::Client),
            start_ms: None,
            end_ms: None,
            text: said.text.clone(),
            avg_logprob: None,
            words: vec![],
        })
        .collect();
    transcript
}

#[test]
fn machines_and_people_are_told_apart() {
    let path = format!("{}/tests/corpus/machines.toml", env!("CARGO_MANIFEST_DIR"));
    let greetings = toml::from_str::<File>(&std::fs::read_to_string(path).unwrap()).unwrap().greeting;
    let mut off = Vec::new();
    for greeting in greetings {
        let found = answering_machine(&transcript(&greeting.segments));
        if found.is_some() != (greeting.expect == "machine") {
            let text: Vec<&str> = greeting.segments.iter().map(|said| said.text.as_str()).collect();
            off.push(format!(
                "{} wants {}, got {found:?}: {}",
                greeting.id,
                greeting.expect,
                text.join(" / ")
            ));
        }
    }
    assert!(off.is_empty(), "{}", off.join("\n"));
}

#[test]
fn each_kind_has_its_name() {
    let cases = [
        ("Клиент: Абонент временно недоступен. Попробуйте позвонить позднее.", MachineKind::Network),
        ("Клиент: Вы позвонили Ивану. Оставьте сообщение после сигнала.", MachineKind::Voicemail),
        ("Клиент: Я голосовой помощник абонента, что ему передать?", MachineKind::Assistant),
        ("Клиент: Для соединения с отделом продаж нажмите один.", MachineKind::Ivr),
        ("Клиент: Оставайтесь на линии, вам ответит первый освободившийся оператор.", MachineKind::Queue),
    ];
    for (text, kind) in cases {
        assert_eq!(answering_machine(&parse_dialogue(text).unwrap()), Some(kind), "{text}");
    }
}

#[test]
fn a_person_who_offers_to_leave_a_message_is_a_person() {
    let text = "Клиент: Приёмная, слушаю. Менеджер: Добрый день, можно Ивана Петровича? Клиент: Его нет. \
                Менеджер: А когда будет? Клиент: После обеда. Можете оставить сообщение, я передам.";
    assert_eq!(answering_machine(&parse_dialogue(text).unwrap()), None);
}

#[test]
fn a_conversation_after_a_prompt_is_a_conversation() {
    let text = "Менеджер: Ваш звонок важен для нас, разговор записывается.\nМенеджер: Клиника, Анна, слушаю.\n\
                Клиент: Здравствуйте, хочу записаться.\nМенеджер: На какой день?\nКлиент: На среду.\nМенеджер: Записала.";
    assert_eq!(answering_machine(&parse_dialogue(text).unwrap()), None);
}

#[test]
fn a_busy_person_is_no_machine() {
    for text in ["Клиент: Я занят, перезвоните мне позже.", "Клиент: Алло, говорите. Я за рулём."]
    {
        assert_eq!(answering_machine(&parse_dialogue(text).unwrap()), None, "{text}");
    }
}

//! Typed dialogues as people paste them.

use analyze::{DialogueError, MAX_DIALOGUE_BYTES, answering_machine, check, parse_dialogue};
use domain::{Direction, Speaker};
use proptest::prelude::*;
use rstest::rstest;

use crate::sample::judge;

fn turns(text: &str) -> Vec<(Speaker, String)> {
    parse_dialogue(text)
        .unwrap()
        .segments
        .into_iter()
        .map(|segment| (segment.speaker, segment.text))
        .collect()
}

const O: Speaker = Speaker::Operator;
const C: Speaker = Speaker::Client;
const U: Speaker = Speaker::Unknown;

#[rstest]
#[case::one_line("Клиент: Привет! Менеджер: Добрый день!", &[(C, "Привет!"), (O, "Добрый день!")])]
#[case::many_lines("Клиент: Привет!\n\nМенеджер: Добрый день!", &[(C, "Привет!"), (O, "Добрый день!")])]
#[case::no_punctuation("Клиент: привет Менеджер: добрый день", &[(C, "привет"), (O, "добрый день")])]
#[case::case_and_bold("**КЛИЕНТ:** Да\n**менеджер**: Нет", &[(C, "Да"), (O, "Нет")])]
#[case::names("Менеджер (Анна): Да\nКлиент 2: Нет", &[(O, "Да"), (C, "Нет")])]
#[case::named_label("Менеджер Анна: Да. Клиент: Нет", &[(O, "Да."), (C, "Нет")])]
#[case::stamps("[00:12] Клиент: Да\n00:15 Оператор: Нет", &[(C, "Да"), (O, "Нет")])]
#[case::dashes("— Продавец: Да\n— Покупатель: Нет", &[(O, "Да"), (C, "Нет")])]
#[case::letters("О: Да\nК: Нет", &[(O, "Да"), (C, "Нет")])]
#[case::english("Agent: Hello\nCustomer: Hi", &[(O, "Hello"), (C, "Hi")])]
#[case::goes_on("Клиент: Первая строка\nвторая строка", &[(C, "Первая строка вторая строка")])]
#[case::unlabelled("Первая\nВторая", &[(U, "Первая"), (U, "Вторая")])]
#[case::label_word_inside("Менеджер: В карточке стоит тип, клиент: физлицо.", &[(O, "В карточке стоит тип, клиент: физлицо.")])]
#[case::clock_inside("Менеджер: Приём в 16:30, ждём.", &[(O, "Приём в 16:30, ждём.")])]
fn labels_are_read_as_people_write_them(#[case] text: &str, #[case] wanted: &[(Speaker, &str)]) {
    let wanted: Vec<(Speaker, String)> =
        wanted.iter().map(|(who, text)| (*who, (*text).to_owned())).collect();
    assert_eq!(turns(text), wanted);
}

#[test]
fn nothing_and_too_much_are_typed_errors() {
    assert_eq!(parse_dialogue(" \n — … \n").unwrap_err(), DialogueError::Empty);
    assert_eq!(parse_dialogue("Клиент:\nМенеджер:").unwrap_err(), DialogueError::Empty);
    let long = "а".repeat(MAX_DIALOGUE_BYTES);
    assert!(matches!(parse_dialogue(&long), Err(DialogueError::TooLong { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn no_text_breaks_the_readers(text in "(?s).{0,200}") {
        let _ = check(&text);
        if let Ok(transcript) = parse_dialogue(&text) {
            let _ = answering_machine(&transcript);
            judge(&text, "sales-full", Direction::Unknown);
        }
    }

    #[test]
    fn no_dialogue_breaks_the_judges(
        words in prop::collection::vec(
            prop::sample::select(vec![
                "Менеджер:", "Клиент:", "завтра", "в", "16:30", "не", "дорого", "перезвоню", "?", ".", "—", "до", "пятого",
                "\n", "через", "полчаса", "«", "[00:12]", "31", "мая", "идиот", "спасибо", "й", "e\u{301}", "🙂",
            ]),
            0..60,
        ),
    ) {
        let text = words.join(" ");
        if parse_dialogue(&text).is_ok() {
            for rubric in ["manager-plus", "client-plus", "dialog", "sales-full"] {
                let analysis = judge(&text, rubric, Direction::In);
                prop_assert!(analysis.total_score.is_none_or(|total| (0.0..=100.0).contains(&total)));
            }
        }
    }
}

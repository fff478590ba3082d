//! What must not leave does not leave, and people see what was said.

use std::sync::Arc;

use analyze::{Analyzer as _, LlmAnalyzer, LlmOptions, Masking, parse_dialogue};
use domain::{Manager, Transcript};
use openai_client::testing::FakeOpenAi;
use proptest::prelude::*;
use serde_json::json;

use super::{call, good, small};

/// What of a client's words reaches the model.
fn sent(words: &str, masking: Masking) -> String {
    let transcript = parse_dialogue(&format!("Менеджер: Слушаю.\nКлиент: {words}")).unwrap();
    let body = body(&transcript, masking);
    let line = body.lines().find(|line| line.starts_with("[2] Клиент: ")).unwrap();
    line.trim_start_matches("[2] Клиент: ").to_owned()
}

fn body(transcript: &Transcript, masking: Masking) -> String {
    let model = FakeOpenAi::new();
    model.answer_next(good());
    let options = LlmOptions { masking, ..LlmOptions::default() };
    let analyzer = LlmAnalyzer::new(Arc::new(model.clone()), options);
    let mut call = call();
    call.manager = Some(Manager { id: "1".into(), name: Some("Зульфия Тест".into()) });
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(analyzer.analyze(&call, transcript, &small())).unwrap();
    model.chat_requests()[0].messages[1].content.clone()
}

#[test]
fn personal_numbers_become_marks() {
    for (words, masked) in [
        ("Мой номер 8 (916) 123-45-67, звоните.", "Мой номер [ТЕЛЕФОН_1], звоните."),
        ("Пишите: +7 916 123 45 67", "Пишите: [ТЕЛЕФОН_1]"),
        ("Городской 234-56-78", "Городской [ТЕЛЕФОН_1]"),
        ("Телефон 12-34-56, второй 89161234567", "Телефон [ТЕЛЕФОН_1], второй [ТЕЛЕФОН_2]"),
        ("восемь девятьсот шестнадцать сто двадцать три сорок пять шестьдесят семь", "[ТЕЛЕФОН_1]"),
        ("Плюс семь, девятьсот три, двести одиннадцать, ноль пять, ноль семь", "Плюс [ТЕЛЕФОН_1]"),
        ("Запишите: восемь, девять, один, шесть, два, три, четыре", "Запишите: [НОМЕР_1]"),
        ("Карта 4111 1111 1111 1111, да", "Карта [КАРТА_1], да"),
        ("Номер карты 4276 1234 5678 9012", "Номер карты [КАРТА_1]"),
        ("Паспорт 45 10 123456", "Паспорт [ПАСПОРТ_1]"),
        ("Серия 4510, номер 123456", "Серия [ПАСПОРТ_1], номер [ПАСПОРТ_2]"),
        ("СНИЛС 112-233-445 95", "СНИЛС [СНИЛС_1]"),
        ("ИНН 7707083893", "ИНН [ИНН_1]"),
        ("ИНН 500100732259", "ИНН [ИНН_1]"),
        ("Почта ivan.petrov@mail.ru, жду", "Почта [ПОЧТА_1], жду"),
        ("иван точка петров собака мейл точка ру", "[ПОЧТА_1]"),
        ("Счёт 40817810099910004312", "Счёт [СЧЁТ_1]"),
        ("Номер ８９１６１２３４５６７", "Номер [ТЕЛЕФОН_1]"),
        ("Номер 8916\u{200b}1234567", "Номер [ТЕЛЕФОН_1]"),
        ("8 916 123-45-67, ещё раз: 8916 123 45 67", "[ТЕЛЕФОН_1], ещё раз: [ТЕЛЕФОН_1]"),
    ] {
        assert_eq!(sent(words, Masking::Numbers), masked, "{words}");
    }
}

#[test]
fn sums_dates_and_sizes_stay() {
    for words in [
        "Дом стоит 12 500 000 рублей",
        "Цена 1 250 000 рублей",
        "Сто двадцать пять тысяч рублей",
        "от 1500, 2000 до 2500",
        "20 ноября 2026 года в 16:30",
        "Размеры 600 на 2100 на 450",
        "двести пятьдесят, триста или четыреста рублей",
        "Заказ 71204",
        "две штуки по три метра",
        "Привезли 2 кота и одну собаку точка",
    ] {
        assert_eq!(sent(words, Masking::Numbers), words);
    }
}

#[test]
fn a_number_dictated_over_several_lines_leaves_no_digit() {
    let transcript = parse_dialogue(
        "Клиент: Записывайте: восемь девятьсот шестнадцать\nМенеджер: Угу.\nКлиент: сто двадцать три\n\
         Менеджер: Так.\nКлиент: сорок пять шестьдесят семь. Жду.",
    )
    .unwrap();
    let body = body(&transcript, Masking::Numbers);
    for word in ["девятьсот", "двадцать", "сорок", "шестьдесят"] {
        assert!(!body.contains(word), "{word} left: {body}");
    }
    assert_eq!(body.matches("[ТЕЛЕФОН_1]").count(), 3, "{body}");
    assert!(body.contains("[ТЕЛЕФОН_1]. Жду."));
}

#[test]
fn names_go_only_when_asked() {
    let words = "Меня зовут Кузьма, мастер Анна Петрова и Зульфия, позовите Ивана Сергеевича";
    assert_eq!(sent(words, Masking::Numbers), words);
    let masked = sent(words, Masking::NumbersAndNames);
    for name in ["Кузьма", "Анна", "Петрова", "Зульфия", "Ивана", "Сергеевича"]
    {
        assert!(!masked.contains(name), "{name} left: {masked}");
    }
    assert!(masked.starts_with("Меня зовут [ИМЯ_1], мастер [ИМЯ_2]"));
    assert!(sent("Номер 89161234567", Masking::Off).contains("89161234567"));
}

#[tokio::test]
async fn people_see_what_was_said() {
    let model = FakeOpenAi::new();
    let mut answer = good();
    answer["summary"] = json!("Клиент оставил номер [ТЕЛЕФОН_1]. Неизвестное [КАРТА_9] остаётся.");
    answer["criteria"]["greeting"]["comment"] = json!("Записали [ТЕЛЕФОН_1].");
    answer["criteria"]["objections"] = json!({"comment": "", "verdict": "met", "value": ["Звонить на [ТЕЛЕФОН_1]"],
        "evidence": [{"quote": "звоните на [ТЕЛЕФОН_1]", "segment": 2, "speaker": "client"}]});
    model.answer_next(answer);
    let transcript = parse_dialogue(
        "Менеджер: Добрый день, компания «Север».\nКлиент: Дорого, звоните на 8 916 123-45-67.\n\
         Менеджер: Повторю: плюс семь девятьсот шестнадцать сто двадцать три сорок пять шестьдесят семь.",
    )
    .unwrap();
    let analyzer = LlmAnalyzer::new(Arc::new(model.clone()), LlmOptions::default());
    let analysis = analyzer.analyze(&call(), &transcript, &small()).await.unwrap();
    let quote = &analysis.criteria[4].evidence[0];
    assert_eq!((quote.quote.as_str(), quote.verified), ("звоните на 8 916 123-45-67", true));
    assert!(analysis.summary.contains("Неизвестное [КАРТА_9] остаётся"));
    assert!(!analysis.summary.contains("[ТЕЛЕФОН_1]"));
    assert!(!analysis.criteria[0].comment.contains("[ТЕЛЕФОН_1]"));
    // the raw answer keeps its masks
    assert!(analysis.raw_model_output[0].to_string().contains("[ТЕЛЕФОН_1]"));
    // both spellings were one telephone
    assert_eq!(model.chat_requests()[0].messages[1].content.matches("[ТЕЛЕФОН_1]").count(), 2);
}

fn spelt(digits: &str, form: usize) -> String {
    let d = |from: usize, to: usize| digits.get(from..to).unwrap();
    match form {
        0 => format!("8{digits}"),
        1 => format!("+7{digits}"),
        2 => format!("+7 ({}) {}-{}-{}", d(0, 3), d(3, 6), d(6, 8), d(8, 10)),
        3 => format!("8 {} {} {} {}", d(0, 3), d(3, 6), d(6, 8), d(8, 10)),
        4 => format!("8-{}-{}-{}-{}", d(0, 3), d(3, 6), d(6, 8), d(8, 10)),
        5 => format!("8, {}, {}, {}, {}", d(0, 3), d(3, 6), d(6, 8), d(8, 10)),
        6 => format!("8.{}.{}.{}.{}", d(0, 3), d(3, 6), d(6, 8), d(8, 10)),
        _ => digits.chars().map(word).collect::<Vec<_>>().join(" "),
    }
}

fn word(digit: char) -> &'static str {
    let words = ["ноль", "один", "два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять"];
    words[digit.to_digit(10).unwrap() as usize]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn no_digit_of_a_telephone_leaves(number in "9[0-9]{9}", form in 0..8_usize, before in "[а-я]{0,8}", after in "[а-я]{0,8}") {
        let said = spelt(&number, form);
        let masked = sent(&format!("вот {before} {said} {after} да"), Masking::Numbers);
        let inside = masked.replace("[ТЕЛЕФОН_1]", "").replace("[НОМЕР_1]", "");
        let digits = inside.chars().filter(char::is_ascii_digit).count();
        prop_assert!(digits == 0 && masked.contains("_1]"), "{said} left as {masked}");
        if form == 7 {
            let first = word(number.chars().next().unwrap());
            prop_assert!(!inside.contains(first), "{said} left as {masked}");
        }
    }

    #[test]
    fn any_words_are_masked_without_panic(words in "[ -~а-яё0-9«»—\\n]{1,120}") {
        let mut transcript = parse_dialogue("Клиент: да").unwrap();
        transcript.segments[0].text = words + " да";
        body(&transcript, Masking::NumbersAndNames);
    }
}

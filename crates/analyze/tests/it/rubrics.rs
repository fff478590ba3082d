//! Rubrics as customers write them: read, linted, judged by.

use analyze::{FindingSeverity, RubricError, RubricLibrary, RulesAnalyzer, check, parse, parse_dialogue};
use domain::{Direction, Value, Verdict};

use crate::sample::call;

const HEAD: &str = "id = \"own\"\ntitle = \"Своя\"\n";

fn own(criterion: &str) -> String {
    format!(
        "{HEAD}[[criteria]]\nkey = \"k\"\ntitle = \"К\"\nkind = \"score\"\nweight = 1\nquestion = \"?\"\n{criterion}\n"
    )
}

fn verdict(rules: &str, dialogue: &str) -> Verdict {
    let rubric = parse(&own(rules)).unwrap();
    let transcript = parse_dialogue(dialogue).unwrap();
    RulesAnalyzer::new().judge(&call(Direction::In), &transcript, &rubric).criteria[0].verdict
}

#[test]
fn the_four_builtin_rubrics_are_read_without_remarks() {
    let library = RubricLibrary::builtin();
    let ids: Vec<&str> = library.all().iter().map(|rubric| rubric.id.as_str()).collect();
    assert_eq!(ids, ["manager-plus", "client-plus", "dialog", "sales-full"]);
    for rubric in library.all() {
        assert_eq!(check(&rubric.source), [], "{}", rubric.id);
        assert!((10..=14).contains(&rubric.criteria.len()), "{}: {}", rubric.id, rubric.criteria.len());
        let weight: f64 = rubric.criteria.iter().map(|criterion| criterion.weight).sum();
        assert!((weight - 100.0).abs() < 1e-9, "{}: weights sum to {weight}", rubric.id);
        assert_eq!(rubric.revision.as_str().len(), 12);
    }
}

#[test]
fn comments_and_spaces_keep_the_revision_and_words_change_it() {
    let plain = parse(&own("")).unwrap();
    let spaced = parse(&format!("# моё\n\n{}", own("\n"))).unwrap();
    assert_eq!(plain.revision, spaced.revision);
    let other = parse(&own("").replace("weight = 1", "weight = 2")).unwrap();
    assert_ne!(plain.revision, other.revision);
}

#[test]
fn an_unknown_field_is_named_with_its_line_and_the_nearest_known_one() {
    let finding = &check(&own("wieght = 3"))[0];
    assert_eq!((finding.severity, finding.line), (FindingSeverity::Error, Some(9)));
    assert!(finding.message.contains("did you mean `weight`"), "{}", finding.message);
    let finding = &check(&own("rules = { speeker = \"operator\", any = [\"да\"] }"))[0];
    assert_eq!((finding.key.as_str(), finding.line), ("k", Some(9)));
    assert!(finding.message.contains("`speaker`"), "{}", finding.message);
}

#[test]
fn mistakes_in_rules_are_told_with_what_to_write() {
    for (rules, wanted) in [
        ("rules = { any = [\"@helo\"] }", "`hello`"),
        ("rules = { any = [\"да, жду\"], within = \"last third\" }", "last 30%"),
        ("rules = { judge = \"greting\" }", "`greeting`"),
        ("rules = { speaker = \"operator\" }", "look for nothing"),
        ("rules = { any = [\"!\"] }", "no word"),
        ("scale = [2, 0]", "must go up"),
        ("cap = 40", "critical = true"),
        ("applies_to = { direction = \"вбок\" }", "direction"),
    ] {
        let findings = check(&own(rules));
        assert!(findings.iter().any(|f| f.message.contains(wanted)), "{rules}: {findings:?}");
        assert!(matches!(parse(&own(rules)), Err(RubricError::Invalid(_))), "{rules}");
    }
}

#[test]
fn the_simple_form_knows_speaker_place_veto_and_word_forms() {
    let rules = "rules = { speaker = \"operator\", any = [\"созвонимся\", \"отправлю договор\", \"жду вас\"], none = [\"как-нибудь\"], within = \"last 50%\" }";
    assert_eq!(verdict(rules, "Клиент: Что дальше?\nМенеджер: Отправим вам договоры."), Verdict::Met);
    assert_eq!(verdict(rules, "Менеджер: А вы?\nКлиент: Созвонимся."), Verdict::NotMet);
    assert_eq!(verdict(rules, "Клиент: Что дальше?\nМенеджер: Созвонимся как-нибудь."), Verdict::NotMet);
    assert_eq!(verdict(rules, "Клиент: Что дальше?\nМенеджер: Я не отправлю договор."), Verdict::NotMet);
    let early = "Менеджер: Жду вас.\nКлиент: Да.\nМенеджер: Так.\nКлиент: Да.\nМенеджер: Всё.\nКлиент: Да.";
    assert_eq!(verdict(rules, early), Verdict::NotMet);
}

#[test]
fn order_answers_and_partial_success_can_be_asked_for() {
    let before = "rules = { speaker = \"operator\", any = [\"@qualify\"], before = [\"@cost\"] }";
    assert_eq!(verdict(before, "Менеджер: Какой размер?\nКлиент: Два.\nМенеджер: Сто рублей."), Verdict::Met);
    assert_eq!(
        verdict(before, "Менеджер: Сто рублей.\nКлиент: Ясно.\nМенеджер: Какой размер?"),
        Verdict::NotMet
    );
    let then = "rules = { speaker = \"client\", any = [\"дорого\"], then = { speaker = \"operator\", any = [\"@empathy\"], turns = 1 } }";
    assert_eq!(verdict(then, "Клиент: Дорого.\nМенеджер: Понимаю вас."), Verdict::Met);
    assert_eq!(verdict(then, "Клиент: Дорого.\nМенеджер: Как хотите."), Verdict::NotMet);
    let partly = "rules = { any = [\"@bye\"], all = [\"@thanks\"], partly = { any = [\"@bye\"] } }";
    assert_eq!(verdict(partly, "Менеджер: Спасибо, до свидания."), Verdict::Met);
    assert_eq!(verdict(partly, "Менеджер: До свидания."), Verdict::Partly);
    let when = "rules = { any = [\"@value\"], when = [\"@ask_price\"] }";
    assert_eq!(verdict(when, "Клиент: Вы открыты?\nМенеджер: Да."), Verdict::NotApplicable);
}

#[test]
fn a_choice_and_a_list_take_what_is_heard() {
    let text = format!(
        "{HEAD}[[criteria]]\nkey = \"pay\"\ntitle = \"Оплата\"\nkind = \"choice\"\nquestion = \"?\"\n\
         options = [{{ key = \"cash\", title = \"Наличные\" }}, {{ key = \"card\", title = \"Карта\", score = 1 }}]\n\
         rules = {{ codes = {{ cash = [\"наличные\"], card = [\"карта\"] }} }}\n\
         [[criteria]]\nkey = \"themes\"\ntitle = \"Темы\"\nkind = \"list\"\nquestion = \"?\"\n\
         rules = {{ codes = {{ \"Доставка\" = [\"доставка\"], \"Оплата\" = [\"оплатить\"] }} }}\n"
    );
    let rubric = parse(&text).unwrap();
    let transcript = parse_dialogue("Клиент: Оплатим картой, доставку не надо.").unwrap();
    let analysis = RulesAnalyzer::new().judge(&call(Direction::In), &transcript, &rubric);
    assert_eq!(analysis.criteria[0].value, Some(Value::Text("Карта".into())));
    assert_eq!(analysis.total_score, Some(100.0));
    assert_eq!(analysis.criteria[1].value, Some(Value::List(vec!["Оплата".into(), "Доставка".into()])));
}

#[test]
fn a_criterion_without_rules_is_left_to_a_model() {
    assert_eq!(verdict("", "Менеджер: Добрый день."), Verdict::CannotTell);
}

#[test]
fn a_folder_is_read_by_name_and_its_mistakes_name_the_file() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("b.toml"), own("")).unwrap();
    std::fs::write(dir.path().join("notes.txt"), "x").unwrap();
    let mut library = RubricLibrary::builtin();
    assert_eq!(library.load_dir(dir.path()).unwrap(), 1);
    assert_eq!(library.find("own").unwrap().title, "Своя");
    std::fs::write(dir.path().join("c.toml"), own("")).unwrap();
    assert!(matches!(library.load_dir(dir.path()), Err(RubricError::DuplicateId { .. })));
    std::fs::write(dir.path().join("c.toml"), "id = 3").unwrap();
    let message = library.load_dir(dir.path()).unwrap_err().to_string();
    assert!(message.contains("c.toml"), "{message}");
}

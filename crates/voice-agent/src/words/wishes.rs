//! Wishes that are obeyed at once, whatever the model would say: no more calls, a person, the truth
//! about the robot, goodbye.

use std::sync::LazyLock;

use regex::Regex;

use super::stems::{plain, words_of};
use crate::Persona;

/// What a client plainly wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wish {
    /// «Не звоните мне больше»
    NeverAgain,
    /// «Позовите человека»
    Person,
    /// «Вы робот?»
    IsRobot,
    /// «До свидания»
    Farewell,
    /// «Алло?»
    Hello,
    /// Swearing.
    Rude,
}

#[expect(clippy::expect_used, reason = "the patterns are constants, and a test uses each")]
fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a constant pattern")
}

// All patterns are matched against `plain`: lower case, single spaces, one at both ends.

static NEVER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r" (?:не (?:надо|нужно|стоит) (?:мне |нам |сюда |больше |вообще |ни когда |никогда )*звонить ",
        r"|(?:больше|никогда|вообще) (?:мне |нам |сюда |никогда |больше |вообще )*не (?:надо |нужно |смейте )?(?:звоните|звонить|набирайте|беспокойте) ",
        r"|не (?:звоните|набирайте|беспокойте|тревожьте) (?:мне |нам |меня |нас |сюда |по этому номеру |на этот номер )*(?:больше|никогда) ",
        r"|(?:перестаньте|прекратите|хватит|прекращайте|завязывайте) (?:мне |нам |сюда |уже |сюда |постоянно )*(?:звонить|названивать|трезвонить|беспокоить) ",
        r"|(?:удалите|уберите|вычеркните|исключите|сотрите|вычеркивайте) (?:пожалуйста )?(?:меня|мой (?:номер|телефон|контакт)|этот (?:номер|телефон)|номер|телефон)[^а-я]",
        r"|(?:внесите|занесите|добавьте) (?:меня |мой номер |номер )*в (?:черный|стоп) )",
    ))
});
static DO_NOT_CALL: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r" (?:мне |нам |сюда )?не (?:звоните|звони|названивайте) (?P<after>(?:\S+ ){0,4})")
});
/// «Почему вы не звоните»: a reproach, not a wish.
static REPROACH: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r" (?:почему|чего|что|если|когда|давно|пока|раз|обещали) (?:\S+ ){0,3}не (?:звоните|звони|названивайте) ",
    )
});
/// «Не звоните после шести» asks for another hour.
const ANOTHER_HOUR: &[&str] = &[
    "сегодня",
    "сейчас",
    "завтра",
    "после",
    "до",
    "утром",
    "вечером",
    "днем",
    "ночью",
    "раньше",
    "позже",
    "так",
    "рано",
    "поздно",
    "пока",
    "в",
    "во",
    "по",
    "на",
    "с",
    "перед",
];

static PERSON: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r" (?:(?:позовите|соедините|переключите|переведите|дайте|свяжите|пригласите|можно|нужен|позвать|хочу|нужна) ",
        r"(?:\S+ ){0,4}(?:человек(?:а|ом|у)?|оператор(?:а|ом|у)?|менеджер(?:а|ом|у)?|сотрудник(?:а|ом|у)?|специалист(?:а|ом|у)?|администратор(?:а|ом|у)?|консультант(?:а|ом|у)?|живого|живым|живой) ",
        r"|(?:поговорить|говорить|пообщаться|разговаривать) (?:\S+ ){0,2}с (?:\S+ )?(?:человеком|оператором|менеджером|сотрудником|специалистом|администратором|консультантом|кем нибудь живым) ",
        r"|с роботом (?:\S+ )?(?:не буду|не хочу|не стану)[^а-я]",
        r"|не (?:буду|хочу|стану) (?:\S+ ){0,2}с (?:\S+ )?роботом[^а-я]",
        r"|(?:живого|живым) (?:человека|человеком|оператора|оператором|сотрудника|сотрудником) )",
    ))
});
static NO_PERSON: LazyLock<Regex> =
    LazyLock::new(|| pattern(r" не (?:надо|нужно|нужен|нужна|соединяйте|переключайте|зовите) "));
static PERSON_ALONE: &[&str] = &[
    "оператор",
    "оператора",
    "человека",
    "менеджера",
    "сотрудника",
    "специалиста",
    "администратора",
    "консультанта",
    "живого человека",
];

static ROBOT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r" (?:(?:вы|ты|это) (?:\S+ ){0,2}(?:робот|роботы|бот|автоответчик|автомат|автоматика|нейросеть|искусственный интеллект|ии|машина|программа|запись) ",
        r"|(?:робот|бот|автоответчик) (?:что ли|или человек|или кто) ",
        r"|(?:вы|ты) (?:\S+ ){0,2}(?:живой|живая|настоящий|настоящая|реальный|реальная) ",
        r"|(?:вы|ты) (?:вообще |точно |правда |же |действительно )*человек ",
        r"|(?:с|со) (?:роботом|ботом|автоответчиком|автоматом|машиной|программой|нейросетью) (?:\S+ ){0,2}(?:говорю|разговариваю|общаюсь) ",
        r"|(?:говорю|разговариваю|общаюсь) (?:\S+ ){0,2}(?:с|со) (?:роботом|ботом|автоответчиком|автоматом|машиной|программой|нейросетью) ",
        r"|(?:с|со) живым (?:\S+ )?(?:говорю|разговариваю|общаюсь) )",
    ))
});
static ROBOT_ALONE: &[&str] = &["робот", "вы робот", "это робот", "бот", "автоответчик", "опять робот"];

static RUDE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r" (?:(?:иди|идите|пошел|пошла|пошли|вали|валите)(?: ты| вы)? (?:на хуй|нахуй|на хер|нахер|нафиг|в жопу|к черту|на фиг|на три)[^а-я]",
        r"|\S*(?:хуй|хуя|хуе|пизд|ебан|ебат|еблан|заеб)\S* |(?:сука|суки|мудак|мудаки|ублюдок|ублюдки|дебилы?) )",
    ))
});

const FAREWELLS: &[&str] = &[
    "до свидания",
    "до свиданья",
    "всего доброго",
    "всего хорошего",
    "всего вам доброго",
    "всего вам хорошего",
    "до встречи",
    "до завтра",
    "прощайте",
];
/// Only when nothing else is said: «пока не знаю» is no goodbye.
const FAREWELLS_ALONE: &[&str] = &["пока", "ну пока", "все пока", "ладно пока", "пока пока", "давайте пока"];
/// Words around a farewell that say nothing.
const AROUND: &[&str] = &[
    "спасибо",
    "большое",
    "огромное",
    "вам",
    "вас",
    "все",
    "всё",
    "ну",
    "хорошо",
    "ладно",
    "да",
    "понятно",
    "тоже",
    "понял",
    "поняла",
    "благодарю",
    "и",
    "ок",
    "окей",
    "нет",
    "ага",
    "угу",
    "договорились",
    "отлично",
    "поняли",
    "давайте",
    "не",
    "надо",
    "нужно",
    "а",
    "я",
    "мне",
    "уже",
    "это",
];

/// What is plainly wanted, the most binding first.
pub(crate) fn wish(heard: &str, persona: &Persona) -> Option<Wish> {
    let text = plain(heard);
    let alone = |list: &[&str]| list.contains(&text.trim());
    if never_again(&text) {
        return Some(Wish::NeverAgain);
    }
    if (PERSON.is_match(&text) && !NO_PERSON.is_match(&text) && !asks_whether_human(&text))
        || alone(PERSON_ALONE)
    {
        return Some(Wish::Person);
    }
    if ROBOT.is_match(&text) || alone(ROBOT_ALONE) {
        return Some(Wish::IsRobot);
    }
    if RUDE.is_match(&text) {
        return Some(Wish::Rude);
    }
    if farewell(heard, &text, persona) {
        return Some(Wish::Farewell);
    }
    let hello =
        ["алло", "але", "ало", "вы тут", "вы здесь", "вы слышите", "слышите", "меня слышно", "меня", "вы"];
    let words = words_of(heard);
    let greets = words.first().is_some_and(|word| ["алло", "але", "ало"].contains(&word.as_str()));
    let only = words.iter().all(|word| hello.iter().any(|known| known.split(' ').any(|part| part == word)));
    (greets && only && words.len() <= 5).then_some(Wish::Hello)
}

fn never_again(text: &str) -> bool {
    if NEVER.is_match(text) {
        return true;
    }
    let Some(found) = DO_NOT_CALL.captures(text) else { return false };
    let after = found.name("after").map_or("", |after| after.as_str());
    let another_hour = after.split(' ').next().is_some_and(|word| {
        ANOTHER_HOUR.contains(&word)
            && !after.starts_with("на этот номер")
            && !after.starts_with("по этому номеру")
    });
    !another_hour && !REPROACH.is_match(text)
}

/// «Вы живой человек?» is a question about us, «дайте живого человека» is not.
fn asks_whether_human(text: &str) -> bool {
    !["дайте", "позовите", "соедините", "переключите", "переведите", "хочу", "можно", "нужен", "поговорить"]
        .iter()
        .any(|word| text.contains(&format!(" {word} ")))
        && ROBOT.is_match(text)
}

fn farewell(heard: &str, text: &str, persona: &Persona) -> bool {
    if heard.contains('?') {
        return false;
    }
    if FAREWELLS_ALONE.contains(&text.trim()) {
        return true;
    }
    // «до свидания» ends whatever was said before it
    if FAREWELLS.iter().any(|phrase| text.ends_with(&format!(" {phrase} "))) {
        return true;
    }
    let known = FAREWELLS.iter().map(|phrase| (*phrase).to_owned());
    let own = persona.end_phrases.iter().map(|phrase| plain(phrase).trim().to_owned());
    known.chain(own).filter(|phrase| !phrase.is_empty()).any(|phrase| {
        text.find(&format!(" {phrase} ")).is_some_and(|at| {
            let (before, rest) = text.split_at_checked(at).unwrap_or((text, ""));
            let after = rest.strip_prefix(&format!(" {phrase} ")).unwrap_or("");
            before.split(' ').chain(after.split(' ')).all(|word| word.is_empty() || AROUND.contains(&word))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Personas;

    fn all(expected: Option<Wish>, heard: &[&str]) {
        let persona = Personas::built_in().get("lead-qualification").unwrap();
        for heard in heard {
            assert_eq!(wish(heard, &persona), expected, "{heard}");
        }
    }

    #[test]
    fn who_does_not_want_calls_is_understood() {
        all(
            Some(Wish::NeverAgain),
            &[
                "Не звоните мне больше",
                "Больше не звоните!",
                "не звоните сюда",
                "Пожалуйста, больше мне никогда не звоните.",
                "Не надо мне звонить",
                "Мне не нужно звонить",
                "перестаньте звонить уже",
                "Удалите мой номер из базы",
                "Уберите меня, пожалуйста, из базы",
                "Хватит названивать",
                "Не звоните на этот номер",
                "Не звоните!",
                "Занесите меня в чёрный список",
            ],
        );
    }

    #[test]
    fn another_hour_and_a_reproach_are_no_refusal() {
        all(
            None,
            &[
                "Не звоните после шести",
                "Не звоните сейчас, я на работе",
                "Почему вы не звоните мне уже неделю",
                "Вы обещали и не звоните",
                "Только не звоните утром",
                "Перезвоните завтра",
                "Номер дома двенадцать",
            ],
        );
    }

    #[test]
    fn who_wants_a_person_is_understood() {
        all(
            Some(Wish::Person),
            &[
                "Позовите человека",
                "Соедините меня с оператором",
                "Можно живого человека?",
                "Переключите на менеджера, пожалуйста",
                "Я хочу поговорить с живым человеком",
                "С роботом говорить не буду, я с роботом не хочу",
                "Оператор!",
                "Дайте специалиста",
                "Я не буду говорить с роботом",
            ],
        );
        all(None, &["Менеджер мне уже звонил", "Не надо соединять с оператором, не нужен"]);
    }

    #[test]
    fn who_asks_about_the_robot_is_understood() {
        all(
            Some(Wish::IsRobot),
            &[
                "Вы робот?",
                "А вы случайно не робот?",
                "Это робот?",
                "Я с роботом разговариваю?",
                "Вы живой человек?",
                "Вы человек?",
                "ты бот",
                "Это автоответчик?",
                "Вы настоящая?",
                "Робот что ли",
                "Это искусственный интеллект?",
            ],
        );
        all(None, &["Мне нужна роботизированная линия", "Окно", "Я живой, просто занят"]);
    }

    #[test]
    fn farewells_end_and_hesitation_does_not() {
        all(
            Some(Wish::Farewell),
            &[
                "До свидания",
                "Спасибо, всё понятно, до свидания.",
                "Ну пока",
                "Всего доброго вам",
                "спасибо ничего не нужно",
                "Мы уже поставили, спасибо, всего хорошего",
                "Неактуально",
            ],
        );
        all(
            None,
            &[
                "Пока не знаю",
                "не знаю пока",
                "До свидания скажете потом или как?",
                "Ничего не нужно менять в окне кухни",
            ],
        );
    }

    #[test]
    fn a_hello_in_the_middle_asks_whether_we_are_there() {
        all(Some(Wish::Hello), &["Алло?", "Алло, алло", "Алло, вы слышите", "ало вы тут"]);
        all(None, &["Алло, да, удобно", "Слышите, а сколько стоит"]);
    }

    #[test]
    fn swearing_is_known_and_harmless_words_are_not() {
        all(Some(Wish::Rude), &["Да пошли вы на хер", "Идите нафиг", "вы дебилы"]);
        all(None, &["Требуется остекление", "Колеблюсь, потреблять ли", "Застраховано"]);
    }
}

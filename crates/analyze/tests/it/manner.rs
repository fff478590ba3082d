//! Manner is judged by how a talk is built, and nothing earned beside a rude one counts.

use domain::{Analysis, Direction, Verdict};
use rstest::rstest;

use crate::sample::judge;

const OPENING: &str = "Менеджер: Добрый день, клиника «Кит», Ольга.\nКлиент: Здравствуйте, кот три дня не ест, думали, пройдёт.\n";
const END: &str = "\nКлиент: Понятно.\nМенеджер: Приём тысяча рублей, запишу вас на завтра в десять?\nКлиент: Ладно.\n\
                   Менеджер: Записала. Спасибо за звонок, до свидания.";

fn share(analysis: &Analysis, key: &str) -> f64 {
    analysis.criteria.iter().find(|result| result.key == key).and_then(|result| result.score).unwrap_or(-1.0)
}

#[rstest]
#[case::echo_in_the_third_person("Менеджер: Думали они. Третий день уже.")]
#[case::empty_answer("Менеджер: Пройдёт, когда пройдёт. Вылечат, когда вылечат.\nКлиент: Зачем вы так?")]
#[case::protest("Менеджер: Надо же.\nКлиент: Вы шутите?\nМенеджер: Нисколько.\nКлиент: Не надо так со мной.")]
fn set_phrases_save_no_rude_talk(#[case] turn: &str) {
    let analysis = judge(&format!("{OPENING}{turn}{END}"), "manager-plus", Direction::In);

    assert!(share(&analysis, "courtesy") <= 0.0, "{turn}: {:?}", analysis.criteria);
    assert!(share(&analysis, "next_step") <= 0.0 && share(&analysis, "farewell") <= 0.0, "{turn}");
    assert!(analysis.cap.is_none(), "built-in rubrics cap nothing");
    assert!(!analysis.recommendations.contains("Удачно"), "{}", analysis.recommendations);
}

#[rstest]
#[case::comfort("Менеджер: Не пугайтесь. Пьёт? Рвота была?\nКлиент: Пьёт.")]
#[case::honest("Менеджер: Не знаю, пока врач не посмотрит, но обычно это лечится. Пьёт?\nКлиент: Пьёт.")]
#[case::kin("Менеджер: Понимаю. Пьёт твой кот?\nКлиент: Пьёт, отец.")]
fn comfort_and_honesty_are_not_cold(#[case] turn: &str) {
    let analysis = judge(&format!("{OPENING}{turn}{END}"), "manager-plus", Direction::In);

    assert!(share(&analysis, "courtesy") > 0.0, "{turn}");
    assert!(share(&analysis, "next_step") > 0.0, "{turn}");
}

#[test]
fn a_task_asked_beside_the_name_is_a_question_about_the_need() {
    let text = "Менеджер: Добрый день, окна «Свет», Анна, как я могу к вам обращаться и какие размеры окон вам нужны?\n\
                Клиент: Пётр, метр на полтора, два окна.\nМенеджер: Два окна выйдут сорок тысяч рублей.\nКлиент: Спасибо.";
    assert!(share(&judge(text, "manager-plus", Direction::In), "needs") >= 1.0);
}

#[test]
fn a_refusal_of_more_help_refuses_nothing() {
    let text = "Менеджер: Здравствуйте, банк «Юг», Полина. Звоню предупредить: завтра платёж. Перенести на двенадцатое?\n\
                Клиент: Да, переносите.\nМенеджер: Перенесла на двенадцатое. Ещё чем-то помочь?\n\
                Клиент: Нет, спасибо большое.\nМенеджер: Хорошего дня.";
    let analysis = judge(text, "dialog", Direction::Out);
    let resolution = analysis.criteria.iter().find(|result| result.key == "resolution").unwrap();
    assert_ne!(resolution.verdict, Verdict::NotMet, "{}", resolution.comment);
}

#[test]
fn a_bad_line_is_no_insult() {
    let turn = "Менеджер: Корм меняли?\nКлиент: Простите?\nМенеджер: Корм коту меняли недавно?\nКлиент: Нет.";
    let analysis = judge(&format!("{OPENING}{turn}{END}"), "manager-plus", Direction::In);
    assert!(share(&analysis, "courtesy") > 0.0, "{:?}", analysis.criteria);
}

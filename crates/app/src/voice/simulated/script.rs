//! What the invented client says: a man who wants windows for his country house.

/// Each line, and words of the robot that ask for it. A line without such words is said when none of the
/// others is asked for.
pub(super) const LINES: &[(&str, &[&str])] = &[
    (
        "Здравствуйте. Меня интересуют пластиковые окна на дачу, три штуки.",
        &["удобно говорить", "интересует", "сможете прийти"],
    ),
    ("Сергей. Размеры примерно полтора метра на метр двадцать.", &["обращаться", "сколько окон", "размер"]),
    ("Сколько это займёт по времени?", &[]),
    ("А до какого часа вы работаете?", &[]),
    ("Это дорого. У соседей мне предлагали за сорок.", &[]),
    ("Ну хорошо, это меняет дело.", &[]),
    ("Это хорошо. А вечером можно прийти?", &[]),
    (
        "Да, завтра в одиннадцать подойдёт.",
        &["какой день", "какое время", "день и", "замерщика", "всё верно", "подтвердить"],
    ),
    ("Спасибо большое.", &[]),
    (LAST, &["до свидания", "всего доброго"]),
];

/// With it the client goes.
const LAST: &str = "Спасибо, до свидания.";

/// The client in one call.
#[derive(Debug, Default)]
pub(super) struct Script {
    said: Vec<usize>,
}

impl Script {
    /// What is said to the robot's last words; nothing once everything was said.
    pub(super) fn reply(&mut self, robot: &str) -> Option<&'static str> {
        let robot = robot.to_lowercase();
        let left = || LINES.iter().enumerate().filter(|(number, _)| !self.said.contains(number));
        let asked = left().find(|(_, (_, cues))| cues.iter().any(|cue| robot.contains(cue)));
        let (number, (line, _)) =
            asked.or_else(|| left().find(|(_, (_, cues))| cues.is_empty())).or_else(|| left().next())?;
        self.said.push(number);
        Some(line)
    }

    /// Whether this is how the client says goodbye.
    pub(super) fn is_goodbye(line: &str) -> bool {
        line == LAST
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_is_answered_and_nothing_is_said_twice() {
        let mut script = Script::default();
        let asked =
            ["Вам удобно говорить?", "Сколько окон планируете?", "В каком районе?", "В какой день удобно?"];
        let said: Vec<_> = asked.iter().map(|robot| script.reply(robot).unwrap()).collect();
        assert!(said[0].starts_with("Здравствуйте") && said[1].starts_with("Сергей"));
        assert_eq!(said[3], "Да, завтра в одиннадцать подойдёт.");
        let rest: Vec<_> = std::iter::from_fn(|| script.reply("Понятно.")).collect();
        assert_eq!(said.len() + rest.len(), LINES.len());
        assert!(Script::is_goodbye(rest.last().unwrap()));
    }
}

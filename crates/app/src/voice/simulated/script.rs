//! What the invented client says: a man who wants windows for his country house.

/// A line of the client.
pub(super) struct Line {
    /// The words; `assets/simulated/make_voices.py` speaks them.
    pub(super) say: &'static str,
    /// Words of the robot that ask for it. Without any it is the client's own question, which comes
    /// as soon as all lines before it are said.
    asked_by: &'static [&'static str],
}

/// The script, in the order of a talk that goes well.
pub(super) const LINES: &[Line] = &[
    Line {
        say: "Да, говорите.", asked_by: &["удобно говорить", "сможете прийти", "удобно сейчас"]
    },
    Line {
        say: "Мне нужны пластиковые окна на дачу.",
        asked_by: &["что вам нужно", "интересует", "чем могу"],
    },
    Line { say: "Три окна.", asked_by: &["сколько"] },
    Line { say: "А сколько стоит одно окно?", asked_by: &[] },
    Line {
        say: "Посёлок Сосновка, улица Лесная, дом пять.", asked_by: &["район", "адрес"]
    },
    Line {
        say: "Это дорого. У соседей мне предлагали дешевле.", asked_by: &[]
    },
    Line { say: "А какая у вас гарантия?", asked_by: &[] },
    Line {
        say: "Завтра в одиннадцать утра.", asked_by: &["какой день", "какое время", "когда", "замерщик"]
    },
    Line {
        say: "Меня зовут Сергей.", asked_by: &["обращаться", "как вас зовут"]
    },
    Line {
        say: "Да, всё верно.", asked_by: &["верно", "записываю", "подтвер"]
    },
    Line {
        say: "Спасибо, до свидания.", asked_by: &["до свидания", "всего доброго"]
    },
];

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
        let is_due = |(number, line): &(usize, &Line)| match line.asked_by {
            [] => self.said.len() >= *number,
            cues => cues.iter().any(|cue| robot.contains(cue)),
        };
        let (number, line) = left().find(is_due).or_else(|| left().next())?;
        self.said.push(number);
        Some(line.say)
    }

    /// Whether this is how the client says goodbye.
    pub(super) fn is_goodbye(line: &str) -> bool {
        LINES.last().is_some_and(|last| last.say == line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_is_answered_own_questions_come_between_and_nothing_is_said_twice() {
        let mut script = Script::default();
        let asked = [
            ("Вам удобно говорить?", "Да, говорите."),
            ("Подскажите, что вам нужно?", "Мне нужны пластиковые окна на дачу."),
            ("Сколько окон планируете?", "Три окна."),
            ("В каком районе будет установка?", "А сколько стоит одно окно?"),
            ("От восемнадцати тысяч. В каком районе?", "Посёлок Сосновка, улица Лесная, дом пять."),
            ("Погода сегодня хорошая.", "Это дорого. У соседей мне предлагали дешевле."),
        ];
        for (robot, client) in asked {
            assert_eq!(script.reply(robot), Some(client));
        }
        let rest: Vec<_> = std::iter::from_fn(|| script.reply("Понятно.")).collect();
        assert_eq!(asked.len() + rest.len(), LINES.len());
        assert!(Script::is_goodbye(rest.last().unwrap()));
    }
}

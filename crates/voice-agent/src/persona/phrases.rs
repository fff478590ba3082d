//! What the robot says at fixed occasions: the persona's words, else ours.
//!
//! Ours are neutral in gender, promise nothing and never exclaim.

use super::Persona;
use crate::speakable;

/// A fixed occasion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occasion {
    /// The answer takes a moment.
    Filler,
    /// Nothing was heard, so many times before (0 or 1).
    Reask(u32),
    /// Nothing was heard the third time.
    Silence,
    /// A part of ours failed.
    Apology,
    /// The end.
    Goodbye,
    /// Turns, minutes or money ran out.
    Limit,
    /// «Вы робот?»
    Robot,
    /// «Не звоните»
    Stop,
    /// Before handing over.
    Transfer,
    /// A person is asked for, and nobody is there.
    CallBack,
    /// «Алло?»
    Hear,
    /// Rudeness.
    Rude,
}

/// Asked after «да, я робот» where a person can take over.
const OFFER: &str = "Соединить вас с сотрудником?";

impl Persona {
    /// The words for an occasion, ready to be spoken.
    pub fn phrase(&self, occasion: Occasion) -> String {
        let own = &self.phrases;
        let (own, ours) = match occasion {
            Occasion::Filler => (own.filler.as_deref(), "Одну секунду."),
            Occasion::Reask(0) => {
                (own.reask.first().map(String::as_str), "Простите, вас плохо слышно. Повторите, пожалуйста.")
            }
            Occasion::Reask(_) => (own.reask.get(1).map(String::as_str), "Алло, вы меня слышите?"),
            Occasion::Silence => {
                (own.silence.as_deref(), "Кажется, связь прервалась. Всего доброго, до свидания.")
            }
            Occasion::Apology => {
                (own.apology.as_deref(), "Извините, связь подвела. Повторите, пожалуйста, ещё раз.")
            }
            Occasion::Goodbye => (own.goodbye.as_deref(), "Спасибо за разговор. До свидания."),
            Occasion::Limit => {
                (own.limit.as_deref(), "Спасибо за разговор, мне пора заканчивать. До свидания.")
            }
            Occasion::Robot => (own.robot.as_deref(), "Да, я голосовой робот компании «{company}»."),
            Occasion::Stop => (own.stop.as_deref(), "Хорошо, больше не позвоним. До свидания."),
            Occasion::Transfer => {
                (own.transfer.as_deref(), "Соединяю вас с сотрудником, оставайтесь на линии.")
            }
            Occasion::CallBack => (
                own.call_back.as_deref(),
                "Сейчас свободных сотрудников нет, я передам вашу просьбу. В какое время вам удобно ответить на звонок?",
            ),
            Occasion::Hear => (own.hear.as_deref(), "Да, слышу вас."),
            Occasion::Rude => (own.rude.as_deref(), "Понимаю, не буду отнимать ваше время. До свидания."),
        };
        self.fill(own.filter(|text| !text.trim().is_empty()).unwrap_or(ours))
    }

    /// «Да, я робот», and the offer of a person where there is one.
    pub fn robot_words(&self) -> String {
        let words = self.phrase(Occasion::Robot);
        match self.person() {
            Some(_) if !words.contains('?') => format!("{words} {OFFER}"),
            _ => words,
        }
    }

    /// The first words of a call, disclosure included.
    pub fn opening(&self, incoming: bool) -> String {
        let greeting = match &self.greeting_incoming {
            Some(own) if incoming => own,
            _ => &self.greeting,
        };
        let disclosure = self.disclosure.as_deref().map(str::trim).filter(|text| !text.is_empty());
        match disclosure {
            // the question comes last: after it people answer
            Some(disclosure) => match greeting.trim().rsplit_once(". ") {
                Some((before, question)) if question.trim_end().ends_with('?') => {
                    self.fill(&format!("{before}. {disclosure} {question}"))
                }
                _ => self.fill(&format!("{} {disclosure}", greeting.trim())),
            },
            None => self.fill(greeting),
        }
    }

    /// `{company}` put in, numbers in words.
    pub(crate) fn fill(&self, text: &str) -> String {
        speakable(text.replace("{company}", &self.company).trim())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Personas;

    #[test]
    fn every_occasion_has_words_that_can_be_spoken() {
        let persona = Personas::built_in().get("lead-qualification").unwrap();
        for occasion in [
            Occasion::Filler,
            Occasion::Reask(0),
            Occasion::Reask(1),
            Occasion::Silence,
            Occasion::Apology,
            Occasion::Goodbye,
            Occasion::Limit,
            Occasion::Robot,
            Occasion::Stop,
            Occasion::Transfer,
            Occasion::CallBack,
            Occasion::Hear,
            Occasion::Rude,
        ] {
            let words = persona.phrase(occasion);
            assert!(!words.is_empty() && !words.contains(['{', '!']), "{occasion:?}: {words}");
            assert!(!words.chars().any(|letter| letter.is_ascii_digit()), "{occasion:?}: {words}");
        }
    }

    #[test]
    fn a_disclosure_comes_before_the_question() {
        let mut persona = (*Personas::built_in().get("lead-qualification").unwrap()).clone();
        persona.greeting = "Здравствуйте, это {company}. Удобно говорить?".to_owned();
        persona.disclosure = Some("Я голосовой робот, разговор записывается.".to_owned());
        persona.company = "Окна".to_owned();
        assert_eq!(
            persona.opening(false),
            "Здравствуйте, это Окна. Я голосовой робот, разговор записывается. Удобно говорить?"
        );
        persona.greeting = "Здравствуйте.".to_owned();
        assert_eq!(persona.opening(false), "Здравствуйте. Я голосовой робот, разговор записывается.");
    }

    #[test]
    fn a_person_is_offered_only_where_one_is() {
        let mut persona = (*Personas::built_in().get("lead-qualification").unwrap()).clone();
        persona.transfer.clear();
        assert!(!persona.robot_words().contains('?'));
        persona.transfer.insert("person".into(), domain::PhoneNumber::parse("+74951234567").unwrap());
        assert!(persona.robot_words().ends_with(OFFER));
    }
}

//! A question with a ready answer, known by its stems: in microseconds, and only when sure.
//!
//! A wrong ready answer is worse than a model that takes a second, so most of the words on either
//! side must be the other side's, and no second answer may come near.

use super::guard::Guard;
use super::stems::{is_question, stems};
use crate::Persona;

/// Share of common stems (Dice) from which a wording counts as the same question.
const ALIKE: f64 = 0.75;
/// How far the next answer must stay behind.
const APART: f64 = 0.15;
/// More is a story with a question in it: the model hears it out.
const LONGEST_STEMS: usize = 12;

/// What is worked out of a persona once: stems of its ready answers, runs of its instructions.
#[derive(Debug)]
pub(crate) struct Learned {
    /// Of each ready answer, the stems of its wordings.
    wordings: Vec<Vec<Vec<String>>>,
    /// Looks at what is said.
    pub(crate) guard: Guard,
}

impl Learned {
    pub(crate) fn of(persona: &Persona) -> Self {
        let of_one = |questions: &Vec<String>| questions.iter().map(|wording| stems(wording)).collect();
        let wordings = persona.faq.iter().map(|faq| of_one(&faq.questions)).collect();
        Self { wordings, guard: Guard::new(persona) }
    }

    /// The number of the ready answer that surely fits.
    pub(crate) fn ready_answer(&self, heard: &str) -> Option<usize> {
        let asked = stems(heard);
        if asked.is_empty() || asked.len() > LONGEST_STEMS {
            return None;
        }
        let mut best: Option<(f64, usize)> = None;
        let mut second = 0.0_f64;
        for (at, wordings) in self.wordings.iter().enumerate() {
            let likeness = wordings.iter().map(|wording| alike(&asked, wording)).fold(0.0, f64::max);
            match best {
                Some((top, _)) if likeness <= top => second = second.max(likeness),
                _ => {
                    second = best.map_or(0.0, |(top, _)| top);
                    best = Some((likeness, at));
                }
            }
        }
        let (likeness, at) = best?;
        // one word alone must also ask: «гарантия» may be part of an answer
        let sure = likeness >= ALIKE && likeness - second >= APART && (asked.len() > 1 || is_question(heard));
        sure.then_some(at)
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of words of one sentence")]
fn alike(asked: &[String], wording: &[String]) -> f64 {
    if wording.is_empty() {
        return 0.0;
    }
    let common = asked.iter().filter(|stem| wording.contains(stem)).count();
    2.0 * common as f64 / (asked.len() + wording.len()) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Personas;

    #[test]
    fn a_typical_question_is_known_in_other_words() {
        let persona = Personas::built_in().get("lead-qualification").unwrap();
        for (heard, part) in [
            ("Сколько стоит окно?", "восемнадцати тысяч"),
            ("А подскажите пожалуйста сколько стоят окна", "восемнадцати тысяч"),
            ("сколько стоит замер", "Замер бесплатный"),
            ("Ну а гарантию какую даёте?", "Гарантия на изделия"),
            ("А рассрочка есть?", "рассрочка"),
            ("Здравствуйте, а откуда у вас мой номер?", "указан в заявке"),
        ] {
            let at = Learned::of(&persona).ready_answer(heard).unwrap_or_else(|| panic!("{heard}"));
            let answer = &persona.faq[at].answer;
            assert!(answer.contains(part), "{heard}: {answer}");
        }
    }

    #[test]
    fn what_is_only_near_goes_to_the_mind() {
        let persona = Personas::built_in().get("lead-qualification").unwrap();
        for heard in [
            "Сколько стоит ремонт двери на даче под Тверью?",
            "Мне нужно три окна и балкон на Садовой",
            "Гарантия",
            "Да",
            "",
            "А если окно разобьётся, гарантия действует и сколько стоит ремонт?",
        ] {
            assert_eq!(Learned::of(&persona).ready_answer(heard), None, "{heard}");
        }
    }
}

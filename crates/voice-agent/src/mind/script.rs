//! A mind without a model: asks the persona's questions in their order, understands yes, no, names,
//! times and numbers, and closes with what was agreed.
//!
//! Needs no key and costs nothing. It says what it knows and no more: a question that no ready answer
//! fits is passed on to a person, not guessed at.

use async_trait::async_trait;
use domain::EngineName;
use tokio::sync::mpsc;

use super::fields::{asked, extract_by_rules};
use super::kinds::fits;
use crate::words::consent;
use crate::{Dialogue, FieldKind, FieldSpec, Intent, Mind, Occasion, PartFailed, Persona, Thought};

/// A question is put so often; then the next one is.
const PATIENCE: usize = 2;
const UNCLEAR: &str = "Простите, не совсем понятно.";
const UNKNOWN: &str = "Точного ответа у меня нет, его даст сотрудник.";
const HEARD: [&str; 4] = ["Хорошо.", "Понятно.", "Спасибо.", "Ясно."];

/// Answers by the persona's script.
#[derive(Debug, Clone, Copy, Default)]
pub struct ScriptedMind;

#[async_trait]
impl Mind for ScriptedMind {
    fn engine(&self) -> EngineName {
        EngineName { engine: "script".to_owned(), model: String::new() }
    }

    async fn answer(
        &self,
        persona: &Persona,
        dialogue: &Dialogue,
        heard: &str,
        sentences: mpsc::Sender<String>,
    ) -> Result<Thought, PartFailed> {
        let (said, intent) = answer(persona, dialogue, heard);
        for sentence in said {
            if sentences.send(sentence).await.is_err() {
                break;
            }
        }
        Ok(Thought { intent, ..Thought::default() })
    }
}

fn answer(persona: &Persona, dialogue: &Dialogue, heard: &str) -> (Vec<String>, Intent) {
    let open = open_question(persona, dialogue);
    let Some(field) = open else {
        return match next_question(persona, dialogue, heard, None) {
            Some(next) if heard.contains('?') => {
                (vec![UNKNOWN.to_owned(), persona.fill(&next.question)], Intent::GoOn)
            }
            Some(next) => (vec![acknowledged(dialogue), persona.fill(&next.question)], Intent::GoOn),
            None if heard.contains('?') => (vec![UNKNOWN.to_owned()], Intent::GoOn),
            None => closing(persona, dialogue, heard),
        };
    };
    // a question instead of an answer in one's own words
    let asks_back = field.kind == FieldKind::Text && heard.trim_end().ends_with('?');
    if asks_back || !fits(field.kind, heard) {
        let times = asked(persona, dialogue, field, None).times;
        let beginning = if heard.contains('?') { UNKNOWN } else { UNCLEAR };
        if times < PATIENCE {
            return (vec![beginning.to_owned(), persona.fill(&field.question)], Intent::GoOn);
        }
    }
    match next_question(persona, dialogue, heard, Some(field)) {
        Some(next) => (vec![acknowledged(dialogue), persona.fill(&next.question)], Intent::GoOn),
        None => closing(persona, dialogue, heard),
    }
}

/// The question that the robot's last words put.
fn open_question<'a>(persona: &'a Persona, dialogue: &Dialogue) -> Option<&'a FieldSpec> {
    let last = dialogue.turns.last()?;
    let only_last = Dialogue { turns: vec![last.clone()], ..dialogue.clone() };
    persona.fields.iter().find(|field| asked(persona, &only_last, field, None).times > 0)
}

/// Where the answer leads; `None` at the end.
fn next_question<'a>(
    persona: &'a Persona,
    dialogue: &Dialogue,
    heard: &str,
    answered: Option<&FieldSpec>,
) -> Option<&'a FieldSpec> {
    let leads = answered.and_then(|field| {
        let by_answer = match (field.kind, consent(heard)) {
            (FieldKind::YesNo, Some(true)) => field.on_yes.as_deref(),
            (FieldKind::YesNo, Some(false)) => field.on_no.as_deref(),
            _ => None,
        };
        by_answer.or(field.next.as_deref())
    });
    match leads {
        Some(FieldSpec::END) => return None,
        Some(key) => {
            let next = persona.fields.iter().find(|field| field.key == key);
            if next.is_some_and(|next| asked(persona, dialogue, next, None).times == 0) {
                return next;
            }
        }
        None => {}
    }
    let from = answered.and_then(|field| persona.fields.iter().position(|other| other.key == field.key));
    let later = persona.fields.iter().skip(from.map_or(0, |at| at + 1));
    let mut open = later.filter(|field| !field.branch && asked(persona, dialogue, field, None).times == 0);
    open.next()
}

/// «Хорошо», and other words the next time.
fn acknowledged(dialogue: &Dialogue) -> String {
    HEARD.get(dialogue.turns.len() % HEARD.len()).copied().unwrap_or("Хорошо.").to_owned()
}

/// What was agreed, and goodbye.
fn closing(persona: &Persona, dialogue: &Dialogue, heard: &str) -> (Vec<String>, Intent) {
    // what was said just now answers the last question
    let mut whole = dialogue.clone();
    if let Some(last) = dialogue.turns.last() {
        whole.turns.push(crate::Turn {
            heard: Some(heard.to_owned()),
            said: Vec::new(),
            number: last.number + 1,
            ..last.clone()
        });
    }
    let agreed: Vec<String> = extract_by_rules(persona, &whole)
        .into_iter()
        .zip(&persona.fields)
        .filter(|(_, field)| field.kind != FieldKind::YesNo)
        .filter_map(|(found, _)| {
            found.value.map(|value| {
                format!("{} — {}", found.title.to_lowercase(), value.trim_end_matches(['.', '!', '?', ',']))
            })
        })
        .collect();
    let mut said = Vec::new();
    if !agreed.is_empty() {
        said.push(format!("Записываю: {}.", agreed.join("; ")));
    }
    said.push(persona.phrase(Occasion::Goodbye));
    (said, Intent::End)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Personas, Turn, sample};

    /// Talks the script through; gives what the robot says each time.
    fn talk(persona: &str, client: &[&str]) -> (Vec<String>, Intent) {
        let persona = Personas::built_in().get(persona).unwrap();
        let mut dialogue = sample::talk(&persona.id, &[("", &persona.opening(false))]);
        let mut last = Intent::GoOn;
        for (number, heard) in (1..).zip(client) {
            assert_eq!(last, Intent::GoOn, "it is over before {heard:?}");
            let (said, intent) = answer(&persona, &dialogue, heard);
            last = intent;
            dialogue.turns.push(Turn { said, ..sample::turn(number, heard, "") });
        }
        (dialogue.turns.iter().map(Turn::words).collect(), last)
    }

    #[test]
    fn a_willing_client_is_asked_everything_in_order_and_hears_what_was_agreed() {
        let (said, end) = talk(
            "lead-qualification",
            &["Да, удобно", "Два окна на кухню", "Два", "На Садовой улице", "Завтра в десять", "Ирина"],
        );
        assert_eq!(end, Intent::End);
        assert!(
            said[1].ends_with("Подскажите, что вам нужно: окна, балкон, дверь или ремонт?"),
            "{}",
            said[1]
        );
        assert!(said[5].ends_with("Как к вам обращаться?"), "{}", said[5]);
        assert_eq!(
            said[6],
            "Записываю: что нужно — Два окна на кухню; сколько изделий — Два; адрес или район — На Садовой улице; \
             время замера — Завтра в десять; как обращаться — Ирина. Спасибо за разговор. Всего доброго, до свидания."
        );
    }

    #[test]
    fn a_busy_client_is_asked_when_to_ring_and_left_in_peace() {
        let (said, end) = talk("lead-qualification", &["Нет, я за рулём", "Завтра после шести"]);
        assert_eq!(end, Intent::End);
        assert!(said[1].ends_with("Когда вам удобно, чтобы мы перезвонили?"));
        assert!(said[2].starts_with("Записываю: когда перезвонить — Завтра после шести."));
    }

    #[test]
    fn what_is_not_understood_is_asked_once_more_and_then_left() {
        let (said, _) = talk("lead-qualification", &["Да", "Окна", "угу", "угу"]);
        assert!(said[3].starts_with(UNCLEAR) && said[3].ends_with("Сколько окон или дверей планируете?"));
        assert!(said[4].ends_with("будет установка?"), "{}", said[4]);
        let (said, _) = talk("lead-qualification", &["Да", "А вы в Твери работаете?"]);
        assert!(said[2].starts_with(UNKNOWN), "{}", said[2]);
    }

    #[test]
    fn an_appointment_is_confirmed_or_moved() {
        let (said, end) = talk("appointment-reminder", &["Да, приду", "Нет, спасибо"]);
        assert_eq!(end, Intent::End);
        assert!(said[1].contains("за десять минут"));
        let (said, end) =
            talk("appointment-reminder", &["Нет, не смогу", "Перенести", "На пятницу в десять"]);
        assert_eq!(end, Intent::End);
        assert!(said[1].ends_with("отменить её?") && said[2].contains("перенести запись?"), "{said:?}");
        assert!(said[3].contains("удобное время — На пятницу в десять"));
    }
}

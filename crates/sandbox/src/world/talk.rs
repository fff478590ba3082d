//! Dialogues of the bank as a talk: what a client says, in sound, and what is answered to it.

use domain::Speaker;

use super::bank::{Bank, Dialogue, DialogueKind, Phrase};

/// What a client says to a question that his own dialogue does not foresee, by words of the question.
const REPLIES: [(&str, &str); 1] = [("удобно говорить", "Да, слушаю.")];

/// Something that a client says.
#[derive(Debug, Clone, PartialEq)]
pub struct SpokenPhrase {
    /// The words.
    pub text: String,
    /// 16 bits at 8 kHz.
    pub sound: Vec<i16>,
}

/// What an employee answers.
pub(crate) struct Answer {
    pub(crate) text: String,
    pub(crate) sound: Vec<i16>,
    /// The client says nothing more in this dialogue.
    pub(crate) is_last: bool,
}

impl Bank {
    /// What the client says in a dialogue, turn by turn; `None` for an unknown one.
    pub fn client_turns(&self, dialogue: &str) -> Option<Vec<SpokenPhrase>> {
        let dialogue = self.dialogues().iter().find(|known| known.name == dialogue)?;
        let turns = turns(dialogue).into_iter().filter(|(speaker, _)| *speaker == Speaker::Client);
        Some(turns.map(|(_, phrases)| self.spoken(&phrases)).collect())
    }

    /// Names of the dialogues between two people.
    pub fn dialogue_names(&self) -> Vec<String> {
        let people = |dialogue: &&Dialogue| matches!(dialogue.kind, DialogueKind::In | DialogueKind::Out);
        self.dialogues().iter().filter(people).map(|dialogue| dialogue.name.clone()).collect()
    }

    fn spoken(&self, phrases: &[&Phrase]) -> SpokenPhrase {
        let text: Vec<&str> = phrases.iter().map(|phrase| phrase.text.as_str()).collect();
        #[expect(clippy::cast_possible_truncation, reason = "clamped to 16 bits")]
        let sample = |x: &f32| (x.clamp(-1.0, 1.0) * 32767.0) as i16;
        let sound = phrases.iter().flat_map(|phrase| self.pcm(phrase)).map(sample).collect();
        SpokenPhrase { text: text.join(" "), sound }
    }

    /// What anybody says to a question at the end of these words; the voice is whose the bank has.
    pub(crate) fn reply_to(&self, robot: &str) -> Option<SpokenPhrase> {
        let robot = robot.trim_end().strip_suffix('?')?;
        let question = plain(robot.rsplit(['.', '!', '?']).next()?);
        let (_, reply) = REPLIES.iter().find(|(asked, _)| question.ends_with(asked))?;
        let mut phrases = self.dialogues().iter().flat_map(|dialogue| &dialogue.phrases);
        phrases.find(|phrase| phrase.text == *reply).map(|phrase| self.spoken(&[phrase]))
    }

    /// What follows the last client's turn that is in these words.
    pub(crate) fn answer_to(&self, heard: &str) -> Option<Answer> {
        let heard = plain(heard);
        let mut best: Option<(usize, Answer)> = None;
        for dialogue in self.dialogues() {
            let turns = turns(dialogue);
            for (at, (speaker, phrases)) in turns.iter().enumerate() {
                let known: usize = phrases
                    .iter()
                    .map(|phrase| plain(&phrase.text))
                    .filter(|text| !text.is_empty() && heard.contains(text.as_str()))
                    .map(|text| text.len())
                    .sum();
                if *speaker != Speaker::Client
                    || known == 0
                    || best.as_ref().is_some_and(|(most, _)| *most >= known)
                {
                    continue;
                }
                let next = turns.get(at + 1).map(|(_, phrases)| self.spoken(phrases));
                let next = next.unwrap_or(SpokenPhrase { text: String::new(), sound: Vec::new() });
                let is_last = !turns.iter().skip(at + 1).any(|(speaker, _)| *speaker == Speaker::Client);
                best = Some((known, Answer { text: next.text, sound: next.sound, is_last }));
            }
        }
        best.map(|(_, answer)| answer)
    }
}

/// Phrases of one speaker behind each other are one turn.
fn turns(dialogue: &Dialogue) -> Vec<(Speaker, Vec<&Phrase>)> {
    let mut turns: Vec<(Speaker, Vec<&Phrase>)> = Vec::new();
    for phrase in &dialogue.phrases {
        match turns.last_mut() {
            Some((speaker, phrases)) if *speaker == phrase.speaker => phrases.push(phrase),
            _ => turns.push((phrase.speaker, vec![phrase])),
        }
    }
    turns
}

/// Letters and digits alone: recognisers differ in the rest.
fn plain(text: &str) -> String {
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_who_is_asked_whether_he_has_time_says_so() {
        let bank = Bank::open().unwrap();
        let reply = bank.reply_to("Здравствуйте. Я робот, звоню по заявке. Вам удобно говорить?").unwrap();
        assert_eq!(reply.text, "Да, слушаю.");
        assert!(reply.sound.len() > 4000, "it is spoken");
        for other in ["Вам удобно говорить.", "Когда вам удобно?", "Вам удобно говорить? Да.", ""]
        {
            assert_eq!(bank.reply_to(other), None, "{other}");
        }
    }
}

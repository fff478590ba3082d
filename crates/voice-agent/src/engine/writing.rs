//! An answer that is being written: sentences come out of the mind, are looked at, and wait to be said.
//!
//! The task lives as long as somebody may still ask for the rest; what it cost is kept in any case.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;

use super::{TurnEngine, log};
use crate::words::{Learned, denies_being_robot, says_goodbye};
use crate::{Action, Dialogue, Ending, Intent, Occasion, PartFailed, Persona, Thought, change, speakable};

/// Nobody listens to more on the telephone.
const MOST_SENTENCES: usize = 8;
const MOST_LETTERS: usize = 900;
/// Sentences that the mind may be ahead of us.
const AHEAD: usize = 4;

/// An answer that is being written. Dropping it stops the mind.
pub(super) struct Writing {
    pub(super) turn: u32,
    pub(super) written: watch::Receiver<Written>,
    /// Sentences that were handed out.
    pub(super) handed_out: std::sync::atomic::AtomicUsize,
    _alive: oneshot::Sender<()>,
}

/// What is there of an answer.
#[derive(Debug, Clone, Default)]
pub(super) struct Written {
    pub(super) sentences: Vec<String>,
    pub(super) end: Option<End>,
}

/// How an answer ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct End {
    pub(super) action: Action,
    /// From the words to here, ms.
    pub(super) after_ms: u64,
    /// Nothing came of it.
    pub(super) failed: bool,
}

/// What the mind is asked.
pub(super) struct Question {
    pub(super) dialogue: Dialogue,
    pub(super) persona: Arc<Persona>,
    pub(super) learned: Arc<Learned>,
    pub(super) heard: String,
    pub(super) turn: u32,
}

impl TurnEngine {
    /// Lets the mind write an answer.
    pub(super) fn write(&self, question: Question) -> Arc<Writing> {
        let (state, written) = watch::channel(Written::default());
        let (alive, gone) = oneshot::channel();
        let turn = question.turn;
        tokio::spawn(self.clone().think(question, state, gone));
        Arc::new(Writing { turn, written, handed_out: 0.into(), _alive: alive })
    }

    async fn think(self, question: Question, state: watch::Sender<Written>, gone: oneshot::Receiver<()>) {
        let began = Instant::now();
        let Question { dialogue, persona, learned, heard, turn } = &question;
        let mut editor = Editor::new(persona, learned);
        let thought = self.listen_to_mind(&question, &mut editor, &state, gone).await;
        let after_ms = log::ms(began);
        let thought = match thought {
            Ok(thought) => thought,
            Err(error) => {
                log::part_failed(dialogue.call, *turn, &error);
                let failed = editor.letters == 0;
                state
                    .send_modify(|written| written.end = Some(End { action: Action::Say, after_ms, failed }));
                return;
            }
        };
        let (closing, action) = closing(persona, &thought.intent, &editor.said);
        state.send_modify(|written| {
            written.sentences.extend(closing);
            let failed = written.sentences.is_empty();
            written.end = Some(End { action: action.clone(), after_ms, failed });
        });
        log::thought(dialogue.call, *turn, after_ms, thought.tokens, editor.letters);
        if action == Action::Say && !thought.used_tools {
            self.answers.learn(persona, dialogue, heard, &state.borrow().sentences);
        }
        let Some(cost) = thought.cost else { return };
        let paid = change(&*self.parts.memory, dialogue.call, |dialogue| {
            dialogue.pay("dialogue", cost);
            true
        })
        .await;
        if let Err(error) = paid {
            log::part_failed(dialogue.call, *turn, &error);
        }
    }

    /// Sentences go into the state as they come; ends with the mind, with whoever listens, or in time.
    async fn listen_to_mind(
        &self,
        question: &Question,
        editor: &mut Editor<'_>,
        state: &watch::Sender<Written>,
        mut gone: oneshot::Receiver<()>,
    ) -> Result<Thought, PartFailed> {
        let (out, mut sentences) = mpsc::channel(AHEAD);
        let Question { dialogue, persona, heard, .. } = question;
        let thinking = self.parts.mind.answer(persona, dialogue, heard, out);
        tokio::pin!(thinking);
        let limit = tokio::time::sleep(self.settings.longest_answer);
        tokio::pin!(limit);
        let mut take = |sentence: String| {
            let taken = editor.take(&sentence);
            if let Some(text) = taken.say {
                state.send_modify(|written| written.sentences.push(text));
            }
            taken.enough
        };
        loop {
            tokio::select! {
                biased;
                _ = &mut gone => return Err(PartFailed::passing("model", "nobody waits for the answer any more")),
                Some(sentence) = sentences.recv() => if take(sentence) {
                    return Ok(Thought::default());
                },
                thought = &mut thinking => {
                    while let Ok(sentence) = sentences.try_recv() {
                        if take(sentence) {
                            break;
                        }
                    }
                    return thought;
                }
                () = &mut limit => return Err(PartFailed::passing("model", "the answer takes too long")),
            }
        }
    }
}

/// What is added at the end of an answer, and what the telephone does after it.
fn closing(persona: &Persona, intent: &Intent, said: &str) -> (Option<String>, Action) {
    match intent {
        Intent::GoOn => (None, Action::Say),
        Intent::End => {
            let missing = (!says_goodbye(said)).then(|| persona.phrase(Occasion::Goodbye));
            (missing, Action::HangUp { why: Ending::Goodbye })
        }
        Intent::HandOver(occasion) => match persona.transfer.get(occasion).or_else(|| persona.person()) {
            Some(to) => {
                let missing = said.trim().is_empty().then(|| persona.phrase(Occasion::Transfer));
                (missing, Action::Transfer { to: to.clone() })
            }
            None => (Some(persona.phrase(Occasion::CallBack)), Action::Say),
        },
    }
}

/// Looks at sentences before they are said.
struct Editor<'a> {
    persona: &'a Persona,
    learned: &'a Learned,
    said: String,
    sentences: usize,
    letters: usize,
}

/// What becomes of a sentence.
struct Taken {
    say: Option<String>,
    enough: bool,
}

impl<'a> Editor<'a> {
    fn new(persona: &'a Persona, learned: &'a Learned) -> Self {
        Self { persona, learned, said: String::new(), sentences: 0, letters: 0 }
    }

    fn take(&mut self, sentence: &str) -> Taken {
        let mut text = speakable(sentence.trim());
        let mut enough = false;
        if self.sentences == 0 {
            text = without_greeting(&text).to_owned();
        }
        if denies_being_robot(&text) {
            // the truth instead, and nothing of what was to support the lie
            text = self.persona.robot_words();
            enough = true;
        } else if self.learned.guard.recites(sentence) || self.learned.guard.recites(&text) {
            return Taken { say: None, enough: false };
        }
        if !text.chars().any(char::is_alphanumeric) {
            return Taken { say: None, enough };
        }
        self.sentences += 1;
        self.letters += text.chars().count();
        self.said.push_str(&text);
        self.said.push(' ');
        enough |= self.sentences >= MOST_SENTENCES || self.letters >= MOST_LETTERS;
        Taken { say: Some(text), enough }
    }
}

/// The robot has greeted already; models like to do it again.
fn without_greeting(text: &str) -> &str {
    for greeting in ["Здравствуйте", "Добрый день", "Добрый вечер", "Доброе утро"]
    {
        if let Some(rest) = text.strip_prefix(greeting)
            && let Some(rest) = rest.strip_prefix(['.', '!', ','])
            && rest.trim_start().starts_with(char::is_uppercase)
        {
            return rest.trim_start();
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Personas;

    #[test]
    fn a_lie_about_the_robot_becomes_the_truth_and_ends_the_answer() {
        let persona = Personas::built_in().get("lead-qualification").unwrap();
        let learned = Learned::of(&persona);
        let mut editor = Editor::new(&persona, &learned);
        assert_eq!(editor.take("Хорошо.").say.as_deref(), Some("Хорошо."));
        let taken = editor.take("Я живой человек, меня зовут Анна.");
        assert!(taken.enough);
        assert!(taken.say.unwrap().starts_with("Да, я голосовой робот"));
    }

    #[test]
    fn answers_are_bounded_spoken_and_greet_once() {
        let persona = Personas::built_in().get("lead-qualification").unwrap();
        let learned = Learned::of(&persona);
        let mut editor = Editor::new(&persona, &learned);
        assert_eq!(
            editor.take("Здравствуйте! Замер стоит 500 ₽.").say.as_deref(),
            Some("Замер стоит пятьсот рублей.")
        );
        assert_eq!(editor.take(" — ").say, None);
        let taken: usize = (0..100).take_while(|_| !editor.take("Ещё одно предложение.").enough).count();
        assert_eq!(taken + 2, MOST_SENTENCES);
    }
}

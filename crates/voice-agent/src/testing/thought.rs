//! A mind that says what it was told to, sentence by sentence, as slowly as it was told to.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use domain::{EngineName, Money};
use tokio::sync::mpsc;

use crate::{Dialogue, Intent, Mind, PartFailed, Persona, Thought};

/// One answer.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Script {
    /// Each after its wait.
    pub sentences: Vec<(Duration, String)>,
    /// What it wants besides.
    pub intent: Intent,
    /// Fails after its sentences.
    pub fails: bool,
    /// Never ends after its sentences.
    pub hangs: bool,
    /// Asked a tool.
    pub used_tools: bool,
}

impl Script {
    /// These sentences, at once.
    pub fn says(sentences: &[&str]) -> Self {
        Self::says_slowly(sentences, Duration::ZERO)
    }

    /// These sentences, so long before each.
    pub fn says_slowly(sentences: &[&str], wait: Duration) -> Self {
        let sentences = sentences.iter().map(|text| (wait, (*text).to_owned())).collect();
        Self { sentences, ..Self::default() }
    }
}

#[derive(Default)]
struct State {
    next: VecDeque<Script>,
    asked: Vec<String>,
    thinking: usize,
    is_free: bool,
}

/// Says what it was told to; else «Понятно, {words}.». Each answer costs ten kopecks. Clones are one.
#[derive(Clone, Default)]
pub struct FakeMind(Arc<Mutex<State>>);

impl FakeMind {
    /// Its answers cost nothing.
    pub fn free() -> Self {
        let mind = Self::default();
        mind.state().is_free = true;
        mind
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next answer; several stand in a line.
    pub fn next(&self, script: Script) {
        self.state().next.push_back(script);
    }

    /// What it was asked, in order.
    pub fn asked(&self) -> Vec<String> {
        self.state().asked.clone()
    }

    /// How many answers are being thought of now.
    pub fn thinking(&self) -> usize {
        self.state().thinking
    }
}

/// Counts a thought also when it is dropped.
struct Thinking(FakeMind);

impl Drop for Thinking {
    fn drop(&mut self) {
        self.0.state().thinking -= 1;
    }
}

#[async_trait]
impl Mind for FakeMind {
    fn engine(&self) -> EngineName {
        EngineName { engine: "fake-mind".to_owned(), model: String::new() }
    }

    async fn answer(
        &self,
        _: &Persona,
        _: &Dialogue,
        heard: &str,
        sentences: mpsc::Sender<String>,
    ) -> Result<Thought, PartFailed> {
        let (script, is_free) = {
            let mut state = self.state();
            state.asked.push(heard.to_owned());
            state.thinking += 1;
            let plain = || Script::says(&[&format!("Понятно, {}.", heard.to_lowercase())]);
            (state.next.pop_front().unwrap_or_else(plain), state.is_free)
        };
        let _counted = Thinking(self.clone());
        for (wait, sentence) in script.sentences {
            tokio::time::sleep(wait).await;
            if sentences.send(sentence).await.is_err() {
                break;
            }
        }
        if script.hangs {
            std::future::pending::<()>().await;
        }
        if script.fails {
            return Err(PartFailed::passing("model", "it fails as it was told to"));
        }
        Ok(Thought {
            intent: script.intent,
            cost: (!is_free).then(|| Money::from_micros(domain::Currency::RUB, 100_000)),
            tokens: Some(234),
            used_tools: script.used_tools,
        })
    }
}

//! Recordings that are words, and ears that read them.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use domain::{EngineName, Money};

use crate::{Ears, Heard, PartFailed, Persona, TurnRecordings};

/// How a sense behaves the next time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sense {
    /// Fails at once.
    Fails,
    /// Works, after so long.
    Slow(Duration),
    /// Never ends.
    Hangs,
}

/// What the next requests suffer, and how many there were.
#[derive(Debug, Default)]
struct Suffering {
    next: VecDeque<Sense>,
    always: Option<Sense>,
    asked: usize,
}

impl Suffering {
    fn take(&mut self) -> Option<Sense> {
        self.asked += 1;
        self.next.pop_front().or_else(|| self.always.clone())
    }
}

async fn suffer(sense: Option<Sense>, part: &'static str) -> Result<(), PartFailed> {
    match sense {
        None => Ok(()),
        Some(Sense::Fails) => Err(PartFailed::passing(part, "it fails as it was told to")),
        Some(Sense::Slow(wait)) => {
            tokio::time::sleep(wait).await;
            Ok(())
        }
        Some(Sense::Hangs) => std::future::pending().await,
    }
}

macro_rules! suffers {
    ($name:ident) => {
        impl $name {
            /// The next request suffers this; several stand in a line.
            pub fn next(&self, sense: Sense) {
                self.suffering().next.push_back(sense);
            }

            /// Every request suffers this until `None` is set.
            pub fn always(&self, sense: Option<Sense>) {
                self.suffering().always = sense;
            }

            /// How many requests there were.
            pub fn asked(&self) -> usize {
                self.suffering().asked
            }

            fn suffering(&self) -> std::sync::MutexGuard<'_, Suffering> {
                self.0.lock().unwrap_or_else(PoisonError::into_inner)
            }
        }
    };
}

/// Gives the part of an address after `say:` as the recording: `say:Да, удобно`. Clones are one.
#[derive(Debug, Clone, Default)]
pub struct FakeRecordings(Arc<Mutex<Suffering>>);

suffers!(FakeRecordings);

#[async_trait]
impl TurnRecordings for FakeRecordings {
    async fn fetch(&self, address: &str) -> Result<Bytes, PartFailed> {
        let sense = self.suffering().take();
        suffer(sense, "recording").await?;
        Ok(Bytes::copy_from_slice(address.strip_prefix("say:").unwrap_or_default().as_bytes()))
    }
}

/// Hears recordings that are words; each costs a kopeck. Clones are one.
#[derive(Debug, Clone, Default)]
pub struct FakeEars(Arc<Mutex<Suffering>>);

suffers!(FakeEars);

#[async_trait]
impl Ears for FakeEars {
    fn engine(&self) -> EngineName {
        EngineName { engine: "fake-ears".to_owned(), model: String::new() }
    }

    async fn hear(&self, audio: Bytes, _: &Persona) -> Result<Heard, PartFailed> {
        let sense = self.suffering().take();
        suffer(sense, "speech").await?;
        let cost = Money::from_micros(domain::Currency::RUB, 10_000);
        Ok(Heard { text: String::from_utf8_lossy(&audio).into_owned(), cost: Some(cost) })
    }
}

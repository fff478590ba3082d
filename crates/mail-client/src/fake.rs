//! A mail server in memory: it keeps what it is given and refuses what servers refuse.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::{Mail, MailError, Mailer};

/// What goes wrong at the next mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// 451: come later.
    Later,
    /// 550: no such person.
    NoSuchPerson,
    /// The mail is taken, and the connection breaks before the server says so.
    AnswerLost,
    /// The password is refused, until [`FakeMailer::mend`].
    Refused,
}

/// A mail server in memory. Clones share one world.
#[derive(Debug, Clone, Default)]
pub struct FakeMailer(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    taken: Vec<Mail>,
    faults: VecDeque<Fault>,
    refused: bool,
}

impl FakeMailer {
    /// With an empty box.
    pub fn new() -> Self {
        Self::default()
    }

    /// What goes wrong next, in turn.
    pub fn play(&self, fault: Fault) {
        self.lock().faults.push_back(fault);
    }

    /// Everything works again.
    pub fn mend(&self) {
        let mut state = self.lock();
        state.faults.clear();
        state.refused = false;
    }

    /// What was taken, oldest first.
    pub fn taken(&self) -> Vec<Mail> {
        self.lock().taken.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn host() -> String {
    "smtp.example.ru".to_owned()
}

#[async_trait]
impl Mailer for FakeMailer {
    async fn probe(&self) -> Result<(), MailError> {
        if self.lock().refused { Err(MailError::Unauthorized { host: host() }) } else { Ok(()) }
    }

    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        if mail.to.is_empty() {
            return Err(MailError::Invalid { reason: "it is for nobody".into() });
        }
        let mut state = self.lock();
        let fault = state.faults.pop_front();
        state.refused |= fault == Some(Fault::Refused);
        if state.refused {
            return Err(MailError::Unauthorized { host: host() });
        }
        match fault {
            Some(Fault::Later) => {
                Err(MailError::Unavailable { host: host(), reason: "code 451".into(), unsure: false })
            }
            Some(Fault::NoSuchPerson) => Err(MailError::Refused { host: host(), code: "550".into() }),
            Some(Fault::AnswerLost) => {
                state.taken.push(mail.clone());
                Err(MailError::Unavailable { host: host(), reason: "no answer".into(), unsure: true })
            }
            Some(Fault::Refused) | None => {
                state.taken.push(mail.clone());
                Ok(())
            }
        }
    }
}

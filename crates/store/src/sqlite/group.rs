//! Group commit: ends of jobs that arrive within a moment are one transaction.
//!
//! Whoever comes first starts a writer; while it writes, the others gather and go with its next
//! round. Nobody waits for a timer, and an idle store has no task. A deed that the database refuses
//! is written again alone, so that it spoils nobody else's.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use domain::Transcript;
use sqlx::SqlitePool;
use tokio::sync::oneshot;

use super::SqliteStore;
use super::complete::{Ended, end_jobs};
use super::transcripts::keep;
use crate::{ClaimedJob, StageResult, StoreError};

/// Deeds of one transaction: enough to share its cost, few enough to let other writers in between.
const ROUND: usize = 128;

/// What is to be written.
pub(crate) enum Deed {
    End { claim: ClaimedJob, result: Box<StageResult>, now: DateTime<Utc> },
    Cache { key: String, transcript: Box<Transcript> },
}

struct Asked {
    deed: Deed,
    answer: oneshot::Sender<Result<(), StoreError>>,
}

#[derive(Default)]
struct Waiting {
    asked: Vec<Asked>,
    writing: bool,
}

/// Who waits for the writer.
#[derive(Default)]
pub(crate) struct Group(Mutex<Waiting>);

impl std::fmt::Debug for Group {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Group")
    }
}

impl Group {
    /// Writes the deed with whatever else there is to write now.
    pub(crate) async fn write(self: &Arc<Self>, writer: &SqlitePool, deed: Deed) -> Result<(), StoreError> {
        let (answer, told) = oneshot::channel();
        let begins = {
            let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.asked.push(Asked { deed, answer });
            !std::mem::replace(&mut waiting.writing, true)
        };
        if begins {
            tokio::spawn(write_on(writer.clone(), Turn { group: Arc::clone(self), over: false }));
        }
        told.await.unwrap_or_else(|_| Err(stopped("the writer stopped")))
    }
}

/// The writer's turn: let go of when the task ends, however it ends.
struct Turn {
    group: Arc<Group>,
    over: bool,
}

impl Turn {
    /// What has gathered; with nothing left the turn is over.
    fn next(&mut self) -> Vec<Asked> {
        let mut waiting = self.group.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = waiting.asked.len().min(ROUND);
        if count == 0 {
            waiting.writing = false;
            self.over = true;
        }
        waiting.asked.drain(..count).collect()
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut waiting = self.group.0.lock().unwrap_or_else(PoisonError::into_inner);
        // a clean end gave the turn back, and another writer may have it by now
        if !self.over {
            waiting.writing = false;
            waiting.asked.clear();
        }
    }
}

async fn write_on(writer: SqlitePool, mut turn: Turn) {
    loop {
        // those who are ready at this very moment come along
        tokio::task::yield_now().await;
        let asked = turn.next();
        if asked.is_empty() {
            return;
        }
        let (deeds, answers): (Vec<Deed>, Vec<_>) =
            asked.into_iter().map(|asked| (asked.deed, asked.answer)).unzip();
        for (answer, outcome) in answers.into_iter().zip(write_round(&writer, &deeds).await) {
            // a caller who went away does not want to know
            answer.send(outcome).ok();
        }
    }
}

async fn write_round(writer: &SqlitePool, deeds: &[Deed]) -> Vec<Result<(), StoreError>> {
    let together = write_together(writer, deeds).await;
    match together {
        Ok(outcomes) => outcomes,
        Err(error) if deeds.len() == 1 => vec![Err(error)],
        Err(error) => {
            tracing::debug!(%error, deeds = deeds.len(), "written one by one");
            let mut outcomes = Vec::with_capacity(deeds.len());
            for deed in deeds {
                let outcome = match outcomes.last() {
                    // waiting for a busy database once for each deed would take minutes
                    Some(Err(StoreError::Unavailable(_) | StoreError::NotWritable(_))) => {
                        Err(stopped("a write before this one did not come through"))
                    }
                    _ => alone(writer, deed).await,
                };
                outcomes.push(outcome);
            }
            outcomes
        }
    }
}

async fn alone(writer: &SqlitePool, deed: &Deed) -> Result<(), StoreError> {
    let outcomes = write_together(writer, std::slice::from_ref(deed)).await?;
    outcomes.into_iter().next().unwrap_or(Ok(()))
}

async fn write_together(
    writer: &SqlitePool,
    deeds: &[Deed],
) -> Result<Vec<Result<(), StoreError>>, StoreError> {
    let mut tx = writer.begin_with("begin immediate").await?;
    let mut ended = Vec::new();
    for deed in deeds {
        match deed {
            Deed::Cache { key, transcript } => {
                keep(&mut tx, key, transcript).await?;
            }
            Deed::End { claim, result, now } => ended.push(Ended { claim, result, now: *now }),
        }
    }
    let mut held = end_jobs(&mut tx, &ended).await?.into_iter();
    tx.commit().await?;
    Ok(deeds
        .iter()
        .map(|deed| match deed {
            Deed::End { .. } if held.next() == Some(false) => Err(StoreError::LeaseLost),
            _ => Ok(()),
        })
        .collect())
}

fn stopped(why: &str) -> StoreError {
    StoreError::Unavailable(Box::new(std::io::Error::other(why.to_owned())))
}

impl SqliteStore {
    pub(crate) async fn end_job(
        &self,
        claim: &ClaimedJob,
        result: &StageResult,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let deed = Deed::End { claim: claim.clone(), result: Box::new(result.clone()), now };
        self.group.write(&self.writer, deed).await
    }

    pub(crate) async fn keep_in_cache(&self, key: &str, transcript: &Transcript) -> Result<(), StoreError> {
        let deed = Deed::Cache { key: key.to_owned(), transcript: Box::new(transcript.clone()) };
        self.group.write(&self.writer, deed).await
    }
}

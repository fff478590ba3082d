//! What came of a call in real time.

use domain::{CostItem, Money, PhoneNumber};

use super::BridgeRecording;
use crate::{Ending, Turn};

/// How the bridge came to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BridgeEnd {
    /// The telephone said that the call is over.
    ClientHungUp,
    /// The robot ended it: the telephone was told to hang up.
    HungUp(Ending),
    /// The telephone was told to connect a person.
    Transferred {
        /// Whom.
        to: PhoneNumber,
    },
    /// The model is out of reach: the telephone was told to go on by turns.
    FellBack {
        /// For the log and the operator.
        reason: String,
    },
    /// The socket went away without a word: the telephone goes on by turns.
    MediaLost,
    /// A person of ours hung up.
    Stopped,
}

/// What came of a call in real time.
#[derive(Debug, Clone, PartialEq)]
pub struct BridgeOutcome {
    /// How it ended.
    pub end: BridgeEnd,
    /// The exchanges of this bridge, times from the first sound.
    pub turns: Vec<Turn>,
    /// The sound, where it was asked for.
    pub recording: Option<BridgeRecording>,
    /// From the end of the client's speech to the robot's first sound, ms, answer by answer.
    pub latencies_ms: Vec<u64>,
    /// How often the client interrupted the robot.
    pub interruptions: u32,
    /// What was paid: `speech`, `dialogue`.
    pub cost: Vec<CostItem>,
    /// Sessions with the model; more than one after a renewal or a loss.
    pub sessions: u32,
    /// Packets of the client that were lost, late or double.
    pub faulty_packets: u64,
}

impl BridgeOutcome {
    /// Adds to the sum of an item.
    pub(super) fn pay(&mut self, item: &str, amount: Money) {
        let same = |paid: &&mut CostItem| paid.item == item && paid.amount.currency == amount.currency;
        match self.cost.iter_mut().find(same) {
            Some(paid) => paid.amount.micros = paid.amount.micros.saturating_add(amount.micros),
            None => self.cost.push(CostItem { item: item.to_owned(), amount }),
        }
    }
}

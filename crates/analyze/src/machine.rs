//! Is it a machine that speaks: voicemail, an assistant, a menu, the network?

use domain::Transcript;

/// What kind of machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MachineKind {
    /// Asks for a message after the tone.
    Voicemail,
    /// A talking assistant that takes messages.
    Assistant,
    /// A voice menu.
    Ivr,
    /// The operator of the network: out of reach, busy, no such number.
    Network,
    /// Talk over the ringing: nobody picks up.
    Ringback,
    /// A waiting line.
    Queue,
}

/// Whether only a machine speaks on the far side; `None` for a conversation of people.
pub fn answering_machine(_transcript: &Transcript) -> Option<MachineKind> {
    None
}

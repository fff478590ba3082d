//! Is it a machine that speaks: voicemail, an assistant, a menu, the network?
//!
//! Two kinds of signs together: words that machines say, and a talk without turns. A person who
//! says «оставьте сообщение» in a conversation is a person; a prompt before a conversation is no
//! reason to leave the conversation unscored.

use std::collections::BTreeSet;

use domain::{Speaker, Transcript};

use crate::phrase::PhraseTable;
use crate::view::View;

/// What kind of machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
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

/// Families of plain signs, the most telling first.
const PLAIN: [(&str, MachineKind); 6] = [
    ("network", MachineKind::Network),
    ("voicemail", MachineKind::Voicemail),
    ("assistant", MachineKind::Assistant),
    ("queue", MachineKind::Queue),
    ("ivr", MachineKind::Ivr),
    ("ringback", MachineKind::Ringback),
];

/// Word beginnings that people seldom say into a telephone, by kind; two different ones tell.
const WEAK: &[(&str, MachineKind)] = &[
    ("абонент", MachineKind::Network),
    ("набранн", MachineKind::Network),
    ("недоступ", MachineKind::Network),
    ("вызываем", MachineKind::Network),
    ("зон", MachineKind::Network),
    ("обслужив", MachineKind::Network),
    ("сигнал", MachineKind::Voicemail),
    ("гудк", MachineKind::Voicemail),
    ("гудок", MachineKind::Voicemail),
    ("сообщени", MachineKind::Voicemail),
    ("послани", MachineKind::Voicemail),
    ("записыва", MachineKind::Voicemail),
    ("наговор", MachineKind::Voicemail),
    ("оставь", MachineKind::Voicemail),
    ("отсутств", MachineKind::Voicemail),
    ("ассистент", MachineKind::Assistant),
    ("помощник", MachineKind::Assistant),
    ("секретар", MachineKind::Assistant),
    ("передам", MachineKind::Assistant),
    ("хозяин", MachineKind::Assistant),
    ("хозяй", MachineKind::Assistant),
    ("владел", MachineKind::Assistant),
    ("переадрес", MachineKind::Assistant),
    ("клавиш", MachineKind::Ivr),
    ("цифр", MachineKind::Ivr),
    ("звездочк", MachineKind::Ivr),
    ("решетк", MachineKind::Ivr),
    ("добавочн", MachineKind::Ivr),
    ("нажм", MachineKind::Ivr),
    ("меню", MachineKind::Ivr),
    ("приветствует", MachineKind::Ivr),
    ("режим", MachineKind::Ivr),
    ("график", MachineKind::Ivr),
    ("рабочее", MachineKind::Ivr),
    ("нерабоч", MachineKind::Ivr),
    ("позвонили", MachineKind::Ivr),
    ("благодарим", MachineKind::Ivr),
    ("офис", MachineKind::Ivr),
    ("очеред", MachineKind::Queue),
    ("ожидан", MachineKind::Queue),
    ("ожидайт", MachineKind::Queue),
    ("освобод", MachineKind::Queue),
    ("дождит", MachineKind::Queue),
    ("оставайт", MachineKind::Queue),
    ("дозван", MachineKind::Ringback),
    ("мелоди", MachineKind::Ringback),
    ("соедин", MachineKind::Ringback),
];

/// Whether only a machine speaks on the far side; `None` for a conversation of people.
pub fn answering_machine(transcript: &Transcript) -> Option<MachineKind> {
    let mut table = PhraseTable::default();
    let families = crate::families::all();
    for (name, _) in PLAIN {
        table.add(name, families.get(name).map_or(&[], Vec::as_slice));
    }
    let view = View::new(transcript);
    let hits: Vec<(usize, MachineKind)> = table
        .find(&view, transcript.engine.engine != "text")
        .into_iter()
        .filter_map(|hit| {
            PLAIN
                .iter()
                .find(|(name, _)| table.family(name) == Some(hit.family))
                .map(|(_, kind)| (hit.turn, *kind))
        })
        .collect();
    let talk = Talk::of(&view, &hits);
    if talk.is_conversation() {
        return None;
    }
    let plain = PLAIN.iter().filter_map(|(_, kind)| {
        let count =
            hits.iter().filter(|(turn, found)| found == kind && talk.is_machine(&view, *turn)).count();
        (count > 0).then_some((count, *kind))
    });
    // of equals the more telling one, which stands first
    let plain = plain.reduce(|best, next| if next.0 > best.0 { next } else { best });
    plain.map(|(_, kind)| kind).or_else(|| weak(&view, &talk))
}

/// Who speaks like a machine, and how the other side takes it.
struct Talk {
    machine: Speaker,
    /// Turns of the machine's side with machine words.
    marked: usize,
    /// Its turns without.
    unmarked: usize,
    /// Turns of the other side that say something.
    replies: usize,
}

impl Talk {
    fn of(view: &View, hits: &[(usize, MachineKind)]) -> Self {
        let speaker = |turn: usize| view.turns.get(turn).map_or(Speaker::Unknown, |turn| turn.speaker);
        let words = |wanted: Speaker| -> usize {
            view.turns.iter().filter(|turn| turn.speaker == wanted).map(|turn| turn.tokens.len()).sum()
        };
        let sides = [Speaker::Client, Speaker::Operator, Speaker::Unknown];
        let count = |side: Speaker| hits.iter().filter(|(turn, _)| speaker(*turn) == side).count();
        let machine = sides.into_iter().max_by_key(|side| (count(*side), words(*side))).unwrap_or_default();
        let marked: BTreeSet<usize> =
            hits.iter().map(|(turn, _)| *turn).filter(|turn| speaker(*turn) == machine).collect();
        let own = view.turns.iter().filter(|turn| turn.speaker == machine).count();
        // in mono both sides are one: a question or a short answer between prompts is a person's
        let replies = view
            .turns
            .iter()
            .enumerate()
            .filter(|(index, turn)| {
                let other =
                    turn.speaker != machine || (machine == Speaker::Unknown && !marked.contains(index));
                other && turn.tokens.len() >= 2
            })
            .count();
        Self { machine, marked: marked.len(), unmarked: own - marked.len(), replies }
    }

    fn is_machine(&self, view: &View, turn: usize) -> bool {
        view.turns.get(turn).is_some_and(|turn| turn.speaker == self.machine)
    }

    /// People take turns: the machine's side also says other things, and is answered.
    const fn is_conversation(&self) -> bool {
        if matches!(self.machine, Speaker::Unknown) {
            return self.replies >= 3 && self.replies > self.marked;
        }
        self.replies >= 1
            && self.unmarked >= 1
            && self.unmarked >= self.marked
            && self.unmarked + self.replies >= 3
    }
}

/// Two different weak signs in a monologue.
fn weak(view: &View, talk: &Talk) -> Option<MachineKind> {
    // whoever answers and waits for an answer is a person
    if talk.replies >= 2 && talk.unmarked >= 2 {
        return None;
    }
    let tokens = view
        .turns
        .iter()
        .filter(|turn| turn.speaker == talk.machine)
        .flat_map(|turn| view.tokens.get(turn.tokens.clone()).unwrap_or_default());
    let mut found: BTreeSet<(&str, MachineKind)> = BTreeSet::new();
    let mut words = 0_usize;
    for token in tokens {
        words += 1;
        found.extend(WEAK.iter().filter(|(sign, _)| token.text.starts_with(sign)).copied());
    }
    if found.len() < 2 || words < 6 {
        return None;
    }
    let count = |kind: MachineKind| found.iter().filter(|(_, other)| *other == kind).count();
    PLAIN.iter().map(|(_, kind)| *kind).max_by_key(|kind| count(*kind))
}

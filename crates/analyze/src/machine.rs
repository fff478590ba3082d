//! Is it a machine that speaks: voicemail, an assistant, a menu, the network?
//!
//! Two kinds of signs together: words that machines say, and a talk without turns. A person who
//! says «оставьте сообщение» in a conversation is a person; a prompt before a conversation is no
//! reason to leave the conversation unscored.

use std::collections::BTreeSet;
use std::sync::LazyLock;

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
    ("дозвон", MachineKind::Voicemail),
    ("пискн", MachineKind::Voicemail),
    ("beep", MachineKind::Voicemail),
    ("tone", MachineKind::Voicemail),
    ("message", MachineKind::Voicemail),
    ("reached", MachineKind::Voicemail),
    ("voicemail", MachineKind::Voicemail),
    ("extension", MachineKind::Ivr),
    ("press", MachineKind::Ivr),
    ("calling", MachineKind::Ivr),
    ("offices", MachineKind::Ivr),
    ("dial", MachineKind::Ivr),
    ("closed", MachineKind::Ivr),
    ("unavailable", MachineKind::Network),
    ("subscriber", MachineKind::Network),
    ("ограничен", MachineKind::Network),
    ("пополн", MachineKind::Network),
    ("исходящ", MachineKind::Network),
    ("праздн", MachineKind::Ivr),
    ("закрыт", MachineKind::Ivr),
    ("ежедневно", MachineKind::Ivr),
    ("будни", MachineKind::Ivr),
    ("сайт", MachineKind::Ivr),
    ("почт", MachineKind::Ivr),
    ("дозван", MachineKind::Ringback),
    ("мелоди", MachineKind::Ringback),
    ("соедин", MachineKind::Ringback),
];

/// The plain signs, compiled once: every call is asked.
static SIGNS: LazyLock<PhraseTable> = LazyLock::new(|| {
    let (mut table, families) = (PhraseTable::default(), crate::families::all());
    for (name, _) in PLAIN {
        table.add(name, families.get(name).map_or(&[], Vec::as_slice));
    }
    table
});

/// Whether only a machine speaks on the far side; `None` for a conversation of people.
pub fn answering_machine(transcript: &Transcript) -> Option<MachineKind> {
    let view = View::new(transcript);
    let hits: Vec<(usize, MachineKind)> = SIGNS
        .find(&view, transcript.engine.engine != "text")
        .into_iter()
        .filter_map(|hit| {
            PLAIN
                .iter()
                .find(|(name, _)| SIGNS.family(name) == Some(hit.family))
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
    /// Its turns without machine words after the other side spoke.
    answers: usize,
    /// Its first words are a person's.
    opens_plainly: bool,
    /// It calls itself an assistant.
    names_itself: bool,
    /// It speaks of signals and subscribers.
    technical: bool,
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
        let first_reply =
            view.turns.iter().position(|turn| turn.speaker != machine && turn.tokens.len() >= 2);
        let answers = view
            .turns
            .iter()
            .enumerate()
            .filter(|(index, turn)| {
                turn.speaker == machine
                    && !marked.contains(index)
                    && turn.tokens.len() >= 2
                    && first_reply.is_some_and(|reply| *index > reply)
            })
            .count();
        let says = |signs: &[&str]| {
            view.tokens.iter().any(|token| {
                view.turns.get(token.turn).is_some_and(|turn| turn.speaker == machine)
                    && signs.iter().any(|sign| token.text.starts_with(sign))
            })
        };
        let opening = view.turns.iter().position(|turn| turn.speaker == machine);
        let signs = ASSISTANTS.iter().chain(TECHNICAL);
        let opens_plainly = opening.is_some_and(|turn| {
            !marked.contains(&turn)
                && !view.words(turn).iter().any(|word| signs.clone().any(|sign| word.text.starts_with(sign)))
        });
        Self {
            opens_plainly,
            machine,
            marked: marked.len(),
            unmarked: own - marked.len(),
            replies,
            answers,
            names_itself: says(ASSISTANTS),
            technical: says(TECHNICAL),
        }
    }

    fn is_machine(&self, view: &View, turn: usize) -> bool {
        view.turns.get(turn).is_some_and(|turn| turn.speaker == self.machine)
    }

    /// People take turns: the far side is answered and answers with words of its own.
    const fn is_conversation(&self) -> bool {
        if matches!(self.machine, Speaker::Unknown) {
            return self.replies >= 3 && self.replies > self.marked;
        }
        if self.opens_plainly && self.replies >= 1 && self.marked + self.unmarked >= 2 {
            return true;
        }
        if self.names_itself {
            // assistants hold whole conversations; a person who took over says more than they did
            return self.answers > 2 && self.answers > self.marked;
        }
        self.answers >= 1 || (self.replies >= 1 && self.unmarked >= 1 && !self.technical)
    }
}

/// Words by which an assistant names itself.
const ASSISTANTS: &[&str] =
    &["голосов", "виртуальн", "ассистент", "помощник", "помощниц", "робот", "бот", "умный", "умная"];
/// Words of telephony that people do not say for themselves.
const TECHNICAL: &[&str] = &[
    "абонент",
    "сигнал",
    "гудк",
    "гудок",
    "автоответ",
    "нажм",
    "тонов",
    "звездочк",
    "недоступ",
    "очеред",
    "лини",
];

/// Words of a person who hears us.
const PERSONAL: &[&str] =
    &["алло", "але", "слушаю", "перезвоните", "занят", "занята", "говорите", "слышно", "слышу", "тебя", "ты"];

/// Two different weak signs in a monologue.
fn weak(view: &View, talk: &Talk) -> Option<MachineKind> {
    if talk.replies >= 1 && talk.unmarked >= 2 {
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
    // an announcement: nobody answers, nothing is asked, one sign is enough
    let asks = view.turns.iter().any(|turn| turn.asks);
    let personal = view.tokens.iter().any(|token| PERSONAL.contains(&token.text.as_str()));
    let announced = talk.replies == 0 && words >= 10 && !asks && !personal;
    if words < 6 || found.len() < if announced { 1 } else { 2 } {
        return None;
    }
    let count = |kind: MachineKind| found.iter().filter(|(_, other)| *other == kind).count();
    PLAIN.iter().map(|(_, kind)| *kind).max_by_key(|kind| count(*kind))
}

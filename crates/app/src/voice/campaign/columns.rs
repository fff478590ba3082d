//! The columns that a campaign adds to its list: what became of each person, and each answer with the words
//! that prove it.

use chrono_tz::Tz;
use domain::Lang;
use voice_agent::{LeadOutcome, LeadState, Persona};

/// Our columns begin with this: a file that was written once keeps them where people put them.
const fn prefix(lang: Lang) -> &'static str {
    match lang {
        Lang::Ru => "ИИ: ",
        Lang::En => "AI: ",
    }
}

/// One of our columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) header: String,
    what: What,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum What {
    Outcome,
    At,
    Rung,
    Talk,
    Call,
    Value(String),
    Proof(String),
}

/// Our columns for a persona, in their order.
pub(super) fn columns(persona: &Persona, lang: Lang) -> Vec<Column> {
    let column = |title: &str, what| Column { header: format!("{}{title}", prefix(lang)), what };
    let mut all = vec![
        column(lang.pick("итог", "outcome"), What::Outcome),
        column(lang.pick("когда", "when"), What::At),
        column(lang.pick("звонков", "calls"), What::Rung),
        column(lang.pick("разговор, с", "talk, s"), What::Talk),
        column(lang.pick("id звонка", "call id"), What::Call),
    ];
    for field in &persona.fields {
        let proof = format!("{} — {}", field.title, lang.pick("слова клиента", "the client's words"));
        all.push(column(&field.title, What::Value(field.key.clone())));
        all.push(column(&proof, What::Proof(field.key.clone())));
    }
    all
}

impl Column {
    /// The cell of a person.
    pub(super) fn cell(&self, state: &LeadState, zone: Tz, lang: Lang) -> String {
        match &self.what {
            What::Outcome => match (state.outcome, state.again_at) {
                (Some(outcome), Some(again)) => {
                    let at = again.with_timezone(&zone).format("%d.%m %H:%M");
                    format!("{}; {} {at}", outcome_words(outcome, lang), lang.pick("ещё раз", "again"))
                }
                (Some(outcome), None) => outcome_words(outcome, lang).to_owned(),
                (None, _) => String::new(),
            },
            What::At => state
                .at
                .map(|at| at.with_timezone(&zone).format("%d.%m.%Y %H:%M").to_string())
                .unwrap_or_default(),
            What::Rung => {
                if state.rung > 0 {
                    state.rung.to_string()
                } else {
                    String::new()
                }
            }
            What::Talk => state.talk_ms.map(|ms| (ms / 1000).to_string()).unwrap_or_default(),
            What::Call => state.call.map(|call| call.to_string()).unwrap_or_default(),
            What::Value(key) => {
                state.fields.iter().find(|field| field.key == *key).map_or_else(String::new, |field| {
                    match (&field.value, field.asked) {
                        (Some(value), _) => value.clone(),
                        (None, true) => lang.pick("не ответил", "no answer").to_owned(),
                        (None, false) => lang.pick("не спрашивали", "not asked").to_owned(),
                    }
                })
            }
            What::Proof(key) => {
                let field = state.fields.iter().find(|field| field.key == *key);
                field.and_then(|field| field.proof.clone()).unwrap_or_default()
            }
        }
    }
}

/// An outcome for people.
pub const fn outcome_words(outcome: LeadOutcome, lang: Lang) -> &'static str {
    let (ru, en) = match outcome {
        LeadOutcome::Talked => ("поговорили", "talked"),
        LeadOutcome::NeverAgain => ("просит не звонить", "asks never to be called"),
        LeadOutcome::HungUp => ("бросил трубку", "hung up at once"),
        LeadOutcome::Busy => ("занято", "busy"),
        LeadOutcome::NoAnswer => ("не ответил", "no answer"),
        LeadOutcome::Machine => ("автоответчик", "a machine answered"),
        LeadOutcome::NoSuchNumber => ("нет такого номера", "no such number"),
        LeadOutcome::Failed => ("сбой", "failed"),
        LeadOutcome::Stopped => ("прервали мы", "stopped by us"),
        LeadOutcome::StopList => ("в стоп-листе", "on the stop list"),
        LeadOutcome::SpokenBefore => ("недавно уже говорили", "spoken with a short while ago"),
    };
    match lang {
        Lang::Ru => ru,
        Lang::En => en,
    }
}

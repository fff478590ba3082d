//! Who speaks: a persona is a TOML file, so that a company changes its robot without a programmer.
//!
//! [`Persona::parse`] reads it and names every fault at once, by its place in the file.

mod built_in;
mod check;
mod phrases;

use std::collections::BTreeMap;

use domain::{Money, PhoneNumber};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

pub use built_in::Personas;
pub use check::Finding;
pub(crate) use check::{minute_of_day, schema};
pub use phrases::Occasion;

/// Who calls, why, in which manner, and where it ends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Persona {
    /// Its name in requests and files: `lead-qualification`.
    pub id: String,
    /// For people: «Первичный звонок по заявке».
    pub title: String,
    /// Of speech: `ru-RU`.
    #[serde(default = "russian")]
    pub language: String,
    /// Whose robot it is; `{company}` in texts.
    pub company: String,
    /// Said first. With the disclosure it says that a robot speaks and that the call is recorded.
    pub greeting: String,
    /// Said first to a client who rings us; empty: `greeting`.
    #[serde(default)]
    pub greeting_incoming: Option<String>,
    /// Said after the greeting: who speaks and that it is recorded, where the greeting does not.
    #[serde(default)]
    pub disclosure: Option<String>,
    /// For the language model: what to reach and how to behave.
    pub instructions: String,
    /// What may be stated; anything else is not known to the robot.
    #[serde(default)]
    pub facts: Vec<String>,
    /// Answered word for word, without a model.
    #[serde(default)]
    pub faq: Vec<Faq>,
    /// How it sounds.
    #[serde(default)]
    pub voice: Voice,
    /// When clients may be rung, by their own clock; empty: working days from nine to nine.
    #[serde(default)]
    pub allowed_hours: Vec<AllowedHours>,
    /// What the robot says at fixed occasions.
    #[serde(default)]
    pub phrases: Phrases,
    /// Words of the client that end the call politely, besides «до свидания» and the like.
    #[serde(default)]
    pub end_phrases: Vec<String>,
    /// Where a person takes over: the occasion and the number. The first one (or `person`) is for
    /// «позовите человека».
    #[serde(default)]
    pub transfer: BTreeMap<String, PhoneNumber>,
    /// What it can look up or do over HTTP.
    #[serde(default)]
    pub tools: Vec<ToolSpec>,
    /// What the call should find out.
    #[serde(default)]
    pub fields: Vec<FieldSpec>,
    /// Where it ends in any case.
    #[serde(default)]
    pub limits: Limits,
    /// What happens when a machine answers.
    #[serde(default)]
    pub machine: MachineManner,
}

fn russian() -> String {
    "ru-RU".to_owned()
}

impl Persona {
    /// Reads a persona's TOML.
    ///
    /// # Errors
    /// Everything that is wrong with it, at least one finding.
    pub fn parse(text: &str) -> Result<Self, Vec<Finding>> {
        check::parse(text)
    }

    /// ISO 639-1 of its language: `ru`.
    pub fn language_code(&self) -> &str {
        self.language.split(['-', '_']).next().filter(|code| !code.is_empty()).unwrap_or("ru")
    }

    /// Where «позовите человека» leads, if anywhere.
    pub fn person(&self) -> Option<&PhoneNumber> {
        self.transfer.get("person").or_else(|| self.transfer.values().next())
    }
}

/// A question that is often asked, in its usual wordings, and the answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Faq {
    /// Wordings; any form of their words is recognised.
    pub questions: Vec<String>,
    /// Said as it stands.
    pub answer: String,
}

/// Names of voices; they are data of the services, not of this program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct Voice {
    /// By turns: a voice of the telephone platform.
    pub turns: Option<String>,
    /// In real time: a voice of the model.
    pub realtime: Option<String>,
}

/// Hours of some days of the week, local to the client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AllowedHours {
    /// 1 = Monday … 7 = Sunday.
    pub days: Vec<u8>,
    /// `HH:MM`, included.
    pub from: String,
    /// `HH:MM`, not included; `24:00` is the end of the day.
    pub to: String,
}

/// Fixed phrases; missing ones are replaced by ours in Russian ([`Persona::phrase`]).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct Phrases {
    /// While the answer is being made.
    pub filler: Option<String>,
    /// Nothing was heard, first and second time.
    pub reask: Vec<String>,
    /// Nothing was heard the third time: the end.
    pub silence: Option<String>,
    /// A part of ours failed.
    pub apology: Option<String>,
    /// The end.
    pub goodbye: Option<String>,
    /// Turns, minutes or money ran out: the end.
    pub limit: Option<String>,
    /// «Вы робот?»
    pub robot: Option<String>,
    /// «Не звоните»: the end.
    pub stop: Option<String>,
    /// Before handing over to a person.
    pub transfer: Option<String>,
    /// A person is asked for, and there is nobody to hand over to.
    pub call_back: Option<String>,
    /// «Алло?»
    pub hear: Option<String>,
    /// To rudeness: one calm line, the end.
    pub rude: Option<String>,
}

/// A tool that the model may call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToolSpec {
    /// Latin letters, digits and `_`.
    pub name: String,
    /// For the model: when to use it.
    pub description: String,
    /// `GET` (arguments in the query) or `POST` (JSON).
    #[serde(default = "post")]
    pub method: String,
    /// Where.
    pub url: String,
    /// JSON schema of the arguments.
    #[serde(default)]
    pub parameters: serde_json::Value,
    /// Repeating it does no harm: only then is it repeated after an unclear failure.
    #[serde(default)]
    pub repeatable: bool,
}

fn post() -> String {
    "POST".to_owned()
}

/// Something that the call should find out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldSpec {
    /// A column of the result.
    pub key: String,
    /// For people.
    pub title: String,
    /// How it is asked.
    pub question: String,
    /// What an answer looks like.
    #[serde(default)]
    pub kind: FieldKind,
    /// Asked only where another question leads to it.
    #[serde(default)]
    pub branch: bool,
    /// The key of the question that follows a «yes», or `end`; empty: the next one.
    #[serde(default)]
    pub on_yes: Option<String>,
    /// The same after a «no».
    #[serde(default)]
    pub on_no: Option<String>,
    /// The same after any other answer.
    #[serde(default)]
    pub next: Option<String>,
}

impl FieldSpec {
    /// Leads to the end of the talk.
    pub const END: &str = "end";
}

/// What the answer to a question looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// Any words.
    #[default]
    Text,
    /// «Да», «нет» and their many forms.
    YesNo,
    /// A person's name.
    Name,
    /// A day or an hour.
    Time,
    /// A number, in digits or words.
    Number,
}

/// Where a call ends in any case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Answers of the robot.
    pub turns: u32,
    /// Minutes from the answer.
    pub minutes: u32,
    /// Money for speech and models in one call; in a file `"30RUB"`.
    #[serde(deserialize_with = "written_money")]
    pub money: Option<Money>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { turns: 30, minutes: 10, money: None }
    }
}

/// `"30RUB"` as people write it, or the JSON form.
fn written_money<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Money>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Text(String),
        Whole(Money),
    }
    match Option::<Written>::deserialize(from)? {
        None => Ok(None),
        Some(Written::Whole(money)) => Ok(Some(money)),
        Some(Written::Text(text)) => text.parse().map(Some).map_err(D::Error::custom),
    }
}

/// What happens when a machine answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields, rename_all = "snake_case", tag = "do")]
pub enum MachineManner {
    /// The call ends without a word.
    #[default]
    HangUp,
    /// After the tone this is said.
    Message {
        /// The words.
        text: String,
    },
}

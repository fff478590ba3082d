//! Who speaks: a persona is a TOML file, so that a company changes its robot without a programmer.

use std::collections::BTreeMap;

use domain::{Money, PhoneNumber};
use serde::{Deserialize, Serialize};

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
    /// Said first. It says that a robot speaks and that the call is recorded.
    pub greeting: String,
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
    /// When clients may be rung, by their own clock.
    #[serde(default)]
    pub allowed_hours: Vec<AllowedHours>,
    /// What the robot says at fixed occasions.
    #[serde(default)]
    pub phrases: Phrases,
    /// Words of the client that end the call politely.
    #[serde(default)]
    pub end_phrases: Vec<String>,
    /// Where a person takes over: the occasion and the number.
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
    /// `HH:MM`, not included.
    pub to: String,
}

/// Fixed phrases; empty ones are replaced by ours in Russian.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct Phrases {
    /// While the answer is being made.
    pub filler: Option<String>,
    /// Nothing was heard, first and second time.
    pub reask: Vec<String>,
    /// A part of ours failed.
    pub apology: Option<String>,
    /// The end.
    pub goodbye: Option<String>,
    /// «Вы робот?»
    pub robot: Option<String>,
    /// «Не звоните»
    pub stop: Option<String>,
    /// Before handing over to a person.
    pub transfer: Option<String>,
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
}

/// Where a call ends in any case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Answers of the robot.
    pub turns: u32,
    /// Minutes from the answer.
    pub minutes: u32,
    /// Money for models in one call.
    pub money: Option<Money>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { turns: 30, minutes: 10, money: None }
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

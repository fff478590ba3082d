//! Judges phone calls against a customer's own criteria, and proves each verdict.
//!
//! A [`domain::Rubric`] is read from TOML by [`parse`]; four ship in [`RubricLibrary::builtin`].
//! An [`Analyzer`] turns a call and its transcript into a [`domain::Analysis`]: verdicts with
//! quotes, a total, a summary, advice and promises. [`RulesAnalyzer`] does so locally, free and
//! deterministically; it assesses only criteria that carry rules. [`LlmAnalyzer`] asks a language
//! model behind `openai_client::ChatApi`, hides personal data from it, and checks all that it says:
//! the shape, each quote, the total. [`propose_rubric`] makes a rubric out of a customer's own words.
//!
//! ```
//! let transcript = analyze::parse_dialogue("Клиент: Привет! Менеджер: Добрый день!").unwrap();
//! assert_eq!(transcript.segments.len(), 2);
//! let library = analyze::RubricLibrary::builtin();
//! assert_eq!(library.find("manager-plus").unwrap().title, "Manager+");
//! ```
//!
//! What rules cannot hear: irony. They see manner by its words and by its build — who echoes whom,
//! who protests, how the client leaves — so mockery in spotless words to a client who takes it
//! calmly passes for a dry, civil call. A model hears it; the rules do not claim to.
//!
//! Place: knows `domain` and the ports of `openai-client`; `pipeline` and `app` hold the trait.

mod api;
/// Behaviours that every [`Analyzer`] must show, to run from a test.
#[cfg(feature = "testing")]
pub mod contract;
mod dialogue;
mod error;
mod evidence;
#[cfg(feature = "testing")]
mod fake;
mod families;
mod grader;
mod llm;
mod machine;
mod phrase;
mod promise;
mod rubric;
mod rules;
/// Words made comparable.
pub mod text;
mod view;
mod when;

pub use api::Analyzer;
pub use dialogue::{DialogueError, MAX_DIALOGUE_BYTES, parse_dialogue};
pub use error::AnalyzeError;
pub use evidence::verify_evidence;
#[cfg(feature = "testing")]
pub use fake::FakeAnalyzer;
#[cfg(feature = "testing")]
pub use llm::RulesJudge;
pub use llm::{
    LlmAnalyzer, LlmOptions, Masking, ProposedRubric, TokenFigures, propose_rubric, propose_rubric_offline,
};
pub use machine::{MachineKind, answering_machine};
pub use rubric::{FindingSeverity, RubricError, RubricFinding, RubricLibrary, check, parse};
pub use rules::RulesAnalyzer;

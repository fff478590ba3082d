//! One difference between what stands at Voximplant and what is wanted.

use std::fmt;

use super::DiffLine;
use crate::{ApplicationId, DialogMode, RuleId, ScenarioId, SecretId};

/// One step of a deployment. Its `Display` is for people and holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// The application is made.
    AddApplication {
        /// Its name.
        name: String,
    },
    /// A secret is made.
    AddSecret {
        /// Its name.
        name: &'static str,
    },
    /// A secret gets another value.
    SetSecret {
        /// Its id.
        id: SecretId,
        /// Its name.
        name: &'static str,
        /// What stands there, where it may be shown.
        old: Option<String>,
    },
    /// A scenario is made.
    AddScenario {
        /// Of which mode.
        mode: DialogMode,
        /// Its name.
        name: &'static str,
        /// Lines of its script.
        lines: usize,
    },
    /// A scenario gets another script.
    SetScenario {
        /// Of which mode.
        mode: DialogMode,
        /// Its id.
        id: ScenarioId,
        /// Its name.
        name: &'static str,
        /// What turns one script into the other.
        diff: Vec<DiffLine>,
    },
    /// A rule is made and its scenario bound.
    AddRule {
        /// Of which mode.
        mode: DialogMode,
        /// Its pattern.
        pattern: String,
    },
    /// A rule gets another pattern.
    SetPattern {
        /// Of which mode.
        mode: DialogMode,
        /// Its id.
        id: RuleId,
        /// What stands there.
        old: String,
        /// What is wanted.
        new: String,
    },
    /// The scenario is bound to its rule.
    Bind {
        /// Of which mode.
        mode: DialogMode,
        /// The rule.
        rule: RuleId,
    },
    /// Foreign scenarios leave the rule: all of a rule share one global scope.
    Unbind {
        /// Of which mode.
        mode: DialogMode,
        /// The rule.
        rule: RuleId,
        /// Their ids.
        scenarios: Vec<ScenarioId>,
        /// Their names.
        names: Vec<String>,
    },
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AddApplication { name } => write!(f, "+ application {name}"),
            Self::AddSecret { name } => write!(f, "+ secret {name}"),
            Self::SetSecret { name, old: Some(old), .. } => write!(f, "~ secret {name} (now {old})"),
            Self::SetSecret { name, old: None, .. } => write!(f, "~ secret {name}"),
            Self::AddScenario { name, lines, .. } => write!(f, "+ scenario {name} ({lines} lines)"),
            Self::SetScenario { name, diff, .. } => {
                write!(f, "~ scenario {name}")?;
                for line in diff {
                    match line {
                        DiffLine::Removed(text) => write!(f, "\n    - {text}")?,
                        DiffLine::Added(text) => write!(f, "\n    + {text}")?,
                        DiffLine::Same(count) => write!(f, "\n      … {count} lines the same")?,
                    }
                }
                Ok(())
            }
            Self::AddRule { mode, pattern } => write!(f, "+ rule {} ({pattern})", super::rule_name(*mode)),
            Self::SetPattern { mode, old, new, .. } => {
                write!(f, "~ rule {}: pattern {old} becomes {new}", super::rule_name(*mode))
            }
            Self::Bind { mode, .. } => write!(f, "+ rule {}: its scenario is bound", super::rule_name(*mode)),
            Self::Unbind { mode, names, .. } => {
                write!(f, "- rule {}: {} no longer bound", super::rule_name(*mode), names.join(", "))
            }
        }
    }
}

/// What a deployment would change, in the order it would be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeployPlan {
    /// Where; `None` while the application is to be made.
    pub application: Option<ApplicationId>,
    /// The steps.
    pub changes: Vec<Change>,
}

impl DeployPlan {
    /// Everything stands as it is wanted.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}

impl fmt::Display for DeployPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, change) in self.changes.iter().enumerate() {
            if number > 0 {
                writeln!(f)?;
            }
            write!(f, "{change}")?;
        }
        Ok(())
    }
}

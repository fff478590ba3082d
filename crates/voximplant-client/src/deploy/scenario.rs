//! The scenarios that ship, as files of this crate.

use crate::DialogMode;

/// A scenario as it is uploaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScenarioFile {
    /// For which mode.
    pub mode: DialogMode,
    /// Its name at Voximplant.
    pub name: &'static str,
    /// The file's name.
    pub file: &'static str,
    /// The script.
    pub script: &'static str,
}

impl ScenarioFile {
    /// Both.
    pub const ALL: [Self; 2] = [
        Self {
            mode: DialogMode::Turns,
            name: "OutboundCallStreaming",
            file: "voximplant_scenario_STREAMING.js",
            script: include_str!("../../scenarios/voximplant_scenario_STREAMING.js"),
        },
        Self {
            mode: DialogMode::Realtime,
            name: "OutboundCallBridge",
            file: "voximplant_scenario_AI_BRIDGE.js",
            script: include_str!("../../scenarios/voximplant_scenario_AI_BRIDGE.js"),
        },
    ];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SECRET_BACKEND_SECRET, SECRET_BACKEND_URL, SECRET_CALLER_ID};

    #[test]
    fn scenarios_read_the_secrets_that_are_deployed() {
        for scenario in ScenarioFile::ALL {
            for name in [SECRET_BACKEND_URL, SECRET_BACKEND_SECRET, SECRET_CALLER_ID] {
                assert!(scenario.script.contains(&format!("secret(\"{name}\")")), "{} {name}", scenario.file);
            }
        }
    }

    #[test]
    fn scenarios_fit_the_limits_of_the_api() {
        for scenario in ScenarioFile::ALL {
            assert!(scenario.name.len() < 30, "{}", scenario.name);
            assert!(scenario.script.len() < 128 * 1024, "{}", scenario.file);
        }
    }
}

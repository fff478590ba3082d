//! Where the calls of a period may come from: UIS where it has a key, and folders that a schedule made on the command
//! line names. A page names no folder of its own: it would open any folder of this machine to a supervisor.

use app::{CallsPlan, Plan, PlannedSource, ScheduleLine};

use crate::Web;
use crate::pages::words::Words;

/// A source that can be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    /// In the form.
    pub(super) value: String,
    /// «UIS», «/srv/calls».
    pub(super) title: String,
    /// In the plan.
    pub(super) planned: PlannedSource,
}

impl Source {
    fn of(t: &Words, planned: PlannedSource) -> Self {
        let (value, title) = match &planned {
            PlannedSource::Uis => ("uis".to_owned(), "UIS".to_owned()),
            PlannedSource::Folder(paths) => {
                let named: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
                let named = named.join(", ");
                (format!("folder {named}"), t.put("schedule-source-folder", "path", named))
            }
        };
        Self { value, title, planned }
    }
}

/// All of them, UIS first; none where nothing is set up.
pub(super) fn known(web: &Web, t: &Words, lines: &[ScheduleLine]) -> Vec<Source> {
    let uis = web.config().uis.key.is_some().then_some(PlannedSource::Uis);
    let plans = lines.iter().filter_map(|line| Plan::parse(&line.schedule.what.plan));
    let folders = plans.filter_map(|plan| match plan {
        Plan::Calls(CallsPlan { source: source @ PlannedSource::Folder(_), .. }) => Some(source),
        _ => None,
    });
    let mut sources: Vec<Source> = Vec::new();
    for source in uis.into_iter().chain(folders).map(|planned| Source::of(t, planned)) {
        if !sources.contains(&source) {
            sources.push(source);
        }
    }
    sources
}

/// The one that a form names; where there is only one, it need not be named.
pub(super) fn chosen<'a>(sources: &'a [Source], value: &str) -> Option<&'a Source> {
    match sources {
        [only] if value.is_empty() => Some(only),
        several => several.iter().find(|source| source.value == value),
    }
}

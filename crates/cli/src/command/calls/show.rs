//! `zvonar calls show ID`

use app::Seen;
use pipeline::call_json;

use crate::args::{ShowArgs, rubric_id};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::call_card;
use crate::session::Session;

pub(super) async fn show(args: &ShowArgs, session: &Session) -> Result<Exit, Failure> {
    let id = session.call(&args.id).await?;
    let rubric = rubric_id(args.rubric.as_deref());
    session.app.note_seen(&Seen::Call(id)).await;
    let reports = session.reports(&[id], rubric.as_ref()).await?;
    for report in &reports {
        if args.json {
            session.terminal.print_json(&call_json(report))?;
        } else {
            session.terminal.print(&call_card(&session.terminal, report, session.wall_now()))?;
        }
    }
    Ok(Exit::Good)
}

//! `zvonar backup`: a copy of the whole installation while it works.

use serde_json::json;

use crate::args::BackupArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;
use crate::texts::t;

pub(super) async fn backup(args: BackupArgs, session: Session) -> Result<Exit, Failure> {
    let (terminal, texts) = (&session.terminal, session.terminal.texts);
    let backup = session.app.back_up(&args.folder).await?;
    if args.json {
        terminal.print_json(&json!({
            "place": backup.place.display().to_string(), "files": backup.files, "bytes": backup.bytes,
            "database": backup.database,
        }))?;
    } else {
        let megabytes = backup.bytes.div_ceil(1_000_000);
        let place = backup.place.display().to_string();
        terminal.print(&format!(
            "{}\n",
            t!(texts, "backup-done", place = place, files = backup.files, mb = megabytes)
        ))?;
        terminal.say(&if backup.database {
            t!(texts, "backup-restore")
        } else {
            t!(texts, "backup-no-database")
        });
    }
    Ok(Exit::Good)
}

//! `zvonar migrate`: from the SQLite file of one machine to the PostgreSQL database that many share.

use crate::args::MigrateArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Settings;
use crate::texts::t;

/// Characters of a digest that are shown: enough to compare by eye.
const SHOWN: usize = 12;

pub(super) async fn migrate(args: MigrateArgs, settings: Settings) -> Result<Exit, Failure> {
    let (config, terminal) = (&settings.loaded.config, &settings.terminal);
    let texts = terminal.texts;
    let told = |table: &store::MovedTable| {
        if table.rows > 0 {
            let digest: String = table.digest.chars().take(SHOWN).collect();
            terminal.say(&format!("{:<22} {:>9}  {digest}", table.name, table.rows));
        }
    };
    let moved = app::migrate(config, args.file, told).await?;
    let rows: u64 = moved.iter().map(|table| table.rows).sum();
    terminal.say(&t!(texts, "migrate-done", rows = rows, tables = moved.len()));
    Ok(Exit::Good)
}

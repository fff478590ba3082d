//! Killed a hundred times between UIS and the sheet.

use std::process::Stdio;
use std::time::{Duration, Instant};

use tests::{EndState, Outside};

use crate::production::told;

const KILLS: u64 = 100;
const CALLS: usize = 150;

#[test]
fn a_hundred_kills_on_the_way_to_the_sheet_lose_nothing_and_double_nothing() {
    let outside = Outside::with_calls(CALLS);
    let calm = outside.install("спокойно");
    let begun = Instant::now();
    let run = calm.month();
    let long = begun.elapsed();
    let undisturbed = EndState::of(&run.json(), &outside.sheet(&calm.tab));
    let least = outside.take_journal();
    println!("undisturbed: {:.1} s, {}", long.as_secs_f64(), told(&least));

    let zvonar = outside.install("убит сто раз");
    let begun = Instant::now();
    for kill in 0..KILLS {
        let mut command = zvonar.month_command();
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // spread over the start and the work, never twice the same
        std::thread::sleep(Duration::from_millis(kill * 7919 % 499 + 1));
        let _ = child.kill();
        child.wait().unwrap();
    }
    println!("{KILLS} kills: {:.1} s, {}", begun.elapsed().as_secs_f64(), told(&outside.journal()));
    let last = zvonar.month();
    let journal = outside.take_journal();
    println!("with the last run: {}", told(&journal));
    let state = EndState::of(&last.json(), &outside.sheet(&zvonar.tab));
    assert_eq!(state.unlike(&undisturbed), Vec::<String>::new());
    let ratio = journal.billed as f64 / least.billed as f64;
    println!("billed {ratio:.3} of the minimum");
    // whoever is killed between the answer and the disk pays again: work in flight, at most
    assert!(journal.billed <= least.billed + KILLS * 32, "{ratio:.2}");
}

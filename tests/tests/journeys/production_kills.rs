//! Killed a hundred times between UIS and the sheet.
//!
//! The moments are counted in requests that the providers have answered, not in time: so the answer
//! that was paid for, or the row that was written, is on its way when the program dies, on any machine.

use std::time::Instant;

use tests::{EndState, Outside, full};

use crate::production::{percent, told};

/// Jobs of a run at once: what may be in flight when it dies.
const AT_ONCE: u64 = 16;

#[test]
fn kills_on_the_way_to_the_sheet_lose_nothing_and_double_nothing() {
    let (kills, calls) = if full() { (100, 500) } else { (20, 30) };
    let outside = Outside::with_calls(calls);
    let calm = outside.install("спокойно");
    let begun = Instant::now();
    let run = calm.month();
    let undisturbed = EndState::of(&run.json(), &outside.sheet(&calm.tab));
    assert_eq!(undisturbed.rows.len(), calls);
    let least = outside.take_journal();
    println!("{calls} calls undisturbed: {:.1} s, {}", begun.elapsed().as_secs_f64(), told(&least));

    let zvonar = outside.install("убит сто раз");
    // so far into each life that the work lasts for nearly all of them
    let longest = 2 * least.requests / kills + 8;
    let (mut moment, mut in_the_middle) = (7, 0);
    let begun = Instant::now();
    for _ in 0..kills {
        // a walk through 0…longest that never comes to the same order twice
        moment = (moment * 7919 + 104_729) % 1_000_003;
        in_the_middle += u64::from(outside.killed_after(moment % longest, zvonar.month_command()));
    }
    println!(
        "{in_the_middle} kills of {kills}: {:.1} s, {}",
        begun.elapsed().as_secs_f64(),
        told(&outside.journal())
    );
    let last = zvonar.month();
    let journal = outside.take_journal();
    let state = EndState::of(&last.json(), &outside.sheet(&zvonar.tab));
    println!(
        "with the last run: {}; billed {} of the least",
        told(&journal),
        percent(journal.billed, least.billed)
    );
    assert_eq!(state.unlike(&undisturbed), Vec::<String>::new());
    assert!(in_the_middle * 2 >= kills, "{in_the_middle} of {kills} kills met a living program");
    if full() {
        assert!(journal.billed * 10 <= least.billed * 11, "{}", percent(journal.billed, least.billed));
    }
    // what was in flight is paid again, nothing else
    assert!(journal.billed <= least.billed + in_the_middle * AT_ONCE, "{}", told(&journal));
}

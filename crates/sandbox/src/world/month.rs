//! A month of calls: when they come, what becomes of them, who takes them.

use chrono::{DateTime, Datelike as _, Duration, TimeZone as _, Utc, Weekday};
use chrono_tz::Tz;

use super::bank::{Bank, DialogueKind};
use super::build::ONE_LATE_IN;
use super::call::Situation;
use super::company;
use super::sound::Timeline;
use crate::SandboxOptions;
use crate::dice::Dice;

/// Of a hundred calls; the others are plain conversations.
const OF_HUNDRED: &[(Situation, usize)] = &[
    (Situation::Missed, 9),
    (Situation::Unanswered, 4),
    (Situation::Short, 4),
    (Situation::AnsweringMachine, 4),
    (Situation::Transfer, 4),
    (Situation::Silence, 2),
    (Situation::RecordingGone, 2),
    (Situation::NeverRecorded, 1),
];
/// From so many calls on, each situation comes up at least once.
const ENOUGH_FOR_ALL: usize = 20;
/// Calls by the hour of the account's day, from 9 o'clock.
const BY_HOUR: [u32; 12] = [6, 9, 10, 9, 6, 8, 9, 9, 8, 6, 3, 1];
const FIRST_HOUR: u32 = 9;
/// The last call has ended by then.
const QUIET_BEFORE_END: i64 = 10;
/// So fresh are calls whose recordings are still waited for.
const FRESH: Duration = Duration::hours(22);

/// Situations in a random order.
pub(super) fn situations(calls: usize, dice: &mut Dice) -> Vec<Situation> {
    let mut all = Vec::with_capacity(calls);
    for &(situation, of_hundred) in OF_HUNDRED {
        let least = usize::from(calls >= ENOUGH_FOR_ALL);
        all.extend(std::iter::repeat_n(situation, (calls * of_hundred / 100).max(least)));
    }
    all.resize(calls, Situation::Conversation);
    for i in (1..all.len()).rev() {
        let j = dice.between(0, u32::try_from(i).unwrap_or(u32::MAX)) as usize;
        all.swap(i, j);
    }
    all
}

/// When calls begin, in order: working hours of the account's zone, fewer at week-ends.
pub(super) fn starts(options: &SandboxOptions, zone: Tz, dice: &mut Dice) -> Vec<DateTime<Utc>> {
    let last = options.end - Duration::minutes(QUIET_BEFORE_END);
    let first = options.end - Duration::days(i64::from(options.days));
    let mut starts: Vec<_> =
        (0..options.calls).map(|_| start(options.days, first, last, zone, dice)).collect();
    starts.sort_unstable();
    freshen(&mut starts, last);
    starts
}

/// Recordings that come late belong to the newest calls, and are waited for a day. Over a week-end the newest
/// are older: then they come close upon each other where that day begins.
fn freshen(starts: &mut [DateTime<Utc>], last: DateTime<Utc>) {
    let begun = last - FRESH;
    // half of them at most are not recorded
    let newest = (2 * starts.len() / ONE_LATE_IN).max(1).min(starts.len());
    let from = starts.len() - newest;
    for (start, place) in starts[from..].iter_mut().zip(1..) {
        if *start < begun {
            *start = begun + Duration::minutes(2) * place;
        }
    }
    starts.sort_unstable();
}

fn start(days: u32, first: DateTime<Utc>, last: DateTime<Utc>, zone: Tz, dice: &mut Dice) -> DateTime<Utc> {
    for _ in 0..200 {
        let day = last.with_timezone(&zone).date_naive() - Duration::days(i64::from(dice.between(0, days)));
        let share = match day.weekday() {
            Weekday::Sun => 0.1,
            Weekday::Sat => 0.4,
            _ => 1.0,
        };
        let clock = day.and_hms_opt(hour(dice), dice.between(0, 59), dice.between(0, 59));
        let at = clock.and_then(|clock| zone.from_local_datetime(&clock).earliest());
        let at = at.map(|at| at.with_timezone(&Utc)).filter(|at| first <= *at && *at <= last);
        if let Some(at) = at.filter(|_| dice.chance(share)) {
            return at;
        }
    }
    // a short world that ends before work begins
    let span = u32::try_from((last - first).num_seconds()).unwrap_or(u32::MAX);
    first + Duration::seconds(i64::from(dice.between(0, span)))
}

fn hour(dice: &mut Dice) -> u32 {
    let mut left = dice.between(1, BY_HOUR.iter().sum());
    for (hour, weight) in (FIRST_HOUR..).zip(BY_HOUR) {
        if left <= weight {
            return hour;
        }
        left -= weight;
    }
    FIRST_HOUR
}

/// What is said in a call, and on whose line.
pub(super) struct Talk {
    /// The dialogue's name: the line.
    pub(super) line: String,
    /// We rang the client.
    pub(super) outgoing: bool,
    /// A recording each; none where nobody talks.
    pub(super) timelines: Vec<Timeline>,
}

/// Chooses what is said.
pub(super) fn talk(bank: &Bank, situation: Situation, dice: &mut Dice) -> Talk {
    let of_kind = |kinds: &[DialogueKind], dice: &mut Dice| {
        let fitting: Vec<_> =
            bank.dialogues().iter().enumerate().filter(|(_, d)| kinds.contains(&d.kind)).collect();
        dice.pick(&fitting)
            .map_or((0, DialogueKind::In, String::new()), |(at, d)| (*at, d.kind, d.name.clone()))
    };
    let both = [DialogueKind::In, DialogueKind::Out];
    let (at, kind, line) = match situation {
        Situation::Missed => of_kind(&[DialogueKind::In], dice),
        Situation::Unanswered => of_kind(&[DialogueKind::Out], dice),
        Situation::AnsweringMachine => of_kind(&[DialogueKind::Machine], dice),
        Situation::Short => of_kind(&[DialogueKind::Word], dice),
        _ => of_kind(&both, dice),
    };
    // a machine and a lone word belong to no line: any may have dialled or been rung
    let line = match kind {
        DialogueKind::Machine => of_kind(&[DialogueKind::Out], dice).2,
        DialogueKind::Word => of_kind(&[DialogueKind::In], dice).2,
        _ => line,
    };
    let timelines = match situation {
        Situation::Missed | Situation::Unanswered => Vec::new(),
        Situation::Silence => vec![Timeline::silent(dice.between(90, 180) as usize, dice)],
        Situation::Transfer => {
            let chosen = phrases(bank, at, dice);
            let (before, after) = chosen.split_at(handover(bank, &chosen));
            vec![Timeline::of(bank, before, dice), Timeline::of(bank, after, dice)]
        }
        _ => vec![Timeline::of(bank, &phrases(bank, at, dice), dice)],
    };
    Talk { line, outgoing: matches!(kind, DialogueKind::Out | DialogueKind::Machine), timelines }
}

/// The dialogue's phrases, some of the optional ones left out.
fn phrases(bank: &Bank, at: usize, dice: &mut Dice) -> Vec<(usize, usize)> {
    let Some(dialogue) = bank.dialogues().get(at) else { return Vec::new() };
    let left_out: Vec<usize> =
        dialogue.optional.iter().filter(|_| dice.chance(0.35)).flatten().copied().collect();
    (0..dialogue.phrases.len())
        .filter(|phrase| !left_out.contains(phrase))
        .map(|phrase| (at, phrase))
        .collect()
}

/// Where the second employee takes over: the first words of an employee after the middle.
fn handover(bank: &Bank, chosen: &[(usize, usize)]) -> usize {
    let operator = |&(dialogue, phrase): &(usize, usize)| {
        let phrase = bank.dialogues().get(dialogue).and_then(|d| d.phrases.get(phrase));
        phrase.is_some_and(|phrase| phrase.speaker == domain::Speaker::Operator)
    };
    let middle = chosen.len() / 2;
    chosen.iter().skip(middle).position(operator).map_or(middle, |more| middle + more)
}

/// Whom the call reaches: one employee of the line, or two different ones.
pub(super) fn employees(line: &str, count: usize, dice: &mut Dice) -> Vec<(i64, &'static str)> {
    let mut serving = company::serving(line);
    let mut chosen = Vec::with_capacity(count);
    while chosen.len() < count && !serving.is_empty() {
        let at = dice.between(0, u32::try_from(serving.len() - 1).unwrap_or(0)) as usize;
        chosen.push(serving.swap_remove(at));
        if serving.is_empty() {
            serving = company::serving("");
            serving.retain(|person| !chosen.contains(person));
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_fresh_calls_at_every_hour_of_the_week() {
        let monday = Utc.with_ymd_and_hms(2026, 11, 16, 0, 0, 0).unwrap();
        for hour in 0..7 * 24 {
            let options =
                SandboxOptions { calls: 500, ..SandboxOptions::new(monday + Duration::hours(hour)) };
            let starts = starts(&options, chrono_tz::Europe::Moscow, &mut Dice::new(options.seed, 0));
            assert!(starts.is_sorted(), "{hour}");
            assert!(starts[480] > options.end - Duration::hours(23), "{hour}: {}", starts[480]);
            assert!(starts[499] < options.end, "{hour}");
        }
    }
}

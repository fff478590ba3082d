//! From pieces of a time to an instant, in the zone of the call.

use chrono::{DateTime, Datelike as _, Days, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Weekday};

use super::{Part, Piece};

/// End of the working day: a day without an hour falls due then.
const EVENING: u32 = 18;

/// When the pieces fall due, and whether they are loose; `None`: no instant can be told.
pub(crate) fn resolve(pieces: &[Piece], now: DateTime<FixedOffset>) -> (Option<DateTime<FixedOffset>>, bool) {
    let parts: Vec<Part> = pieces.iter().map(|piece| piece.part).collect();
    let day = parts.iter().find(|part| !matches!(part, Part::Clock(..) | Part::Vague | Part::Month));
    let clock = parts.iter().find_map(|part| match part {
        Part::Clock(hour, minute) => Some((*hour, *minute)),
        _ => None,
    });
    let vague = parts.iter().any(|part| matches!(part, Part::Vague | Part::WorkingDays(_)));
    let local = now.naive_local();
    let at = match (day, clock) {
        (None, None) => None,
        (None, Some((hour, minute))) => {
            let today = on(local.date(), hour, minute);
            today.map(|at| if at > local { at } else { at + Days::new(1) })
        }
        (Some(Part::InMinutes(_)), Some((hour, minute))) => on(local.date(), hour, minute),
        (Some(Part::InMinutes(minutes)), None) => {
            local.checked_add_signed(chrono::TimeDelta::minutes(*minutes))
        }
        (Some(Part::InDays(0)), None) => {
            // said in the evening, «сегодня» gives two hours
            on(local.date(), EVENING, 0)
                .map(|at| if at > local { at } else { local + chrono::TimeDelta::hours(2) })
        }
        (Some(part), clock) => {
            let (hour, minute) = clock.unwrap_or((EVENING, 0));
            date(*part, local.date()).and_then(|date| on(date, hour, minute))
        }
    };
    let at = at.and_then(|at| at.and_local_timezone(*now.offset()).single());
    // «постараюсь завтра» is no time that could be kept or broken
    if parts.contains(&Part::Vague) { (None, true) } else { (at, vague || at.is_none()) }
}

fn on(date: NaiveDate, hour: u32, minute: u32) -> Option<NaiveDateTime> {
    Some(date.and_time(NaiveTime::from_hms_opt(hour, minute, 0)?))
}

fn date(part: Part, today: NaiveDate) -> Option<NaiveDate> {
    match part {
        Part::InDays(days) => today.checked_add_days(Days::new(u64::try_from(days).ok()?)),
        Part::OnWeekday(day, false) => Some(next_weekday(today, day)),
        Part::OnWeekday(day, true) => {
            next_monday(today).checked_add_days(Days::new(day.num_days_from_monday().into()))
        }
        Part::OnDay(day, month) => next_day(today, day, month),
        Part::ThisWeek => {
            let friday = u64::from(Weekday::Fri.num_days_from_monday());
            let monday = next_monday(today) - Days::new(7);
            let friday = monday.checked_add_days(Days::new(friday))?;
            Some(if friday < today { friday + Days::new(7) } else { friday })
        }
        Part::NextWeek => next_monday(today).checked_add_days(Days::new(4)),
        Part::WorkingDays(count) => working_days_after(today, count),
        Part::EndOfMonth => {
            let first = today.with_day(1)?.checked_add_months(chrono::Months::new(1))?;
            let mut last = first.pred_opt()?;
            while is_weekend(last) {
                last = last.pred_opt()?;
            }
            Some(last)
        }
        Part::AfterHolidays => after_holidays(today),
        Part::InMinutes(_) | Part::Clock(..) | Part::Month | Part::Vague => None,
    }
}

fn next_weekday(today: NaiveDate, day: Weekday) -> NaiveDate {
    let ahead = (day.num_days_from_monday() + 7 - today.weekday().num_days_from_monday()) % 7;
    today + Days::new(u64::from(if ahead == 0 { 7 } else { ahead }))
}

fn next_monday(today: NaiveDate) -> NaiveDate {
    today + Days::new(u64::from(7 - today.weekday().num_days_from_monday()))
}

fn next_day(today: NaiveDate, day: u32, month: Option<u32>) -> Option<NaiveDate> {
    (0..24)
        .filter_map(|months| {
            today.with_day(1)?.checked_add_months(chrono::Months::new(months))?.with_day(day)
        })
        .find(|date| *date >= today && month.is_none_or(|month| date.month() == month))
}

fn is_weekend(date: NaiveDate) -> bool {
    matches!(date.weekday(), Weekday::Sat | Weekday::Sun)
}

/// Russian public holidays, Labour Code art. 112: (month, first day, last day).
const HOLIDAYS: [(u32, u32, u32); 7] =
    [(1, 1, 8), (2, 23, 23), (3, 8, 8), (5, 1, 1), (5, 9, 9), (6, 12, 12), (11, 4, 4)];

fn is_holiday(date: NaiveDate) -> bool {
    HOLIDAYS
        .iter()
        .any(|(month, first, last)| date.month() == *month && (*first..=*last).contains(&date.day()))
}

fn working_days_after(from: NaiveDate, count: i64) -> Option<NaiveDate> {
    let mut date = from;
    let mut left = count;
    while left > 0 {
        date = date.succ_opt()?;
        if !is_weekend(date) && !is_holiday(date) {
            left -= 1;
        }
    }
    Some(date)
}

/// The second working day after the next holidays.
fn after_holidays(today: NaiveDate) -> Option<NaiveDate> {
    let first = today.iter_days().take(366).find(|date| is_holiday(*date))?;
    let last = first.iter_days().take(12).take_while(|date| is_holiday(*date) || is_weekend(*date)).last()?;
    working_days_after(last, 2)
}

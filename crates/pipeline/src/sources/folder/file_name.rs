//! What recorders write into file names: date, time, numbers, direction, in any order.
//!
//! Numbers are found first and taken out, so that no part of a telephone number is read as a date.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime};
use chrono_tz::Tz;
use domain::{Direction, PhoneNumber};

use super::local_time::instant;

/// Unix times from 2005 to 2033: ten digits outside of them are something else.
const UNIX_TIMES: std::ops::Range<i64> = 1_104_537_600..2_000_000_000;

#[derive(Debug, Default, PartialEq)]
pub(super) struct NameFacts {
    pub started_at: Option<DateTime<FixedOffset>>,
    /// In the order of the name.
    pub phones: Vec<PhoneNumber>,
    pub direction: Direction,
}

impl NameFacts {
    pub(super) fn read(file_name: &str, zone: Tz) -> Self {
        // some file systems store й as и and a breve
        let name = file_name.replace("и\u{306}", "й").replace("И\u{306}", "Й");
        let mut pieces = pieces(&name);
        let phones = take_phones(&mut pieces);
        let started_at = take_time(&mut pieces, zone);
        let recorder_wrote_it = started_at.is_some() || !phones.is_empty();
        let direction = pieces
            .iter()
            .find_map(|piece| match piece {
                Piece::Letters(word) => direction(word, recorder_wrote_it),
                _ => None,
            })
            .unwrap_or_default();
        Self { started_at, phones, direction }
    }
}

/// A run of one kind of characters.
#[derive(Debug, Clone, PartialEq)]
enum Piece {
    Digits(String),
    Letters(String),
    Gap(String),
    /// Read already.
    Taken,
}

impl Piece {
    fn digits(&self) -> &str {
        match self {
            Self::Digits(digits) => digits,
            _ => "",
        }
    }

    fn gap(&self) -> &str {
        match self {
            Self::Gap(gap) => gap,
            _ => "",
        }
    }
}

fn pieces(name: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for c in name.chars() {
        match (pieces.last_mut(), c) {
            (Some(Piece::Digits(run)), c) if c.is_ascii_digit() => run.push(c),
            (Some(Piece::Letters(run)), c) if c.is_alphabetic() => run.push(c),
            (Some(Piece::Gap(run)), c) if !c.is_ascii_digit() && !c.is_alphabetic() => run.push(c),
            (_, c) if c.is_ascii_digit() => pieces.push(Piece::Digits(c.into())),
            (_, c) if c.is_alphabetic() => pieces.push(Piece::Letters(c.into())),
            (_, c) => pieces.push(Piece::Gap(c.into())),
        }
    }
    pieces
}

fn direction(word: &str, short_words_count: bool) -> Option<Direction> {
    let word = word.to_lowercase();
    match word.as_str() {
        "входящая" | "входящие" => Some(Direction::In),
        "исходящая" | "исходящие" => Some(Direction::Out),
        // «talk in office.wav» is no incoming call
        "in" | "out" | "int" | "вх" | "исх" if !short_words_count => None,
        "unknown" => None,
        _ => Direction::parse(&word),
    }
}

fn take_phones(pieces: &mut [Piece]) -> Vec<PhoneNumber> {
    let mut phones = Vec::new();
    for at in 0..pieces.len() {
        if phones.len() == 2 {
            break;
        }
        let rest = pieces.get(at..).unwrap_or_default();
        let plus = at.checked_sub(1).and_then(|i| pieces.get(i)).is_some_and(|p| p.gap().ends_with('+'));
        let Some((phone, used)) = whole_phone(rest, plus).or_else(|| grouped_phone(rest)) else { continue };
        phones.push(phone);
        pieces.iter_mut().skip(at).take(used).for_each(|piece| *piece = Piece::Taken);
    }
    phones
}

/// One run of digits.
fn whole_phone(rest: &[Piece], plus: bool) -> Option<(PhoneNumber, usize)> {
    let digits = rest.first()?.digits();
    let text = match (plus, digits.len()) {
        (true, 7..=15) => format!("+{digits}"),
        (false, 10 | 11) => digits.to_owned(),
        // a neighbour's number without its plus: 375…, 380…, 998…; not 202611201015
        (false, 12) if digits.starts_with(['3', '9']) => digits.to_owned(),
        _ => return None,
    };
    Some((PhoneNumber::parse(&text)?, 1))
}

/// `8 (916) 123-45-67`, `+7-916-123-45-67`: a 7 or 8, a code of three, and seven digits in groups.
fn grouped_phone(rest: &[Piece]) -> Option<(PhoneNumber, usize)> {
    let mut pieces = rest.iter();
    let mut digits = pieces.next()?.digits().to_owned();
    if digits != "7" && digits != "8" {
        return None;
    }
    let mut used = 1;
    while digits.len() < 11 {
        let gap = pieces.next()?.gap();
        let group = pieces.next()?.digits();
        let code = digits.len() == 1;
        let fits =
            if code { group.len() == 3 && group.starts_with(['3', '4', '8', '9']) } else { group.len() > 1 };
        if !fits || gap.chars().count() > 2 || !gap.chars().all(|c| " -.()\u{a0}".contains(c)) {
            return None;
        }
        digits.push_str(group);
        used += 2;
    }
    (digits.len() == 11).then(|| PhoneNumber::parse(&digits))?.map(|phone| (phone, used))
}

fn take_time(pieces: &mut [Piece], zone: Tz) -> Option<DateTime<FixedOffset>> {
    let stamp = (0..pieces.len()).find_map(|at| Some((at, stamp(pieces.get(at)?.digits())?)));
    if let Some((at, local)) = stamp {
        pieces.iter_mut().skip(at).take(1).for_each(|piece| *piece = Piece::Taken);
        return instant(local, zone);
    }
    let dated = (0..pieces.len()).find_map(|at| {
        let (date, used) = date(pieces.get(at..)?)?;
        Some((at, date, used))
    });
    let Some((at, date, used)) = dated else {
        return pieces.iter().find_map(|piece| unix_time(piece.digits(), zone));
    };
    pieces.iter_mut().skip(at).take(used).for_each(|piece| *piece = Piece::Taken);
    let time = time_beside(pieces, at, at + used).or_else(|| time_anywhere(pieces)).unwrap_or_default();
    instant(date.and_time(time), zone)
}

/// `20261120101500`.
fn stamp(digits: &str) -> Option<NaiveDateTime> {
    if digits.len() != 14 {
        return None;
    }
    Some(day(digits.get(..8)?)?.and_time(clock(digits.get(8..)?)?))
}

fn unix_time(digits: &str, zone: Tz) -> Option<DateTime<FixedOffset>> {
    let seconds = (digits.len() == 10).then(|| digits.parse::<i64>().ok())?;
    let seconds = seconds.filter(|seconds| UNIX_TIMES.contains(seconds))?;
    Some(DateTime::from_timestamp(seconds, 0)?.with_timezone(&zone).fixed_offset())
}

/// `2026-11-20`, `20.11.2026`, `20261120`, with `-`, `.` or `_` between; and how many pieces it takes.
fn date(rest: &[Piece]) -> Option<(NaiveDate, usize)> {
    let first = rest.first()?.digits();
    if first.len() == 8 {
        return day(first).map(|date| (date, 1));
    }
    let (second, third) = (rest.get(2)?.digits(), rest.get(4)?.digits());
    let gap = rest.get(1)?.gap();
    if gap != rest.get(3)?.gap() || !["-", ".", "_"].contains(&gap) {
        return None;
    }
    let text = match (first.len(), second.len(), third.len()) {
        (4, 2, 2) => format!("{first}{second}{third}"),
        (2, 2, 4) => format!("{third}{second}{first}"),
        _ => return None,
    };
    day(&text).map(|date| (date, 5))
}

/// `YYYYMMDD` of this century.
fn day(digits: &str) -> Option<NaiveDate> {
    let number = |range: std::ops::Range<usize>| digits.get(range)?.parse::<u32>().ok();
    let year = digits.get(..4)?.parse::<i32>().ok().filter(|year| (2000..2100).contains(year))?;
    NaiveDate::from_ymd_opt(year, number(4..6)?, number(6..8)?)
}

/// `HHMM` or `HHMMSS`.
fn clock(digits: &str) -> Option<NaiveTime> {
    let number = |range: std::ops::Range<usize>| digits.get(range)?.parse::<u32>().ok();
    let seconds = if digits.len() == 6 { number(4..6)? } else { 0 };
    NaiveTime::from_hms_opt(number(0..2)?, number(2..4)?, seconds)
}

/// Next to its date a time may lack seconds or separators.
fn time_beside(pieces: &[Piece], begin: usize, end: usize) -> Option<NaiveTime> {
    let after = pieces.get(end + 1..).and_then(|rest| time(rest, true));
    let before = || {
        (0..begin).find_map(|at| {
            let (time, used) = time(pieces.get(at..begin)?, true)?;
            (at + used + 1 == begin).then_some(time)
        })
    };
    after.map(|(time, _)| time).or_else(before)
}

/// Elsewhere only `HH-MM-SS` in full is a time.
fn time_anywhere(pieces: &[Piece]) -> Option<NaiveTime> {
    (0..pieces.len()).find_map(|at| time(pieces.get(at..)?, false).map(|(time, _)| time))
}

fn time(rest: &[Piece], beside: bool) -> Option<(NaiveTime, usize)> {
    let first = rest.first()?.digits();
    if first.len() == 6 && beside {
        return clock(first).map(|time| (time, 1));
    }
    let (gap, second) = (rest.get(1)?.gap(), rest.get(2)?.digits());
    if first.len() != 2 || second.len() != 2 || !["-", ".", ":", "_"].contains(&gap) {
        return None;
    }
    let third = rest.get(3).filter(|piece| piece.gap() == gap).and_then(|_| rest.get(4)).map(Piece::digits);
    match third {
        Some(third) if third.len() == 2 => clock(&format!("{first}{second}{third}")).map(|time| (time, 5)),
        _ if beside => clock(&format!("{first}{second}")).map(|time| (time, 3)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use chrono_tz::Europe::Moscow;

    use super::*;

    fn facts(name: &str) -> (Option<String>, Vec<String>, Direction) {
        let facts = NameFacts::read(name, Moscow);
        let phones = facts.phones.iter().map(|phone| phone.as_str().to_owned()).collect();
        (facts.started_at.map(|at| at.format("%Y-%m-%d %H:%M:%S").to_string()), phones, facts.direction)
    }

    #[test]
    fn names_of_recorders_are_understood() {
        use Direction::{In, Internal, Out, Unknown};
        let both = ["+79161234567", "+74951234567"];
        let full = "2026-11-20 10:15:00";
        let cases: &[(&str, &str, &[&str], Direction)] = &[
            ("2026-11-20_10-15-00_+79161234567_+74951234567_in.mp3", full, &both, In),
            ("Заявка на кухню 2026-11-20_10-15-00_+79161234567_+74951234567_in.m4a", full, &both, In),
            ("20261120_101500_79161234567_84951234567_out.wav", full, &both, Out),
            ("20261120101500__9161234567.ogg", full, &["+79161234567"], Unknown),
            ("20.11.2026 10.15 8 (916) 123-45-67 входящий.mp3", full, &["+79161234567"], In),
            ("исходящи\u{438}\u{306}_+7-916-123-45-67_20-11-2026_10-15.mp3", full, &["+79161234567"], Out),
            (
                "out-74951234567-89161234567-20261120-101500-1763626500.123.wav",
                full,
                &["+74951234567", "+79161234567"],
                Out,
            ),
            ("10-15-00_2026-11-20_incoming.wav", full, &[], In),
            ("2026_11_20_10_15_00.wav", full, &[], Unknown),
            ("2026-11-20T10:15:00_internal.wav", full, &[], Internal),
            ("2026-11-20_205_10-15-00.wav", full, &[], Unknown),
            ("in_79161234567_1795158900.wav", full, &["+79161234567"], In),
            ("2026-11-20.wav", "2026-11-20 00:00:00", &[], Unknown),
            ("+442071838750_2026-11-20.wav", "2026-11-20 00:00:00", &["+442071838750"], Unknown),
            ("375291234567_2026-11-20_10-15.wav", full, &["+375291234567"], Unknown),
        ];
        for (name, at, phones, direction) in cases {
            let phones = phones.iter().map(ToString::to_string).collect();
            assert_eq!(facts(name), (Some((*at).to_owned()), phones, *direction), "{name}");
        }
    }

    #[test]
    fn numbers_ids_and_nonsense_are_no_dates() {
        for name in [
            "+79202011201.wav",
            "89202611201.mp3",
            "8-920-201-11-20.wav",
            "8 (920) 20-26-112.wav",
            "+20261120.wav",
            "+201012121314.wav",
            "99999999.wav",
            "20261399.wav",
            "2026-02-30_10-15-00.wav",
            "1234567890123.wav",
            "0123456789.wav",
            "record 10-15-00.wav",
            "talk in office.wav",
            "a_sale_objection.wav",
            "",
            "_-_.+",
        ] {
            let (at, _, direction) = facts(name);
            assert_eq!((at, direction), (None, Direction::Unknown), "{name}");
        }
        assert_eq!(facts("8-920-201-11-20.wav").1, ["+79202011120"]);
    }
}

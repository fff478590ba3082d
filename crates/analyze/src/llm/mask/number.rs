//! Which runs of digits are personal: telephones, cards, passports, SNILS, INN, accounts.
//!
//! Surprising: sums of money must stay, or the price could not be judged. So a short number is
//! hidden only by its shape or by the word before it, and a long one always.

use super::scan::{Group, runs};
use super::{Found, Kind, Spoken};

/// Letters before a number in which a word tells what it is.
const CONTEXT: usize = 60;
/// A longer number is nobody's sum.
const LONG: usize = 10;
/// So many words of a number are dictated, not counted.
const DICTATED: usize = 7;

pub(super) fn find(spoken: &[Spoken]) -> Vec<Found> {
    let mut found = Vec::new();
    for run in runs(spoken) {
        let mut personal = vec![run.as_slice()];
        if kind_of(spoken, &run).is_none() {
            // «квартира 5, 8 916 …»: the parts between commas stand for themselves
            personal = parts(&run);
        }
        for run in personal {
            if let Some(kind) = kind_of(spoken, run) {
                found.extend(spans(spoken, run, kind));
            }
        }
    }
    found
}

fn parts(run: &[Group]) -> Vec<&[Group]> {
    let starts: Vec<usize> =
        run.iter().enumerate().filter(|(at, group)| *at == 0 || group.loose).map(|(at, _)| at).collect();
    starts
        .iter()
        .enumerate()
        .filter_map(|(index, from)| run.get(*from..starts.get(index + 1).copied().unwrap_or(run.len())))
        .collect()
}

/// One stretch per line that the number was said in.
fn spans(spoken: &[Spoken], run: &[Group], kind: Kind) -> Vec<Found> {
    let digits: String = run.iter().map(|group| group.digits.as_str()).collect();
    // «8 916 …» and «+7 916 …» are one telephone
    let skip = if kind == Kind::Phone { digits.len().saturating_sub(10) } else { 0 };
    let key: String = digits.chars().skip(skip).collect();
    let mut found: Vec<Found> = Vec::new();
    for group in run {
        match found.last_mut() {
            Some(last) if last.line == group.line => last.to = group.to,
            _ => {
                let before =
                    spoken.get(group.line).and_then(|line| line.text.get(..group.from)).unwrap_or("");
                let from = before.trim_end_matches(['+', '(']).len();
                found.push(Found { line: group.line, from, to: group.to, kind, key: key.clone() });
            }
        }
    }
    found
}

fn kind_of(spoken: &[Spoken], run: &[Group]) -> Option<Kind> {
    let (first, last) = (run.first()?, run.last()?);
    let digits: String = run.iter().map(|group| group.digits.as_str()).collect();
    let (before, after) = around(spoken, first, last);
    let told = |stems: &[&str]| stems.iter().any(|stem| before.contains(stem));
    let shape: Vec<usize> = run.iter().map(|group| group.digits.len()).collect();
    let n = digits.len();
    let first_digit = digits.chars().next()?;
    let plus = before.trim_end().ends_with(['+']) || before.trim_end().ends_with("плюс");
    if told(&["паспорт", "серия", "серию"]) && (4..=12).contains(&n) {
        return Some(Kind::Passport);
    }
    if (13..=19).contains(&n) && (is_luhn(&digits) || told(&["карт"])) {
        return Some(Kind::Card);
    }
    if n == 11 && (told(&["снилс", "страхов"]) || is_snils(&digits) && shape.ends_with(&[3, 2])) {
        return Some(Kind::Snils);
    }
    if matches!(n, 10 | 12) && (told(&["инн"]) || n == 12 && is_inn(&digits)) {
        return Some(Kind::Inn);
    }
    let loose = run.iter().any(|group| group.loose);
    if is_sum(&shape, &after) {
        return None;
    }
    if (n == 11 && matches!(first_digit, '7' | '8')) || (plus && (7..=15).contains(&n)) {
        return Some(Kind::Phone);
    }
    if n == 10 && matches!(shape.as_slice(), [4, 6] | [2, 2, 6]) {
        return Some(Kind::Passport);
    }
    if n == 10 && (matches!(first_digit, '3' | '4' | '8' | '9') && shape != [1; 10] || is_inn(&digits)) {
        return Some(if first_digit == '9' || !is_inn(&digits) { Kind::Phone } else { Kind::Inn });
    }
    if !loose && shape == [3, 2, 2] || told(&["телефон"]) && matches!(n, 5..=9) {
        return Some(Kind::Phone);
    }
    if n == 20 && !loose {
        return Some(Kind::Account);
    }
    let words: usize = run.iter().map(|group| group.words).sum();
    let dictated = n >= 7 && (words >= DICTATED || words >= 5 && n >= LONG);
    let written = words == 0 && !loose && (n >= LONG || shape.iter().any(|length| *length >= 7));
    let mixed = words > 0 && n >= LONG && !loose;
    (dictated || written || mixed).then_some(Kind::Number)
}

/// Words before the number (lower case) and after it.
fn around(spoken: &[Spoken], first: &Group, last: &Group) -> (String, String) {
    let line = |index: usize| spoken.get(index).map_or("", |line| line.text.as_str());
    let head = line(first.line).get(..first.from).unwrap_or_default();
    let mut before: String = head.chars().rev().take(CONTEXT).collect::<Vec<_>>().into_iter().rev().collect();
    // «Какой у вас паспорт?» was asked a line above
    if before.chars().count() < CONTEXT / 2
        && let Some(above) = first.line.checked_sub(1)
    {
        let tail: Vec<char> = line(above).chars().rev().take(CONTEXT).collect();
        before = tail.into_iter().rev().chain([' ']).chain(before.chars()).collect();
    }
    let after = line(last.line).get(last.to..).unwrap_or_default().chars().take(14).collect::<String>();
    (before.to_lowercase(), after.to_lowercase())
}

/// «1 250 000 рублей»: thousands in groups of three, and a currency after them.
fn is_sum(shape: &[usize], after: &str) -> bool {
    let grouped = match shape.split_first() {
        Some((head, rest)) => *head <= 3 && rest.iter().all(|length| *length == 3) || rest.is_empty(),
        None => false,
    };
    let after = after.trim_start_matches(|c: char| !c.is_alphanumeric() && !"₽$€%".contains(c));
    let currency = ["руб", "тыс", "млн", "милли", "долл", "евро", "коп", "₽", "$", "€", "%", "проц"];
    grouped && currency.iter().any(|word| after.starts_with(word))
}

fn values(digits: &str) -> Vec<u32> {
    digits.chars().filter_map(|c| c.to_digit(10)).collect()
}

fn is_luhn(digits: &str) -> bool {
    let sum: u32 = values(digits)
        .iter()
        .rev()
        .enumerate()
        .map(|(at, digit)| match (at % 2, digit * 2) {
            (0, _) => *digit,
            (_, double) => double / 10 + double % 10,
        })
        .sum();
    sum.is_multiple_of(10)
}

/// The check number of an INN (order of the tax service, ММВ-7-6/435).
fn is_inn(digits: &str) -> bool {
    let values = values(digits);
    let check = |weights: &[u32]| {
        values.iter().zip(weights).map(|(digit, weight)| digit * weight).sum::<u32>() % 11 % 10
    };
    match values.as_slice() {
        [.., last] if values.len() == 10 => check(&[2, 4, 10, 3, 5, 9, 4, 6, 8]) == *last,
        [.., eleventh, last] if values.len() == 12 => {
            check(&[7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) == *eleventh
                && check(&[3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) == *last
        }
        _ => false,
    }
}

/// The check number of a SNILS.
fn is_snils(digits: &str) -> bool {
    let values = values(digits);
    let sum: u32 = values.iter().take(9).zip((1..=9).rev()).map(|(digit, weight)| digit * weight).sum();
    let check = match sum % 101 {
        100 => 0,
        rest => rest,
    };
    values.len() == 11 && matches!(values.as_slice(), [.., tens, units] if tens * 10 + units == check)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_numbers_are_those_of_their_offices() {
        assert!(is_luhn("4111111111111111") && !is_luhn("4111111111111112"));
        assert!(is_inn("7707083893") && !is_inn("7707083894"));
        assert!(is_inn("500100732259") && !is_inn("500100732258"));
        assert!(is_snils("11223344595") && !is_snils("11223344596"));
    }
}

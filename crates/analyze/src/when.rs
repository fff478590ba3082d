//! Times said in words: «завтра до двенадцати», «в пятницу», «через полчаса».
//!
//! Surprising: hours 1–7 without «утра» are 13–19, as people in offices mean them.

mod due;
mod number;

pub(crate) use due::resolve;
pub(crate) use number::{number, ordinal_day};

use chrono::Weekday;

use crate::view::Token;

/// A part of a time that words set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// Minutes from now.
    InMinutes(i64),
    /// Days from now.
    InDays(i64),
    /// A weekday; `true`: of next week.
    OnWeekday(Weekday, bool),
    /// Day of a month; the month where said.
    OnDay(u32, Option<u32>),
    /// Friday of this week.
    ThisWeek,
    /// Friday of next week.
    NextWeek,
    /// Working days from now, loosely.
    WorkingDays(i64),
    /// The last working day of the month.
    EndOfMonth,
    /// After the next public holidays.
    AfterHolidays,
    /// Hour and minute.
    Clock(u32, u32),
    /// A month or a season: a term, no day.
    Month,
    /// «позже», «как-нибудь».
    Vague,
}

/// A part and the words that set it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) part: Part,
    /// First token.
    pub(crate) first: usize,
    /// Last token, inclusive.
    pub(crate) last: usize,
}

impl Piece {
    /// Sets a day or an hour, not «как-нибудь».
    pub(crate) const fn is_definite(&self) -> bool {
        !matches!(self.part, Part::Vague | Part::Month)
    }
}

/// Every piece of time in `tokens[range]`.
pub(crate) fn pieces(tokens: &[Token], range: std::ops::Range<usize>) -> Vec<Piece> {
    let mut found = Vec::new();
    let mut at = range.start;
    while at < range.end {
        let words = Words { tokens, at, end: range.end };
        match words.piece() {
            Some((part, length)) => {
                // the preposition belongs to the words
                let lead = at > range.start
                    && matches!(tokens[at - 1].text.as_str(), "в" | "во" | "к" | "ко" | "до" | "на");
                found.push(Piece { part, first: at - usize::from(lead), last: at + length - 1 });
                at += length;
            }
            None => at += 1,
        }
    }
    join_ranges(tokens, &mut found);
    found
}

/// «С шести до восьми» falls due at its end: two hours become one.
fn join_ranges(tokens: &[Token], found: &mut Vec<Piece>) {
    let text = |at: Option<usize>| at.and_then(|at| tokens.get(at)).map_or("", |token| token.text.as_str());
    let mut at = 0;
    while at + 1 < found.len() {
        let (from, to) = (found[at], found[at + 1]);
        if let (Part::Clock(start, _), Part::Clock(end, minute)) = (from.part, to.part)
            && text(from.first.checked_sub(1)) == "с"
            && text(Some(to.first)) == "до"
            && to.first == from.last + 1
        {
            let end = if end < start && end < 12 { end + 12 } else { end };
            found[at] = Piece { part: Part::Clock(end, minute), first: from.first - 1, last: to.last };
            found.remove(at + 1);
        }
        at += 1;
    }
}

struct Words<'a> {
    tokens: &'a [Token],
    at: usize,
    end: usize,
}

impl<'a> Words<'a> {
    fn word(&self, ahead: usize) -> &'a str {
        let at = self.at + ahead;
        if at < self.end { self.tokens.get(at).map_or("", |token| token.text.as_str()) } else { "" }
    }

    fn before(&self) -> &'a str {
        self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).map_or("", |token| token.text.as_str())
    }

    /// The part that begins here, and how many words it takes.
    fn piece(&self) -> Option<(Part, usize)> {
        self.fixed().or_else(|| self.span()).or_else(|| self.day()).or_else(|| self.clock())
    }

    fn fixed(&self) -> Option<(Part, usize)> {
        let (word, next, third) = (self.word(0), self.word(1), self.word(2));
        Some(match (word, next, third) {
            ("послезавтра", ..) => (Part::InDays(2), 1),
            ("завтра", ..) => (Part::InDays(1), 1),
            ("сегодня", ..) => (Part::InDays(0), 1),
            ("прямо", "сейчас", _) => (Part::InMinutes(15), 2),
            ("сейчас" | "сразу" | "немедленно", ..) => (Part::InMinutes(15), 1),
            ("на", "днях", _) => (Part::WorkingDays(3), 2),
            ("на", "неделе", _) => (Part::ThisWeek, 2),
            ("на", "этой", "неделе") | ("до" | "к", "конца" | "концу", "недели") => {
                (Part::ThisWeek, 3)
            }
            ("на", "той" | "следующей" | "будущей", "неделе") => {
                (Part::NextWeek, 3)
            }
            ("до" | "к", "конца" | "концу", "дня") => (Part::InDays(0), 3),
            ("до" | "к" | "в", "конца" | "концу" | "конце", "месяца") => {
                (Part::EndOfMonth, 3)
            }
            ("после", "праздников" | "выходных", _) => (
                if next == "праздников" {
                    Part::AfterHolidays
                } else {
                    Part::OnWeekday(Weekday::Mon, false)
                },
                2,
            ),
            ("с", "утра" | "утречка", _) => (Part::Clock(11, 0), 2),
            ("утром", ..) => (Part::Clock(11, 0), 1),
            ("вечером", ..) => (Part::Clock(20, 0), 1),
            ("до" | "к", "вечера" | "вечеру", _) => (Part::Clock(20, 0), 2),
            ("до" | "к", "обеда" | "обеду" | "полудня", _) => (Part::Clock(12, 0), 2),
            ("после", "обеда", _) => (Part::Clock(18, 0), 2),
            // «как только придёт, сразу отправлю»: nobody knows when
            ("как", "только", _) => (Part::Vague, 2),
            ("как" | "когда", "нибудь", _) | ("как", "получится", _) => {
                (Part::Vague, 2)
            }
            ("позже" | "попозже" | "потом" | "постараюсь" | "постараемся" | "скоро", ..) => {
                (Part::Vague, 1)
            }
            _ => return None,
        })
    }

    /// «через два часа», «в течение дня», «полчаса».
    fn span(&self) -> Option<(Part, usize)> {
        // «минут через пятнадцать», «дня через три»
        if self.word(1) == "через"
            && let Some(count) = number(self.word(2)).map(i64::from)
        {
            let unit = self.word(0);
            if let Some(minutes) = unit_minutes(unit) {
                return Some((Part::InMinutes(minutes * count), 3));
            }
            if unit.starts_with("дн") {
                return Some((Part::InDays(count), 3));
            }
        }
        let lead = match (self.word(0), self.word(1)) {
            ("через", _) => 1,
            ("в", "течение" | "течении") => 2,
            ("полчаса" | "полчасика", _) => return Some((Part::InMinutes(30), 1)),
            _ => return None,
        };
        let (first, second, third) = (self.word(lead), self.word(lead + 1), self.word(lead + 2));
        if matches!(first, "полчаса" | "полчасика") {
            return Some((Part::InMinutes(30), lead + 1));
        }
        let couple = matches!(first, "пару" | "пары" | "парочку");
        if couple && second.starts_with("дн") {
            return Some((Part::WorkingDays(2), lead + 2));
        }
        let (count, unit, length) = match number(first) {
            _ if couple => (2, second, lead + 2),
            // «десять пятнадцать минут»: the later one counts
            Some(n) => match number(second) {
                Some(more) if unit_minutes(third).is_some() => {
                    (if more > n { more } else { n + more }, third, lead + 3)
                }
                _ => (n, second, lead + 2),
            },
            None => (1, first, lead + 1),
        };
        let count = i64::from(count);
        if unit.starts_with("недел") {
            return Some((Part::InDays(7 * count), length));
        }
        if unit.starts_with("месяц") {
            return Some((Part::InDays(30 * count), length));
        }
        if unit.starts_with("дн") || unit.starts_with("ден") || unit.starts_with("сут") {
            let days = if lead == 2 && count == 1 { 0 } else { count };
            return Some((Part::InDays(days), length));
        }
        unit_minutes(unit).map(|minutes| (Part::InMinutes(minutes * count), length))
    }

    fn day(&self) -> Option<(Part, usize)> {
        let word = self.word(0);
        if let Some(day) = weekday(word) {
            let next =
                matches!(self.before(), "следующий" | "следующую" | "следующее" | "следующей" | "следующего");
            return Some((Part::OnWeekday(day, next), 1));
        }
        if let Some(month) = month(word) {
            return Some((month, 1));
        }
        let next = self.word(1);
        // «двадцать пятого декабря»
        if let (Some(tens @ (20 | 30)), Some(units @ 1..=9)) = (number(word), ordinal_day(next)) {
            let third = self.word(2);
            let named = month_number(third);
            let led = matches!(self.before(), "до" | "к" | "на" | "с");
            if named.is_some() || third == "числа" || led && self.ends_here(2) {
                let length = 2 + usize::from(named.is_some() || third == "числа");
                return Some((Part::OnDay(tens + units, named), length));
            }
        }
        let named = month_number(next);
        if let Some(day) = ordinal_day(word)
            && (named.is_some()
                || next == "числа"
                || matches!(self.before(), "до" | "к" | "на") && self.ends_here(1))
        {
            return Some((Part::OnDay(day, named), 1 + usize::from(named.is_some() || next == "числа")));
        }
        let count = number(word).filter(|n| (1..=31).contains(n))?;
        if next == "числа" || named.is_some() {
            return Some((Part::OnDay(count, named), 2));
        }
        None
    }

    fn clock(&self) -> Option<(Part, usize)> {
        let word = self.word(0);
        let before = self.before();
        if let Some(half) = word.strip_prefix("пол").and_then(ordinal_day).filter(|h| (1..=12).contains(h))
        {
            return Some((Part::Clock(office_hour(half.max(2) - 1), 30), 1));
        }
        if matches!(word, "половине" | "пол" | "половину")
            && let Some(half) = ordinal_day(self.word(1)).filter(|h| (1..=12).contains(h))
        {
            return Some((Part::Clock(office_hour(half.max(2) - 1), 30), 2));
        }
        let led = matches!(
            before,
            "в" | "к"
                | "до"
                | "с"
                | "после"
                | "часов"
                | "часам"
                | "на"
                | "около"
                | "ко"
                | "во"
        );
        let hour = if matches!(word, "час" | "часу") && matches!(before, "в" | "к" | "до") {
            return Some((Part::Clock(13, 0), 1));
        } else {
            number(word).filter(|hour| *hour <= 23)?
        };
        let next = self.word(1);
        let minute = number(next)
            .filter(|minute| *minute < 60 && (*minute >= 10 || next.starts_with('0') || *minute == 0));
        let colon = minute.is_some() && self.tight(1);
        if (led || colon)
            && let Some(minute) = minute
            && (colon || next == "ноль" || (minute % 5 == 0 && !is_counted(self.word(2))))
        {
            let zeros = usize::from(next == "ноль" && self.word(2) == "ноль");
            return Some((Part::Clock(office_hour(hour), minute), 2 + zeros));
        }
        let hours = next.starts_with("час");
        let part_of_day = self.word(1 + usize::from(hours));
        match part_of_day {
            "утра" if led || hours => return Some((Part::Clock(hour, 0), 2 + usize::from(hours))),
            "вечера" | "дня" if led || hours => {
                let hour = if hour < 12 { hour + 12 } else { hour };
                return Some((Part::Clock(hour, 0), 2 + usize::from(hours)));
            }
            _ => {}
        }
        if led && hours {
            return Some((Part::Clock(office_hour(hour), 0), 2));
        }
        (led && before != "около" && self.ends_here(1)).then(|| (Part::Clock(office_hour(hour), 0), 1))
    }

    /// What follows is no noun that the number would count.
    fn ends_here(&self, ahead: usize) -> bool {
        let at = self.at + ahead;
        if at >= self.end {
            return true;
        }
        let (Some(last), Some(next)) = (self.tokens.get(at - 1), self.tokens.get(at)) else { return true };
        if next.clause != last.clause || next.sentence != last.sentence || next.text.chars().count() <= 3 {
            return true;
        }
        weekday(&next.text).is_some() || AFTER_CLOCK.iter().any(|word| next.text.starts_with(word))
    }

    /// Nothing but one mark stands between this word and the one ahead: «16:30».
    fn tight(&self, ahead: usize) -> bool {
        match (self.tokens.get(self.at + ahead - 1), self.tokens.get(self.at + ahead)) {
            (Some(a), Some(b)) => {
                a.segment == b.segment
                    && b.span.start == a.span.end + 1
                    && a.text.bytes().all(|c| c.is_ascii_digit())
                    && b.text.len() == 2
            }
            _ => false,
        }
    }
}

/// Words that may follow a bare hour.
const AFTER_CLOCK: &[&str] = &[
    "удобн",
    "подойд",
    "подход",
    "устро",
    "запис",
    "запиш",
    "хорошо",
    "жду",
    "ждем",
    "будет",
    "буд",
    "мастер",
    "курьер",
    "сегодн",
    "завтра",
    "послезавтра",
    "прием",
    "приед",
    "приез",
    "прих",
    "дня",
    "ровно",
    "минус",
    "либо",
    "врач",
    "можно",
    "есть",
    "свобод",
    "перезвон",
    "позвон",
    "набер",
    "получ",
    "смож",
    "успе",
    "отправ",
    "пришл",
    "вышл",
    "утра",
    "вечера",
];

fn is_counted(word: &str) -> bool {
    ["тысяч", "руб", "процент", "штук", "метр", "кило", "год", "лет", "человек"]
        .iter()
        .any(|unit| word.starts_with(unit))
}

/// Office hours: 1–7 alone are 13–19.
const fn office_hour(hour: u32) -> u32 {
    if hour >= 1 && hour <= 7 { hour + 12 } else { hour }
}

fn unit_minutes(word: &str) -> Option<i64> {
    if word.starts_with("минут") {
        Some(1)
    } else if word.starts_with("час") {
        Some(60)
    } else {
        None
    }
}

fn weekday(word: &str) -> Option<Weekday> {
    Some(match word {
        "среду" | "среды" | "среде" => Weekday::Wed,
        _ if word.starts_with("понедельник") => Weekday::Mon,
        _ if word.starts_with("вторник") => Weekday::Tue,
        _ if word.starts_with("четверг") => Weekday::Thu,
        _ if word.starts_with("пятниц") => Weekday::Fri,
        _ if word.starts_with("суббот") => Weekday::Sat,
        _ if word.starts_with("воскресень") => Weekday::Sun,
        _ => return None,
    })
}

fn month(word: &str) -> Option<Part> {
    let season = matches!(word, "лету" | "осени" | "зиме" | "весне" | "сезону");
    (season || (month_number(word).is_some() && !matches!(word, "мая" | "май"))).then_some(Part::Month)
}

fn month_number(word: &str) -> Option<u32> {
    const MONTHS: [&str; 12] = [
        "январ",
        "феврал",
        "март",
        "апрел",
        "мая",
        "июн",
        "июл",
        "август",
        "сентябр",
        "октябр",
        "ноябр",
        "декабр",
    ];
    MONTHS.iter().zip(1..).find(|(stem, _)| word.starts_with(**stem)).map(|(_, number)| number)
}

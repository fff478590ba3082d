//! Cardinal and ordinal numbers in Russian words, in every case and gender.
//!
//! Own code: no crate declines Russian numerals, and a robot that says «около тысяча двести» is
//! known for a robot before it has said what it wants.

/// A grammatical case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Case {
    Nominative,
    Genitive,
    Dative,
    Accusative,
    Instrumental,
    Prepositional,
}

impl Case {
    const fn index(self) -> usize {
        match self {
            Self::Nominative => 0,
            Self::Genitive => 1,
            Self::Dative => 2,
            Self::Accusative => 3,
            Self::Instrumental => 4,
            Self::Prepositional => 5,
        }
    }
}

/// The gender of what is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gender {
    Masculine,
    Feminine,
    Neuter,
}

/// Six cases of one word, in the order of [`Case`].
type Forms = [&'static str; 6];

const ONE: [Forms; 3] = [
    ["один", "одного", "одному", "один", "одним", "одном"],
    ["одна", "одной", "одной", "одну", "одной", "одной"],
    ["одно", "одного", "одному", "одно", "одним", "одном"],
];
const TWO: [Forms; 3] = [
    ["два", "двух", "двум", "два", "двумя", "двух"],
    ["две", "двух", "двум", "две", "двумя", "двух"],
    ["два", "двух", "двум", "два", "двумя", "двух"],
];
const ZERO: Forms = ["ноль", "нуля", "нулю", "ноль", "нулём", "нуле"];
/// 3 to 19.
const SMALL: [Forms; 17] = [
    ["три", "трёх", "трём", "три", "тремя", "трёх"],
    ["четыре", "четырёх", "четырём", "четыре", "четырьмя", "четырёх"],
    ["пять", "пяти", "пяти", "пять", "пятью", "пяти"],
    ["шесть", "шести", "шести", "шесть", "шестью", "шести"],
    ["семь", "семи", "семи", "семь", "семью", "семи"],
    ["восемь", "восьми", "восьми", "восемь", "восемью", "восьми"],
    ["девять", "девяти", "девяти", "девять", "девятью", "девяти"],
    ["десять", "десяти", "десяти", "десять", "десятью", "десяти"],
    ["одиннадцать", "одиннадцати", "одиннадцати", "одиннадцать", "одиннадцатью", "одиннадцати"],
    ["двенадцать", "двенадцати", "двенадцати", "двенадцать", "двенадцатью", "двенадцати"],
    ["тринадцать", "тринадцати", "тринадцати", "тринадцать", "тринадцатью", "тринадцати"],
    ["четырнадцать", "четырнадцати", "четырнадцати", "четырнадцать", "четырнадцатью", "четырнадцати"],
    ["пятнадцать", "пятнадцати", "пятнадцати", "пятнадцать", "пятнадцатью", "пятнадцати"],
    ["шестнадцать", "шестнадцати", "шестнадцати", "шестнадцать", "шестнадцатью", "шестнадцати"],
    ["семнадцать", "семнадцати", "семнадцати", "семнадцать", "семнадцатью", "семнадцати"],
    ["восемнадцать", "восемнадцати", "восемнадцати", "восемнадцать", "восемнадцатью", "восемнадцати"],
    ["девятнадцать", "девятнадцати", "девятнадцати", "девятнадцать", "девятнадцатью", "девятнадцати"],
];
/// 20 to 90.
const TENS: [Forms; 8] = [
    ["двадцать", "двадцати", "двадцати", "двадцать", "двадцатью", "двадцати"],
    ["тридцать", "тридцати", "тридцати", "тридцать", "тридцатью", "тридцати"],
    ["сорок", "сорока", "сорока", "сорок", "сорока", "сорока"],
    ["пятьдесят", "пятидесяти", "пятидесяти", "пятьдесят", "пятьюдесятью", "пятидесяти"],
    ["шестьдесят", "шестидесяти", "шестидесяти", "шестьдесят", "шестьюдесятью", "шестидесяти"],
    ["семьдесят", "семидесяти", "семидесяти", "семьдесят", "семьюдесятью", "семидесяти"],
    ["восемьдесят", "восьмидесяти", "восьмидесяти", "восемьдесят", "восемьюдесятью", "восьмидесяти"],
    ["девяносто", "девяноста", "девяноста", "девяносто", "девяноста", "девяноста"],
];
/// 100 to 900.
const HUNDREDS: [Forms; 9] = [
    ["сто", "ста", "ста", "сто", "ста", "ста"],
    ["двести", "двухсот", "двумстам", "двести", "двумястами", "двухстах"],
    ["триста", "трёхсот", "трёмстам", "триста", "тремястами", "трёхстах"],
    ["четыреста", "четырёхсот", "четырёмстам", "четыреста", "четырьмястами", "четырёхстах"],
    ["пятьсот", "пятисот", "пятистам", "пятьсот", "пятьюстами", "пятистах"],
    ["шестьсот", "шестисот", "шестистам", "шестьсот", "шестьюстами", "шестистах"],
    ["семьсот", "семисот", "семистам", "семьсот", "семьюстами", "семистах"],
    ["восемьсот", "восьмисот", "восьмистам", "восемьсот", "восемьюстами", "восьмистах"],
    ["девятьсот", "девятисот", "девятистам", "девятьсот", "девятьюстами", "девятистах"],
];

/// A counted noun: singular and plural forms.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Noun {
    pub(crate) gender: Gender,
    pub(crate) one: Forms,
    pub(crate) many: Forms,
}

const THOUSAND: Noun = Noun {
    gender: Gender::Feminine,
    one: ["тысяча", "тысячи", "тысяче", "тысячу", "тысячей", "тысяче"],
    many: ["тысячи", "тысяч", "тысячам", "тысячи", "тысячами", "тысячах"],
};
const MILLION: Noun = Noun {
    gender: Gender::Masculine,
    one: ["миллион", "миллиона", "миллиону", "миллион", "миллионом", "миллионе"],
    many: ["миллионы", "миллионов", "миллионам", "миллионы", "миллионами", "миллионах"],
};
const BILLION: Noun = Noun {
    gender: Gender::Masculine,
    one: ["миллиард", "миллиарда", "миллиарду", "миллиард", "миллиардом", "миллиарде"],
    many: ["миллиарды", "миллиардов", "миллиардам", "миллиарды", "миллиардами", "миллиардах"],
};

/// Larger numbers are read digit by digit: nobody counts so on the telephone.
pub(crate) const LARGEST: u64 = 999_999_999_999;

impl Noun {
    /// The form that stands after `count` in a case: «два рубля», «двух рублей», «двадцать один рубль».
    pub(crate) const fn after(&self, count: u64, case: Case) -> &'static str {
        let direct = matches!(case, Case::Nominative | Case::Accusative);
        match (count % 10, count % 100) {
            (_, 11..=14) if direct => self.many[1],
            (1, last) if last != 11 => self.one[case.index()],
            (2..=4, _) if direct => self.one[1],
            _ if direct => self.many[1],
            _ => self.many[case.index()],
        }
    }
}

/// «тысяча двести пятьдесят», «тысячи двухсот пятидесяти».
pub(crate) fn cardinal(number: u64, case: Case, gender: Gender) -> String {
    if number == 0 {
        return ZERO[case.index()].to_owned();
    }
    if number > LARGEST {
        return digits(&number.to_string());
    }
    let mut words: Vec<&str> = Vec::new();
    for (size, noun) in [(1_000_000_000, BILLION), (1_000_000, MILLION), (1_000, THOUSAND)] {
        let count = number / size % 1_000;
        if count == 0 {
            continue;
        }
        // «тысяча двести», not «одна тысяча двести», where it opens the number
        if count > 1 || !words.is_empty() {
            below_thousand(count, case, noun.gender, &mut words);
        }
        words.push(noun.after(count, case));
    }
    below_thousand(number % 1_000, case, gender, &mut words);
    words.join(" ")
}

fn below_thousand(number: u64, case: Case, gender: Gender, words: &mut Vec<&'static str>) {
    let at = case.index();
    let pick =
        |table: &[Forms], index: u64| usize::try_from(index).ok().and_then(|index| table.get(index).copied());
    let (hundreds, rest) = (number / 100, number % 100);
    words.extend(hundreds.checked_sub(1).and_then(|index| pick(&HUNDREDS, index)).map(|forms| forms[at]));
    let (tens, units) = if rest < 20 { (0, rest) } else { (rest / 10, rest % 10) };
    words.extend(tens.checked_sub(2).and_then(|index| pick(&TENS, index)).map(|forms| forms[at]));
    let gender = match gender {
        Gender::Masculine => 0,
        Gender::Feminine => 1,
        Gender::Neuter => 2,
    };
    words.extend(match units {
        0 => None,
        1 => Some(ONE[gender][at]),
        2 => Some(TWO[gender][at]),
        more => pick(&SMALL, more - 3).map(|forms| forms[at]),
    });
}

/// Digit by digit: «ноль пять».
pub(crate) fn digits(text: &str) -> String {
    let words: Vec<String> = text
        .chars()
        .filter_map(|letter| letter.to_digit(10))
        .map(|digit| cardinal(u64::from(digit), Case::Nominative, Gender::Masculine))
        .collect();
    words.join(" ")
}

/// Roots of ordinals 1 to 31, hard endings; the third is irregular and stands by itself.
const ORDINALS: [&str; 32] = [
    "",
    "перв",
    "втор",
    "трет",
    "четвёрт",
    "пят",
    "шест",
    "седьм",
    "восьм",
    "девят",
    "десят",
    "одиннадцат",
    "двенадцат",
    "тринадцат",
    "четырнадцат",
    "пятнадцат",
    "шестнадцат",
    "семнадцат",
    "восемнадцат",
    "девятнадцат",
    "двадцат",
    "двадцать перв",
    "двадцать втор",
    "двадцать трет",
    "двадцать четвёрт",
    "двадцать пят",
    "двадцать шест",
    "двадцать седьм",
    "двадцать восьм",
    "двадцать девят",
    "тридцат",
    "тридцать перв",
];

/// The day of a month: «пятнадцатого», «пятнадцатому», «пятнадцатое».
pub(crate) fn day(day: u32, case: Case) -> Option<String> {
    let root = usize::try_from(day).ok().and_then(|day| ORDINALS.get(day)).filter(|root| !root.is_empty())?;
    let soft = root.ends_with("трет");
    let ending = match (case, soft) {
        (Case::Nominative | Case::Accusative, false) => "ое",
        (Case::Nominative | Case::Accusative, true) => "ье",
        (Case::Genitive, false) => "ого",
        (Case::Genitive, true) => "ьего",
        (Case::Dative, false) => "ому",
        (Case::Dative, true) => "ьему",
        (Case::Instrumental, false) => "ым",
        (Case::Instrumental, true) => "ьим",
        (Case::Prepositional, false) => "ом",
        (Case::Prepositional, true) => "ьем",
    };
    Some(format!("{root}{ending}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_declined_whole() {
        let cases = [
            (0, Case::Nominative, "ноль"),
            (1, Case::Nominative, "один"),
            (21, Case::Genitive, "двадцати одного"),
            (1_200, Case::Nominative, "тысяча двести"),
            (1_200, Case::Genitive, "тысячи двухсот"),
            (2_000, Case::Nominative, "две тысячи"),
            (5_000, Case::Genitive, "пяти тысяч"),
            (90, Case::Instrumental, "девяноста"),
            (354, Case::Dative, "трёмстам пятидесяти четырём"),
            (1_001_000, Case::Nominative, "миллион одна тысяча"),
            (2_350_471, Case::Nominative, "два миллиона триста пятьдесят тысяч четыреста семьдесят один"),
            (11_000, Case::Nominative, "одиннадцать тысяч"),
            (840, Case::Prepositional, "восьмистах сорока"),
        ];
        for (number, case, said) in cases {
            assert_eq!(cardinal(number, case, Gender::Masculine), said);
        }
        assert_eq!(cardinal(1_000_000_000_000, Case::Nominative, Gender::Masculine).split(' ').count(), 13);
    }

    #[test]
    fn gender_shows_in_one_and_two() {
        assert_eq!(cardinal(21, Case::Nominative, Gender::Feminine), "двадцать одна");
        assert_eq!(cardinal(32, Case::Accusative, Gender::Feminine), "тридцать две");
        assert_eq!(cardinal(1, Case::Accusative, Gender::Feminine), "одну");
        assert_eq!(cardinal(1, Case::Nominative, Gender::Neuter), "одно");
    }

    #[test]
    fn days_of_a_month_are_ordinals() {
        assert_eq!(day(15, Case::Genitive).unwrap(), "пятнадцатого");
        assert_eq!(day(3, Case::Dative).unwrap(), "третьему");
        assert_eq!(day(23, Case::Nominative).unwrap(), "двадцать третье");
        assert_eq!(day(32, Case::Nominative), None);
        assert_eq!(day(0, Case::Nominative), None);
    }
}

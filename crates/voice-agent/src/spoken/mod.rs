//! Text made fit to be spoken: sums, dates, times, telephones and addresses in words, declined.
//!
//! A synthesiser reads «1 250 ₽» as it likes, and «15.03» as a fraction. What the model writes is turned
//! into words before it is spoken; words are left as they are, so running it twice changes nothing.

mod amounts;
mod context;
mod moments;
mod numeral;
mod places;

pub(crate) use moments::MONTHS;

/// The text in words. The order matters: what is more special takes its digits first.
pub fn speakable(text: &str) -> String {
    let text = text.replace(['\u{a0}', '\u{202f}', '\u{2009}'], " ");
    let text = places::telephones(&text);
    let text = places::addresses(&text);
    let text = moments::dates(&text);
    let text = moments::times(&text);
    let text = amounts::money(&text);
    let text = amounts::percents(&text);
    let text = amounts::measures(&text);
    let text = amounts::ranges(&text);
    amounts::numbers(&text)
}

#[cfg(test)]
mod tests {
    use super::speakable;

    fn said(pairs: &[(&str, &str)]) {
        for (written, spoken) in pairs {
            assert_eq!(speakable(written), *spoken, "{written}");
            assert_eq!(speakable(spoken), *spoken, "once is enough");
        }
    }

    #[test]
    fn sums_are_declined_by_the_word_before() {
        said(&[
            ("Это 1 250 ₽.", "Это тысяча двести пятьдесят рублей."),
            ("Около 1 200 ₽", "Около тысячи двухсот рублей"),
            ("от 21 руб. до 2 млн ₽", "от двадцати одного рубля до двух миллионов рублей"),
            ("Скидка на 500 рублей", "Скидка на пятьсот рублей"),
            ("12,40 ₽", "двенадцать рублей сорок копеек"),
            ("к 1000 рублям", "к тысяче рублям"),
            ("Стоит 42 тыс. руб.", "Стоит сорок две тысячи рублей."),
        ]);
    }

    #[test]
    fn dates_and_times_are_said_as_people_say_them() {
        said(&[
            ("15.03", "пятнадцатого марта"),
            ("запишу на 03.12 в 14:30", "запишу на третье декабря в четырнадцать тридцать"),
            ("с 9:00 до 18:00", "с девяти до восемнадцати"),
            ("в 9:05", "в девять ноль пять"),
            ("в 10:00", "в десять часов"),
            ("1.04.2026", "первого апреля две тысячи двадцать шестого года"),
            ("перенесём к 23.11", "перенесём к двадцать третьему ноября"),
        ]);
    }

    #[test]
    fn telephones_go_by_threes_and_twos() {
        said(&[
            (
                "Наш номер +7 (495) 120-05-00",
                "Наш номер плюс семь, четыреста девяносто пять, сто двадцать, ноль пять, ноль ноль",
            ),
            ("89161234567", "восемь, девятьсот шестнадцать, сто двадцать три, сорок пять, шестьдесят семь"),
        ]);
    }

    #[test]
    fn addresses_lose_their_shortenings() {
        said(&[
            ("ул. Ленина, д. 5к2, кв. 12", "улица Ленина, дом пять, корпус два, квартира двенадцать"),
            (
                "пр-т Мира, д. 17, стр. 3, оф. 201",
                "проспект Мира, дом семнадцать, строение три, офис двести один",
            ),
        ]);
    }

    #[test]
    fn counted_things_agree() {
        said(&[
            ("через 2 недели", "через две недели"),
            ("через 1 минуту", "через одну минуту"),
            ("2 окна", "два окна"),
            ("1 место", "одно место"),
            ("до 5 рабочих дней", "до пяти рабочих дней"),
            ("скидка 10 %", "скидка десять процентов"),
            ("более 21%", "более двадцати одного процента"),
            ("10–12 дней", "от десяти до двенадцати дней"),
            ("6,5 м²", "шесть целых пять десятых квадратного метра"),
            ("3 кг и 21 шт.", "три килограмма и двадцать одна штука."),
            ("1,5 часа", "полтора часа"),
            ("№ 7", "номер семь"),
            ("24/7", "двадцать четыре на семь"),
        ]);
    }

    #[test]
    fn words_and_odd_digits_are_left_in_peace() {
        said(&[
            ("Добрый день, Ирина Петровна", "Добрый день, Ирина Петровна"),
            ("", ""),
            ("99.99", "девяносто девять целых девяносто девять сотых"),
        ]);
        // nothing panics on numbers that no table holds
        assert!(!speakable(&"9".repeat(400)).is_empty());
        assert!(!speakable("31.02 32.13 25:61 1,123456789 00:00").is_empty());
    }
}

//! The zone of a landline, by its code; mobile numbers travel and tell nothing.
//!
//! Codes: the numbering plan of Russia (ABC codes of regions), zones: IANA. A region with several
//! zones has that of its capital.

use chrono_tz::Tz;
use domain::PhoneNumber;

/// Codes of three digits after +7 that do not keep Moscow's time.
const CODES: &[(&str, Tz)] = &[
    ("301", Tz::Asia__Irkutsk),
    ("302", Tz::Asia__Chita),
    ("341", Tz::Europe__Samara),
    ("342", Tz::Asia__Yekaterinburg),
    ("343", Tz::Asia__Yekaterinburg),
    ("345", Tz::Asia__Yekaterinburg),
    ("346", Tz::Asia__Yekaterinburg),
    ("347", Tz::Asia__Yekaterinburg),
    ("349", Tz::Asia__Yekaterinburg),
    ("351", Tz::Asia__Yekaterinburg),
    ("352", Tz::Asia__Yekaterinburg),
    ("353", Tz::Asia__Yekaterinburg),
    ("381", Tz::Asia__Omsk),
    ("382", Tz::Asia__Tomsk),
    ("383", Tz::Asia__Novosibirsk),
    ("384", Tz::Asia__Novokuznetsk),
    ("385", Tz::Asia__Barnaul),
    ("388", Tz::Asia__Barnaul),
    ("390", Tz::Asia__Krasnoyarsk),
    ("391", Tz::Asia__Krasnoyarsk),
    ("394", Tz::Asia__Krasnoyarsk),
    ("395", Tz::Asia__Irkutsk),
    ("401", Tz::Europe__Kaliningrad),
    ("411", Tz::Asia__Yakutsk),
    ("413", Tz::Asia__Magadan),
    ("415", Tz::Asia__Kamchatka),
    ("416", Tz::Asia__Yakutsk),
    ("421", Tz::Asia__Vladivostok),
    ("423", Tz::Asia__Vladivostok),
    ("424", Tz::Asia__Sakhalin),
    ("426", Tz::Asia__Vladivostok),
    ("427", Tz::Asia__Anadyr),
    ("842", Tz::Europe__Ulyanovsk),
    ("844", Tz::Europe__Volgograd),
    ("845", Tz::Europe__Saratov),
    ("846", Tz::Europe__Samara),
    ("848", Tz::Europe__Samara),
    ("851", Tz::Europe__Astrakhan),
];

/// Countries with one zone that clients of a Russian company live in.
const COUNTRIES: &[(&str, Tz)] = &[
    ("+375", Tz::Europe__Minsk),
    ("+374", Tz::Asia__Yerevan),
    ("+994", Tz::Asia__Baku),
    ("+995", Tz::Asia__Tbilisi),
    ("+996", Tz::Asia__Bishkek),
    ("+998", Tz::Asia__Tashkent),
    ("+992", Tz::Asia__Dushanbe),
    ("+993", Tz::Asia__Ashgabat),
    ("+373", Tz::Europe__Chisinau),
];

/// The zone that the number itself tells; `None` for mobile, toll-free and unknown numbers.
pub fn zone_of(phone: &PhoneNumber) -> Option<Tz> {
    let number = phone.as_str();
    let Some(national) = number.strip_prefix("+7") else {
        return COUNTRIES.iter().find(|(code, _)| number.starts_with(code)).map(|(_, zone)| *zone);
    };
    let code = national.get(..3)?;
    match code.as_bytes().first()? {
        // Kazakhstan, one zone since 2024
        b'6' | b'7' => Some(Tz::Asia__Almaty),
        b'3' | b'4' | b'8' if !matches!(code, "800" | "803" | "804" | "808" | "809") => {
            let known = CODES.iter().find(|(known, _)| *known == code).map(|(_, zone)| *zone);
            Some(known.unwrap_or(Tz::Europe__Moscow))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn landlines_tell_their_zone_and_mobiles_do_not() {
        for (number, zone) in [
            ("+74951234567", Some(Tz::Europe__Moscow)),
            ("+78121234567", Some(Tz::Europe__Moscow)),
            ("+73431234567", Some(Tz::Asia__Yekaterinburg)),
            ("+73832123456", Some(Tz::Asia__Novosibirsk)),
            ("+74232123456", Some(Tz::Asia__Vladivostok)),
            ("+74012123456", Some(Tz::Europe__Kaliningrad)),
            ("+77272123456", Some(Tz::Asia__Almaty)),
            ("+375171234567", Some(Tz::Europe__Minsk)),
            ("+79161234567", None),
            ("+78001234567", None),
            ("+442071838750", None),
        ] {
            assert_eq!(zone_of(&PhoneNumber::parse(number).unwrap()), zone, "{number}");
        }
    }

    #[test]
    fn no_code_stands_twice() {
        let mut codes: Vec<_> = CODES.iter().map(|(code, _)| code).collect();
        codes.dedup();
        assert_eq!(codes.len(), CODES.len());
    }
}

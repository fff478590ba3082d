//! Money as whole micro-units of a currency: sums are exact, never floating.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The currencies that providers bill in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Currency {
    /// Russian rouble.
    RUB,
    /// US dollar.
    USD,
}

/// An amount in millionths of the currency's unit (1 ₽ = 1 000 000).
///
/// As JSON `{"currency":"RUB","amount":"12.40"}`: the amount is a decimal string
/// with two to six digits after the point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    /// What it is counted in.
    pub currency: Currency,
    /// Millionths of the unit.
    pub micros: i64,
}

/// The text is not an amount such as `300RUB`, `3.5USD`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an amount of money: write a number and RUB or USD, for example 300RUB or 3.5USD")]
pub struct ParseMoneyError(String);

impl Money {
    /// Nothing, in this currency.
    pub const fn zero(currency: Currency) -> Self {
        Self { currency, micros: 0 }
    }

    /// From millionths of the unit.
    pub const fn from_micros(currency: Currency, micros: i64) -> Self {
        Self { currency, micros }
    }

    /// This amount in `currency`, at `rub_per_usd` micro-roubles per dollar
    /// (90 ₽ = 90 000 000). Rounded to the nearest millionth.
    #[must_use]
    pub fn convert(self, currency: Currency, rub_micros_per_usd: i64) -> Self {
        let rate = i128::from(rub_micros_per_usd.max(1));
        let micros = i128::from(self.micros);
        let converted = match (self.currency, currency) {
            (Currency::USD, Currency::RUB) => (micros * rate + 500_000) / 1_000_000,
            (Currency::RUB, Currency::USD) => (micros * 1_000_000 + rate / 2) / rate,
            _ => micros,
        };
        Self { currency, micros: i64::try_from(converted).unwrap_or(i64::MAX) }
    }

    /// The decimal text: at least two digits after the point, no trailing zeros past them.
    pub fn amount(self) -> String {
        let sign = if self.micros < 0 { "-" } else { "" };
        let abs = self.micros.unsigned_abs();
        let fraction = format!("{:06}", abs % 1_000_000);
        let kept = fraction.trim_end_matches('0');
        format!("{sign}{}.{kept:0<2}", abs / 1_000_000)
    }
}

impl FromStr for Money {
    type Err = ParseMoneyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = || ParseMoneyError(text.to_owned());
        let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let upper = compact.to_uppercase();
        let (number, currency) =
            [("RUB", Currency::RUB), ("₽", Currency::RUB), ("USD", Currency::USD), ("$", Currency::USD)]
                .into_iter()
                .find_map(|(unit, currency)| {
                    upper.strip_suffix(unit).map(|n| (n.replace(',', "."), currency))
                })
                .ok_or_else(bad)?;
        Ok(Self { currency, micros: parse_micros(&number).ok_or_else(bad)? })
    }
}

fn parse_micros(number: &str) -> Option<i64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = |s: &str| s.chars().all(|c| c.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) || fraction.len() > 6 {
        return None;
    }
    let micros: i64 = format!("{fraction:0<6}").parse().ok()?;
    whole.parse::<i64>().ok()?.checked_mul(1_000_000)?.checked_add(micros)
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}", self.amount(), self.currency)
    }
}

#[derive(Serialize, Deserialize)]
struct Wire {
    currency: Currency,
    amount: String,
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Wire { currency: self.currency, amount: self.amount() }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire = Wire::deserialize(deserializer)?;
        let (sign, number) = wire.amount.strip_prefix('-').map_or((1, wire.amount.as_str()), |n| (-1, n));
        let micros = parse_micros(number)
            .ok_or_else(|| serde::de::Error::custom(ParseMoneyError(wire.amount.clone())))?;
        Ok(Self { currency: wire.currency, micros: sign * micros })
    }
}

/// What one thing cost: `{"item":"speech","amount":{…}}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CostItem {
    /// What was paid for: `speech`, `analysis`, `telephony`.
    pub item: String,
    /// How much.
    pub amount: Money,
}

/// A total and what it is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// The sum of the items, in the currency of the first.
    pub total: Money,
    /// The items.
    pub items: Vec<CostItem>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_exact_decimal_strings() {
        let money: Money = "12.40RUB".parse().unwrap();
        assert_eq!(serde_json::to_string(&money).unwrap(), r#"{"currency":"RUB","amount":"12.40"}"#);
        assert_eq!("0,0035 $".parse::<Money>().unwrap().amount(), "0.0035");
        assert_eq!("300₽".parse::<Money>().unwrap().micros, 300_000_000);
        let back: Money = serde_json::from_str(r#"{"currency":"USD","amount":"-1.5"}"#).unwrap();
        assert_eq!(back.amount(), "-1.50");
    }

    #[test]
    fn what_is_no_money_is_refused_with_an_example() {
        for text in ["300", "RUB", "-3RUB", "1.2345678USD", "1e3RUB", "99999999999999999999RUB"] {
            assert!(text.parse::<Money>().unwrap_err().to_string().contains("300RUB"), "{text}");
        }
    }

    #[test]
    fn conversion_uses_the_given_rate() {
        let usd: Money = "3.5USD".parse().unwrap();
        let rub = usd.convert(Currency::RUB, 90_000_000);
        assert_eq!(rub.amount(), "315.00");
        assert_eq!(rub.convert(Currency::USD, 90_000_000), usd);
    }
}

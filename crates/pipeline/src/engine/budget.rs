//! The cap on a run's money: what is spent is counted at once, paid work stops at the cap.

use std::sync::atomic::{AtomicI64, Ordering};

use domain::{Currency, Money};

/// A counter with an optional cap.
pub(crate) struct Budget {
    cap: Option<Money>,
    currency: Currency,
    rub_micros_per_usd: i64,
    spent: AtomicI64,
}

impl Budget {
    pub(crate) fn new(cap: Option<Money>, rub_micros_per_usd: i64) -> Self {
        let currency = cap.map_or(Currency::RUB, |cap| cap.currency);
        Self { cap, currency, rub_micros_per_usd, spent: AtomicI64::new(0) }
    }

    /// Counts a payment; returns the sum so far.
    pub(crate) fn spend(&self, amount: Money) -> Money {
        let micros = amount.convert(self.currency, self.rub_micros_per_usd).micros;
        Money::from_micros(self.currency, self.spent.fetch_add(micros, Ordering::Relaxed) + micros)
    }

    /// Whether paid work must stop.
    pub(crate) fn is_spent(&self) -> bool {
        self.cap.is_some_and(|cap| self.spent.load(Ordering::Relaxed) >= cap.micros)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payments_in_another_currency_count_at_the_rate() {
        let budget = Budget::new(Some("100RUB".parse().unwrap()), 90_000_000);
        budget.spend("1USD".parse().unwrap());
        assert!(!budget.is_spent());
        assert_eq!(budget.spend("10RUB".parse().unwrap()).amount(), "100.00");
        assert!(budget.is_spent());
    }

    #[test]
    fn without_a_cap_nothing_stops() {
        let budget = Budget::new(None, 90_000_000);
        budget.spend("1000000RUB".parse().unwrap());
        assert!(!budget.is_spent());
    }
}

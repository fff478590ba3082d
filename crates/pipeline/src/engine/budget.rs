//! The cap on a run's money: what work in flight may cost is set aside before it begins, so that
//! jobs side by side do not overrun the cap together.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Duration, TimeZone as _, Utc};
use chrono_tz::Tz;
use domain::{CallError, Cost, Currency, Lang, Money, wording};
use store::Stage;
use tokio::sync::Notify;

/// The cap does not admit this work, not even when everything in flight costs nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CapReached;

/// What may be spent from midnight to midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayCap {
    /// So much.
    pub most: Money,
    /// Whose midnight.
    pub zone: Tz,
}

/// How often is asked what others spent meanwhile: another process may work on the same database.
const ASKED_EVERY: Duration = Duration::minutes(1);

/// A counter with an optional cap, in micro-units of one currency.
pub(crate) struct Budget {
    cap: Option<Money>,
    /// The cap is of each day.
    zone: Option<Tz>,
    currency: Currency,
    rub_micros_per_usd: i64,
    state: Mutex<State>,
    freed: Notify,
}

#[derive(Default)]
struct State {
    spent: i64,
    reserved: i64,
    /// What one job of a stage cost at most so far: stands in for an unknown estimate.
    dearest: HashMap<Stage, i64>,
    /// The day that is counted, and when others were last asked.
    day: Option<DateTime<Utc>>,
    asked: Option<DateTime<Utc>>,
}

/// Money set aside for one job; free again when dropped.
pub(crate) struct Reservation<'a> {
    budget: &'a Budget,
    stage: Stage,
    micros: i64,
}

impl Budget {
    pub(crate) fn new(cap: Option<Money>, rub_micros_per_usd: i64) -> Self {
        let currency = cap.map_or(Currency::RUB, |cap| cap.currency);
        let (zone, state, freed) = (None, Mutex::default(), Notify::new());
        Self { cap, zone, currency, rub_micros_per_usd, state, freed }
    }

    /// A cap of each day.
    pub(crate) fn daily(cap: Option<DayCap>, rub_micros_per_usd: i64) -> Self {
        Self { zone: cap.map(|cap| cap.zone), ..Self::new(cap.map(|cap| cap.most), rub_micros_per_usd) }
    }

    /// Since when to ask what was spent, if it is time for that; tell by [`Self::learn`].
    pub(crate) fn wants_to_know(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let zone = self.zone?;
        let midnight = now.with_timezone(&zone).date_naive().and_time(chrono::NaiveTime::MIN);
        // where clocks are put forward at midnight the day begins later
        let midnight = (0..3)
            .find_map(|hour| zone.from_local_datetime(&(midnight + Duration::hours(hour))).earliest())
            .map_or(now, |midnight| midnight.with_timezone(&Utc));
        let mut state = self.state();
        let known = state.day == Some(midnight) && state.asked.is_some_and(|at| now - at < ASKED_EVERY);
        if known {
            return None;
        }
        state.asked = Some(now);
        Some(midnight)
    }

    /// What the database says was spent since that midnight. What was paid here and is not yet written down there
    /// stays counted.
    pub(crate) fn learn(&self, midnight: DateTime<Utc>, spent: &[Money]) {
        let written = spent.iter().map(|amount| self.micros(*amount)).sum();
        let mut state = self.state();
        let same_day = state.day.replace(midnight) == Some(midnight);
        state.spent = if same_day { state.spent.max(written) } else { written };
    }

    /// Why paid work stands still until tomorrow.
    pub(crate) fn day_is_spent(&self, lang: Lang) -> CallError {
        let most = self.cap.map_or_else(String::new, |cap| format!(" ({})", wording::money(lang, cap)));
        let (message, hint) = match lang {
            Lang::Ru => (
                format!("предел трат на сутки исчерпан{most}"),
                "продолжим после полуночи сами; предел — ZVONAR_DAILY_BUDGET",
            ),
            Lang::En => (
                format!("the day's budget is spent{most}"),
                "work goes on after midnight; the limit is ZVONAR_DAILY_BUDGET",
            ),
        };
        CallError { code: "daily_budget".to_owned(), message, hint: hint.to_owned() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn micros(&self, amount: Money) -> i64 {
        amount.convert(self.currency, self.rub_micros_per_usd).micros
    }

    /// Sets the estimate aside. Where only the money of work in flight stands in the way, waits
    /// until it is known what that work really costs.
    pub(crate) async fn reserve(
        &self,
        stage: Stage,
        estimate: Option<Money>,
    ) -> Result<Reservation<'_>, CapReached> {
        loop {
            let freed = self.freed.notified();
            tokio::pin!(freed);
            freed.as_mut().enable();
            {
                let mut state = self.state();
                let micros = match estimate {
                    Some(estimate) => self.micros(estimate),
                    None => state.dearest.get(&stage).copied().unwrap_or(0),
                };
                let cap = self.cap.map_or(i64::MAX, |cap| cap.micros);
                let fits = state.spent.saturating_add(state.reserved).saturating_add(micros) <= cap;
                // what is free may go on when nothing is left
                let free = estimate.is_some() && micros == 0;
                if free || (fits && state.spent < cap) {
                    state.reserved += micros;
                    return Ok(Reservation { budget: self, stage, micros });
                }
                if state.reserved == 0 {
                    return Err(CapReached);
                }
            }
            freed.await;
        }
    }

    /// Whether there is a cap at all.
    pub(crate) fn is_capped(&self) -> bool {
        self.cap.is_some()
    }
}

impl Reservation<'_> {
    /// Counts what the job really cost; returns the sum so far if it cost anything.
    pub(crate) fn settle(self, cost: Option<&Cost>) -> Option<Money> {
        let items = cost.iter().flat_map(|cost| &cost.items);
        let micros: i64 = items.map(|item| self.budget.micros(item.amount)).sum();
        if micros == 0 {
            return None;
        }
        let mut state = self.budget.state();
        state.spent = state.spent.saturating_add(micros);
        let dearest = state.dearest.entry(self.stage).or_default();
        *dearest = micros.max(*dearest);
        Some(Money::from_micros(self.budget.currency, state.spent))
    }
}

impl Drop for Reservation<'_> {
    fn drop(&mut self) {
        self.budget.state().reserved -= self.micros;
        self.budget.freed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use domain::CostItem;
    use futures::FutureExt as _;

    use super::*;

    fn cost(amount: &str) -> Cost {
        let total: Money = amount.parse().unwrap();
        Cost { total, items: vec![CostItem { item: "speech".to_owned(), amount: total }] }
    }

    fn money(amount: &str) -> Money {
        amount.parse().unwrap()
    }

    #[tokio::test]
    async fn payments_in_another_currency_count_at_the_rate() {
        let budget = Budget::new(Some(money("100RUB")), 90_000_000);
        let first = budget.reserve(Stage::Transcribe, None).await.unwrap();
        assert_eq!(first.settle(Some(&cost("1USD"))).unwrap().amount(), "90.00");
        let second = budget.reserve(Stage::Analyze, Some(money("10RUB"))).await.unwrap();
        assert_eq!(second.settle(Some(&cost("10RUB"))).unwrap().amount(), "100.00");
        assert_eq!(budget.reserve(Stage::Analyze, None).await.err(), Some(CapReached));
        assert!(budget.reserve(Stage::Analyze, Some(money("0RUB"))).await.is_ok(), "free work goes on");
    }

    #[tokio::test]
    async fn a_cap_of_a_day_counts_what_others_spent_and_begins_anew_at_midnight() {
        let cap = DayCap { most: money("10RUB"), zone: chrono_tz::Europe::Moscow };
        let budget = Budget::daily(Some(cap), 90_000_000);
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let midnight = budget.wants_to_know(at("2026-11-20T20:00:00Z")).unwrap();
        assert_eq!(midnight, at("2026-11-19T21:00:00Z"), "Moscow's");
        budget.learn(midnight, &[money("7RUB")]);
        assert_eq!(budget.wants_to_know(at("2026-11-20T20:00:30Z")), None, "known for a minute");
        budget.reserve(Stage::Analyze, Some(money("3RUB"))).await.unwrap().settle(Some(&cost("3RUB")));
        assert_eq!(budget.reserve(Stage::Analyze, Some(money("1RUB"))).await.err(), Some(CapReached));
        budget.learn(midnight, &[money("7RUB")]);
        assert!(budget.reserve(Stage::Analyze, Some(money("1RUB"))).await.is_err(), "not yet written down");
        let next = budget.wants_to_know(at("2026-11-20T21:00:01Z")).unwrap();
        budget.learn(next, &[]);
        assert!(budget.reserve(Stage::Analyze, Some(money("10RUB"))).await.is_ok());
    }

    #[tokio::test]
    async fn without_a_cap_nothing_stops() {
        let budget = Budget::new(None, 90_000_000);
        for _ in 0..3 {
            let paid = budget.reserve(Stage::Transcribe, Some(money("1000000RUB"))).await.unwrap();
            assert!(paid.settle(Some(&cost("1000000RUB"))).is_some());
        }
    }

    #[tokio::test]
    async fn work_in_flight_holds_its_money_and_gives_the_rest_back() {
        let budget = Budget::new(Some(money("10RUB")), 90_000_000);
        let one = budget.reserve(Stage::Transcribe, Some(money("6RUB"))).await.unwrap();
        let mut two = Box::pin(budget.reserve(Stage::Transcribe, Some(money("6RUB"))));
        assert!((&mut two).now_or_never().is_none(), "it might overrun the cap: it waits");
        one.settle(Some(&cost("3RUB")));
        let two = two.await.unwrap();
        two.settle(Some(&cost("6RUB")));
        assert_eq!(budget.reserve(Stage::Transcribe, Some(money("6RUB"))).await.err(), Some(CapReached));
    }

    #[tokio::test]
    async fn an_unknown_price_is_the_dearest_so_far() {
        let budget = Budget::new(Some(money("10RUB")), 90_000_000);
        budget.reserve(Stage::Transcribe, None).await.unwrap().settle(Some(&cost("6RUB")));
        assert_eq!(budget.reserve(Stage::Transcribe, None).await.err(), Some(CapReached));
        assert!(budget.reserve(Stage::Analyze, None).await.is_ok(), "another stage's price says nothing");
    }

    #[test]
    fn a_spent_day_is_told_with_the_sum_as_people_read_it() {
        let budget = Budget::daily(
            Some(DayCap { most: money("0.02USD"), zone: chrono_tz::Europe::Moscow }),
            90_000_000,
        );
        let told = |lang| budget.day_is_spent(lang).message.replace(wording::NO_BREAK, " ");
        assert!(told(Lang::Ru).ends_with("(0,02 $)"), "{}", told(Lang::Ru));
        assert!(told(Lang::En).ends_with("($0.02)"), "{}", told(Lang::En));
    }
}

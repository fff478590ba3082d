//! How long a server asks to wait, in the three forms that are met.
//!
//! `retry-after-ms` (OpenAI and its kin), `Retry-After` in seconds (fractions too), and
//! `Retry-After` as an HTTP date (RFC 9110 §10.2.3). A date is measured against the
//! answer's own `Date`: the two come from one clock, ours may be wrong.

use std::time::{Duration, SystemTime};

use http::{
    HeaderMap,
    header::{DATE, RETRY_AFTER},
};

/// No wish longer than this is believed.
const LONGEST: Duration = Duration::from_hours(24 * 30);

/// The wish in `headers`; `now` is used for a date when the answer has no `Date` of its own.
pub(crate) fn wait_wish(headers: &HeaderMap, now: Option<SystemTime>) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    if let Some(millis) = text("retry-after-ms").and_then(non_negative) {
        return Some(bounded(millis / 1000.0));
    }
    let wish = text(RETRY_AFTER.as_str())?;
    if let Some(seconds) = non_negative(wish) {
        return Some(bounded(seconds));
    }
    let until = httpdate::parse_http_date(wish).ok()?;
    let from = text(DATE.as_str()).and_then(|date| httpdate::parse_http_date(date).ok()).or(now)?;
    // a date already past means: now
    Some(until.duration_since(from).unwrap_or_default().min(LONGEST))
}

fn non_negative(text: &str) -> Option<f64> {
    text.parse::<f64>().ok().filter(|figure| figure.is_finite() && *figure >= 0.0)
}

fn bounded(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).map_or(LONGEST, |wish| wish.min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(pairs: &[(&'static str, &str)], now: Option<SystemTime>) -> Option<Duration> {
        let headers = pairs.iter().map(|(name, value)| {
            (http::HeaderName::from_static(name), http::HeaderValue::from_str(value).unwrap())
        });
        wait_wish(&headers.collect(), now)
    }

    #[test]
    fn milliseconds_win_over_seconds() {
        let told = wish(&[("retry-after-ms", "350.5"), ("retry-after", "2")], None);
        assert_eq!(told, Some(Duration::from_micros(350_500)));
    }

    #[test]
    fn seconds_may_have_a_fraction() {
        assert_eq!(wish(&[("retry-after", " 1.5 ")], None), Some(Duration::from_millis(1500)));
        assert_eq!(wish(&[("retry-after", "0")], None), Some(Duration::ZERO));
    }

    #[test]
    fn a_date_is_measured_by_the_servers_own_clock() {
        let date =
            [("retry-after", "Sun, 06 Nov 1994 08:50:37 GMT"), ("date", "Sun, 06 Nov 1994 08:49:37 GMT")];
        let wrong = Some(SystemTime::UNIX_EPOCH);
        assert_eq!(wish(&date, wrong), Some(Duration::from_mins(1)));
    }

    #[test]
    fn a_date_without_a_clock_is_no_wish() {
        let date = [("retry-after", "Thu, 01 Jan 1970 00:00:09 GMT")];
        assert_eq!(wish(&date, None), None);
        assert_eq!(wish(&date, Some(SystemTime::UNIX_EPOCH)), Some(Duration::from_secs(9)));
        let later = SystemTime::UNIX_EPOCH + Duration::from_secs(20);
        assert_eq!(wish(&date, Some(later)), Some(Duration::ZERO), "the date is past");
    }

    #[test]
    fn nonsense_is_no_wish_and_eternity_is_bounded() {
        for nonsense in ["", "soon", "-5", "NaN", "inf", "1e999", "５"] {
            let headers = [(RETRY_AFTER, http::HeaderValue::from_bytes(nonsense.as_bytes()).unwrap())];
            assert_eq!(wait_wish(&headers.into_iter().collect(), None), None, "{nonsense:?}");
        }
        assert_eq!(wish(&[("retry-after", "1e300")], None), Some(LONGEST));
        assert_eq!(wish(&[("retry-after-ms", "nonsense"), ("retry-after", "3")], None).unwrap().as_secs(), 3);
    }
}

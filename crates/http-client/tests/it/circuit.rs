//! A provider that keeps failing is left alone, and tried again by one request.

use http_client::{CircuitPolicy, HttpClientConfig, HttpError, Repeat, RetryPolicy};
use tokio::time::Instant;

use crate::scripted::{Scripted, Step, ask, asking, client, reset, secs, status, unsent};

fn config(failures: u32, attempts: u32) -> HttpClientConfig {
    HttpClientConfig {
        circuit: CircuitPolicy { failures, pause: secs(30) },
        retry: RetryPolicy { attempts, ..RetryPolicy::default() },
        ..HttpClientConfig::default()
    }
}

#[tokio::test(start_paused = true)]
async fn failures_in_a_row_stop_all_and_one_request_tries_again() {
    let script = Scripted::new([unsent(), reset(), status(502)]);
    let client = client(config(3, 1), &script);
    for _ in 0..3 {
        let error = ask(&client, &asking(Repeat::Freely)).await.unwrap_err();
        assert!(!matches!(error, HttpError::CircuitOpen { .. }), "{error:?}");
    }
    tokio::time::advance(secs(10)).await;
    let error = ask(&client, &asking(Repeat::Freely)).await.unwrap_err();
    assert!(matches!(error, HttpError::CircuitOpen { .. }), "{error:?}");
    assert_eq!(error.retry_after(), Some(secs(20)));
    assert!(error.is_retryable() && !error.may_have_applied());
    assert_eq!(script.count(), 3);

    tokio::time::advance(secs(20)).await;
    script.push(Step::Late(secs(5), 200));
    let exchange = asking(Repeat::Freely);
    let (probe, other) = tokio::join!(ask(&client, &exchange), ask(&client, &exchange));
    assert!(probe.is_ok());
    assert!(matches!(other, Err(HttpError::CircuitOpen { .. })), "{other:?}");
    assert_eq!(script.count(), 4);
    ask(&client, &exchange).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn refusals_are_no_failures_of_the_provider() {
    let refused = [400, 401, 404, 429, 418].map(status);
    let script = Scripted::new([reset(), reset()].into_iter().chain(refused).chain([reset(), reset()]));
    let client = client(config(3, 1), &script);
    for _ in 0..9 {
        ask(&client, &asking(Repeat::Freely)).await.unwrap_err();
    }
    assert_eq!(ask(&client, &asking(Repeat::Freely)).await.unwrap(), "ok");
}

#[tokio::test(start_paused = true)]
async fn an_exchange_that_opens_it_tells_its_own_failure_and_the_pause() {
    let script = Scripted::new((0..9).map(|_| reset()));
    let client = client(config(2, 5), &script);
    let error = ask(&client, &asking(Repeat::Freely)).await.unwrap_err();
    assert_eq!(script.count(), 2);
    assert!(matches!(error, HttpError::Unavailable { unsure: true, .. }), "{error:?}");
    // the second pause (1 s) had passed when it was seen
    assert_eq!(error.retry_after(), Some(secs(29)));
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_a_place_is_told_before_sending() {
    let script = Scripted::new([
        Step::Late(secs(9), 200),
        Step::Fail(http_client::TransportError::Unsent("x".into())),
    ]);
    let mut config = config(1, 1);
    config.limits.concurrent = Some(1);
    let client = client(config, &script);
    let exchange = asking(Repeat::Freely);
    let (first, second, third) =
        tokio::join!(ask(&client, &exchange), ask(&client, &exchange), ask(&client, &exchange));
    assert!(first.is_ok());
    assert!(matches!(second, Err(HttpError::Unavailable { .. })), "{second:?}");
    assert!(matches!(third, Err(HttpError::CircuitOpen { .. })), "{third:?}");
    assert_eq!(script.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn while_it_is_open_nothing_is_built_and_no_turn_is_waited_for() {
    let script = Scripted::new([reset()]);
    let mut config = config(1, 1);
    config.limits.per_minute = Some(1);
    let client = client(config, &script);
    ask(&client, &asking(Repeat::Freely)).await.unwrap_err();
    let began = Instant::now();
    let build = || async { Err(HttpError::InvalidRequest { reason: "built".into() }) };
    let error = client.exchange(&asking(Repeat::Freely), build).await.unwrap_err();
    assert!(matches!(error, HttpError::CircuitOpen { .. }), "{error:?}");
    assert_eq!(began.elapsed(), secs(0));
}

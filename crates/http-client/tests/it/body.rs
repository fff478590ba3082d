//! Limits of time and size on what comes.

use futures::StreamExt as _;
use http_client::{Exchange, HttpClientConfig, HttpError, Repeat, http::Method};
use tokio::time::Instant;

use crate::scripted::{Scripted, Step, ask, asking, client, ms, plain, request, secs};

#[tokio::test(start_paused = true)]
async fn silence_before_the_head_ends_by_the_clients_limits() {
    let script = Scripted::new([Step::Silence]);
    let began = Instant::now();
    let error = ask(&plain(&script), &asking(Repeat::OnlyIfUnsent)).await.unwrap_err();
    assert_eq!(began.elapsed(), secs(40), "connecting and reading");
    assert!(error.may_have_applied(), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn an_exchange_may_name_a_longer_or_a_shorter_time() {
    let script = Scripted::new([Step::Late(secs(115), 200), Step::Late(secs(115), 200)]);
    let client = plain(&script);
    let slow = Exchange { timeout: Some(secs(120)), ..asking(Repeat::OnlyIfUnsent) };
    assert_eq!(ask(&client, &slow).await.unwrap(), "ok");
    assert_eq!(script.seen()[0].timeout, Some(secs(120)), "reqwest's own limit must not be shorter");
    let quick = Exchange { timeout: Some(secs(2)), ..asking(Repeat::OnlyIfUnsent) };
    let began = Instant::now();
    ask(&client, &quick).await.unwrap_err();
    assert_eq!(began.elapsed(), secs(2));
}

#[tokio::test(start_paused = true)]
async fn a_slow_body_may_take_long_but_neither_fall_silent_nor_outlive_the_limit() {
    let drip = |n, each| Step::Pieces((0..n).map(|_| (each, "x")).collect(), true);
    let script = Scripted::new([drip(10, secs(29)), drip(1, secs(31)), drip(10, secs(29))]);
    let client = plain(&script);
    assert_eq!(ask(&client, &asking(Repeat::OnlyIfUnsent)).await.unwrap(), "x".repeat(10));
    let silent = ask(&client, &asking(Repeat::OnlyIfUnsent)).await.unwrap_err();
    assert!(silent.to_string().contains("silence"), "{silent}");
    let short = Exchange { timeout: Some(secs(100)), ..asking(Repeat::OnlyIfUnsent) };
    let began = Instant::now();
    let late = ask(&client, &short).await.unwrap_err();
    assert_eq!(began.elapsed(), secs(100));
    assert!(late.may_have_applied() && late.is_retryable(), "{late:?}");
}

#[tokio::test(start_paused = true)]
async fn limits_of_any_length_are_taken() {
    let script = Scripted::new([]);
    let forever = std::time::Duration::MAX;
    let config = HttpClientConfig {
        connect_timeout: forever,
        read_timeout: forever,
        total_timeout: Some(forever),
        ..HttpClientConfig::default()
    };
    ask(&client(config, &script), &asking(Repeat::Freely)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_body_shorter_than_promised_is_an_ambiguous_failure() {
    let short = || Step::Answer(200, &[("content-length", "10")], "four");
    let script = Scripted::new([short(), short()]);
    let client = plain(&script);
    let error = ask(&client, &asking(Repeat::OnlyIfUnsent)).await.unwrap_err();
    assert!(matches!(error, HttpError::Unavailable { unsure: true, .. }), "{error:?}");
    assert!(error.to_string().contains("4 of 10 bytes"), "{error}");
    assert_eq!(ask(&client, &asking(Repeat::Freely)).await.unwrap(), "ok");
}

#[tokio::test(start_paused = true)]
async fn an_answer_without_a_body_by_nature_keeps_no_promise() {
    let script = Scripted::new([Step::Answer(200, &[("content-length", "10")], "")]);
    let client = plain(&script);
    let head = async || Ok(client.request(Method::HEAD, "https://provider.example/").build()?);
    let answer = client.exchange_whole(&asking(Repeat::Freely), 0, head).await.unwrap();
    assert!(answer.body.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_body_may_be_as_large_as_the_cap_and_no_larger() {
    let script = Scripted::new([
        Step::Answer(200, &[], "12345"),
        Step::Answer(200, &[], "123456"),
        Step::Pieces(vec![(ms(0), "123"), (ms(0), "456")], true),
    ]);
    let client = plain(&script);
    let exchange = asking(Repeat::Freely);
    let whole = client.exchange_whole(&exchange, 5, async || request(&client)).await.unwrap();
    assert_eq!(&whole.body[..], b"12345");
    for _ in 0..2 {
        let error = client.exchange_whole(&exchange, 5, async || request(&client)).await.unwrap_err();
        assert!(matches!(error, HttpError::TooLarge { limit: 5, .. }), "{error:?}");
        assert!(!error.is_retryable() && error.may_have_applied());
    }
}

#[tokio::test(start_paused = true)]
async fn of_a_refusal_only_the_beginning_is_kept_and_a_broken_one_still_counts() {
    let script = Scripted::new([
        Step::Answer(400, &[], "0123456789"),
        Step::Answer(404, &[("content-length", "900")], "cut"),
    ]);
    let client = client(HttpClientConfig { max_error_body: 4, ..HttpClientConfig::default() }, &script);
    for (status, body) in [(400, &b"0123"[..]), (404, b"cut")] {
        let error = ask(&client, &asking(Repeat::Freely)).await.unwrap_err();
        let HttpError::Refused(refusal) = error else { panic!("{error:?}") };
        assert_eq!((refusal.status, &refusal.body[..]), (status, body));
    }
}

#[tokio::test(start_paused = true)]
async fn a_response_for_libraries_keeps_its_head_and_its_limits() {
    let script = Scripted::new([Step::Pieces(vec![(ms(0), "one"), (secs(31), "two")], true)]);
    let client = plain(&script);
    let answer = client.exchange(&asking(Repeat::Freely), async || request(&client)).await.unwrap();
    let response = answer.into_response();
    assert_eq!(response.status(), 200);
    let mut body = response.bytes_stream();
    assert_eq!(&body.next().await.unwrap().unwrap()[..], b"one");
    assert!(body.next().await.unwrap().is_err(), "silence");
    assert!(body.next().await.is_none());
}

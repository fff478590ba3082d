//! When an exchange is repeated, after how long, and what the caller is told.

use std::{
    sync::{Arc, atomic::AtomicU32, atomic::Ordering},
    time::Duration,
};

use chrono::{DateTime, Utc};
use domain::Clock;
use http_client::{
    Classify, Exchange, HttpClientConfig, HttpError, RateLimit, Refusal, Repeat, RetryPolicy, TransportError,
    Verdict,
};

use crate::scripted::{Scripted, Step, ask, asking, client, plain, request, reset, secs, status, unsent};

#[tokio::test(start_paused = true)]
async fn trouble_is_repeated_with_growing_pauses_and_then_handed_on() {
    let script = Scripted::new((0..9).map(|_| status(503)));
    let error = ask(&plain(&script), &asking(Repeat::Freely)).await.unwrap_err();
    assert_eq!(script.millis(), [0, 500, 1500, 3500, 7500]);
    assert!(error.is_retryable() && error.may_have_applied(), "{error:?}");
    let HttpError::Refused(refusal) = error else { panic!("{error:?}") };
    assert_eq!(refusal.status, 503);
}

#[tokio::test(start_paused = true)]
async fn the_wish_of_the_server_is_kept_in_each_of_its_forms() {
    let script = Scripted::new([
        Step::Answer(429, &[("retry-after-ms", "350.5"), ("retry-after", "9")], ""),
        Step::Answer(429, &[("retry-after", "1.5")], ""),
        Step::Answer(
            503,
            &[("retry-after", "Sun, 06 Nov 1994 08:49:40 GMT"), ("date", "Sun, 06 Nov 1994 08:49:37 GMT")],
            "",
        ),
    ]);
    assert_eq!(ask(&plain(&script), &asking(Repeat::OnlyIfUnsent)).await.unwrap(), "ok");
    // tokio's timers go by whole milliseconds
    assert_eq!(script.millis(), [0, 351, 1851, 4851]);
}

#[derive(Debug)]
struct Stopped(DateTime<Utc>);

impl Clock for Stopped {
    fn now(&self) -> DateTime<Utc> {
        self.0
    }
}

#[tokio::test(start_paused = true)]
async fn a_date_without_the_servers_own_is_measured_by_the_clock_that_was_given() {
    let dated = || Step::Answer(503, &[("retry-after", "Sun, 06 Nov 1994 08:49:47 GMT")], "");
    let script = Scripted::new([dated()]);
    let now = DateTime::parse_from_rfc3339("1994-11-06T08:49:37Z").unwrap().to_utc();
    let client = plain(&script).with_clock(Arc::new(Stopped(now)));
    ask(&client, &asking(Repeat::Freely)).await.unwrap();
    assert_eq!(script.millis(), [0, 10_000]);
}

#[tokio::test(start_paused = true)]
async fn a_wish_longer_than_our_patience_is_handed_on_with_the_figure() {
    let script = Scripted::new([Step::Answer(429, &[("retry-after", "3600")], "quota")]);
    let client = plain(&script);
    let error = ask(&client, &asking(Repeat::Freely)).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(secs(3600)));
    assert!(error.is_retryable() && !error.may_have_applied());
    // the others are told at once, and what is left
    tokio::time::advance(secs(600)).await;
    let error = ask(&client, &asking(Repeat::Freely)).await.unwrap_err();
    assert!(matches!(error, HttpError::RateLimited { .. }), "{error:?}");
    assert_eq!((error.retry_after(), error.may_have_applied()), (Some(secs(3000)), false));
    assert_eq!(script.count(), 1);
    tokio::time::advance(secs(3000)).await;
    ask(&client, &asking(Repeat::Freely)).await.unwrap();
}

/// How often a request leaves when every attempt fails in this way, and what is told of its effect.
#[tokio::test(start_paused = true)]
async fn repeats_go_as_far_as_the_failure_and_the_exchange_allow() {
    type Kind = (&'static str, fn() -> Step, [usize; 3], bool);
    let kinds: [Kind; 9] = [
        ("no connection", unsent, [5, 5, 5], false),
        ("reset", reset, [5, 2, 1], true),
        ("silence", || Step::Silence, [5, 2, 1], true),
        ("a body that breaks off", || Step::Pieces(vec![(Duration::ZERO, "o")], false), [5, 2, 1], true),
        ("500", || status(500), [5, 2, 1], true),
        ("503 shedding load", || Step::Answer(503, &[("retry-after", "1")], ""), [5, 5, 5], false),
        ("429", || status(429), [5, 5, 5], false),
        ("400", || status(400), [1, 1, 1], false),
        ("a certificate", || Step::Fail(TransportError::Untrusted("expired".into())), [1, 1, 1], false),
    ];
    for (kind, step, counts, applied) in kinds {
        let ways = [Repeat::Freely, Repeat::OnceIfUnsure, Repeat::OnlyIfUnsent];
        for (repeat, expected) in ways.into_iter().zip(counts) {
            let script = Scripted::new((0..9).map(|_| step()));
            let error = ask(&plain(&script), &asking(repeat)).await.unwrap_err();
            assert_eq!(script.count(), expected, "{kind}, {repeat:?}");
            assert_eq!(error.may_have_applied(), applied, "{kind}, {repeat:?}: {error:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn one_ambiguous_failure_among_others_is_one() {
    let script = Scripted::new([unsent(), reset(), status(429), unsent()]);
    assert_eq!(ask(&plain(&script), &asking(Repeat::OnceIfUnsure)).await.unwrap(), "ok");
    assert_eq!(script.count(), 5);
    let script = Scripted::new([reset(), status(429), reset()]);
    ask(&plain(&script), &asking(Repeat::OnceIfUnsure)).await.unwrap_err();
    assert_eq!(script.count(), 3);
}

#[tokio::test(start_paused = true)]
async fn an_error_after_an_ambiguous_failure_still_tells_of_it() {
    let later: [fn() -> Step; 4] =
        [unsent, || status(429), || status(400), || Step::Fail(TransportError::ProxyRefused)];
    for later in later {
        let script = Scripted::new([reset()].into_iter().chain((0..9).map(|_| later())));
        let error = ask(&plain(&script), &asking(Repeat::OnceIfUnsure)).await.unwrap_err();
        assert!(error.may_have_applied(), "{error:?}");
    }
    // the request cannot even be built again
    let (script, built) = (Scripted::new([reset()]), AtomicU32::new(0));
    let client = plain(&script);
    let outcome = client
        .exchange(&asking(Repeat::OnceIfUnsure), async || match built.fetch_add(1, Ordering::SeqCst) {
            0 => request(&client),
            _ => Err(HttpError::InvalidRequest { reason: "no token".into() }),
        })
        .await;
    assert!(outcome.unwrap_err().may_have_applied());
}

#[tokio::test(start_paused = true)]
async fn a_provider_reads_its_refusals_itself() {
    struct ServersWord;
    impl Classify for ServersWord {
        fn verdict(&self, answer: &Refusal) -> Verdict {
            match answer.should_retry() {
                _ if answer.body.starts_with(b"quota") => Verdict::Final,
                Some(true) => Verdict::Again { after: Some(secs(3)), slow_down: false },
                _ => Verdict::Final,
            }
        }
    }
    let exchange = Exchange { classify: &ServersWord, ..Exchange::new("test.ask") };
    let yes = &[("x-should-retry", "true"), ("retry-after", "7")];
    let script = Scripted::new([Step::Answer(409, yes, ""), Step::Answer(429, yes, "quota is gone")]);
    let error = ask(&plain(&script), &exchange).await.unwrap_err();
    assert_eq!(script.millis(), [0, 3000], "its figure wins over the header");
    assert!(!error.is_retryable(), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn each_attempt_is_built_anew_and_errors_of_building_end_it() {
    let script = Scripted::new([unsent(), unsent()]);
    let (client, built) = (plain(&script), AtomicU32::new(0));
    let answer = client
        .exchange(&asking(Repeat::Freely), async || {
            let mut request = request(&client)?;
            let number = built.fetch_add(1, Ordering::SeqCst);
            request.headers_mut().insert("x-number", number.into());
            Ok(request)
        })
        .await;
    assert!(answer.is_ok());
    let numbers: Vec<_> = script.seen().iter().map(|seen| seen.headers["x-number"].clone()).collect();
    assert_eq!(numbers, ["0", "1", "2"]);

    let broken = || async { Err(HttpError::InvalidRequest { reason: "no key".into() }) };
    let error = client.exchange(&asking(Repeat::Freely), broken).await.unwrap_err();
    assert!(matches!(error, HttpError::InvalidRequest { .. }));
    assert_eq!(script.count(), 3);
}

#[tokio::test(start_paused = true)]
async fn building_may_use_the_only_place_of_the_client() {
    let script = Scripted::new([]);
    let limits = RateLimit { per_minute: None, concurrent: Some(1) };
    let client = client(HttpClientConfig { limits, ..HttpClientConfig::default() }, &script);
    let outcome = client
        .exchange_whole(&asking(Repeat::Freely), 10, async || {
            ask(&client, &asking(Repeat::Freely)).await?;
            request(&client)
        })
        .await;
    assert!(outcome.is_ok());
    assert_eq!(script.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn every_attempt_carries_an_id_and_the_callers_own_is_kept() {
    let script = Scripted::new([Step::Answer(400, &[("x-request-id", "req_9")], "")]);
    let client = plain(&script);
    let error = ask(&client, &asking(Repeat::Freely)).await.unwrap_err();
    assert!(error.to_string().contains("req_9"), "{error}");
    let HttpError::Refused(refusal) = error else { panic!() };
    let sent = script.seen()[0].headers["x-client-request-id"].clone();
    assert_eq!(sent.to_str().unwrap(), refusal.client_request_id().unwrap().to_string());

    let own = async || {
        let mut request = request(&client)?;
        request
            .headers_mut()
            .insert("x-client-request-id", http_client::http::HeaderValue::from_static("mine"));
        Ok(request)
    };
    client.exchange(&asking(Repeat::Freely), own).await.unwrap();
    assert_eq!(script.seen()[1].headers["x-client-request-id"], "mine");
}

#[tokio::test(start_paused = true)]
async fn errors_hold_nothing_of_path_query_headers_or_body() {
    let steps: [fn() -> Step; 4] = [
        reset,
        || Step::Silence,
        || Step::Answer(400, &[("set-cookie", "secret-cookie")], "secret-body"),
        || Step::Pieces(vec![(Duration::ZERO, "secret-body")], false),
    ];
    for step in steps {
        let script = Scripted::new([step()]);
        let error = ask(&plain(&script), &asking(Repeat::OnlyIfUnsent)).await.unwrap_err();
        let words = format!("{error} {error:?}");
        assert!(words.contains("test.ask (provider.example)"), "{words}");
        assert!(!words.contains("secret") && !words.contains("user") && !words.contains("pass"), "{words}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_policy_sets_how_often() {
    let retry = RetryPolicy { attempts: 2, first_delay: secs(10), longest_delay: secs(15) };
    let script = Scripted::new((0..9).map(|_| unsent()));
    let config = HttpClientConfig { retry, ..HttpClientConfig::default() };
    ask(&client(config, &script), &asking(Repeat::Freely)).await.unwrap_err();
    assert_eq!(script.millis(), [0, 10_000]);
}

#[tokio::test(start_paused = true)]
async fn an_exchange_may_run_as_a_task_of_its_own() {
    let script = Scripted::new([unsent()]);
    let client = plain(&script);
    let task = tokio::spawn(async move {
        let exchange = asking(Repeat::Freely);
        let url = String::from("https://provider.example/");
        let build = || async { Ok(client.request(http_client::http::Method::GET, &url).build()?) };
        client.exchange_and_read(&exchange, build, |answer| async { answer.bytes(10).await }).await
    });
    assert_eq!(&task.await.unwrap().unwrap()[..], b"ok");
}

#[tokio::test(start_paused = true)]
async fn a_reading_without_a_figure_leaves_the_servers_own() {
    struct Again;
    impl Classify for Again {
        fn verdict(&self, _: &Refusal) -> Verdict {
            Verdict::Again { after: None, slow_down: false }
        }
    }
    let exchange = Exchange { classify: &Again, ..Exchange::new("test.ask") };
    let script = Scripted::new([Step::Answer(409, &[("retry-after", "7")], "")]);
    ask(&plain(&script), &exchange).await.unwrap();
    assert_eq!(script.millis(), [0, 7000]);
}

//! How fast a client asks, and how it gives way.

use std::time::Duration;

use futures::{StreamExt as _, future::join_all, stream::FuturesUnordered};
use http_client::{HttpClient, HttpClientConfig, RateLimit, Repeat};
use tokio::time::{Instant, timeout};

use crate::scripted::{Scripted, Step, ask, asking, client, ms, request, secs, status};

fn paced(per_minute: Option<u32>, concurrent: Option<usize>, script: &Scripted) -> HttpClient {
    let limits = RateLimit { per_minute, concurrent };
    client(HttpClientConfig { limits, ..HttpClientConfig::default() }, script)
}

async fn volley(client: &HttpClient, count: usize) {
    let exchange = asking(Repeat::Freely);
    for outcome in join_all((0..count).map(|_| ask(client, &exchange))).await {
        outcome.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn no_minute_ever_holds_more_than_the_limit_and_little_less() {
    for per_minute in [1, 7, 50, 60, 100, 3000] {
        let script = Scripted::new([]);
        let count = usize::try_from(per_minute).unwrap() * 4;
        volley(&paced(Some(per_minute), None, &script), count).await;
        let starts = script.millis();
        let fullest = (0..count)
            .map(|first| starts[first..].iter().take_while(|at| **at < starts[first] + 60_000).count())
            .max()
            .unwrap();
        let per_minute = usize::try_from(per_minute).unwrap();
        assert!(fullest <= per_minute, "{per_minute}: {fullest}");
        assert!(fullest * 100 >= per_minute * 97, "{per_minute}: {fullest}");
    }
}

#[tokio::test(start_paused = true)]
async fn requests_are_spread_after_a_small_burst() {
    let script = Scripted::new([]);
    volley(&paced(Some(61), None, &script), 7).await;
    // three at once, then 59 to fill the minute
    assert_eq!(script.millis(), [0, 0, 0, 1017, 2034, 3051, 4068]);
}

#[tokio::test(start_paused = true)]
async fn so_many_at_once_and_no_more_until_a_body_is_read() {
    let script = Scripted::new([]);
    let client = paced(None, Some(2), &script);
    let exchange = asking(Repeat::Freely);
    let first = client.exchange(&exchange, async || request(&client)).await.unwrap();
    let second = client.exchange(&exchange, async || request(&client)).await.unwrap().stream();
    let third = client.exchange(&exchange, async || request(&client));
    tokio::pin!(third);
    assert!(timeout(secs(5), &mut third).await.is_err(), "both places are taken");
    drop(second);
    let third = timeout(secs(5), third).await.unwrap().unwrap().into_response();
    assert!(timeout(secs(5), ask(&client, &exchange)).await.is_err());
    drop(third);
    first.bytes(10).await.unwrap();
    ask(&client, &exchange).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_place_is_free_while_an_exchange_waits_to_try_again() {
    let script = Scripted::new([status(503), Step::Late(ms(100), 200)]);
    let client = paced(None, Some(1), &script);
    let exchange = asking(Repeat::Freely);
    tokio::join!(async { ask(&client, &exchange).await.unwrap() }, async {
        ask(&client, &exchange).await.unwrap()
    });
    assert_eq!(script.millis(), [0, 0, 500]);
}

#[tokio::test(start_paused = true)]
async fn the_line_is_kept_in_order_and_who_leaves_it_takes_nothing() {
    let script = Scripted::new([]);
    let client = paced(Some(2), None, &script);
    let exchange = asking(Repeat::Freely);
    let began = Instant::now();
    let mut line = FuturesUnordered::new();
    for number in 0..6 {
        let (client, exchange) = (&client, &exchange);
        line.push(async move {
            // the third and the fourth lose patience while they stand in line
            let patience = if matches!(number, 2 | 3) { secs(15) } else { Duration::MAX };
            let came = timeout(patience, ask(client, exchange)).await.is_ok();
            came.then(|| (number, began.elapsed().as_secs()))
        });
    }
    let mut came = Vec::new();
    while let Some(one) = line.next().await {
        came.extend(one);
    }
    assert_eq!(came, [(0, 0), (1, 30), (4, 60), (5, 90)]);
    assert_eq!(script.count(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_wish_to_wait_holds_for_the_whole_client() {
    let script = Scripted::new([Step::Answer(429, &[("retry-after", "20")], "")]);
    let client = paced(None, None, &script);
    let exchange = asking(Repeat::Freely);
    let (first, other) = tokio::join!(ask(&client, &exchange), async {
        tokio::time::sleep(secs(5)).await;
        ask(&client, &exchange).await
    });
    assert!(first.is_ok() && other.is_ok());
    assert_eq!(script.millis(), [0, 20_000, 20_000]);
}

#[tokio::test(start_paused = true)]
async fn a_429_without_a_figure_holds_up_the_client_for_our_own_pause() {
    let script = Scripted::new([status(429)]);
    let client = paced(None, None, &script);
    let exchange = asking(Repeat::Freely);
    let (first, other) = tokio::join!(ask(&client, &exchange), async {
        tokio::time::sleep(ms(100)).await;
        ask(&client, &exchange).await
    });
    assert!(first.is_ok() && other.is_ok());
    assert_eq!(script.millis(), [0, 500, 500]);
}

#[tokio::test(start_paused = true)]
async fn a_provider_may_pause_its_client_itself() {
    let script = Scripted::new([]);
    let client = paced(None, None, &script);
    client.pause(secs(23));
    ask(&client, &asking(Repeat::Freely)).await.unwrap();
    assert_eq!(script.millis(), [23_000]);
}

#[tokio::test(start_paused = true)]
async fn a_429_halves_the_pace_and_successes_give_it_back() {
    // 20 a minute: no burst, a start every three seconds
    let script = Scripted::new([Step::Answer(429, &[("retry-after", "10")], "")]);
    let client = paced(Some(20), None, &script);
    for _ in 0..31 {
        ask(&client, &asking(Repeat::Freely)).await.unwrap();
    }
    let starts = script.millis();
    let gaps: Vec<_> = starts.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!(gaps[0], 10_000, "the pause");
    // the first start is followed by half the pace, then each success gives a twentieth
    assert_eq!((gaps[1], gaps[2]), (6000, 5455));
    assert!(gaps[1..].windows(2).all(|pair| pair[1] <= pair[0]), "{gaps:?}");
    assert_eq!(gaps[12..].iter().max(), Some(&3000), "all is given back: {gaps:?}");
}

#[tokio::test(start_paused = true)]
async fn places_are_halved_too_and_a_volley_of_429_counts_once() {
    // eight leave together and are refused together
    let refused = (0..8).map(|_| Step::Late(ms(100), 429));
    let script = Scripted::new(refused.chain((0..8).map(|_| Step::Late(secs(10), 200))));
    volley(&paced(None, Some(8), &script), 8).await;
    let starts = script.millis();
    assert_eq!(starts[..8], [0; 8]);
    // our pause, then half as many; each of these that is accepted gives a place back by and by
    assert_eq!(starts[8..12], [600; 4], "{starts:?}");
    assert!(starts[12] >= 10_000, "{starts:?}");
}

#[tokio::test(start_paused = true)]
async fn a_pause_is_not_followed_by_a_burst() {
    let script = Scripted::new([Step::Answer(429, &[("retry-after", "10")], "")]);
    let client = paced(Some(61), None, &script);
    ask(&client, &asking(Repeat::Freely)).await.unwrap();
    volley(&client, 2).await;
    let starts = script.millis();
    assert_eq!(starts[..2], [0, 10_000]);
    // half the pace of 1017 ms, a little of it given back by the first success
    assert!(starts.windows(2).skip(1).all(|pair| pair[1] - pair[0] > 1800), "{starts:?}");
}

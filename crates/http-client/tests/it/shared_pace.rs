//! Limits that several clients keep together, under virtual time.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use futures::future::join_all;
use http_client::{
    HttpClient, HttpClientConfig, PaceAsk, PaceTurn, RateLimit, Repeat, SharedPace, Transport,
    TransportError,
    reqwest::{Body, Request, Response},
};
use tokio::time::{Instant, sleep};

use crate::scripted::{Scripted, ask, asking, client};

/// Gives moments and places out as the database does, the simple way.
#[derive(Debug, Default)]
struct Line {
    next: Mutex<Option<Instant>>,
    places: Mutex<HashMap<usize, (usize, usize)>>,
    away: std::sync::atomic::AtomicBool,
}

#[derive(Debug)]
struct Door {
    line: Arc<Line>,
    who: usize,
}

#[async_trait]
impl SharedPace for Door {
    async fn turn(&self, ask: PaceAsk) -> Option<PaceTurn> {
        // the way to the database and back
        sleep(Duration::from_millis(2)).await;
        if self.line.away.load(Ordering::Relaxed) {
            return None;
        }
        let now = Instant::now();
        let mut next = self.line.next.lock().unwrap();
        let first = next.map_or(now, |next| next.max(now));
        *next = Some(first + ask.apart * ask.starts);
        let mut places = self.line.places.lock().unwrap();
        let others: usize = places.iter().filter(|(who, _)| **who != self.who).map(|(_, (has, _))| has).sum();
        let asking = places.iter().filter(|(who, (_, wants))| **who != self.who && *wants > 0).count() + 1;
        let all = ask.limit.concurrent.unwrap();
        let mine = ask.wanted.min(all / asking).min(all - others).max(ask.busy);
        places.insert(self.who, (mine, ask.wanted));
        Some(PaceTurn { places: mine, first_in: first - now, sharers: 4 })
    }
}

/// Answers after a while, and counts how many are on their way.
#[derive(Debug, Clone, Default)]
struct Slow {
    now: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
    starts: Arc<Mutex<Vec<Instant>>>,
}

#[async_trait]
impl Transport for Slow {
    async fn send(&self, _: Request) -> Result<Response, TransportError> {
        self.starts.lock().unwrap().push(Instant::now());
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        sleep(Duration::from_millis(700)).await;
        self.now.fetch_sub(1, Ordering::SeqCst);
        Ok(http_client::http::Response::new(Body::from("ok")).into())
    }
}

const LIMIT: RateLimit = RateLimit { per_minute: Some(300), concurrent: Some(8) };

fn clients(line: &Arc<Line>, slow: &Slow) -> Vec<HttpClient> {
    let one = |who| {
        let shared: Arc<dyn SharedPace> = Arc::new(Door { line: Arc::clone(line), who });
        let config = HttpClientConfig { limits: LIMIT, shared: Some(shared), ..HttpClientConfig::default() };
        client(config, &Scripted::new([])).with_transport(Arc::new(slow.clone()))
    };
    (0..4).map(one).collect()
}

async fn volley(clients: &[HttpClient], each: usize) {
    let exchange = asking(Repeat::Freely);
    let all = clients.iter().flat_map(|client| (0..each).map(move |_| client));
    for outcome in join_all(all.map(|client| ask(client, &exchange))).await {
        outcome.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn four_clients_never_pass_the_limits_that_they_share() {
    let (line, slow) = (Arc::new(Line::default()), Slow::default());
    let begun = Instant::now();
    volley(&clients(&line, &slow), 150).await;
    let starts = slow.starts.lock().unwrap().clone();
    assert_eq!(starts.len(), 600);
    let fullest = (0..starts.len())
        .map(|first| {
            starts[first..].iter().take_while(|at| **at < starts[first] + Duration::from_mins(1)).count()
        })
        .max()
        .unwrap();
    assert!(fullest <= 300, "{fullest} in a minute");
    assert!(slow.most.load(Ordering::SeqCst) <= 8, "{} at once", slow.most.load(Ordering::SeqCst));
    // two minutes is what the limit allows; a little is lost where batches change hands
    assert!(begun.elapsed() < Duration::from_secs(150), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn when_nobody_gives_them_out_each_keeps_to_its_part() {
    let (line, slow) = (Arc::new(Line::default()), Slow::default());
    let clients = clients(&line, &slow);
    volley(&clients, 20).await;
    line.away.store(true, Ordering::Relaxed);
    slow.most.store(0, Ordering::SeqCst);
    let begun = Instant::now();
    volley(&clients, 50).await;
    assert!(slow.most.load(Ordering::SeqCst) <= 8, "{} at once", slow.most.load(Ordering::SeqCst));
    // 200 requests at 300 a minute
    let took = begun.elapsed();
    assert!(took > Duration::from_secs(30) && took < Duration::from_mins(1), "{took:?}");
}

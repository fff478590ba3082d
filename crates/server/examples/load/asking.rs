//! Many clients that ask for pages, and how long they wait.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use url::Url;

use crate::addresses::filled;
use crate::wire::Wire;

/// Linux counts processor time in hundredths of a second on every machine that we build for.
const TICK_MS: f64 = 10.0;
/// Different calls that are opened.
const CALLS: usize = 4_000;

/// Who asks whom, and for how long.
pub(crate) struct Asking {
    base: Url,
    authority: String,
    clients: usize,
    time: Duration,
    every: Option<Duration>,
    pid: Option<u32>,
    calls: Arc<Vec<String>>,
    /// Goes on from path to path.
    number: Arc<AtomicU64>,
}

impl Asking {
    pub(crate) fn of(
        base: &str,
        clients: usize,
        time: Duration,
        every: Option<Duration>,
        pid: Option<u32>,
    ) -> Result<Self, Box<dyn Error>> {
        let base = Url::parse(base)?;
        let host = base.host_str().ok_or("an address without a host")?;
        let authority =
            format!("{host}:{}", base.port_or_known_default().ok_or("an address without a port")?);
        let calls = Arc::default();
        Ok(Self { base, authority, clients, time, every, pid, calls, number: Arc::default() })
    }

    /// Asks each path on its own, and prints a line for it.
    pub(crate) async fn table(&mut self, paths: &[&str]) -> Result<(), Box<dyn Error>> {
        println!(
            "{:>8} {:>8} {:>8} {:>7} {:>7} {:>7}  path",
            "p50 ms", "p99 ms", "max ms", "per s", "CPU ms", "errors"
        );
        if paths.iter().any(|path| path.contains("{call}")) {
            self.calls = Arc::new(self.newest_calls().await?);
        }
        for path in paths {
            self.ask(path).await?;
        }
        Ok(())
    }

    /// Ids of the newest judged calls.
    async fn newest_calls(&self) -> Result<Vec<String>, Box<dyn Error>> {
        let (mut wire, mut calls) = (Wire::open(&self.authority).await?, Vec::new());
        let mut path = "/api/v1/calls?scored=true&limit=100".to_owned();
        while calls.len() < CALLS {
            let (_, body) = wire.get(&path).await?;
            let page: serde_json::Value = serde_json::from_slice(body)?;
            let list = page.get("calls").and_then(serde_json::Value::as_array).ok_or("no list of calls")?;
            calls.extend(list.iter().filter_map(|call| Some(call.get("id")?.as_str()?.to_owned())));
            let Some(cursor) = page.get("next_cursor").and_then(serde_json::Value::as_str) else { break };
            path = format!("/api/v1/calls?scored=true&limit=100&cursor={cursor}");
        }
        Ok(calls)
    }

    async fn ask(&self, path: &str) -> Result<(), Box<dyn Error>> {
        let ended = Arc::new(AtomicBool::new(false));
        let (begun, cpu) = (Instant::now(), cpu_ms(self.pid));
        let tasks: Vec<_> = (0..self.clients)
            .map(|client| tokio::spawn(self.one(client, path.to_owned(), Arc::clone(&ended))))
            .collect();
        tokio::time::sleep(self.time).await;
        ended.store(true, Ordering::Relaxed);
        let (mut took, mut errors) = (Vec::new(), 0);
        for task in tasks {
            let (of_client, of_errors) = task.await?;
            took.extend(of_client);
            errors += of_errors;
        }
        let all = begun.elapsed();
        took.sort_unstable();
        let at = |part: usize| took.get(took.len() * part / 100).or(took.last()).copied().unwrap_or_default();
        #[expect(clippy::cast_precision_loss, reason = "a few million answers at most")]
        let count = took.len().max(1) as f64;
        let ms = |time: Duration| time.as_secs_f64() * 1000.0;
        let cost = cpu.zip(cpu_ms(self.pid)).map_or(f64::NAN, |(before, after)| (after - before) / count);
        println!(
            "{:>8.1} {:>8.1} {:>8.1} {:>7.0} {cost:>7.2} {errors:>7}  {path}",
            ms(at(50)),
            ms(at(99)),
            ms(took.last().copied().unwrap_or_default()),
            count / all.as_secs_f64()
        );
        Ok(())
    }

    /// One client until the end: how long each answer took, and how many were no good.
    fn one(
        &self,
        client: usize,
        template: String,
        ended: Arc<AtomicBool>,
    ) -> impl Future<Output = (Vec<Duration>, u32)> + Send + use<> {
        let (base, authority, every) = (self.base.clone(), self.authority.clone(), self.every);
        let (calls, number) = (Arc::clone(&self.calls), Arc::clone(&self.number));
        let clients = u32::try_from(self.clients.max(1)).unwrap_or(u32::MAX);
        let place = u32::try_from(client).unwrap_or(0);
        async move {
            let (mut took, mut errors, mut wire) = (Vec::new(), 0, None);
            if let Some(every) = every {
                // people do not come in step
                tokio::time::sleep(every * place / clients).await;
            }
            while !ended.load(Ordering::Relaxed) {
                let path = filled(&template, number.fetch_add(1, Ordering::Relaxed), &calls);
                let path = base.join(&path).map_or(path, |url| {
                    url.query()
                        .map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()))
                });
                let begun = Instant::now();
                let good = answered(&mut wire, &authority, &path).await.is_ok_and(|status| status == 200);
                took.push(begun.elapsed());
                errors += u32::from(!good);
                if let Some(every) = every {
                    tokio::time::sleep(every.saturating_sub(begun.elapsed())).await;
                }
            }
            (took, errors)
        }
    }
}

/// Asks over the connection, or over a new one where there is none or it broke.
async fn answered(wire: &mut Option<Wire>, authority: &str, path: &str) -> std::io::Result<u16> {
    let mut open = match wire.take() {
        Some(open) => open,
        None => Wire::open(authority).await?,
    };
    let (status, _) = open.get(path).await?;
    *wire = Some(open);
    Ok(status)
}

/// Processor time of a process so far, ms.
fn cpu_ms(pid: Option<u32>) -> Option<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid?)).ok()?;
    // the name may hold spaces: what is counted follows its bracket
    let mut fields = stat.rsplit_once(") ")?.1.split(' ').skip(11);
    let (user, system): (f64, f64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some((user + system) * TICK_MS)
}

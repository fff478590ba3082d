//! Telephones on one side, the model on the other, in one process, so that one clock times every packet.
//! Each call has both directions busy all the time: 20 ms each way, fifty packets a second.
//!
//! Half a millisecond after a packet it looks for packets without sleeping. To wake a process on another core costs
//! the sender several microseconds, in a virtual machine more than to relay a packet; whoever is slower than the load
//! would pay that for each packet, and whoever is quicker for none. Over a network nobody does.

use std::{
    cell::{Cell, RefCell},
    io::BufRead as _,
    rc::Rc,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::Notify,
    task::{LocalSet, yield_now},
    time::{MissedTickBehavior, interval_at, sleep},
};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::{anyhow_like::Result, frame};

/// Connections stand before anything is measured.
const WARM_UP: Duration = Duration::from_secs(3);

/// So long after a packet.
const AWAKE_NS: u64 = 500_000;

/// What goes through.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// The model speaks the model's protocol.
    Bridge,
    /// The model's end takes and gives the same frames as the telephone's: they pass unread.
    Relay,
}

struct Shared {
    kind: Kind,
    clock: Instant,
    /// When a packet was last sent, and who is told of the next.
    sent: Cell<u64>,
    sends: Notify,
    measuring: RefCell<bool>,
    up: RefCell<Vec<u64>>,
    down: RefCell<Vec<u64>>,
}

impl Shared {
    fn ns(&self) -> u64 {
        u64::try_from(self.clock.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    /// A packet leaves now.
    fn sends(&self) -> u64 {
        let now = self.ns();
        self.sent.set(now);
        self.sends.notify_one();
        now
    }

    /// Looks for packets without sleeping, as long as they are on their way.
    async fn stays_awake(&self) {
        loop {
            self.sends.notified().await;
            while self.ns().saturating_sub(self.sent.get()) < AWAKE_NS {
                yield_now().await;
            }
        }
    }

    fn note(&self, to: &RefCell<Vec<u64>>, sent: Option<u64>) {
        if let Some(sent) = sent.filter(|_| *self.measuring.borrow()) {
            to.borrow_mut().push(self.ns().saturating_sub(sent));
        }
    }
}

/// `CALLS SECONDS KIND`; tells the model's address, then reads the server's address and process id.
pub(crate) async fn run(arguments: &[&str]) -> Result<()> {
    let [calls, seconds, kind] = arguments else { return Err("load CALLS SECONDS bridge|relay".into()) };
    let (calls, seconds): (u64, u64) = (calls.parse()?, seconds.parse()?);
    let kind = if *kind == "relay" { Kind::Relay } else { Kind::Bridge };
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    let mut told = String::new();
    std::io::stdin().lock().read_line(&mut told)?;
    let (address, pid) = told.trim().split_once(' ').ok_or("ADDRESS PID")?;
    let shared = Rc::new(Shared {
        kind,
        clock: Instant::now(),
        sent: Cell::new(0),
        sends: Notify::new(),
        measuring: RefCell::new(false),
        up: RefCell::default(),
        down: RefCell::default(),
    });
    let local = LocalSet::new();
    local.spawn_local(serve_model(listener, Rc::clone(&shared)));
    let awake = Rc::clone(&shared);
    local.spawn_local(async move { awake.stays_awake().await });
    for n in 0..calls {
        // phases of the 20 ms are spread, as calls are
        let (address, shared) = (address.to_owned(), Rc::clone(&shared));
        local.spawn_local(async move {
            sleep(Duration::from_micros(n * 5_000 + n * 20_000 / calls.max(1) % 20_000)).await;
            if let Err(error) = telephone(&address, &shared).await {
                println!("a call broke off: {error}");
            }
        });
    }
    local
        .run_until(async {
            sleep(WARM_UP + Duration::from_millis(calls * 5)).await;
            let before = cpu(pid)?;
            let begun = Instant::now();
            *shared.measuring.borrow_mut() = true;
            sleep(Duration::from_secs(seconds)).await;
            *shared.measuring.borrow_mut() = false;
            let (wall, after) = (begun.elapsed().as_secs_f64(), cpu(pid)?);
            report(&shared, calls, wall, before, after);
            Ok(())
        })
        .await
}

/// User and system time of a process so far, s (Linux, 100 ticks a second).
fn cpu(pid: &str) -> Result<(f64, f64)> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let fields: Vec<&str> = text.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let tick = |at: usize| -> Result<f64> { Ok(fields.get(at).ok_or("stat")?.parse::<f64>()? / 100.0) };
    Ok((tick(11)?, tick(12)?))
}

#[expect(clippy::cast_precision_loss, reason = "figures")]
fn report(shared: &Shared, calls: u64, wall: f64, before: (f64, f64), after: (f64, f64)) {
    let (user, system) = (after.0 - before.0, after.1 - before.1);
    for (name, delays) in [("up", &shared.up), ("down", &shared.down)] {
        let mut delays = delays.borrow().clone();
        delays.sort_unstable();
        let at =
            |share: usize| delays.get(delays.len().saturating_sub(1) * share / 1000).copied().unwrap_or(0);
        println!("{name}_p50_us {:.0}", at(500) as f64 / 1000.0);
        println!("{name}_p99_us {:.0}", at(990) as f64 / 1000.0);
        println!("{name}_packets {:.0}", delays.len() as f64);
        println!("{name}_expected {:.0}", calls as f64 * wall * 50.0);
    }
    println!("user_ms_per_call_s {:.4}", user * 1000.0 / wall / calls as f64);
    println!("cpu_ms_per_call_s {:.4}", (user + system) * 1000.0 / wall / calls as f64);
    println!("core_share {:.4}", (user + system) / wall);
}

async fn serve_model(listener: TcpListener, shared: Rc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        let shared = Rc::clone(&shared);
        tokio::task::spawn_local(async move {
            // whoever is driven leaves first
            let _ = model(stream, &shared).await;
        });
    }
}

/// One connection with what was read of it.
struct Socket {
    stream: TcpStream,
    input: Vec<u8>,
    taken: usize,
    out: Vec<u8>,
}

impl Socket {
    fn new(stream: TcpStream) -> Result<Self> {
        stream.set_nodelay(true)?;
        Ok(Self { stream, input: Vec::with_capacity(16 << 10), taken: 0, out: Vec::with_capacity(1024) })
    }

    /// The head of an HTTP message.
    async fn head(&mut self) -> Result<String> {
        loop {
            if let Some(end) = self.input.windows(4).position(|window| window == b"\r\n\r\n") {
                let head = String::from_utf8_lossy(self.input.get(..end).unwrap_or_default()).into_owned();
                self.input.drain(..end + 4);
                return Ok(head);
            }
            if self.stream.read_buf(&mut self.input).await? == 0 {
                return Err("closed".into());
            }
        }
    }

    async fn more(&mut self) -> Result<()> {
        self.input.drain(..self.taken);
        self.taken = 0;
        if self.stream.read_buf(&mut self.input).await? == 0 {
            return Err("closed".into());
        }
        Ok(())
    }

    fn next(&mut self) -> Option<(u8, &[u8])> {
        let (opcode, body, end) = frame::first(self.input.get_mut(self.taken..)?)?;
        self.taken += end;
        Some((opcode, body))
    }

    async fn flush(&mut self) -> Result<()> {
        self.stream.write_all(&self.out).await?;
        self.out.clear();
        Ok(())
    }
}

/// A telephone: 20 ms of sound each 20 ms, and what comes back is timed.
async fn telephone(address: &str, shared: &Shared) -> Result<()> {
    let mut socket = Socket::new(TcpStream::connect(address).await?)?;
    let hello = "GET /voximplant/media/x HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                 Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    socket.stream.write_all(hello.as_bytes()).await?;
    socket.head().await?;
    let start = br#"{"event":"start","sequenceNumber":0,"start":{"mediaFormat":{"encoding":"ULAW","sampleRate":8000}}}"#;
    frame::text(&mut socket.out, start, true);
    socket.flush().await?;
    let mut clock = ticks();
    let mut number = 0;
    loop {
        tokio::select! {
            _ = clock.tick() => {
                number += 1;
                frame::media(&mut socket.out, number, shared.sends(), true);
                socket.flush().await?;
            }
            more = socket.more() => {
                more?;
                while let Some((opcode, body)) = socket.next() {
                    if opcode == 8 {
                        return Err("it was closed".into());
                    }
                    let sent = frame::stamp(body, b"\"payload\":\"");
                    shared.note(&shared.down, sent);
                }
            }
        }
    }
}

fn ticks() -> tokio::time::Interval {
    let every = Duration::from_millis(20);
    let mut clock = interval_at(tokio::time::Instant::now() + every, every);
    clock.set_missed_tick_behavior(MissedTickBehavior::Burst);
    clock
}

/// The model: takes settings, speaks without end once it is asked to.
async fn model(stream: TcpStream, shared: &Shared) -> Result<()> {
    let mut socket = Socket::new(stream)?;
    let head = socket.head().await?;
    let key = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("sec-websocket-key").then(|| value.trim().to_owned())
    });
    let accept = derive_accept_key(key.ok_or("no key")?.as_bytes());
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Accept: {accept}\r\n\r\n"
    );
    socket.stream.write_all(answer.as_bytes()).await?;
    if shared.kind == Kind::Bridge {
        frame::text(&mut socket.out, br#"{"type":"session.created","session":{}}"#, false);
        socket.flush().await?;
    }
    let mut speaks = shared.kind == Kind::Relay;
    let key: &[u8] = if shared.kind == Kind::Relay { b"\"payload\":\"" } else { b"\"audio\":\"" };
    let mut clock = ticks();
    let mut number = 0;
    loop {
        tokio::select! {
            _ = clock.tick(), if speaks => {
                number += 1;
                match shared.kind {
                    Kind::Bridge => frame::delta(&mut socket.out, number, shared.sends()),
                    Kind::Relay => frame::media(&mut socket.out, number, shared.sends(), false),
                }
                socket.flush().await?;
            }
            more = socket.more() => {
                more?;
                let mut answers: Vec<&[u8]> = Vec::new();
                while let Some((opcode, body)) = socket.next() {
                    if opcode == 8 {
                        return Ok(());
                    }
                    if body.starts_with(br#"{"type":"input_audio_buffer.append""#) || shared.kind == Kind::Relay {
                        let sent = frame::stamp(body, key);
                        shared.note(&shared.up, sent);
                    } else if has(body, b"session.update") {
                        answers.push(br#"{"type":"session.updated","session":{}}"#);
                    } else if has(body, b"response.create") && !speaks {
                        answers.push(br#"{"type":"response.created","response":{"id":"resp_BXeN2wPDFfpHa1"}}"#);
                        speaks = true;
                        clock = ticks();
                    }
                }
                for answer in answers {
                    frame::text(&mut socket.out, answer, false);
                }
                socket.flush().await?;
            }
        }
    }
}

fn has(body: &[u8], words: &[u8]) -> bool {
    body.windows(words.len()).any(|window| window == words)
}

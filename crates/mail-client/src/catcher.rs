//! A mail server that keeps what it takes and lets nothing out: one user `robot` with the password `right`.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::testing::Fault;

/// `\0robot\0right`, as AUTH PLAIN carries it. <https://www.rfc-editor.org/rfc/rfc4616>
const RIGHT: &str = "AHJvYm90AHJpZ2h0";
/// A mail of this product is a page and a workbook.
const MOST_BYTES: usize = 40 << 20;

/// A mail as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaughtMail {
    /// To whom, bare addresses.
    pub to: Vec<String>,
    /// Headers and body.
    pub data: String,
}

impl CaughtMail {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        let head = self.data.lines().take_while(|line| !line.is_empty());
        let mut values = head.filter_map(|line| line.split_once(": "));
        values.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }
}

#[derive(Default)]
struct State {
    taken: Vec<CaughtMail>,
    faults: VecDeque<Fault>,
    refused: bool,
}

/// A mail server on a port of its own. A handle: clones share it; it ends with the last.
#[derive(Clone)]
pub struct MailCatcher {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    _stop: Arc<DropGuard>,
}

impl std::fmt::Debug for MailCatcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MailCatcher").field("address", &self.address).finish_non_exhaustive()
    }
}

impl MailCatcher {
    /// Listens on any free port of this machine.
    ///
    /// # Errors
    /// The system gives no port.
    pub async fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let (address, state) = (listener.local_addr()?, Arc::<Mutex<State>>::default());
        let stop = CancellationToken::new();
        let (taking, stopped) = (Arc::clone(&state), stop.clone());
        tokio::spawn(async move {
            loop {
                let accepted = tokio::select! {
                    accepted = listener.accept() => accepted,
                    () = stopped.cancelled() => return,
                };
                let Ok((socket, _)) = accepted else { continue };
                let (state, stopped) = (Arc::clone(&taking), stopped.clone());
                tokio::spawn(async move {
                    tokio::select! {
                        // a client that goes away ends its conversation
                        _ = serve(socket, &state) => {}
                        () = stopped.cancelled() => {}
                    }
                });
            }
        });
        Ok(Self { address, state, _stop: Arc::new(stop.drop_guard()) })
    }

    /// `SMTP_URL` for it.
    pub fn smtp_url(&self) -> String {
        format!("smtp://robot:right@{}", self.address)
    }

    /// What it took, oldest first.
    pub fn taken(&self) -> Vec<CaughtMail> {
        lock(&self.state).taken.clone()
    }

    /// What goes wrong at the next mail.
    pub fn play(&self, fault: Fault) {
        lock(&self.state).faults.push_back(fault);
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One conversation.
async fn serve(socket: TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    let (read, mut write) = socket.into_split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 catcher\r\n").await?;
    let mut to = Vec::new();
    while let Some(line) = lines.next_line().await? {
        let word = line.split([' ', ':']).next().unwrap_or_default().to_uppercase();
        let answer = match word.as_str() {
            "EHLO" => "250-catcher\r\n250 AUTH PLAIN",
            "AUTH" if line.ends_with(RIGHT) && !lock(state).refused => "235 2.7.0 yes",
            "AUTH" => "535 5.7.8 no",
            "MAIL" => begin(state).unwrap_or("250 ok"),
            "RCPT" if is_next(state, Fault::NoSuchPerson) => "550 5.1.1 no such person",
            "RCPT" => {
                let address = line.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
                to.extend(address.map(|(address, _)| address.to_owned()));
                "250 ok"
            }
            "DATA" => {
                write.write_all(b"354 go on\r\n").await?;
                let mut data = String::new();
                while let Some(line) = lines.next_line().await? {
                    if line == "." || data.len() > MOST_BYTES {
                        break;
                    }
                    data.push_str(line.strip_prefix('.').unwrap_or(&line));
                    data.push('\n');
                }
                lock(state).taken.push(CaughtMail { to: std::mem::take(&mut to), data });
                if is_next(state, Fault::AnswerLost) {
                    return Ok(());
                }
                "250 taken"
            }
            "RSET" | "NOOP" => "250 ok",
            "QUIT" => "221 bye",
            _ => "502 what",
        };
        write.write_all(format!("{answer}\r\n").as_bytes()).await?;
        // a server that no longer believes the password closes the door
        if answer.starts_with("530") || word == "QUIT" {
            return Ok(());
        }
    }
    Ok(())
}

/// What is said to a mail that begins, where it does not go on.
fn begin(state: &Mutex<State>) -> Option<&'static str> {
    let mut state = lock(state);
    match state.faults.front() {
        Some(Fault::Later) => {
            state.faults.pop_front();
            Some("451 4.3.0 later")
        }
        Some(Fault::Refused) => {
            state.faults.pop_front();
            state.refused = true;
            Some("530 5.7.0 authenticate first")
        }
        _ => None,
    }
}

fn is_next(state: &Mutex<State>, fault: Fault) -> bool {
    let mut state = lock(state);
    let is = state.faults.front() == Some(&fault);
    if is {
        state.faults.pop_front();
    }
    is
}

//! A server that speaks as much SMTP as the client needs: one user `robot` with the password `right`.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use mail_client::testing::Fault;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A mail as it came.
#[derive(Debug, Clone)]
pub(crate) struct Taken {
    pub(crate) to: Vec<String>,
    pub(crate) data: String,
}

impl Taken {
    pub(crate) fn id(&self) -> String {
        let line = self.data.lines().find(|line| line.starts_with("Message-ID:")).unwrap();
        line.trim_start_matches("Message-ID:").trim().to_owned()
    }
}

#[derive(Default)]
struct State {
    taken: Vec<Taken>,
    faults: VecDeque<Fault>,
    refused: bool,
}

#[derive(Clone)]
pub(crate) struct Server {
    port: u16,
    state: Arc<Mutex<State>>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self { port: listener.local_addr().unwrap().port(), state: Arc::default() };
        let state = Arc::clone(&server.state);
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(serve(socket, Arc::clone(&state)));
            }
        });
        server
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn taken(&self) -> Vec<Taken> {
        self.state.lock().unwrap().taken.clone()
    }

    pub(crate) fn play(&self, fault: Fault) {
        self.state.lock().unwrap().faults.push_back(fault);
    }
}

/// One conversation; a client that goes away ends it.
async fn serve(socket: TcpStream, state: Arc<Mutex<State>>) {
    let (read, mut write) = socket.into_split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 smtp.example.ru\r\n").await.unwrap();
    let mut to = Vec::new();
    while let Ok(Some(line)) = lines.next_line().await {
        let word = line.split([' ', ':']).next().unwrap_or_default().to_uppercase();
        let answer: String = match word.as_str() {
            "EHLO" => "250-smtp.example.ru\r\n250 AUTH PLAIN".into(),
            // \0robot\0right
            "AUTH" if line.ends_with("AHJvYm90AHJpZ2h0") && !state.lock().unwrap().refused => {
                "235 yes".into()
            }
            "AUTH" => "535 5.7.8 no".into(),
            "MAIL" => match begin(&state) {
                Some(answer) => answer.into(),
                None => "250 ok".into(),
            },
            "RCPT" if next_is(&state, Fault::NoSuchPerson) => "550 5.1.1 no such person".into(),
            "RCPT" => {
                let address = line.split_once('<').unwrap().1.split_once('>').unwrap().0;
                to.push(address.to_owned());
                "250 ok".into()
            }
            "DATA" => {
                write.write_all(b"354 go on\r\n").await.unwrap();
                let mut data = String::new();
                while let Ok(Some(line)) = lines.next_line().await {
                    if line == "." {
                        break;
                    }
                    data.push_str(&line);
                    data.push('\n');
                }
                state.lock().unwrap().taken.push(Taken { to: std::mem::take(&mut to), data });
                if next_is(&state, Fault::AnswerLost) {
                    return;
                }
                "250 taken".into()
            }
            "RSET" | "NOOP" => "250 ok".into(),
            "QUIT" => "221 bye".into(),
            _ => "502 what".into(),
        };
        if write.write_all(format!("{answer}\r\n").as_bytes()).await.is_err() {
            return;
        }
        // a server that no longer believes the password closes the door
        if answer.starts_with("530") || word == "QUIT" {
            return;
        }
    }
}

/// What is said to a mail that begins, where it does not go on.
fn begin(state: &Mutex<State>) -> Option<&'static str> {
    let mut state = state.lock().unwrap();
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

fn next_is(state: &Mutex<State>, fault: Fault) -> bool {
    let mut state = state.lock().unwrap();
    let is = state.faults.front() == Some(&fault);
    if is {
        state.faults.pop_front();
    }
    is
}

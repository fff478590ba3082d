//! The least that speaks HTTP/1.1 over a connection that is kept: it shares the machine with the service that
//! it measures, so it must cost next to nothing. It knows the answers of that service alone: each tells its
//! length.

use std::io;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A head that is longer is none of ours.
const LONGEST_HEAD: usize = 64 << 10;
const ROOM: usize = 256 << 10;

/// A connection and what was read of it.
pub(crate) struct Wire {
    authority: String,
    stream: TcpStream,
    read: Vec<u8>,
}

impl Wire {
    /// Connects to `127.0.0.1:8000`.
    pub(crate) async fn open(authority: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(authority).await?;
        stream.set_nodelay(true)?;
        Ok(Self { authority: authority.to_owned(), stream, read: Vec::with_capacity(ROOM) })
    }

    /// Asks for a path, which must be written as it travels, and reads the whole answer: status and body.
    pub(crate) async fn get(&mut self, path: &str) -> io::Result<(u16, &[u8])> {
        let question =
            format!("GET {path} HTTP/1.1\r\nhost: {}\r\naccept: text/html\r\n\r\n", self.authority);
        self.stream.write_all(question.as_bytes()).await?;
        self.read.clear();
        let (status, head, length) = loop {
            self.more().await?;
            let end = self.read.windows(4).position(|four| four == b"\r\n\r\n");
            if let Some(at) = end {
                let head = self.read.get(..at).and_then(|head| std::str::from_utf8(head).ok());
                let (status, length) = head.and_then(told).ok_or_else(|| broken("a head"))?;
                break (status, at + 4, length);
            }
            if self.read.len() > LONGEST_HEAD {
                return Err(broken("a head without an end"));
            }
        };
        while self.read.len() < head + length {
            self.more().await?;
        }
        let body = self.read.get(head..head + length).ok_or_else(|| broken("a body"))?;
        Ok((status, body))
    }

    async fn more(&mut self) -> io::Result<()> {
        match self.stream.read_buf(&mut self.read).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

/// Status and length of an answer.
fn told(head: &str) -> Option<(u16, usize)> {
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let mut fields = head.split("\r\n").filter_map(|line| line.split_once(':'));
    let length =
        fields.find(|(name, _)| name.eq_ignore_ascii_case("content-length"))?.1.trim().parse().ok()?;
    Some((status, length))
}

fn broken(what: &str) -> io::Error {
    io::Error::other(format!("{what} that cannot be read"))
}

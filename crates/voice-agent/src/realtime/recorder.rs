//! The call's sound as a file: G.711 in WAV, the client left, the robot right, both where they were
//! heard. What the robot had sent and nobody heard is not in it.
//!
//! Memory is bounded: what is older than a moment goes to the file by a thread for blocking work, in
//! blocks. The header's sizes are filled in at the end; without them readers take the rest of the file.

use std::{
    fs::File,
    io::{self, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
    task::{Context, Poll},
    time::Duration,
};

use futures::FutureExt as _;
use openai_client::G711;
use tokio::{task::JoinHandle, time::Instant};

/// So late a packet may still come, samples.
const LATE: u64 = 8 * 300;
/// Nothing is laid further ahead of the present, samples.
const MOST_AHEAD: u64 = 8 * 20_000;
/// Two seconds of both channels.
const BLOCK: usize = 32 << 10;
/// A minute: a disk that is slower than that loses the rest.
const MOST_WAITING: usize = 1 << 20;

/// The recording of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BridgeRecording {
    /// The WAV file.
    pub path: PathBuf,
    /// Its length, ms.
    pub duration_ms: u64,
    /// Nothing was lost on the way to the disk.
    pub is_whole: bool,
}

/// Both voices, sample by sample.
#[derive(Debug)]
pub(super) struct Recorder {
    path: PathBuf,
    code: G711,
    began: Instant,
    /// Samples that are in the file or on the way.
    base: u64,
    client: Vec<u8>,
    robot: Vec<u8>,
    block: Vec<u8>,
    file: Option<File>,
    writing: Option<JoinHandle<io::Result<File>>>,
    is_whole: bool,
}

impl Recorder {
    /// A recording that begins now.
    pub(super) fn begin(path: PathBuf, code: G711, now: Instant) -> Self {
        let opened = path.clone();
        let open = tokio::task::spawn_blocking(move || create(&opened, code));
        Self {
            path,
            code,
            began: now,
            base: 0,
            client: Vec::new(),
            robot: Vec::new(),
            block: Vec::new(),
            file: None,
            writing: Some(open),
            is_whole: true,
        }
    }

    fn sample(&self, at: Instant) -> u64 {
        u64::try_from(at.saturating_duration_since(self.began).as_micros() / 125).unwrap_or(0)
    }

    /// The client's sound that ends at a sample of the call; one that cannot be right is taken as of now.
    pub(super) fn client(&mut self, ends_at: Option<u64>, sound: &[u8], now: Instant) {
        let present = self.sample(now);
        let likely = |end: &u64| end.abs_diff(present) < MOST_AHEAD / 2;
        let end = ends_at.filter(likely).unwrap_or(present);
        let from = end.saturating_sub(sound.len() as u64);
        lay(&mut self.client, self.base, from, sound, self.code.silence());
        self.commit(present);
    }

    /// The robot's sound, and when it is played.
    pub(super) fn robot(&mut self, starts: Instant, sound: &[u8]) {
        let from = self.sample(starts);
        lay(&mut self.robot, self.base, from, sound, self.code.silence());
    }

    /// The robot falls silent.
    pub(super) fn cut_robot(&mut self, now: Instant) {
        let kept = self.sample(now).saturating_sub(self.base);
        self.robot.truncate(usize::try_from(kept).unwrap_or(usize::MAX));
    }

    /// What is old enough goes to the file.
    fn commit(&mut self, present: u64) {
        let until = present.saturating_sub(LATE);
        // in steps of a fifth of a second: a packet is hardly worth it
        if until < self.base + 1600 {
            return;
        }
        self.interleave(usize::try_from(until - self.base).unwrap_or(0));
    }

    fn interleave(&mut self, samples: usize) {
        let silence = self.code.silence();
        for lane in [&mut self.client, &mut self.robot] {
            if lane.len() < samples {
                lane.resize(samples, silence);
            }
        }
        let from = self.block.len();
        self.block.resize(from + samples * 2, silence);
        let places = self.block.get_mut(from..).unwrap_or_default().chunks_exact_mut(2);
        for (place, (client, robot)) in places.zip(self.client.iter().zip(&self.robot)) {
            place.copy_from_slice(&[*client, *robot]);
        }
        self.client.drain(..samples);
        self.robot.drain(..samples);
        self.base += samples as u64;
        if self.block.len() > MOST_WAITING {
            self.is_whole = false;
            self.block.clear();
        }
    }

    /// Whether there is something for the disk.
    pub(super) fn has_block(&self) -> bool {
        self.block.len() >= BLOCK && self.file.is_some()
    }

    /// Hands a full block to the disk, and takes note of the one before.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) {
        loop {
            if let Some(writing) = &mut self.writing {
                let Poll::Ready(done) = writing.poll_unpin(cx) else { return };
                self.writing = None;
                match done {
                    Ok(Ok(file)) => self.file = Some(file),
                    Ok(Err(error)) => self.lose(&error),
                    Err(_) => self.is_whole = false,
                }
            }
            if self.block.len() < BLOCK || self.file.is_none() {
                return;
            }
            self.write();
        }
    }

    fn write(&mut self) {
        let Some(mut file) = self.file.take() else { return };
        let block = std::mem::take(&mut self.block);
        self.writing = Some(tokio::task::spawn_blocking(move || {
            file.write_all(&block)?;
            Ok(file)
        }));
    }

    fn lose(&mut self, error: &io::Error) {
        if self.is_whole {
            tracing::warn!(kind = %error.kind(), "a call is not recorded any more: its file cannot be written");
        }
        self.is_whole = false;
    }

    /// The end: the rest is written, sizes are filled in. `None` if there is no file.
    pub(super) async fn finish(mut self, now: Instant) -> Option<BridgeRecording> {
        let present = self.sample(now);
        let rest = usize::try_from(present.saturating_sub(self.base)).unwrap_or(0);
        // what is laid ahead was never heard
        self.interleave(rest.min(16 << 20));
        let mut file = self.file.take();
        if let Some(writing) = self.writing.take() {
            match writing.await {
                Ok(Ok(written)) => file = Some(written),
                Ok(Err(error)) => self.lose(&error),
                Err(_) => self.is_whole = false,
            }
        }
        let mut file = file?;
        let (block, code, samples) = (std::mem::take(&mut self.block), self.code, self.base);
        let done = tokio::task::spawn_blocking(move || {
            file.write_all(&block)?;
            file.seek(SeekFrom::Start(0))?;
            file.write_all(&header(code, u32::try_from(samples).ok()))?;
            file.sync_data()
        });
        match tokio::time::timeout(Duration::from_secs(10), done).await {
            Ok(Ok(Ok(()))) => {}
            Ok(Ok(Err(error))) => self.lose(&error),
            _ => self.is_whole = false,
        }
        let duration_ms = self.base / G711::BYTES_A_MS as u64;
        Some(BridgeRecording { path: self.path, duration_ms, is_whole: self.is_whole })
    }
}

/// Puts sound into a lane that begins at `base`; what is older than that is gone.
fn lay(lane: &mut Vec<u8>, base: u64, from: u64, sound: &[u8], silence: u8) {
    let gone = usize::try_from(base.saturating_sub(from)).unwrap_or(usize::MAX).min(sound.len());
    let sound = sound.get(gone..).unwrap_or_default();
    let at = from.max(base) - base;
    if sound.is_empty() || at > MOST_AHEAD {
        return;
    }
    let at = usize::try_from(at).unwrap_or(0);
    let end = at + sound.len();
    if lane.len() < end {
        lane.resize(end, silence);
    }
    if let Some(place) = lane.get_mut(at..end) {
        place.copy_from_slice(sound);
    }
}

fn create(path: &Path, code: G711) -> io::Result<File> {
    let mut file = File::create(path)?;
    file.write_all(&header(code, None))?;
    Ok(file)
}

/// A WAVE header for two channels of G.711 at 8 kHz; sizes that are not known yet are all ones.
fn header(code: G711, samples: Option<u32>) -> Vec<u8> {
    // WAVE_FORMAT_ALAW, WAVE_FORMAT_MULAW (RFC 2361)
    let format: u16 = match code {
        G711::Alaw => 6,
        G711::Mulaw => 7,
    };
    let bytes = samples.and_then(|samples| samples.checked_mul(2));
    let size = |more: u32| bytes.and_then(|bytes| bytes.checked_add(more)).unwrap_or(u32::MAX).to_le_bytes();
    let mut head = Vec::with_capacity(58);
    head.extend(b"RIFF");
    head.extend(size(50));
    head.extend(b"WAVEfmt ");
    head.extend(18_u32.to_le_bytes());
    head.extend(format.to_le_bytes());
    head.extend(2_u16.to_le_bytes());
    head.extend(8000_u32.to_le_bytes());
    head.extend(16_000_u32.to_le_bytes());
    for field in [2_u16, 8, 0] {
        head.extend(field.to_le_bytes());
    }
    head.extend(b"fact");
    head.extend(4_u32.to_le_bytes());
    head.extend(samples.unwrap_or(u32::MAX).to_le_bytes());
    head.extend(b"data");
    head.extend(size(0));
    head
}

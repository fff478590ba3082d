//! How hard to try and how much of the machine to take.

use std::thread::available_parallelism;

/// Options of [`WhisperLocal`](super::WhisperLocal).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhisperOptions {
    /// What the model is called in transcripts; `None`: by its file, `base.bin` → `base`.
    pub model_name: Option<String>,
    /// Width of the beam; 1 is greedy.
    pub beam_size: u8,
    /// Threads of one decode. Threads of whisper.cpp spin while they wait for each other:
    /// one each, and several decodes beside each other, give the most.
    pub threads_per_decode: u16,
    /// Utterances decoded at the same time, over all calls.
    pub parallel_decodes: u16,
}

impl WhisperOptions {
    /// One decode per core, one thread each.
    pub fn for_cores(cores: u16) -> Self {
        Self { model_name: None, beam_size: 5, threads_per_decode: 1, parallel_decodes: cores.max(1) }
    }

    /// The same with no more threads than `cores` can run at once: past that, spinning threads
    /// take the time of working ones.
    pub(super) fn bounded(mut self, cores: u16) -> Self {
        self.beam_size = self.beam_size.clamp(1, 8); // whisper.cpp has room for eight
        self.threads_per_decode = self.threads_per_decode.clamp(1, cores.max(1));
        let most = (cores / self.threads_per_decode).max(1);
        self.parallel_decodes = self.parallel_decodes.clamp(1, most);
        self
    }
}

impl Default for WhisperOptions {
    /// All cores of this machine.
    fn default() -> Self {
        Self::for_cores(cores())
    }
}

/// Cores that this process may use.
pub(super) fn cores() -> u16 {
    available_parallelism().map_or(1, |cores| u16::try_from(cores.get()).unwrap_or(u16::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_never_exceed_cores() {
        let asked =
            WhisperOptions { model_name: None, beam_size: 99, threads_per_decode: 2, parallel_decodes: 9 };
        let given = asked.clone().bounded(4);
        assert_eq!((given.beam_size, given.threads_per_decode, given.parallel_decodes), (8, 2, 2));
        let single = asked.bounded(1);
        assert_eq!((single.threads_per_decode, single.parallel_decodes), (1, 1));
    }
}

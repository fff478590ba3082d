//! The loaded model and its workers.
//!
//! Weights are loaded on first use and held once. A worker serves one decode at a time and is
//! used again; the state of whisper.cpp is not: it carries chance from one decode to the next.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use whisper_rs::{
    FullParams, SamplingStrategy, WhisperContext, WhisperContextParameters, get_lang_id,
    install_logging_hooks,
};

use super::WhisperOptions;
use crate::{TranscribeError, models};

/// Set when a decode is no longer wanted.
pub(super) type Cancel = Arc<AtomicBool>;

pub(super) struct Engine {
    pub(super) path: PathBuf,
    pub(super) model: String,
    pub(super) options: WhisperOptions,
    context: Mutex<Option<Arc<WhisperContext>>>,
    idle: Mutex<Vec<Worker>>,
}

/// One decode's room.
pub(super) struct Worker {
    pub(super) context: Arc<WhisperContext>,
    pub(super) params: FullParams<'static, 'static>,
    language: String,
    slot: Arc<Mutex<Option<Cancel>>>,
}

impl Engine {
    pub(super) fn new(path: &Path, options: WhisperOptions) -> Self {
        let model = options.model_name.clone().unwrap_or_else(|| name_of(path));
        Self { path: path.to_owned(), model, options, context: Mutex::default(), idle: Mutex::default() }
    }

    /// The model, loaded now if nobody did before. Blocks.
    fn context(&self) -> Result<Arc<WhisperContext>, TranscribeError> {
        let mut loaded = self.context.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(context) = loaded.as_ref() {
            return Ok(Arc::clone(context));
        }
        self.check_file()?;
        check_processor(&self.model)?;
        install_logging_hooks(); // else whisper.cpp writes to stderr by itself
        let mut parameters = WhisperContextParameters::default();
        // on processors flash attention takes a quarter more time here, and hears worse
        parameters.use_gpu(false).flash_attn(false);
        let context = WhisperContext::new_with_params(&self.path, parameters)
            .map(Arc::new)
            .map_err(|error| self.broken(format!("whisper.cpp cannot load it: {error}")))?;
        tracing::info!(model = %self.model, path = %self.path.display(), "speech model loaded");
        *loaded = Some(Arc::clone(&context));
        Ok(context)
    }

    /// whisper.cpp trusts the figures in a file and aborts the process on odd ones: look first.
    fn check_file(&self) -> Result<(), TranscribeError> {
        if !fs::metadata(&self.path).is_ok_and(|metadata| metadata.is_file()) {
            return Err(self.missing());
        }
        models::inspect(&self.path).map(drop).map_err(|error| self.broken(error.to_string()))
    }

    /// A worker for this language. Blocks while the model loads.
    pub(super) fn worker(&self, language: &str, cancel: &Cancel) -> Result<Worker, TranscribeError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut worker = match idle {
            Some(worker) => worker,
            None => self.new_worker()?,
        };
        if worker.language != language {
            worker.params.set_language(Some(static_language(language).ok_or_else(|| {
                failed(format!(
                    "language {language:?} is unknown to Whisper; take a two-letter code such as ru"
                ))
            })?));
            language.clone_into(&mut worker.language);
        }
        *worker.slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(cancel));
        Ok(worker)
    }

    fn new_worker(&self) -> Result<Worker, TranscribeError> {
        let context = self.context()?;
        let slot = Arc::<Mutex<Option<Cancel>>>::default();
        let params = parameters(&self.options, Arc::clone(&slot));
        Ok(Worker { context, params, language: String::new(), slot })
    }

    /// Takes a worker back after a decode that went well; others are not used again.
    pub(super) fn give_back(&self, worker: Worker) {
        *worker.slot.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(worker);
    }

    pub(super) fn missing(&self) -> TranscribeError {
        let name = self.model.clone();
        let hint =
            format!("`zvonar model pull {name}` brings it, `zvonar model import` takes a file of yours");
        TranscribeError::ModelMissing { name, hint }
    }

    fn broken(&self, reason: String) -> TranscribeError {
        TranscribeError::ModelBroken { name: self.model.clone(), reason }
    }
}

/// Trouble of the engine itself.
pub(super) fn failed(reason: String) -> TranscribeError {
    TranscribeError::Engine { engine: super::transcriber::ENGINE.to_owned(), reason: reason.into() }
}

/// Everything that does not change from one decode to the next. Made once per worker: each
/// setting of a callback or a language leaks a little memory in whisper-rs 0.16.
fn parameters(options: &WhisperOptions, slot: Arc<Mutex<Option<Cancel>>>) -> FullParams<'static, 'static> {
    let strategy = if options.beam_size > 1 {
        SamplingStrategy::BeamSearch { beam_size: i32::from(options.beam_size), patience: -1.0 }
    } else {
        SamplingStrategy::Greedy { best_of: 5 }
    };
    let mut params = FullParams::new(strategy);
    params.set_n_threads(i32::from(options.threads_per_decode));
    params.set_no_context(true);
    params.set_suppress_blank(true);
    params.set_suppress_nst(true);
    params.set_token_timestamps(true);
    params.set_print_special(false);
    params.set_print_progress(false);
    params.set_print_realtime(false);
    params.set_print_timestamps(false);
    // boxed on purpose: whisper-rs calls the closure through a pointer to *this* type, and a
    // plain closure would be read as garbage
    let unwanted: Box<dyn FnMut() -> bool> = Box::new(move || {
        let slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        slot.as_ref().is_some_and(|cancel| cancel.load(Ordering::Relaxed))
    });
    params.set_abort_callback_safe::<_, Box<dyn FnMut() -> bool>>(Some(unwanted));
    params
}

/// whisper.cpp's own spelling of a language that it knows.
fn static_language(language: &str) -> Option<&'static str> {
    // a NUL inside would panic in whisper-rs; an unknown code would decode as something else
    if language.len() > 8 || !language.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return None;
    }
    whisper_rs::get_lang_str(get_lang_id(language)?)
}

/// `…/ggml-base-q8_0.bin` → `base-q8_0`, `…/base.bin` → `base`.
fn name_of(path: &Path) -> String {
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    stem.strip_prefix("ggml-").unwrap_or(&stem).to_owned()
}

/// Without AVX2 the binary would die of an illegal instruction in the middle of a call.
#[cfg(target_arch = "x86_64")]
fn check_processor(model: &str) -> Result<(), TranscribeError> {
    if std::arch::is_x86_feature_detected!("avx2")
        && std::arch::is_x86_feature_detected!("fma")
        && std::arch::is_x86_feature_detected!("f16c")
    {
        return Ok(());
    }
    Err(failed(format!(
        "this processor lacks AVX2, which model {model:?} needs here; build with GGML_AVX2=OFF GGML_FMA=OFF GGML_F16C=OFF"
    )))
}

#[cfg(not(target_arch = "x86_64"))]
fn check_processor(_model: &str) -> Result<(), TranscribeError> {
    Ok(())
}

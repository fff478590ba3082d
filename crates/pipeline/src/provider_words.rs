//! Trouble of speech and judgement in words for a person: what happened, and what to do.
//!
//! The provider's own error travels inside of the engine's. Whoever knows its type says it best ([`ProviderWords`]);
//! what nobody knows is said here in general terms.

use std::error::Error;

use analyze::AnalyzeError;
use domain::{CallError, Lang};
use transcribe::TranscribeError;

use crate::words;

/// What happened, and what to do, in a person's language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// What happened.
    pub message: String,
    /// What to do; may be empty.
    pub hint: String,
}

/// Knows errors of providers by their types.
pub trait ProviderWords: Send + Sync {
    /// `None` where the error is of no provider that it knows.
    fn told(&self, lang: Lang, error: &(dyn Error + Send + Sync + 'static)) -> Option<Told>;
}

/// Knows nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct GeneralWords;

impl ProviderWords for GeneralWords {
    fn told(&self, _lang: Lang, _error: &(dyn Error + Send + Sync + 'static)) -> Option<Told> {
        None
    }
}

/// Why there are no words of a call.
pub(crate) fn speech_error(lang: Lang, known: &dyn ProviderWords, error: &TranscribeError) -> CallError {
    if let TranscribeError::Audio(audio) = error {
        return words::audio_error(lang, audio);
    }
    let provider = error.cause().and_then(domain::Cause::error);
    let told = provider.and_then(|provider| known.told(lang, provider));
    let told = told.filter(|_| !matches!(error, TranscribeError::NotAvailable { .. }));
    let told = told.unwrap_or_else(|| match lang {
        Lang::Ru => speech_in_russian(error),
        Lang::En => Told { message: error.to_string(), hint: speech_hint(error).to_owned() },
    });
    words::error(error.code(), told.message, told.hint)
}

fn speech_in_russian(error: &TranscribeError) -> Told {
    let (message, hint) = match error {
        TranscribeError::ModelMissing { name, .. } => {
            (format!("модель речи «{name}» не установлена"), format!("скачайте: zvonar model pull {name}"))
        }
        TranscribeError::ModelBroken { name, .. } => (
            format!("модель речи «{name}» повреждена"),
            format!("проверьте: zvonar model verify, скачайте заново: zvonar model pull {name}"),
        ),
        TranscribeError::Unauthorized { engine, reason } => {
            (format!("{engine} не пускает: {reason}"), "проверьте ключ: zvonar doctor".to_owned())
        }
        TranscribeError::SwitchedOff { engine, reason } => {
            (format!("{engine} не подключён: {reason}"), "zvonar doctor".to_owned())
        }
        TranscribeError::QuotaSpent { engine, .. } => (
            format!("{engine}: деньги или квота кончились"),
            "пополните счёт, затем: zvonar queue resume".to_owned(),
        ),
        TranscribeError::RateLimited { engine, .. } => {
            (format!("{engine} просит не спешить"), "повторим сами".to_owned())
        }
        TranscribeError::Unavailable { engine, reason, .. } => {
            (format!("{engine} не отвечает: {reason}"), "повторим сами".to_owned())
        }
        TranscribeError::NotAvailable { engine, .. } => (
            format!("у {} нет слов этого звонка", engine.to_uppercase()),
            "назовите движок про запас: ZVONAR_TRANSCRIBER=uis,openai, затем: zvonar queue retry".to_owned(),
        ),
        TranscribeError::Engine { engine, reason } => {
            (format!("{engine} не справляется с записью: {reason}"), "zvonar queue retry".to_owned())
        }
        TranscribeError::Cancelled => ("распознавание прервано".to_owned(), "повторим сами".to_owned()),
        TranscribeError::Cache(cause) => {
            (format!("память распознанного не читается: {cause}"), "повторим сами".to_owned())
        }
        other => (other.to_string(), "zvonar queue retry".to_owned()),
    };
    Told { message, hint }
}

fn speech_hint(error: &TranscribeError) -> &'static str {
    match error {
        TranscribeError::ModelMissing { .. } | TranscribeError::ModelBroken { .. } => {
            "check the model: zvonar model verify"
        }
        TranscribeError::Unauthorized { .. } | TranscribeError::SwitchedOff { .. } => {
            "check the key: zvonar doctor"
        }
        TranscribeError::QuotaSpent { .. } => "top up, then: zvonar queue resume",
        error if error.is_retryable() => "we will try again",
        _ => "zvonar queue retry",
    }
}

/// Why a call is not judged.
pub(crate) fn judgement_error(lang: Lang, known: &dyn ProviderWords, error: &AnalyzeError) -> CallError {
    let told = error.provider().and_then(|provider| known.told(lang, provider));
    let told = told.unwrap_or_else(|| match lang {
        Lang::Ru => judgement_in_russian(error),
        Lang::En => Told { message: error.to_string(), hint: judgement_hint(error).to_owned() },
    });
    words::error(error.code(), told.message, told.hint)
}

fn judgement_in_russian(error: &AnalyzeError) -> Told {
    let (message, hint) = match error {
        AnalyzeError::Unauthorized { engine, reason, .. } => {
            (format!("{engine} не пускает: {reason}"), "проверьте ключ: zvonar doctor")
        }
        AnalyzeError::QuotaSpent { engine, .. } => {
            (format!("{engine}: деньги или квота кончились"), "пополните счёт, затем: zvonar queue resume")
        }
        AnalyzeError::RateLimited { engine, .. } => (format!("{engine} просит не спешить"), "повторим сами"),
        AnalyzeError::Unavailable { engine, .. } => (format!("{engine} не отвечает"), "повторим сами"),
        AnalyzeError::BrokenAnswer { engine, reason, .. } => (
            format!("ответ {engine} не подходит под критерии: {reason}"),
            "ответ сохранён; ещё раз: zvonar queue retry",
        ),
        AnalyzeError::Refused { engine, reason, .. } => (
            format!("{engine} отказывается разбирать звонок: {reason}"),
            "возьмите другую модель (OPENAI_CHAT_MODEL) или правила (ZVONAR_ANALYZER=rules), затем: zvonar queue retry",
        ),
        AnalyzeError::InvalidRequest { engine, reason, .. } => {
            (format!("{engine} не принимает запрос: {reason}"), "проверьте настройки модели: zvonar doctor")
        }
        other => (other.to_string(), "zvonar rubric check"),
    };
    Told { message, hint: hint.to_owned() }
}

fn judgement_hint(error: &AnalyzeError) -> &'static str {
    match error {
        AnalyzeError::Unauthorized { .. } => "check the key: zvonar doctor",
        AnalyzeError::QuotaSpent { .. } => "top up, then: zvonar queue resume",
        error if error.is_retryable() => "we will try again",
        _ => "zvonar queue retry",
    }
}

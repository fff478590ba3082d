//! Equal sound is decoded once, also at the same moment; whatever changes words changes the key.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{OperatorChannel, Transcript};
use transcribe::{
    CacheError, CacheKey, CachedTranscriber, FakeTranscriber, Fault, Hints, MemoryCache, NoProgress,
    TranscribeError, Transcriber, TranscriptCache,
};

use crate::sound::call;

fn cached() -> (CachedTranscriber, Arc<FakeTranscriber>, Arc<MemoryCache>) {
    let (engine, cache) = (Arc::new(FakeTranscriber::new()), Arc::new(MemoryCache::default()));
    (CachedTranscriber::new(engine.clone(), cache.clone()), engine, cache)
}

#[tokio::test]
async fn the_second_call_comes_from_the_cache() {
    let (cached, engine, cache) = cached();
    let (first, hit) = cached.transcribe_cached(&call('a'), &Hints::default(), &NoProgress).await.unwrap();
    assert!(!hit);
    let (second, hit) = cached.transcribe_cached(&call('a'), &Hints::default(), &NoProgress).await.unwrap();
    assert!(hit);
    assert_eq!(first, second);
    assert_eq!((engine.all_calls(), cache.len()), (1, 1));
}

#[tokio::test]
async fn equal_sound_at_the_same_moment_is_decoded_once() {
    let (cached, engine, _) = cached();
    let audio = call('a');
    let hints = Hints::default();
    let flights = (0..8).map(|_| cached.transcribe_cached(&audio, &hints, &NoProgress));
    let landed = futures::future::try_join_all(flights).await.unwrap();
    assert_eq!(landed.iter().filter(|(_, hit)| !hit).count(), 1);
    assert_eq!(engine.calls(&audio.sha256), 1);
}

#[tokio::test]
async fn a_failure_is_not_kept_and_the_next_waiter_tries_itself() {
    let (cached, engine, cache) = cached();
    let audio = call('a');
    engine.fail_next(&audio.sha256, Fault::Unavailable);
    let hints = Hints::default();
    let (one, two) = tokio::join!(
        cached.transcribe_cached(&audio, &hints, &NoProgress),
        cached.transcribe_cached(&audio, &hints, &NoProgress),
    );
    assert!(matches!(one, Err(TranscribeError::Unavailable { .. })));
    assert!(!two.unwrap().1);
    assert_eq!((engine.all_calls(), cache.len()), (2, 1));
}

#[test]
fn everything_that_changes_words_changes_the_key() {
    let engine = FakeTranscriber::new();
    let (audio, hints) = (call('a'), Hints::default());
    let mut keys = vec![
        CacheKey::of(&engine, &audio, &hints),
        CacheKey::of(&engine, &call('b'), &hints),
        CacheKey::of(&FakeTranscriber::new().named("fake", "other"), &audio, &hints),
        CacheKey::of(&FakeTranscriber::new().named("other", "scripted"), &audio, &hints),
        CacheKey::of(&FakeTranscriber::new().with_options_key("v2"), &audio, &hints),
        CacheKey::of(&engine, &audio, &Hints { language: "en".into(), ..hints.clone() }),
        CacheKey::of(&engine, &audio, &Hints { phrases: vec!["ab".into()], ..hints.clone() }),
        CacheKey::of(&engine, &audio, &Hints { phrases: vec!["a".into(), "b".into()], ..hints.clone() }),
    ];
    let mut right = audio.clone();
    right.operator = OperatorChannel::Right;
    keys.push(CacheKey::of(&engine, &right, &hints));
    let count = keys.len();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), count);
    assert!(keys.iter().all(|key| key.as_str().len() == 64));
    // the path is not the sound
    let mut moved = audio.clone();
    moved.path = "/elsewhere/copy.mp3".into();
    assert_eq!(CacheKey::of(&engine, &moved, &hints), CacheKey::of(&engine, &audio, &hints));
}

struct BrokenCache {
    reads: bool,
}

#[async_trait]
impl TranscriptCache for BrokenCache {
    async fn get(&self, _key: &CacheKey) -> Result<Option<Transcript>, CacheError> {
        if self.reads { Ok(None) } else { Err(CacheError("the database is locked".into())) }
    }

    async fn put(&self, _key: &CacheKey, _transcript: &Transcript) -> Result<(), CacheError> {
        Err(CacheError("the disk is full".into()))
    }
}

#[tokio::test]
async fn words_are_handed_on_even_when_they_cannot_be_kept() {
    let engine = Arc::new(FakeTranscriber::new());
    let cached = CachedTranscriber::new(engine, Arc::new(BrokenCache { reads: true }));
    let transcript = cached.transcribe(&call('a'), &Hints::default(), &NoProgress).await.unwrap();
    assert_eq!(transcript.segments.len(), 5);
}

#[tokio::test]
async fn a_cache_that_cannot_be_asked_stops_before_anything_is_paid() {
    let engine = Arc::new(FakeTranscriber::new());
    let cached = CachedTranscriber::new(engine.clone(), Arc::new(BrokenCache { reads: false }));
    let error = cached.transcribe(&call('a'), &Hints::default(), &NoProgress).await.unwrap_err();
    assert!(error.is_retryable(), "{error}");
    assert_eq!(engine.all_calls(), 0);
}

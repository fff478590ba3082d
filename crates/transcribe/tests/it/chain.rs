//! The chain's rule: who is asked next, and who is not.

use std::sync::Arc;

use domain::{Currency, Money};
use transcribe::{
    CacheKey, ChainOptions, FakeTranscriber, Fault, Hints, NoProgress, TranscribeError, Transcriber,
    TranscriberChain, contract,
};

use crate::{network::provider, sound::call};

fn members(names: &[&str]) -> Vec<Arc<FakeTranscriber>> {
    names.iter().map(|name| Arc::new(FakeTranscriber::new().named(name, "m"))).collect()
}

fn chain(members: &[Arc<FakeTranscriber>]) -> TranscriberChain {
    TranscriberChain::new(members.iter().map(|member| Arc::clone(member) as Arc<dyn Transcriber>).collect())
}

async fn who(chain: &TranscriberChain) -> Result<String, TranscribeError> {
    let heard = chain.transcribe(&call('a'), &Hints::default(), &NoProgress).await?;
    Ok(heard.engine.engine)
}

const FREELY: ChainOptions = ChainOptions { fall_on_refusal: true, least_coverage: 0.5 };

#[tokio::test]
async fn a_chain_keeps_the_contract_of_its_first_engine() {
    let audio = call('a');
    contract::all(&chain(&members(&["uis", "openai", "local"])), &audio, &contract::silenced(&audio)).await;
}

#[tokio::test]
async fn the_next_engine_is_asked_where_this_one_has_no_words() {
    for fault in [Fault::NotAvailable, Fault::Engine, Fault::Deaf] {
        let all = members(&["uis", "openai", "local"]);
        all[0].fail_any(fault.clone());
        assert_eq!(who(&chain(&all)).await.unwrap(), "openai", "{fault:?}");
        assert_eq!(all.iter().map(|member| member.all_calls()).collect::<Vec<_>>(), [1, 1, 0]);
        assert_eq!(who(&chain(&all)).await.unwrap(), "uis", "the next call begins at the first again");
    }
}

#[tokio::test]
async fn refusals_stop_the_chain_unless_it_is_told_otherwise() {
    for (fault, code) in [
        (Fault::Unauthorized, "stt_unauthorized"),
        (Fault::QuotaSpent, "stt_quota_spent"),
        (Fault::ModelMissing, "model_missing"),
    ] {
        let all = members(&["openai", "local"]);
        all[0].fail_any(fault.clone());
        assert_eq!(who(&chain(&all)).await.unwrap_err().code(), code);
        assert_eq!(all[1].all_calls(), 0);
        all[0].fail_any(fault);
        assert_eq!(who(&chain(&all).with_options(FREELY)).await.unwrap(), "local");
    }
}

#[tokio::test]
async fn who_only_wants_us_to_wait_is_waited_for() {
    for fault in [Fault::RateLimited(None), Fault::Unavailable] {
        let all = members(&["openai", "local"]);
        all[0].fail_any(fault);
        let error = who(&chain(&all).with_options(FREELY)).await.unwrap_err();
        assert!(error.is_retryable());
        assert_eq!(all[1].all_calls(), 0);
    }
}

#[tokio::test]
async fn the_more_complete_transcript_wins_and_a_failing_rest_harms_it_not() {
    let all = members(&["one", "two"]);
    let strict = || chain(&all).with_options(ChainOptions { least_coverage: 0.9, ..ChainOptions::default() });
    all[0].fail_any(Fault::FirstUtterance);
    assert_eq!(who(&strict()).await.unwrap(), "two");
    all[0].fail_any(Fault::FirstUtterance);
    all[1].fail_any(Fault::Deaf);
    assert_eq!(who(&strict()).await.unwrap(), "one", "the second was worse");
    all[0].fail_any(Fault::FirstUtterance);
    all[1].fail_any(Fault::Unavailable);
    assert_eq!(who(&strict()).await.unwrap(), "one", "words in hand are kept");
    all[0].fail_any(Fault::Deaf);
    let anything = chain(&all).with_options(ChainOptions { least_coverage: 0.0, ..ChainOptions::default() });
    assert_eq!(who(&anything).await.unwrap(), "one");
}

#[tokio::test]
async fn when_nobody_has_words_the_weightier_reason_is_told() {
    let all = members(&["uis", "openai"]);
    all[0].fail_any(Fault::NotAvailable);
    all[1].fail_any(Fault::Engine);
    assert_eq!(who(&chain(&all)).await.unwrap_err().code(), "stt_failed");
    all[0].fail_any(Fault::QuotaSpent);
    all[1].fail_any(Fault::NotAvailable);
    let freely = chain(&all).with_options(FREELY);
    assert_eq!(who(&freely).await.unwrap_err().code(), "stt_quota_spent");
    assert_eq!(who(&chain(&[])).await.unwrap_err().code(), "stt_not_available");
}

#[tokio::test]
async fn the_key_covers_every_member_and_rule() {
    let key = |chain: &TranscriberChain| CacheKey::of(chain, &call('a'), &Hints::default());
    let mut keys = vec![
        key(&chain(&members(&["a", "b"]))),
        key(&chain(&members(&["a"]))),
        key(&chain(&members(&["a", "c"]))),
        key(&chain(&members(&["b", "a"]))),
        key(&chain(&members(&["a", "b"])).with_options(FREELY)),
        key(&chain(&[
            Arc::new(FakeTranscriber::new().named("a", "m")),
            Arc::new(FakeTranscriber::new().named("b", "m").with_options_key("v2")),
        ])),
    ];
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 6);
}

#[tokio::test]
async fn whatever_was_paid_on_the_way_is_in_the_receipt() {
    let audio = crate::network::recording("b_rude_manager.wav");
    let (one, two) = (provider(), provider());
    // the first hears a single phrase of the call
    one.spoil_every_speech(1, openai_client::testing::SpeechFault::Empty);
    one.hear_next(vec![]);
    let member = |fake: &openai_client::testing::FakeOpenAi| {
        Arc::new(transcribe::OpenAiTranscriber::new(
            Arc::new(fake.clone()),
            transcribe::OpenAiOptions::default(),
        )) as Arc<dyn Transcriber>
    };
    let chain = TranscriberChain::new(vec![member(&one), member(&two)]);
    let heard = chain.transcribe(&audio, &Hints::default(), &NoProgress).await.unwrap();
    let bills = one.billed().money.micros + two.billed().money.micros;
    assert!(one.billed().money.micros > 0);
    assert_eq!(heard.cost.unwrap().total, Money::from_micros(Currency::USD, bills));
    assert_eq!(chain.price(60_000), member(&two).price(60_000), "the dearest");
    assert_eq!(chain.price_of(&audio.survey), member(&two).price_of(&audio.survey));
    let unknown = TranscriberChain::new(vec![member(&one), Arc::new(FakeTranscriber::new())]);
    assert_eq!(unknown.price(60_000), None);
}

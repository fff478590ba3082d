//! Recordings and providers for engines over the network.

use std::{
    collections::HashSet,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use audio::{SurveyOptions, survey};
use domain::{Money, OperatorChannel, Sha256};
use openai_client::{
    OpenAiError, SpeechModel, SpeechReply, SpeechRequest, TranscriptionApi,
    testing::{Ear, FakeOpenAi, HeardSegment},
};
use transcribe::CallAudio;

/// A real call of `examples/calls`.
pub(crate) fn recording(name: &str) -> CallAudio {
    surveyed(test_support::golden(name))
}

pub(crate) fn surveyed(path: PathBuf) -> CallAudio {
    let survey = Arc::new(survey(&path, &SurveyOptions::default()).unwrap());
    let sha256 = Sha256::new(path.display().to_string());
    CallAudio { path, sha256, survey, operator: OperatorChannel::Left, reference: None }
}

/// Says other words over every sound, two a second, a segment every two seconds.
pub(crate) struct WordsBySound;

impl Ear for WordsBySound {
    fn hear(&self, audio: &[u8]) -> Vec<HeardSegment> {
        let sum: u64 = audio.iter().map(|byte| u64::from(*byte)).sum();
        let length = flac_ms(audio);
        let segment = |n: u64| {
            let (start_ms, end_ms) = (n * 2000, ((n + 1) * 2000).min(length));
            let words =
                (0..(end_ms - start_ms).div_ceil(500)).map(|word| word_at(sum + 104_729 * n + 7919 * word));
            HeardSegment { start_ms, end_ms, text: words.collect::<Vec<_>>().join(" ") + "." }
        };
        (0..length.div_ceil(2000)).map(segment).collect()
    }
}

/// Words enough that a long answer is no repetition.
const WORDS: &str = "заказ доставка договор вчера утром склад привезли коробку мятую вернуть деньги обещали перезвонить \
    никто менеджер Ольга сказала пятница оплата карта наличные скидка процент постоянный клиент адрес улица Лесная \
    подъезд этаж квартира домофон курьер опоздал ждали дети праздник торт свечи мастер ремонт кухня фасад петля \
    ручка гарантия чек бумага почта письмо сайт ошибка кабинет пароль номер телефон добавочный секретарь отдел \
    продажи счёт юрист подпись печать срок неделя месяц квартал аванс остаток рассрочка банк перевод";

fn word_at(n: u64) -> &'static str {
    let words: Vec<&str> = WORDS.split_whitespace().collect();
    // splitmix64: neighbours must not come in the same order twice, or a long answer would be a repetition
    let mixed = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    words[usize::try_from((mixed ^ (mixed >> 31)) >> 33).unwrap() % words.len()]
}

/// Length of a FLAC by its STREAMINFO: 36 bits of samples behind 20 bits of rate.
pub(crate) fn flac_ms(flac: &[u8]) -> u64 {
    assert_eq!(&flac[..4], b"fLaC");
    let packed = u64::from_be_bytes(flac[18..26].try_into().unwrap());
    let rate = packed >> 44;
    assert!([8_000, 16_000].contains(&rate), "telephony as it is, everything else at 16 kHz: {rate}");
    (packed & 0xf_ffff_ffff) * 1000 / rate
}

pub(crate) fn provider() -> FakeOpenAi {
    let fake = FakeOpenAi::new();
    fake.set_ear(Arc::new(WordsBySound));
    fake
}

/// A provider that looks at what is under way, and fails what it is told to.
pub(crate) struct Watched {
    pub(crate) inner: FakeOpenAi,
    under_way: AtomicUsize,
    pub(crate) most_under_way: AtomicUsize,
    pub(crate) most_bytes: AtomicUsize,
    bytes: AtomicUsize,
    /// So many must be under way at once before the first is answered.
    pub(crate) together: usize,
    /// Names of files, each refused with a 500 once.
    pub(crate) broken: Mutex<HashSet<String>>,
    pub(crate) answered: Mutex<Vec<String>>,
}

impl Watched {
    pub(crate) fn new(inner: FakeOpenAi, together: usize) -> Arc<Self> {
        Arc::new(Self {
            inner,
            together,
            under_way: AtomicUsize::new(0),
            most_under_way: AtomicUsize::new(0),
            most_bytes: AtomicUsize::new(0),
            bytes: AtomicUsize::new(0),
            broken: Mutex::default(),
            answered: Mutex::default(),
        })
    }

    pub(crate) fn answered(&self) -> Vec<String> {
        self.answered.lock().unwrap().clone()
    }
}

#[async_trait]
impl TranscriptionApi for Watched {
    fn model(&self) -> &SpeechModel {
        TranscriptionApi::model(&self.inner)
    }

    async fn transcribe(&self, request: SpeechRequest) -> Result<SpeechReply, OpenAiError> {
        let size = request.audio.len();
        let now = self.under_way.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_under_way.fetch_max(now, Ordering::SeqCst);
        let bytes = self.bytes.fetch_add(size, Ordering::SeqCst) + size;
        self.most_bytes.fetch_max(bytes, Ordering::SeqCst);
        let broken = self.broken.lock().unwrap().remove(&request.file_name);
        if !broken {
            // whoever fails is quicker than whoever answers
            for _ in 0..20 {
                tokio::task::yield_now().await;
            }
            while self.most_under_way.load(Ordering::SeqCst) < self.together {
                tokio::task::yield_now().await;
            }
        }
        self.under_way.fetch_sub(1, Ordering::SeqCst);
        self.bytes.fetch_sub(size, Ordering::SeqCst);
        if broken {
            let (provider, message) = ("fake".to_owned(), "HTTP 500".to_owned());
            return Err(OpenAiError::Unavailable { provider, message, retry_after: None });
        }
        let name = request.file_name.clone();
        let reply = self.inner.transcribe(request).await?;
        self.answered.lock().unwrap().push(name);
        Ok(reply)
    }

    fn price(&self, duration_ms: u64) -> Option<Money> {
        TranscriptionApi::price(&self.inner, duration_ms)
    }
}

//! Recordings by address: what a stranger names is fetched through a guarded client, once, as a stream.
//!
//! The address is the call's revision and may be signed, so nothing here repeats more of it than the host.

use async_trait::async_trait;
use domain::{Call, Lang, SourceName, TimeWindow};
use futures::{StreamExt as _, TryStreamExt as _};
use http_client::{AddressGuard, Exchange, HttpClient, HttpError, Repeat, http};
use pipeline::{CallSource, IntakeSource, RecordingSource, SourceCursor, SourceError, SourcePage};
use url::Url;

/// One way in: addresses that people gave, or that telephonies sent.
pub(crate) struct UrlSource {
    name: SourceName,
    http: HttpClient,
    guard: AddressGuard,
    max_bytes: u64,
    lang: Lang,
}

impl UrlSource {
    /// `http` is held by the same `guard`.
    pub(crate) fn new(
        intake: IntakeSource,
        http: HttpClient,
        guard: AddressGuard,
        max_bytes: u64,
        lang: Lang,
    ) -> Self {
        Self { name: SourceName::from(intake.as_str()), http, guard, max_bytes, lang }
    }

    async fn open(&self, url: &Url) -> Result<RecordingSource, HttpError> {
        let refused = |refused| HttpError::AddressRefused { what: "recording".to_owned(), refused };
        self.guard.check(url).map_err(refused)?;
        let exchange = Exchange { repeat: Repeat::Freely, ..Exchange::new("recording") };
        let build = async || {
            // compressed bytes would pass the limit as few and come out as many
            let request =
                self.http.request(http::Method::GET, url.clone()).header("accept-encoding", "identity");
            Ok(request.build()?)
        };
        let answer = self.http.exchange(&exchange, build).await?;
        let what = || url.host_str().unwrap_or_default().to_owned();
        if answer.status() != http::StatusCode::OK {
            return Err(HttpError::UnexpectedResponse { what: what(), reason: answer.status().to_string() });
        }
        if answer.content_length().is_some_and(|length| length > self.max_bytes) {
            return Err(HttpError::TooLarge { what: what(), limit: self.max_bytes });
        }
        let broken = |error: HttpError| SourceError::Unavailable {
            message: error.to_string(),
            retry_after: error.retry_after(),
        };
        // who declares no length may send without end
        let (mut left, limit, lang, host) = (self.max_bytes, self.max_bytes, self.lang, what());
        let within = answer.stream().map_err(broken).map(move |piece| {
            let piece = piece?;
            let bytes = u64::try_from(piece.len()).unwrap_or(u64::MAX);
            left = left.checked_sub(bytes).ok_or_else(|| over(lang, &host, limit))?;
            Ok(piece)
        });
        Ok(RecordingSource::Stream(within.boxed()))
    }

    fn error(&self, url: &Url, error: &HttpError) -> SourceError {
        let (lang, host) = (self.lang, url.host_str().unwrap_or_default());
        let gone = |ru: String, en: String| {
            SourceError::Gone(match lang {
                Lang::Ru => ru,
                Lang::En => en,
            })
        };
        match error {
            HttpError::AddressRefused { refused, .. } => SourceError::Invalid {
                message: match lang {
                    Lang::Ru => format!("адрес {} не открываем: {}", refused.host, rule_words(refused.rule)),
                    Lang::En => format!("the address {} is not fetched: {}", refused.host, refused.rule),
                },
                hint: lang
                    .pick(
                        "если адрес свой, разрешите его: ZVONAR_ALLOW_PRIVATE_URLS",
                        "if the address is your own, allow it: ZVONAR_ALLOW_PRIVATE_URLS",
                    )
                    .to_owned(),
            },
            HttpError::TooLarge { limit, .. } => over(lang, host, *limit),
            HttpError::Refused(refusal) if !error.is_retryable() => {
                let status = refusal.status;
                match status {
                    404 | 410 => gone(
                        format!("на {host} такого файла нет (HTTP {status})"),
                        format!("there is no such file at {host} (HTTP {status})"),
                    ),
                    401 | 403 => gone(
                        format!("{host} не отдаёт файл (HTTP {status}): ссылка могла устареть"),
                        format!(
                            "{host} does not give the file (HTTP {status}): the address may have expired"
                        ),
                    ),
                    _ => gone(
                        format!("{host} не отдаёт файл (HTTP {status})"),
                        format!("{host} does not give the file (HTTP {status})"),
                    ),
                }
            }
            error if error.is_retryable() => SourceError::Unavailable {
                message: match lang {
                    Lang::Ru => format!("{host} не отвечает"),
                    Lang::En => format!("{host} does not answer"),
                },
                retry_after: error.retry_after(),
            },
            _ => gone(
                format!("{host} отвечает не так, как должен"),
                format!("{host} does not answer as it should: {error}"),
            ),
        }
    }
}

/// Larger than people may send.
fn over(lang: Lang, host: &str, limit_bytes: u64) -> SourceError {
    let megabytes = limit_bytes / 1_000_000;
    SourceError::Gone(match lang {
        Lang::Ru => format!("файл на {host} больше предела: {megabytes} МБ"),
        Lang::En => format!("the file at {host} is over the limit of {megabytes} MB"),
    })
}

fn rule_words(rule: http_client::AddressRule) -> &'static str {
    use http_client::AddressRule as Rule;
    match rule {
        Rule::Scheme => "только http и https",
        Rule::Credentials => "в нём имя или пароль",
        Rule::NoHost => "в нём нет имени сервера",
        Rule::Loopback => "он ведёт на этот компьютер",
        Rule::Private | Rule::SharedNat => "он ведёт во внутреннюю сеть",
        Rule::LinkLocal | Rule::Metadata => "он ведёт к служебным адресам сети",
        Rule::Embedded => "внутри него другой адрес",
        Rule::ForeignHost => "сервер отсылает к чужому адресу",
        _ => "он не ведёт в интернет",
    }
}

#[async_trait]
impl CallSource for UrlSource {
    fn name(&self) -> &SourceName {
        &self.name
    }

    /// Lists nothing: its calls come in by themselves.
    async fn calls(&self, _: TimeWindow, _: Option<SourceCursor>) -> Result<SourcePage, SourceError> {
        Ok(SourcePage { calls: Vec::new(), next: None, warnings: Vec::new() })
    }

    async fn recording(&self, call: &Call) -> Result<RecordingSource, SourceError> {
        let url = Url::parse(&call.revision).map_err(|_| {
            SourceError::Gone(self.lang.pick("адрес не читается", "the address cannot be read").to_owned())
        })?;
        self.open(&url).await.map_err(|error| self.error(&url, &error))
    }
}

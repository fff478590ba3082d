//! The live chat client.

use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use domain::Money;
use futures::stream::BoxStream;
use http_client::HttpClient;

use crate::{
    ChatApi, ChatEvent, ChatMessage, ChatModel, ChatReply, ChatRequest, OpenAiConfig, OpenAiError,
    PriceTable, ProbeReport, Role, TokenUsage,
    client::{Endpoint, Told, Trouble},
    content,
    learnt::Learnt,
    probe, stream,
    wire::chat as wire,
};

/// Lessons of one request: as many as there are parameters, and a few for parallel requests.
const MOST_LESSONS: u32 = 12;

/// Chat with a model behind an OpenAI-compatible end point. A cheap handle: clones share
/// connections, pace and what was learnt about the model.
#[derive(Clone)]
pub struct OpenAiChat {
    endpoint: Endpoint,
    learnt: Arc<Learnt>,
    model: String,
    prices: Arc<PriceTable>,
    timeout: Duration,
}

impl fmt::Debug for OpenAiChat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenAiChat")
            .field("provider", &self.endpoint.provider())
            .field("model", &self.model)
            .finish_non_exhaustive()
    }
}

impl OpenAiChat {
    /// A client for one model of one end point; `http` is best built from
    /// [`OpenAiConfig::http`].
    ///
    /// # Errors
    /// [`OpenAiError::Config`] when the key or the organization cannot be sent, or the model has no name.
    pub fn new(http: HttpClient, config: OpenAiConfig, model: ChatModel) -> Result<Self, OpenAiError> {
        if model.name.trim().is_empty() {
            return Err(OpenAiError::Config("the chat model has no name".to_owned()));
        }
        Ok(Self {
            endpoint: Endpoint::new(http, &config)?,
            model: model.name.clone(),
            learnt: Arc::new(Learnt::new(model)),
            prices: Arc::new(config.prices),
            timeout: config.chat_timeout,
        })
    }

    /// What is known about the model by now.
    pub fn learnt(&self) -> ChatModel {
        self.learnt.model()
    }

    /// Whether the part works: asks for the list of models, then for one word, which costs under
    /// 0.0001 USD. So a spent quota and a model without access are found too.
    ///
    /// # Errors
    /// What a real request would fail with.
    pub async fn check(&self) -> Result<ProbeReport, OpenAiError> {
        let mut report = probe::listed(&self.endpoint, &self.model).await?;
        let request = ChatRequest {
            messages: vec![ChatMessage::new(Role::User, "Say: ok")],
            // the least that models which think accept
            max_output_tokens: Some(16),
            ..ChatRequest::default()
        };
        let reply = self.complete(&request).await?;
        (report.cost, report.request_id) = (reply.cost, reply.request_id);
        Ok(report)
    }

    async fn ask(&self, request: &ChatRequest) -> Result<Told, OpenAiError> {
        for _ in 0..MOST_LESSONS {
            let model = self.learnt.model();
            let body = wire::request(&model, request, false);
            match self.endpoint.chat(&body, self.timeout).await {
                Err(trouble) if self.learnt.learn(&model, &trouble) => {}
                outcome => return outcome.map_err(Trouble::into),
            }
        }
        Err(self.unlearnable())
    }

    fn unlearnable(&self) -> OpenAiError {
        OpenAiError::Invalid {
            provider: self.endpoint.provider().to_owned(),
            message: "it refuses every form of the request".to_owned(),
            code: "unsupported_parameter".to_owned(),
        }
    }
}

#[async_trait]
impl ChatApi for OpenAiChat {
    fn model(&self) -> &str {
        &self.model
    }

    async fn complete(&self, request: &ChatRequest) -> Result<ChatReply, OpenAiError> {
        let told = self.ask(request).await?;
        let answer = wire::answer(&told.body).ok_or_else(|| OpenAiError::BadAnswer {
            provider: self.endpoint.provider().to_owned(),
            message: "it holds no choices".to_owned(),
        })?;
        Ok(ChatReply {
            content: content::stripped(&answer.content, request.schema.is_some()),
            refusal: answer.refusal,
            finish: answer.finish,
            usage: answer.usage,
            cost: answer.usage.and_then(|usage| self.price(usage)),
            model: answer.model.unwrap_or_else(|| self.model.clone()),
            request_id: told.request_id,
        })
    }

    async fn stream(
        &self,
        request: &ChatRequest,
    ) -> Result<BoxStream<'static, Result<ChatEvent, OpenAiError>>, OpenAiError> {
        for _ in 0..MOST_LESSONS {
            let model = self.learnt.model();
            let body = wire::request(&model, request, true);
            match self.endpoint.chat_stream(&body).await {
                Ok(bytes) => {
                    let (model, prices) = (self.model.clone(), Arc::clone(&self.prices));
                    let price = move |usage| prices.chat(&model, usage);
                    return Ok(stream::events(bytes, self.endpoint.clone(), Box::new(price)));
                }
                Err(trouble) if self.learnt.learn(&model, &trouble) => {}
                Err(trouble) => return Err(trouble.into()),
            }
        }
        Err(self.unlearnable())
    }

    fn price(&self, usage: TokenUsage) -> Option<Money> {
        self.prices.chat(&self.model, usage)
    }
}

//! A dry run: what a run would do, without writing a byte.

use domain::{Call, CallStatus};

use super::{Pipeline, RunError, RunRequest};

/// A call of the window and what a run would do with it.
#[derive(Debug, Clone, PartialEq)]
pub struct PreviewCall {
    /// The call.
    pub call: Call,
    /// Its status now; `None` if never seen or changed since.
    pub status: Option<CallStatus>,
    /// Whether a run would work on it.
    pub open: bool,
}

/// What a run would do.
#[derive(Debug, Clone, PartialEq)]
pub struct Preview {
    /// Every call of the window.
    pub calls: Vec<PreviewCall>,
    /// What the source could not read.
    pub warnings: Vec<String>,
}

impl Pipeline {
    /// Lists what [`Pipeline::run`] would take up.
    ///
    /// # Errors
    /// As [`Pipeline::run`].
    pub async fn preview(&self, request: &RunRequest) -> Result<Preview, RunError> {
        let (mut after, mut preview) = (None, Preview { calls: Vec::new(), warnings: Vec::new() });
        loop {
            let page = request
                .source
                .calls(request.window, after)
                .await
                .map_err(|cause| RunError::Source { source_name: request.source.name().clone(), cause })?;
            preview.warnings.extend(page.warnings);
            for call in page.calls {
                if request.limit.is_some_and(|limit| preview.calls.len() >= limit) {
                    return Ok(preview);
                }
                preview.calls.push(self.preview_call(call, request).await?);
            }
            after = page.next;
            if after.is_none() {
                return Ok(preview);
            }
        }
    }

    async fn preview_call(&self, call: Call, request: &RunRequest) -> Result<PreviewCall, RunError> {
        let known =
            self.parts.store.call(call.id).await?.filter(|record| record.call.revision == call.revision);
        let status = known.as_ref().map(|record| record.status);
        let open = match status {
            None => !call.missed && call.talk_ms.is_none_or(|talk| talk >= self.settings.min_talk_ms),
            Some(CallStatus::Done) => {
                self.parts.store.analysis(call.id, Some(&request.rubric.id)).await?.is_none()
            }
            Some(status) => status.is_open(),
        };
        Ok(PreviewCall { call, status, open })
    }
}

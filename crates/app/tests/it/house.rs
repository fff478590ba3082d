//! An installation in a folder of its own, with its worker.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use app::{App, ConfigInput};
use domain::CallId;
use futures::{Stream, stream};
use pipeline::{CallReport, Unobserved};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub(crate) struct House {
    pub(crate) place: tempfile::TempDir,
    pub(crate) app: App,
    stop: CancellationToken,
    worker: Option<JoinHandle<()>>,
}

impl House {
    /// With these settings and no model.
    pub(crate) async fn with(settings: &[(&str, &str)]) -> Self {
        let place = tempfile::tempdir().unwrap();
        let data = place.path().join("data");
        let mut env = BTreeMap::from([("ZVONAR_DATA_DIR".to_owned(), data.display().to_string())]);
        env.extend(settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let input = ConfigInput { cwd: place.path().to_owned(), env, ..ConfigInput::default() };
        let app = App::open(app::load(&input).unwrap().config).await.unwrap();
        Self { place, app, stop: CancellationToken::new(), worker: None }
    }

    /// Starts the worker.
    pub(crate) fn serve(mut self) -> Self {
        let (parts, stop) = (self.app.serving_parts().unwrap(), self.stop.clone());
        let serving = async move { parts.serve(Arc::new(Unobserved), stop).await.unwrap() };
        self.worker = Some(tokio::spawn(serving));
        self
    }

    /// How the call stands when nothing more happens to it.
    pub(crate) async fn settled(&self, call: CallId) -> CallReport {
        self.app.wait_for(call, Duration::from_secs(20)).await.unwrap().unwrap()
    }

    pub(crate) async fn close(mut self) {
        self.stop.cancel();
        if let Some(worker) = self.worker.take() {
            worker.await.unwrap();
        }
    }
}

pub(crate) fn golden(name: &str) -> Vec<u8> {
    std::fs::read(test_support::golden(name)).unwrap()
}

pub(crate) fn streamed(
    bytes: Vec<u8>,
) -> impl Stream<Item = Result<bytes::Bytes, std::io::Error>> + Send + Unpin {
    stream::iter([Ok(bytes::Bytes::from(bytes))])
}

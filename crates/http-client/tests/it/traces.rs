//! What an exchange leaves in the logs, and what it does not.

use std::{
    io,
    sync::{Arc, Mutex},
};

use http_client::Repeat;
use tracing_subscriber::fmt::{MakeWriter, format::FmtSpan};

use crate::scripted::{Scripted, Step, ask, asking, plain, reset, status};

#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl io::Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Kept {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test(start_paused = true)]
async fn a_span_tells_the_exchange_and_none_of_its_secrets() {
    let kept = Kept::default();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(FmtSpan::CLOSE)
        .with_writer(kept.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let script = Scripted::new([
        reset(),
        Step::Answer(503, &[("set-cookie", "secret-cookie")], "secret-body"),
        Step::Answer(200, &[("x-token", "secret-token")], "secret-body"),
        status(429),
        Step::Answer(401, &[], "secret-body"),
    ]);
    let client = plain(&script);
    ask(&client, &asking(Repeat::Freely)).await.unwrap();
    ask(&client, &asking(Repeat::Freely)).await.unwrap_err();
    drop(guard);

    let log = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
    assert!(!log.contains("secret") && !log.contains("user:pass"), "{log}");
    let spans: Vec<_> = log.lines().filter(|line| line.contains(r#""message":"close""#)).collect();
    assert_eq!(spans.len(), 2, "{log}");
    for (span, told) in spans.iter().zip([
        [r#""attempts":3"#, r#""status":200"#, r#""elapsed_ms":1500"#],
        [r#""attempts":2"#, r#""status":401"#, r#""elapsed_ms":500"#],
    ]) {
        for told in told.iter().chain(&[
            r#""name":"test.ask""#,
            r#""host":"provider.example""#,
            r#""request_id":"0000"#,
        ]) {
            assert!(span.contains(told), "{told} in {span}");
        }
    }
}

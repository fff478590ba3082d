//! Recordings of noise, many at once.

use std::error::Error;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures::stream;

/// What an upload is sent in.
const PIECE: usize = 64 << 10;

pub(crate) async fn upload(base: &str, clients: usize, megabytes: usize) -> Result<(), Box<dyn Error>> {
    let client = reqwest::Client::builder().timeout(Duration::from_mins(10)).build()?;
    let begun = Instant::now();
    let tasks: Vec<_> = (0..clients)
        .map(|number| {
            let (client, url) = (client.clone(), format!("{base}/analyze_audio_call"));
            tokio::spawn(async move {
                let pieces = (megabytes << 20) / PIECE;
                let piece = Bytes::from(vec![u8::try_from(number % 251).unwrap_or(0); PIECE]);
                let body = stream::iter((0..pieces).map(move |_| Ok::<_, std::io::Error>(piece.clone())));
                let part = reqwest::multipart::Part::stream(reqwest::Body::wrap_stream(body));
                let form = reqwest::multipart::Form::new()
                    .text("content_mode", "Manager+")
                    .part("audio", part.file_name("noise.wav"));
                client.post(url).multipart(form).send().await.map(|answer| answer.status())
            })
        })
        .collect();
    for task in tasks {
        match task.await? {
            Ok(status) => print!("{} ", status.as_u16()),
            Err(error) => print!("{error} "),
        }
    }
    let seconds = begun.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "megabytes")]
    let rate = (clients * megabytes) as f64 / seconds;
    println!("\n{clients} × {megabytes} MB in {seconds:.1} s, {rate:.0} MB/s");
    Ok(())
}

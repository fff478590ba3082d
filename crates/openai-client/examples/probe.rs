//! `cargo run -p openai-client --example openai_probe -- URL KEY CHAT_MODEL SPEECH_MODEL`
//! Asks a provider whether both parts work. Costs under 0.001 USD.

use http_client::HttpClient;
use openai_client::{ModelTable, OpenAiChat, OpenAiConfig, OpenAiSpeech};

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::print_stdout, reason = "an example speaks")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, key, chat, speech] = arguments.as_slice() else {
        return Err("give four arguments: URL KEY CHAT_MODEL SPEECH_MODEL".into());
    };
    let models = ModelTable::embedded()?;
    let config = OpenAiConfig::new(url, key.as_str().into())?;
    let http = HttpClient::new(config.http())?;

    let chat = OpenAiChat::new(http.clone(), config.clone(), models.chat(chat))?;
    println!("chat:   {:?}", chat.check().await);
    let speech = OpenAiSpeech::new(http, config, models.speech(speech))?;
    println!("speech: {:?}", speech.check().await);
    Ok(())
}

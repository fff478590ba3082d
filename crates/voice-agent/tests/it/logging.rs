//! The lines of a turn in the log: as people know them, and without words where that is wished.

use std::io::Write;
use std::sync::{Arc, Mutex};

use tracing_subscriber::fmt::MakeWriter;
use voice_agent::testing::Script;
use voice_agent::{DeskSettings, TurnSettings};

use crate::house::{house_with, persona};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

async fn lines(log_words: bool) -> Vec<String> {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(log.clone())
        .with_ansi(false)
        .without_time()
        .with_target(false)
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let settings = TurnSettings { log_words, ..TurnSettings::default() };
    let house = house_with(persona(), DeskSettings::default(), settings);
    house.mind.next(Script::says(&["С удовольствием расскажу."]));
    let answer = house.says("vox-1", 1, "Хочу узнать о ваших\nуслугах").await;
    if let Some(next) = answer.next {
        house.engine.next("vox-1", next).await;
    }
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    text.lines().map(|line| line.trim_start().trim_start_matches("INFO ").to_owned()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_turn_leaves_the_lines_that_people_look_for() {
    let lines = lines(true).await;
    let expected = [
        "[Voximplant Audio] Processing audio | call_id=vox-1 | turn=1 | url=say:Хочу узнать о ваших",
        "[Voximplant Audio] Downloaded 50 bytes in 0.000s",
        "STT completed in 0.000s | text_length=27",
        "[Voximplant Audio] User said: Хочу узнать о ваших услугах",
        "GPT completed in 0.000s | tokens=234 | response_length=25",
        "[Voximplant Audio] AI response: С удовольствием расскажу.",
        "Turn completed in 0.000s | call_id=",
    ];
    for line in expected {
        assert!(lines.iter().any(|logged| logged.starts_with(line)), "{line}\n{lines:#?}");
    }
}

#[tokio::test(start_paused = true)]
async fn words_and_addresses_stay_out_of_the_log_where_that_is_wished() {
    let lines = lines(false).await;
    let all = lines.join("\n");
    for word in ["услугах", "удовольствием", "say:"] {
        assert!(!all.contains(word), "{all}");
    }
    for line in ["url=(hidden)", "User said: (27 letters)", "AI response: (25 letters)"] {
        assert!(all.contains(line), "{line}\n{all}");
    }
}

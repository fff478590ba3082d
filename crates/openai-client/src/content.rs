//! What local models wrap around their answers: thinking and code fences.

/// The answer without `<think>…</think>` and, where JSON is expected, without the fence around it
/// and words before and after.
pub(crate) fn stripped(content: &str, json: bool) -> String {
    let spoken = without_thinking(content);
    let spoken = spoken.trim();
    if json { unfenced(spoken).to_owned() } else { spoken.to_owned() }
}

/// Models that think aloud do so once, first. A thought that never ends was cut: nothing is left.
fn without_thinking(content: &str) -> &str {
    let trimmed = content.trim_start();
    if !trimmed.starts_with("<think>") {
        // a server's template may have eaten the opening mark
        return trimmed.split_once("</think>").map_or(trimmed, |(_, after)| after);
    }
    trimmed.split_once("</think>").map_or("", |(_, after)| after)
}

/// From the first brace to the last one, where the text is no JSON by itself.
fn unfenced(text: &str) -> &str {
    if serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok() {
        return text;
    }
    let (Some(first), Some(last)) = (text.find('{'), text.rfind('}')) else { return text };
    // braces are one byte: both ends are borders of letters
    text.get(first..=last).unwrap_or(text)
}

/// Words of a stream with the thinking before them left out.
#[derive(Debug, Default)]
pub(crate) struct Thinking {
    /// Not yet known to be words.
    held: String,
    stage: Stage,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum Stage {
    /// Nobody knows yet whether it thinks.
    #[default]
    Opening,
    /// The thought is over; line breaks that divide it from the answer may yet come.
    Thought,
    Speaking,
}

const OPENS: &str = "<think>";

impl Thinking {
    /// Takes a piece, gives what of it (and of those before) is spoken.
    pub(crate) fn spoken(&mut self, piece: &str) -> String {
        if self.stage == Stage::Speaking {
            return piece.to_owned();
        }
        self.held.push_str(piece);
        if self.stage == Stage::Opening {
            let start = self.held.trim_start();
            if let Some(thought) = start.strip_prefix(OPENS) {
                let Some((_, words)) = thought.split_once("</think>") else { return String::new() };
                self.held = words.to_owned();
                self.stage = Stage::Thought;
            } else if OPENS.starts_with(start) {
                return String::new();
            } else {
                self.stage = Stage::Speaking;
                return std::mem::take(&mut self.held);
            }
        }
        let words = std::mem::take(&mut self.held).trim_start().to_owned();
        if !words.is_empty() {
            self.stage = Stage::Speaking;
        }
        words
    }

    /// What is left at the end: words that began like a thought. A thought that was cut is none.
    pub(crate) fn rest(&mut self) -> String {
        let held = std::mem::take(&mut self.held);
        if held.trim_start().starts_with(OPENS) { String::new() } else { held }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fences_and_thinking_go_json_stays() {
        let fenced = "<think>\nпосчитаем {a}\n</think>\n```json\n{\"a\":\"}\"}\n```\n";
        assert_eq!(stripped(fenced, true), r#"{"a":"}"}"#);
        assert_eq!(stripped("Вот ответ: {\"a\":1}. Готово", true), r#"{"a":1}"#);
        assert_eq!(stripped(r#"{"a":"</thin>"}"#, true), r#"{"a":"</thin>"}"#);
    }

    #[test]
    fn a_thought_that_was_cut_leaves_nothing() {
        assert_eq!(stripped("<think> так, посмот", true), "");
        assert_eq!(stripped("думаю</think>ответ", false), "ответ");
    }

    #[test]
    fn free_text_keeps_its_fences() {
        assert_eq!(stripped(" ```sh\nls\n``` ", false), "```sh\nls\n```");
    }

    fn streamed(pieces: &[&str]) -> String {
        let mut thinking = Thinking::default();
        let spoken: String = pieces.iter().map(|piece| thinking.spoken(piece)).collect();
        spoken + &thinking.rest()
    }

    #[test]
    fn a_stream_speaks_what_follows_the_thought() {
        assert_eq!(streamed(&["<th", "ink>так", " {</thi", "nk>\n", "\nДо", "брый"]), "Добрый");
        assert_eq!(streamed(&["<", "3 ", "дня"]), "<3 дня");
        assert_eq!(streamed(&["Добрый", " <think>"]), "Добрый <think>");
        assert_eq!(streamed(&["<think> и тут обор"]), "");
        assert_eq!(streamed(&["<thi"]), "<thi");
    }
}

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
}

//! Marks that a model writes between its words: `[[конец]]`, `[[человек: …]]`, `[[инструмент: имя {…}]]`.
//!
//! Plain text instead of a provider's own function calling: any server that speaks the chat protocol
//! will do, and the words before a mark are spoken while it is still being written. The client's words
//! cannot hold marks: brackets are taken out of them before.

/// Longer than this, brackets are no mark.
const LONGEST: usize = 10_000;

/// What a model wants besides words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Mark {
    /// To end the call.
    End,
    /// To hand over to a person; the occasion may be empty.
    Person(String),
    /// To ask a tool.
    Tool {
        /// Its name.
        name: String,
        /// JSON, as the model wrote it.
        arguments: String,
    },
}

/// A piece of the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// To be said.
    Words(String),
    /// To be done.
    Mark(Mark),
}

/// Takes the stream apart.
#[derive(Debug, Default)]
pub(super) struct Marks {
    held: String,
}

impl Marks {
    /// More of the stream.
    pub(super) fn push(&mut self, text: &str) -> Vec<Piece> {
        self.held.push_str(text);
        let mut pieces = Vec::new();
        loop {
            let Some((words, rest)) = self.held.split_once("[[") else {
                // one bracket may be half of two
                let keep = usize::from(self.held.ends_with('['));
                let (words, rest) = self.held.split_at_checked(self.held.len() - keep).unwrap_or(("", ""));
                let (words, rest) = (words.to_owned(), rest.to_owned());
                push_words(&mut pieces, &words);
                self.held = rest;
                return pieces;
            };
            let Some((mark, after)) = close(rest) else {
                if rest.len() > LONGEST {
                    let words = words.to_owned();
                    push_words(&mut pieces, &words);
                    self.held.clear();
                }
                return pieces;
            };
            push_words(&mut pieces, words);
            pieces.extend(read(mark).map(Piece::Mark));
            self.held = after.to_owned();
        }
    }

    /// The stream is over; a mark that was not finished is dropped.
    pub(super) fn finish(&mut self) -> Option<Piece> {
        let held = std::mem::take(&mut self.held);
        let words = held.split_once("[[").map_or(held.as_str(), |(words, _)| words);
        (!words.is_empty()).then(|| Piece::Words(words.to_owned()))
    }
}

fn push_words(pieces: &mut Vec<Piece>, words: &str) {
    if !words.is_empty() {
        pieces.push(Piece::Words(words.to_owned()));
    }
}

/// The mark and what follows it. Arguments may hold `]]` themselves: they close where they are JSON.
fn close(rest: &str) -> Option<(&str, &str)> {
    let mut from = 0;
    while let Some(at) = rest.get(from..)?.find("]]") {
        let end = from + at;
        let mark = rest.get(..end)?;
        // `]]]`: the last two close
        let more = rest.get(end + 2..)?;
        let open = mark.split_once('{').is_some_and(|(_, json)| {
            serde_json::from_str::<serde_json::Value>(&format!("{{{json}")).is_err()
        });
        if !open {
            return Some((mark, more));
        }
        from = end + 1;
    }
    None
}

fn read(mark: &str) -> Option<Mark> {
    let (word, rest) = mark.split_once(':').unwrap_or((mark, ""));
    let rest = rest.trim();
    match word.trim().to_lowercase().as_str() {
        "конец" | "end" => Some(Mark::End),
        "человек" | "person" => Some(Mark::Person(rest.to_owned())),
        "инструмент" | "tool" => {
            let (name, arguments) =
                rest.find('{').and_then(|at| rest.split_at_checked(at)).unwrap_or((rest, "{}"));
            Some(Mark::Tool { name: name.trim().to_owned(), arguments: arguments.trim().to_owned() })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(pieces: &[&str]) -> Vec<Piece> {
        let mut marks = Marks::default();
        let mut found: Vec<Piece> = pieces.iter().flat_map(|piece| marks.push(piece)).collect();
        found.extend(marks.finish());
        found
    }

    fn words(text: &str) -> Piece {
        Piece::Words(text.to_owned())
    }

    #[test]
    fn marks_are_found_between_words_however_the_stream_is_cut() {
        assert_eq!(
            all(&["До свидания. [", "[кон", "ец]", "]"]),
            [words("До свидания. "), Piece::Mark(Mark::End)]
        );
        let tool = Mark::Tool { name: "free_time".into(), arguments: r#"{"days":[[1,2]]}"#.into() };
        assert_eq!(
            all(&["Смотрю. [[инструмент: free_time {\"days\":[[1,2]]}]] Вот."]),
            [words("Смотрю. "), Piece::Mark(tool), words(" Вот.")]
        );
        assert_eq!(all(&["[[человек: manager]]"]), [Piece::Mark(Mark::Person("manager".into()))]);
        assert_eq!(all(&["[[Person]]"]), [Piece::Mark(Mark::Person(String::new()))]);
    }

    #[test]
    fn brackets_that_are_no_marks_are_never_said() {
        assert_eq!(all(&["Да [[что-то странное]] и [одно] слово"]), [words("Да "), words(" и [одно] слово")]);
        assert_eq!(all(&["Да [[конец"]), [words("Да ")]);
        let long = format!("Да [[{}", "я".repeat(LONGEST));
        assert_eq!(all(&[&long, "дальше"]), [words("Да "), words("дальше")]);
    }

    proptest! {
        #[test]
        fn no_stream_breaks_it(pieces in prop::collection::vec("[а-я\\[\\]{}:\" ]{0,12}", 0..30)) {
            let mut marks = Marks::default();
            for piece in &pieces {
                marks.push(piece);
            }
            marks.finish();
        }
    }
}

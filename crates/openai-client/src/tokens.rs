//! How many tokens a text is, guessed before paying. The receipt comes from the provider.

use crate::ChatRequest;

/// Tokens per hundred letters, by alphabet: what today's tokenizers (`o200k`) need for talk,
/// spaces included.
const CYRILLIC: u64 = 30;
const OTHER: u64 = 26;

/// Markers around each message.
const PER_MESSAGE: u64 = 4;

/// Tokens of the request's prompt, schema included: good to about a tenth.
///
/// ```
/// use openai_client::{ChatMessage, ChatRequest, Role, estimated_tokens};
///
/// let words = "Добрый день, меня зовут Анна. ".repeat(100);
/// let request = ChatRequest { messages: vec![ChatMessage::new(Role::User, words)], ..Default::default() };
/// assert!((800..1000).contains(&estimated_tokens(&request)));
/// ```
pub fn estimated_tokens(request: &ChatRequest) -> u64 {
    let schema = request.schema.as_ref().map_or(0, |schema| of_text(&schema.schema.to_string()));
    let words: u64 = request.messages.iter().map(|message| of_text(&message.content) + PER_MESSAGE).sum();
    schema + words
}

fn of_text(text: &str) -> u64 {
    let hundredths: u64 = text
        .chars()
        .map(|letter| if ('\u{400}'..='\u{4ff}').contains(&letter) { CYRILLIC } else { OTHER })
        .sum();
    hundredths.div_ceil(100)
}

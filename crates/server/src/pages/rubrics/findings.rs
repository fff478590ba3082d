//! What the check of a rubric says, in the reader's language. The check itself speaks English, as logs
//! and editors do; its sentences are known one by one, and what is in backquotes stays as written.

use analyze::{FindingSeverity, RubricFinding};
use domain::Lang;

/// A finding for people.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Remark {
    pub(crate) is_error: bool,
    pub(crate) line: Option<usize>,
    /// The criterion or the field.
    pub(crate) key: String,
    pub(crate) message: String,
}

impl Remark {
    /// The sentence in pieces; those in backquotes are code.
    pub(crate) fn pieces(&self) -> Vec<(bool, &str)> {
        let pieces = self.message.split('`').enumerate().map(|(at, piece)| (at % 2 == 1, piece));
        pieces.filter(|(_, piece)| !piece.is_empty()).collect()
    }

    /// The criterion or field, where the sentence does not name it itself.
    pub(crate) fn apart(&self) -> &str {
        if self.message.contains(&format!("`{}`", self.key)) { "" } else { &self.key }
    }
}

pub(super) fn remarks(lang: Lang, found: &[RubricFinding]) -> Vec<Remark> {
    found
        .iter()
        .map(|each| Remark {
            is_error: each.severity == FindingSeverity::Error,
            line: each.line,
            key: each.key.clone(),
            message: match lang {
                Lang::En => each.message.clone(),
                Lang::Ru => russian(&each.message),
            },
        })
        .collect()
}

/// Sentences without figures, word for word.
const WHOLE: [(&str, &str); 24] = [
    (
        "this key is used twice; keys tell columns apart, give it another one",
        "этот ключ уже занят; по ключам различают колонки, дайте другой",
    ),
    (
        "`id` must be small Latin letters, digits and dashes, for example \"sales-2026\"",
        "`id` — строчные латинские буквы, цифры и дефисы, например \"sales-2026\"",
    ),
    ("`title` is empty; people see it", "`title` пуст; его видят люди"),
    ("`title` is empty; it heads a column", "`title` пуст; это заголовок колонки"),
    (
        "no `[[criteria]]`; a rubric needs at least one",
        "нет ни одного `[[criteria]]`; нужен хотя бы один критерий",
    ),
    (
        "no criterion has a `weight`; each scored one then counts the same",
        "ни у одного критерия нет `weight`; тогда все с баллами весят поровну",
    ),
    (
        "`key` must be small Latin letters, digits and underscores, for example \"next_step\"",
        "`key` — строчные латинские буквы, цифры и подчёркивания, например \"next_step\"",
    ),
    ("`weight` must be a number from 0", "`weight` — число от 0"),
    ("`cap` must be 0 to 100", "`cap` — от 0 до 100"),
    (
        "`cap` limits the total of a critical criterion; add `critical = true`",
        "`cap` ограничивает итог критичного критерия; добавьте `critical = true`",
    ),
    (
        "`direction` must be \"any\", \"in\", \"out\" or \"internal\"",
        "`direction` — \"any\", \"in\", \"out\" или \"internal\"",
    ),
    ("`min_talk_s` must be seconds from 0", "`min_talk_s` — секунды, от 0"),
    ("a `choice` needs two `options` or more", "у `choice` должно быть хотя бы две `options`"),
    ("only a `choice` has `options`", "`options` бывают только у `choice`"),
    (
        "`weight` has no effect: only `score` and a `choice` with scores weigh",
        "`weight` не действует: вес есть только у `score` и у `choice` с баллами",
    ),
    ("`scale` has no effect: only a `score` has one", "`scale` не действует: шкала есть только у `score`"),
    ("`question` is empty; a model judges by it", "`question` пуст; по нему судит модель"),
    (
        "no `rules`: the local analyzer cannot judge this, it needs a model",
        "нет `rules`: на этом компьютере не оценить, нужна модель",
    ),
    ("`rules` look for nothing: add `any = [\"…\"]`", "`rules` ничего не ищут: добавьте `any = [\"…\"]`"),
    ("`measure` needs `at_most`", "`measure` требует `at_most`"),
    ("a phrase is longer than 200 letters", "фраза длиннее 200 букв"),
    ("invalid type: map, expected a sequence", "здесь нужен список, а не таблица"),
    ("data did not match any variant of untagged enum", "значение не подходит ни под один вид"),
    ("duplicate key", "ключ повторяется"),
];

/// Sentences around words of the customer's: before, between, after; `{}` stands for each.
const SHAPED: [(&str, &str); 20] = [
    ("the text is longer than {} bytes", "текст длиннее {} байт"),
    ("`scale` must go up, for example [0, 2]; it is {}", "`scale` должна расти, например [0, 2]; сейчас {}"),
    ("unknown field `{}`; did you mean `{}`?", "поля `{}` нет; может быть, `{}`?"),
    ("unknown value `{}`; did you mean `{}`?", "значения `{}` нет; может быть, `{}`?"),
    ("unknown field `{}`; known: {}", "поля `{}` нет; есть: {}"),
    ("unknown value `{}`; known: {}", "значения `{}` нет; есть: {}"),
    ("missing field `{}`", "не хватает поля `{}`"),
    (
        "`within` is {}; write \"last 30%\" or \"first 4 turns\"",
        "`within` — {}; пишите \"last 30%\" или \"first 4 turns\"",
    ),
    (
        "the phrase {} has no word; it would match everything or nothing",
        "во фразе {} нет слова; подойдёт всё или ничего",
    ),
    ("no phrase family `{}`; did you mean `{}`?", "семейства фраз `{}` нет; может быть, `{}`?"),
    ("no judge `{}`; did you mean `{}`?", "судьи `{}` нет; может быть, `{}`?"),
    ("`codes` name {}, which is no key of `options`", "`codes` называют {}, а такого ключа в `options` нет"),
    ("invalid type: {}, expected {}", "не тот тип: {}, а нужно {}"),
    ("invalid value: {}, expected {}", "не то значение: {}, а нужно {}"),
    ("invalid length {}, expected {}", "не та длина: {}, а нужно {}"),
    ("duplicate key `{}`", "ключ `{}` повторяется"),
    ("duplicate field `{}`", "поле `{}` повторяется"),
    ("unexpected key or value, expected {}", "здесь не ждали ни ключа, ни значения; нужно: {}"),
    ("{}, expected {}", "{}: нужно {}"),
    ("in `rules`: {}", "в `rules`: {}"),
];

/// Words of the TOML reader.
const WORDS: [(&str, &str); 26] = [
    ("string values must be quoted", "текст пишется в кавычках"),
    ("invalid basic string", "в тексте лишний знак"),
    ("unclosed table header", "заголовок таблицы не закрыт"),
    ("unclosed array", "список не закрыт"),
    ("unclosed inline table", "таблица не закрыта"),
    ("invalid table header", "заголовок таблицы с ошибкой"),
    ("key with no value", "ключ без значения"),
    ("missing value", "нет значения"),
    ("extra", "лишнее:"),
    ("newline", "конец строки"),
    ("comment", "комментарий"),
    ("literal string", "текст в кавычках"),
    ("floating point", "число"),
    ("integer", "целое число"),
    ("boolean", "true или false"),
    ("a sequence", "список"),
    ("sequence", "список"),
    ("an array of length", "список длины"),
    ("a string", "текст в кавычках"),
    ("string", "текст"),
    ("a map", "таблицу"),
    ("map", "таблица"),
    ("f64", "число"),
    ("struct", "таблицу"),
    ("expected", "нужно"),
    ("or", "или"),
];

/// The sentence in Russian; what nobody has seen yet comes with the words that are known.
fn russian(message: &str) -> String {
    let message = message.trim();
    if let Some((_, said)) = WHOLE.iter().find(|(known, _)| *known == message) {
        return (*said).to_owned();
    }
    if let Some(rest) = message.strip_prefix("in `rules`: ") {
        return format!("в `rules`: {}", russian(rest));
    }
    for (shape, said) in SHAPED {
        if let Some(parts) = fits(shape, message) {
            let mut said = said.to_owned();
            for part in parts {
                said = said.replacen("{}", &worded(part), 1);
            }
            return said;
        }
    }
    worded(message)
}

/// What stands in place of each `{}`.
fn fits<'a>(shape: &str, message: &'a str) -> Option<Vec<&'a str>> {
    let mut pieces = shape.split("{}");
    let mut rest = message.strip_prefix(pieces.next()?)?;
    let mut found = Vec::new();
    for piece in pieces {
        if piece.is_empty() {
            found.push(std::mem::take(&mut rest));
            continue;
        }
        let at = rest.find(piece)?;
        found.push(rest.get(..at)?);
        rest = rest.get(at + piece.len()..)?;
    }
    rest.is_empty().then_some(found)
}

/// Words that the reader of TOML uses; names in quotes stay.
fn worded(text: &str) -> String {
    let mut out = Vec::new();
    for (at, piece) in text.split('`').enumerate() {
        if at % 2 == 1 {
            out.push(piece.to_owned());
            continue;
        }
        let mut piece = piece.to_owned();
        for (known, said) in WORDS {
            piece = replaced(&piece, known, said);
        }
        out.push(piece);
    }
    out.join("`")
}

/// Whole words alone: «or» is not in «floor».
fn replaced(text: &str, word: &str, said: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(word) {
        let (before, after) =
            (rest.get(..at).unwrap_or_default(), rest.get(at + word.len()..).unwrap_or_default());
        let bounded = !before.ends_with(|c: char| c.is_alphanumeric() || c == '"' || c == '_')
            && !after.starts_with(|c: char| c.is_alphanumeric() || c == '"' || c == '_');
        out.push_str(before);
        out.push_str(if bounded { said } else { word });
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sentences of the check, taken from rubrics with every kind of mistake.
    fn said_of(text: &str) -> Vec<Remark> {
        remarks(Lang::Ru, &analyze::check(text))
    }

    #[test]
    fn mistakes_are_named_in_russian_with_their_lines() {
        let text = "id = \"Own Rubric\"\ntitle = \"\"\n\n[[criteria]]\nkey = \"Next\"\ntitle = \"Шаг\"\nkind = \"score\"\nscale = [2, 0]\nweight = -1\nquestion = \"\"\n\n[[criteria]]\nkey = \"pick\"\ntitle = \"Выбор\"\nkind = \"choice\"\nquestion = \"?\"\nrules = { any = [\"@helo\"], within = \"soon\" }\n";
        let said = said_of(text);
        let lines: Vec<String> =
            said.iter().map(|each| format!("{}: {}", each.line.unwrap_or(0), each.message)).collect();
        let all = lines.join("\n");
        for expected in [
            "1: `id` — строчные латинские буквы",
            "2: `title` пуст; его видят люди",
            "5: `key` — строчные",
            "8: `scale` должна расти",
            "9: `weight` — число от 0",
            "у `choice` должно быть хотя бы две `options`",
            "`within` — \"soon\"; пишите",
            "семейства фраз `helo` нет; может быть, `hello`?",
        ] {
            assert!(all.contains(expected), "{expected} in\n{all}");
        }
    }

    #[test]
    fn no_sentence_stays_in_english() {
        for text in [
            "id = \"a\"\ntitle = \"A\"\n[[criteria]]\nkey = \"a\"\ntitle = \"A\"\nkind = \"scor\"\nquestion = \"?\"",
            "id = \"a\"\ntitle = \"A\"\n[[criteria]]\nkey = \"a\"\ntitel = \"A\"",
            "id = \"a\"",
            "id = 5",
            "id = \"a\"\nid = \"b\"",
            "id = a",
            "id = ",
            "[[criteria",
            "id = \"a",
            "x y",
            "id = \"a\"\ntitle = \"A\"\n[[criteria]]\nkey = \"a\"\ntitle = \"A\"\nkind = \"score\"\nquestion = \"?\"\nscale = [0]",
            "id = \"a\"\ntitle = \"A\"\ncriteria = 1",
            "id = \"a\"\ntitle = \"A\"\n[[criteria]]\nkey = \"a\"\ntitle = \"A\"\nkind = \"score\"\nquestion = \"?\"\nrules = { ani = [\"да\"] }",
        ] {
            for remark in said_of(text) {
                let outside: String = remark.message.split('`').step_by(2).collect();
                assert!(
                    remark.message.chars().any(|c| matches!(c, 'а'..='я')) && !outside.contains("expected"),
                    "{text:?}: {}",
                    remark.message
                );
            }
        }
    }
}

//! Questions: the operator's about the need, the client's and whether they were answered.

use domain::Speaker::{Client, Operator};

use super::scene::{Quote, Scene};
use crate::view::Sentence;
use crate::when;

/// The operator's questions about the need.
#[derive(Debug, Default)]
pub(crate) struct Needs {
    /// Asked before any offer or price.
    pub(crate) early: usize,
    /// All of them.
    pub(crate) all: usize,
    pub(crate) quotes: Vec<Quote>,
}

/// Words that open a question; several in a sentence are several questions.
const ASKING: &[&str] = &[
    "скольк",
    "как",
    "когд",
    "где",
    "куда",
    "откуд",
    "зачем",
    "для чего",
    "кто",
    "кому",
    "чем",
    "что",
    "чег",
];

impl Needs {
    pub(crate) fn of(scene: &Scene<'_>) -> Self {
        let offer = ["propose", "cost"]
            .into_iter()
            .filter_map(|family| scene.by(Operator, family).map(|hit| hit.turn).min())
            .min();
        let mut needs = Self::default();
        for (_, sentence) in scene.sentences(Operator) {
            if !is_need_question(scene, sentence) {
                continue;
            }
            let words = scene.words(sentence);
            let asked = words
                .iter()
                .filter(|word| ASKING.iter().any(|ask| word.text.starts_with(ask)))
                .count()
                .clamp(1, 3);
            needs.all += asked;
            if offer.is_none_or(|offer| sentence.turn <= offer) {
                needs.early += asked;
            }
            needs.quotes.push(scene.quote(sentence));
        }
        needs
    }
}

/// «Как к вам обращаться и какие размеры нужны?» asks for a name and for the task.
fn asks_task_too(scene: &Scene<'_>, sentence: &Sentence) -> bool {
    const ABOUT_THEM: &[&str] = &["номер", "телефон", "имя", "фамил", "почт", "адрес", "заказ", "договор"];
    let inside = |hit: &crate::phrase::Hit| sentence.tokens.contains(&hit.first);
    let names: Vec<_> = scene.said("identify").filter(inside).collect();
    scene.said("qualify").filter(inside).any(|hit| {
        let apart = names.iter().all(|name| hit.first > name.last + 1 || hit.last < name.first);
        let about_them = scene.view.tokens.get(hit.last..(hit.last + 2).min(sentence.tokens.end));
        apart
            && !about_them
                .unwrap_or_default()
                .iter()
                .any(|word| ABOUT_THEM.iter().any(|about| word.text.starts_with(about)))
    })
}

const NOT_NEED: &[&str] = &[
    "help_offer",
    "cold_opening",
    "more",
    "recap",
    "hold",
    "dismissive",
    "rude",
    "obscene",
    "mild",
    "pressure",
    "hurt",
    "bare_dismissal",
];

fn is_need_question(scene: &Scene<'_>, sentence: &Sentence) -> bool {
    let words = scene.words(sentence);
    let asks = sentence.question || scene.holds(&["open_q"], &sentence.tokens);
    if !asks
        || words.len() < 2 && !words.iter().any(|word| ASKING.iter().any(|ask| word.text.starts_with(ask)))
    {
        return false;
    }
    if scene.holds(NOT_NEED, &sentence.tokens)
        || scene.holds(&["identify"], &sentence.tokens) && !asks_task_too(scene, sentence)
    {
        return false;
    }
    // «Запишу вас на субботу?», «Удобно в 11?» make an appointment, they ask no need
    let step = scene.holds(&["when", "meet", "offer_time"], &sentence.tokens);
    !step || scene.holds(&["open_q", "qualify"], &sentence.tokens)
}

/// A client's question.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) sentence: usize,
    /// Share of it that got an answer, 0–1.
    pub(crate) answered: f64,
    pub(crate) answer: Option<Quote>,
}

/// All questions of the client that want an answer.
pub(crate) fn client_questions(scene: &Scene<'_>) -> Vec<Asked> {
    scene
        .sentences(Client)
        .filter(|(_, sentence)| is_client_question(scene, sentence))
        .map(|(index, sentence)| {
            let (answered, answer) = answer_to(scene, sentence);
            Asked { sentence: index, answered, answer }
        })
        .collect()
}

fn is_client_question(scene: &Scene<'_>, sentence: &Sentence) -> bool {
    let words = scene.words(sentence);
    let typed = scene.holds(&["ask_price", "ask_included"], &sentence.tokens);
    if !sentence.question && (!typed || words.len() < 3) {
        return false;
    }
    if scene.holds(&["hurt"], &sentence.tokens) {
        return false;
    }
    let small = matches!(
        words.first().map(|word| word.text.as_str()),
        Some(
            "алло"
                | "але"
                | "да"
                | "что"
                | "а"
                | "как"
                | "правда"
                | "серьезно"
                | "кто"
                | "хорошо"
                | "ладно"
        )
    );
    words.len() >= 2 || !small
}

/// The operator's next turns, as far as an answer may wait for a clarifying question.
const ANSWER_TURNS: usize = 3;

fn answer_to(scene: &Scene<'_>, question: &Sentence) -> (f64, Option<Quote>) {
    let turns: Vec<usize> =
        scene.view.turns_of(Operator).filter(|turn| *turn > question.turn).take(ANSWER_TURNS).collect();
    let sentences: Vec<&Sentence> =
        scene.view.sentences.iter().filter(|sentence| turns.contains(&sentence.turn)).collect();
    let price = scene.holds(&["ask_price"], &question.tokens);
    let included = scene.holds(&["ask_included"], &question.tokens);
    let when = !price && scene.holds(&["ask_when"], &question.tokens);
    let mut parts: Vec<Option<Quote>> = Vec::new();
    let find = |accepts: &dyn Fn(&Sentence) -> bool| {
        sentences.iter().find(|sentence| accepts(sentence)).map(|sentence| scene.quote(sentence))
    };
    if price {
        parts.push(find(&|s| says_figure(scene, s) || takes_charge(scene, s)));
    }
    if included {
        parts.push(find(&|s| scene.holds(&["value"], &s.tokens) || takes_charge(scene, s)));
    }
    if when {
        parts.push(find(&|s| !scene.pieces(s).is_empty() || says_figure(scene, s) || takes_charge(scene, s)));
    }
    if parts.is_empty() {
        parts.push(find(&|s| is_statement(scene, s) || takes_charge(scene, s)));
    }
    let answered = parts.iter().flatten().count();
    let share = super::scene::place(answered, parts.len());
    (share, parts.into_iter().flatten().next())
}

/// A turn that insults or sends away answers nothing.
fn is_bad(scene: &Scene<'_>, sentence: &Sentence) -> bool {
    scene.turn_holds(&["dismissive", "rude", "obscene", "bare_dismissal"], sentence.turn)
        || scene.holds(&["brush_off", "mild"], &sentence.tokens)
}

fn takes_charge(scene: &Scene<'_>, sentence: &Sentence) -> bool {
    scene.holds(&["takes_charge"], &sentence.tokens) && !is_bad(scene, sentence)
}

/// A figure: a price, an amount, an hour.
fn says_figure(scene: &Scene<'_>, sentence: &Sentence) -> bool {
    let words = scene.words(sentence);
    let figure = words.iter().any(|word| {
        when::number(&word.text).is_some()
            || word.text.starts_with(|c: char| c.is_ascii_digit())
            || is_big_number(&word.text)
    });
    (figure || scene.holds(&["cost"], &sentence.tokens) && words.len() > 2) && !is_bad(scene, sentence)
}

pub(crate) fn is_big_number(word: &str) -> bool {
    [
        "тысяч",
        "сто",
        "двести",
        "трист",
        "четырест",
        "пятьсот",
        "шестьсот",
        "семьсот",
        "восемьсот",
        "девятьсот",
        "шестьдесят",
        "семьдесят",
        "восемьдесят",
        "девяност",
        "миллион",
        "полтор",
        "бесплатн",
    ]
    .iter()
    .any(|number| if *number == "сто" { word == "сто" || word == "ста" } else { word.starts_with(number) })
}

/// Tells something: no question, no sending away, no mere apology.
fn is_statement(scene: &Scene<'_>, sentence: &Sentence) -> bool {
    let words = scene.words(sentence);
    if sentence.question || is_bad(scene, sentence) || scene.holds(&["hold"], &sentence.tokens) {
        return false;
    }
    let plain = matches!(
        words.first().map(|word| word.text.as_str()),
        Some("да" | "нет" | "конечно" | "можно" | "есть" | "обязательно")
    );
    let only_sorry =
        words.len() <= 4 && scene.holds(&["apology", "empathy", "bye", "thanks"], &sentence.tokens);
    (plain || words.len() >= 3 || says_figure(scene, sentence)) && !only_sorry
}

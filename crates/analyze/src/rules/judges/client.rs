//! The client's side: interest, clarity, mood, what stands between them and a yes.

use domain::Speaker::{Client, Operator};

use crate::rules::facts::{Facts, Kind};
use crate::rules::finding::{Finding, Grade};
use crate::rules::objections::CODES;
use crate::rules::questions::is_big_number;
use crate::rules::scene::{Quote, Scene};
use crate::when::{self, Part};

pub(super) fn interest(scene: &Scene<'_>, facts: &Facts) -> Finding {
    if facts.kind == Kind::Support {
        return Finding::not_applicable("Звонок не о покупке.");
    }
    let gone: Vec<Quote> = leaving(scene);
    if !gone.is_empty() {
        return Finding::new(Grade::Choice("cold".to_owned()), "Клиент уходит.").quoting(gone);
    }
    let bought: Vec<Quote> = scene.by(Client, "buy").map(Quote::from).collect();
    if facts.step.grade() == 2 || !bought.is_empty() && facts.step.consent {
        let quotes = if bought.is_empty() { facts.step.quotes.clone() } else { bought };
        return Finding::new(Grade::Choice("hot".to_owned()), "Клиент согласен на следующий шаг.")
            .quoting(quotes);
    }
    if facts.refused {
        let no = scene.by(Client, "refuse").map(Quote::from).take(2);
        return Finding::new(Grade::Choice("cold".to_owned()), "Клиент отказался.")
            .quoting(no.collect::<Vec<_>>());
    }
    let last = scene.view.turns_of(Client).next_back().and_then(|turn| scene.turn_quote(turn));
    Finding::new(Grade::Choice("warm".to_owned()), "Клиент слушает, но решения не принял.").quoting(last)
}

/// The client breaks off, in the second half.
fn leaving(scene: &Scene<'_>) -> Vec<Quote> {
    let half = scene.view.turns.len() / 2;
    ["no_call", "churn", "hurt"]
        .into_iter()
        .flat_map(|family| {
            scene.by(Client, family).filter(|hit| hit.turn >= half && !hit.fuzzy).collect::<Vec<_>>()
        })
        .map(Quote::from)
        .collect()
}

pub(super) fn need_clear(scene: &Scene<'_>, facts: &Facts) -> Finding {
    let turns: Vec<usize> = scene.view.turns_of(Client).collect();
    let task = turns.iter().copied().find(|turn| {
        scene.turn_holds(&["want", "trouble", "service", "ask_price", "buy", "complaint"], *turn)
            || !facts.outgoing && scene.view.words(*turn).len() >= 5
    });
    let Some(task) = task else {
        let spoke = turns.iter().find(|turn| scene.view.words(**turn).len() >= 3);
        return match spoke {
            Some(turn) => Finding::share(0.5, "Клиент сказал о своём деле лишь в общих чертах.")
                .quoting(scene.turn_quote(*turn)),
            None => Finding::share(0.0, "Клиент не назвал, что ему нужно."),
        };
    };
    let detail = turns.iter().copied().filter(|turn| *turn >= task).find(|turn| {
        let words = scene.view.words(*turn);
        let figure = words.iter().any(|word| {
            when::number(&word.text).is_some()
                || word.text.starts_with(|c: char| c.is_ascii_digit())
                || is_big_number(&word.text)
        });
        let timed =
            scene.view.sentences.iter().filter(|s| s.turn == *turn).any(|s| !scene.pieces(s).is_empty());
        figure || timed || words.len() >= 12
    });
    let answered = facts.needs.all >= 2 && turns.iter().filter(|turn| **turn > task).count() >= 2;
    if (detail.is_some() || answered) && !facts.outgoing || detail.is_some() && facts.needs.all > 1 {
        let quotes = [Some(task), detail].into_iter().flatten().filter_map(|turn| scene.turn_quote(turn));
        return Finding::share(1.0, "Клиент назвал задачу и подробности.")
            .quoting(quotes.collect::<Vec<_>>());
    }
    Finding::share(0.5, "Задача названа, подробностей нет.").quoting(scene.turn_quote(task))
}

pub(super) fn engagement(scene: &Scene<'_>, facts: &Facts) -> Finding {
    if !facts.questions.is_empty() {
        let quotes = facts
            .questions
            .iter()
            .filter_map(|asked| scene.view.sentences.get(asked.sentence))
            .map(|s| scene.quote(s));
        return Finding::share(1.0, "Клиент задаёт вопросы по делу.")
            .quoting(quotes.take(3).collect::<Vec<_>>());
    }
    let answers = scene.view.turns_of(Client).find(|turn| scene.view.words(*turn).len() >= 2);
    match answers {
        Some(turn) => {
            Finding::share(0.5, "Клиент отвечает, сам не спрашивает.").quoting(scene.turn_quote(turn))
        }
        None => Finding::share(0.0, "Клиент почти не говорит."),
    }
}

pub(super) fn objection_left(scene: &Scene<'_>, facts: &Facts) -> Finding {
    let Some(last) = facts.objections.last() else {
        return Finding::not_applicable("Возражений не было.");
    };
    let later: Vec<usize> = scene.view.turns_of(Client).filter(|turn| *turn > last.turn).collect();
    let gone = later.iter().any(|turn| scene.turn_holds(&["no_call", "churn", "hurt", "refuse"], *turn));
    let agreed = later.iter().copied().find(|turn| {
        scene.turn_holds(&["agree", "buy", "warm"], *turn) && !scene.turn_holds(&["hedge", "refuse"], *turn)
    });
    match (gone, agreed, later.last()) {
        (false, Some(turn), _) if facts.conduct.courtesy > 0 => {
            Finding::share(1.0, "Клиент снял возражение.")
                .quoting([Some(last.quote), scene.turn_quote(turn)].into_iter().flatten())
        }
        (false, _, Some(turn)) if facts.conduct.courtesy > 0 => {
            Finding::share(0.5, "Возражение смягчилось, но осталось.")
                .quoting([Some(last.quote), scene.turn_quote(*turn)].into_iter().flatten())
        }
        _ => Finding::share(0.0, "Возражение осталось.").quoting([last.quote]),
    }
}

pub(super) fn client_tone(_: &Scene<'_>, facts: &Facts) -> Finding {
    let comment = match facts.mood.grade {
        Some(2) => "Клиент прощается доброжелательно.",
        Some(1) => "Тон клиента в конце ровный.",
        Some(_) => "Клиент в конце недоволен.",
        None => {
            return Finding::cannot_tell("Похвала и жалоба в одной фразе: возможно, ирония.")
                .quoting(facts.mood.quotes.clone())
                .review(true);
        }
    };
    let share = f64::from(facts.mood.grade.unwrap_or_default()) / 2.0;
    Finding::share(share, comment).quoting(facts.mood.quotes.iter().copied().take(3))
}

pub(super) fn agreement(scene: &Scene<'_>, facts: &Facts) -> Finding {
    let step = &facts.step;
    if step.grade() == 2 {
        return Finding::share(1.0, "Клиент согласился на конкретный шаг.").quoting(step.quotes.clone());
    }
    if step.consent {
        return Finding::share(0.5, "Клиент согласен, но без дня и часа.").quoting(step.quotes.clone());
    }
    let half = scene.view.turns.len() / 2;
    let maybe = ["посмотрим", "возможно", "может"];
    let hedge = scene.by(Client, "hedge").filter(|hit| hit.turn >= half).find(|hit| {
        scene.view.tokens.get(hit.first).is_some_and(|token| maybe.contains(&token.text.as_str()))
    });
    match hedge {
        Some(hedge) if step.action => {
            Finding::share(0.5, "Клиент ответил уклончиво.").quoting([hedge.into()])
        }
        _ => Finding::share(0.0, "Согласия на следующий шаг нет."),
    }
}

pub(super) fn readiness(scene: &Scene<'_>, facts: &Facts) -> Finding {
    if facts.kind == Kind::Support {
        return Finding::not_applicable("Звонок не о покупке.");
    }
    let mut quotes: Vec<Quote> = Vec::new();
    let offer = scene.by(Operator, "propose").map(|hit| hit.turn).min().unwrap_or(usize::MAX);
    let term = scene.sentences(Client).find(|(_, sentence)| {
        let pieces = scene.pieces(sentence);
        pieces.iter().any(|piece| matches!(piece.part, Part::Month))
            || sentence.turn < offer
                && !sentence.question
                && pieces.iter().any(|piece| piece.is_definite() && !matches!(piece.part, Part::InMinutes(_)))
    });
    quotes.extend(term.map(|(_, sentence)| scene.quote(sentence)));
    let mut count = usize::from(term.is_some());
    for family in ["budget", "decision"] {
        if let Some(hit) = scene.by(Client, family).next() {
            count += 1;
            quotes.push(hit.into());
        }
    }
    match count {
        0 => Finding::share(0.0, "Ни срока, ни бюджета, ни того, кто решает, клиент не назвал."),
        1 => Finding::share(0.5, "Из срока, бюджета и решающего назван один признак.").quoting(quotes),
        _ => Finding::share(1.0, "Клиент назвал срок, бюджет или того, кто решает.").quoting(quotes),
    }
}

pub(super) fn churn(scene: &Scene<'_>, _: &Facts) -> Finding {
    flag(scene, "churn", "Клиент говорит об уходе, возврате или суде.", "Об уходе клиент не говорит.")
}

pub(super) fn no_call(scene: &Scene<'_>, _: &Facts) -> Finding {
    flag(scene, "no_call", "Клиент просит больше не звонить.", "Просьбы не звонить нет.")
}

fn flag(scene: &Scene<'_>, family: &str, yes: &str, no: &str) -> Finding {
    let after_hours = |hit: &crate::phrase::Hit| {
        // «не звоните после шести» limits the hours, not the calls
        let next = scene.view.tokens.get(hit.last + 1).map_or("", |token| token.text.as_str());
        matches!(
            next,
            "после"
                | "до"
                | "раньше"
                | "позже"
                | "вечером"
                | "утром"
                | "ночью"
                | "в"
                | "с"
        )
    };
    let hits: Vec<Quote> = scene
        .by(Client, family)
        .filter(|hit| !hit.fuzzy && (family != "no_call" || !after_hours(hit)))
        .map(Quote::from)
        .collect();
    if hits.is_empty() {
        return Finding::new(Grade::Raised(false), no);
    }
    Finding::new(Grade::Raised(true), yes).quoting(hits.into_iter().take(3))
}

pub(super) fn objections(_: &Scene<'_>, facts: &Facts) -> Finding {
    let mut titles: Vec<String> = Vec::new();
    for code in facts.objections.iter().flat_map(|objection| &objection.codes) {
        let title = CODES[*code].1.to_owned();
        if !titles.contains(&title) {
            titles.push(title);
        }
    }
    let comment = if titles.is_empty() {
        "Возражений не было.".to_owned()
    } else {
        format!("Названо: {}.", titles.join(", ").to_lowercase())
    };
    Finding::new(Grade::List(titles), comment)
        .quoting(facts.objections.iter().map(|objection| objection.quote))
}

/// Sentences in which the client asks for something, word for word.
pub(super) fn requests(scene: &Scene<'_>, _: &Facts) -> Finding {
    let mut items: Vec<String> = Vec::new();
    let mut quotes = Vec::new();
    for (_, sentence) in scene.sentences(Client) {
        let asks = scene.holds(&["want", "service", "trouble", "buy", "human", "no_call"], &sentence.tokens);
        if !asks || sentence.tokens.len() < 3 || items.len() == 4 {
            continue;
        }
        let quote = scene.quote(sentence);
        let text = scene.sentence_text(sentence);
        if !items.contains(&text) {
            items.push(text);
            quotes.push(quote);
        }
    }
    let comment = if items.is_empty() {
        "Просьб клиента не слышно."
    } else {
        "Просьбы клиента его словами."
    };
    Finding::new(Grade::List(items), comment).quoting(quotes)
}

//! The dialogue as a whole: understanding, answers, tone, result.

use domain::Speaker::{Client, Operator};

use super::manager;
use crate::rubric::rule::Within;
use crate::rules::facts::{Facts, Kind};
use crate::rules::finding::{Finding, Grade};
use crate::rules::scene::{Quote, Scene};

/// Talks of so few turns of the operator show nothing about listening.
pub(super) const SHORT_TURNS: usize = 4;

pub(super) fn understanding(scene: &Scene<'_>, facts: &Facts) -> Finding {
    let mut hits: Vec<Quote> = scene.by(Client, "misheard").map(Quote::from).collect();
    hits.dedup_by_key(|quote| scene.view.tokens.get(quote.first).map(|token| token.turn));
    let protest: Vec<Quote> = scene.by(Client, "resist").map(Quote::from).take(3).collect();
    if hits.is_empty() && facts.conduct.courtesy == 0 && !protest.is_empty() {
        let share = if protest.len() > 1 { 0.0 } else { 0.5 };
        return Finding::share(share, "Клиент спорит и повторяет, его не слышат.").quoting(protest);
    }
    // nobody corrects a rude person; silence proves no understanding in a talk of some length
    if hits.is_empty() && facts.conduct.courtesy == 0 && scene.view.turns_of(Operator).count() > SHORT_TURNS {
        return Finding::share(0.5, "Переспросов нет, но на слова клиента отвечали резкостью.")
            .quoting(facts.conduct.worst().take(2).map(Quote::from));
    }
    match hits.len() {
        0 => Finding::share(1.0, "Переспрашивать и поправлять не пришлось."),
        1 | 2 if facts.conduct.courtesy > 0 => {
            Finding::share(0.5, "Клиенту пришлось поправить менеджера.").quoting(hits)
        }
        1 => Finding::share(0.5, "Клиенту пришлось повторить.").quoting(hits),
        _ => Finding::share(0.0, "Стороны не поняли друг друга.").quoting(hits.into_iter().take(3)),
    }
}

pub(super) fn answers(scene: &Scene<'_>, facts: &Facts) -> Finding {
    let Some(share) = facts.answered() else {
        return Finding::not_applicable("Клиент не задавал вопросов.");
    };
    let mut quotes: Vec<Quote> = Vec::new();
    for asked in &facts.questions {
        if share >= 1.0 || asked.answered < 1.0 {
            quotes.extend(scene.view.sentences.get(asked.sentence).map(|sentence| scene.quote(sentence)));
            quotes.extend(asked.answer);
        }
    }
    let comment = match share {
        1.0.. => "Клиент получил ответы на свои вопросы.",
        0.1.. => "Часть вопросов клиента осталась без ответа.",
        _ => "Вопросы клиента остались без ответа.",
    };
    Finding::share(share, comment).quoting(quotes.into_iter().take(4))
}

pub(super) fn tone(_: &Scene<'_>, facts: &Facts) -> Finding {
    let (mood, courtesy) = (facts.mood.grade, facts.conduct.courtesy);
    if courtesy == 0 || mood == Some(0) {
        let quotes: Vec<Quote> = facts
            .conduct
            .worst()
            .take(2)
            .map(Quote::from)
            .chain(facts.mood.quotes.iter().copied().filter(|_| mood == Some(0)))
            .take(4)
            .collect();
        let finding =
            Finding::new(Grade::Choice("negative".to_owned()), "Разговор напряжённый.").quoting(quotes);
        return if courtesy == 0 { finding.accuses() } else { finding };
    }
    match mood {
        Some(2) if courtesy == 2 => {
            Finding::new(Grade::Choice("positive".to_owned()), "Разговор доброжелательный.")
                .quoting(facts.mood.quotes.iter().copied().take(2))
        }
        None => Finding::cannot_tell("Похвала и жалоба в одной фразе: возможно, ирония.").review(true),
        _ => Finding::new(Grade::Choice("neutral".to_owned()), "Разговор ровный, деловой.")
            .quoting(facts.mood.quotes.iter().copied().take(1)),
    }
}

/// Silence that needs a warning, ms.
const LONG_PAUSE_MS: u64 = 10_000;

pub(super) fn waiting(scene: &Scene<'_>, _: &Facts) -> Finding {
    let hold: Vec<_> = scene
        .by(Operator, "hold")
        .filter(|hit| !scene.turn_holds(&["dismissive", "rude"], hit.turn))
        .collect();
    let metrics = scene.transcript.metrics.as_ref();
    let pause =
        metrics.and_then(|metrics| metrics.dead_air.iter().map(|(from, to)| to.saturating_sub(*from)).max());
    let long = pause.is_some_and(|pause| pause >= LONG_PAUSE_MS);
    match hold.first() {
        None if long => {
            let seconds = pause.unwrap_or_default() / 1000;
            Finding::share(0.0, format!("Тишина {seconds}\u{a0}с без предупреждения."))
        }
        None => Finding::not_applicable("Пауз дольше 10\u{a0}с не было."),
        Some(hit) => {
            let thanked = scene.by(Operator, "hold_thanks").next();
            let asked = scene.view.turns.get(hit.turn).is_some_and(|turn| turn.asks)
                || scene.turn_holds(&["polite"], hit.turn);
            let share = if thanked.is_some() || asked { 1.0 } else { 0.5 };
            let comment = if share >= 1.0 {
                "О паузе предупредили вежливо."
            } else {
                "О паузе предупредили, но не поблагодарили за ожидание."
            };
            Finding::share(share, comment)
                .quoting([Some(Quote::from(*hit)), thanked.map(Quote::from)].into_iter().flatten())
        }
    }
}

pub(super) fn resolution(scene: &Scene<'_>, facts: &Facts) -> Finding {
    let (courtesy, mood) = (facts.conduct.courtesy, facts.mood.grade);
    let late = |turn: usize| scene.is_within(turn, Within::LastShare(0.5));
    let solved = scene.by(Client, "solved").filter(|hit| late(hit.turn)).last();
    if facts.step.grade() == 2 && courtesy > 0 {
        return Finding::share(1.0, "Вопрос решён: согласован следующий шаг.")
            .quoting(facts.step.quotes.clone());
    }
    if let Some(solved) = solved
        && courtesy > 0
        && mood != Some(0)
    {
        return Finding::share(1.0, "Клиент получил то, за чем звонил.").quoting([solved.into()]);
    }
    let informed = facts.questions.iter().find(|asked| asked.answered > 0.0);
    let charge = scene.by(Operator, "takes_charge").next();
    if courtesy > 0 && (informed.is_some() || facts.step.grade() > 0 || charge.is_some())
        || informed.is_some() && mood != Some(0) && courtesy > 0
    {
        let quote = informed.and_then(|asked| asked.answer).or(charge.map(Quote::from));
        return Finding::share(0.5, "Клиент получил ответ или обещание, вопрос ещё открыт.").quoting(quote);
    }
    Finding::share(0.0, "Вопрос клиента не решён.")
}

/// Four signs, a point each: polite, clear, competent, takes charge.
pub(super) fn service(scene: &Scene<'_>, facts: &Facts) -> Finding {
    if facts.conduct.courtesy == 0 {
        let quotes = facts.conduct.worst().take(3).map(Quote::from).collect::<Vec<_>>();
        return Finding::share(0.0, "Ни одного из четырёх признаков: клиента оттолкнули.")
            .quoting(quotes)
            .accuses();
    }
    let polite = facts.conduct.courtesy == 2;
    let muddled = scene.by(Client, "misheard").count() > 1;
    let informative = scene.view.turns_of(Operator).any(|turn| scene.view.words(turn).len() >= 2);
    let clear = !muddled && informative;
    let objected = matches!(manager::objection(scene, facts).grade, Grade::Share(share) if share >= 1.0);
    let told = facts.objections.is_empty()
        && (scene.by(Operator, "propose").next().is_some() || scene.by(Operator, "value").next().is_some());
    let competent =
        facts.answered().map_or(objected || told || facts.step.grade() == 2, |share| share >= 1.0)
            || facts.answered().is_some_and(|share| share > 0.0) && (objected || facts.step.grade() == 2);
    let charge = facts.step.grade() > 0 || scene.by(Operator, "takes_charge").next().is_some();
    let signs =
        [(polite, "вежлив"), (clear, "понятен"), (competent, "знает дело"), (charge, "берёт вопрос на себя")];
    let seen: Vec<&str> = signs.iter().filter(|(seen, _)| *seen).map(|(_, sign)| *sign).collect();
    let comment = match seen.len() {
        0 => "Ни одного из четырёх признаков не слышно.".to_owned(),
        4 => "Менеджер вежлив, понятен, знает дело и берёт вопрос на себя.".to_owned(),
        _ => {
            let missing: Vec<&str> = signs.iter().filter(|(seen, _)| !*seen).map(|(_, sign)| *sign).collect();
            format!("Слышно: {}. Не слышно: {}.", seen.join(", "), missing.join(", "))
        }
    };
    let mut quotes: Vec<Quote> = facts.conduct.polite.iter().take(1).map(|hit| Quote::from(*hit)).collect();
    quotes.extend(facts.questions.iter().filter_map(|asked| asked.answer).take(1));
    quotes.extend(facts.step.quotes.iter().take(1).filter(|_| facts.step.grade() > 0));
    if quotes.is_empty() {
        quotes.extend(scene.view.turns_of(Operator).next().and_then(|turn| scene.turn_quote(turn)));
    }
    let points = u32::try_from(seen.len()).map_or(0.0, f64::from);
    Finding::share(points / 4.0, comment).quoting(quotes)
}

pub(super) fn stage(scene: &Scene<'_>, facts: &Facts) -> Finding {
    let half = scene.view.turns.len() / 2;
    let refusal = ["no_call", "churn", "refuse"]
        .into_iter()
        .find_map(|family| scene.by(Client, family).filter(|hit| hit.turn >= half).last());
    let paid =
        scene.by(Client, "buy").chain(scene.by(Operator, "payment")).filter(|hit| hit.turn >= half).last();
    let offered = scene.by(Operator, "propose").chain(scene.by(Operator, "cost")).next();
    let (key, comment, quote) = if facts.kind == Kind::Support {
        let sign = ["service", "trouble"].into_iter().find_map(|family| scene.by(Client, family).next());
        ("after_sale", "Разговор о том, что уже куплено или заказано.", sign.map(Quote::from))
    } else if let Some(refusal) = refusal.filter(|_| facts.step.grade() < 2) {
        ("refusal", "Клиент отказался.", Some(refusal.into()))
    } else if let Some(paid) = paid.filter(|_| facts.step.consent) {
        ("payment", "Речь идёт об оформлении и оплате.", Some(paid.into()))
    } else if let Some(offered) = offered {
        ("offer", "Сделано предложение.", Some(offered.into()))
    } else if let Some(need) = facts.needs.quotes.first() {
        ("need", "Выясняется потребность.", Some(*need))
    } else {
        ("contact", "Дальше знакомства дело не пошло.", scene.turn_quote(0))
    };
    Finding::new(Grade::Choice(key.to_owned()), comment).quoting(quote)
}

pub(super) fn callback(scene: &Scene<'_>, _: &Facts) -> Finding {
    let asked = scene.by(Client, "callback").filter(|hit| !hit.fuzzy);
    let promised = scene.by(Operator, "callback_promise").filter(|hit| !hit.fuzzy);
    let conditional = |hit: &crate::phrase::Hit| {
        let tokens = &scene.view.tokens;
        let sentence = tokens.get(hit.first).map(|token| token.sentence);
        (hit.first.saturating_sub(4)..hit.first).any(|at| {
            Some(tokens[at].sentence) == sentence
                && ["если", "обещали", "обещал", "обещала"].contains(&tokens[at].text.as_str())
        })
    };
    let hits: Vec<Quote> =
        asked.chain(promised).filter(|hit| !conditional(hit)).map(Quote::from).take(3).collect();
    if scene.by(Client, "no_call").next().is_some() || hits.is_empty() {
        return Finding::new(Grade::Raised(false), "Перезвон не нужен.");
    }
    Finding::new(Grade::Raised(true), "Договорились, что клиенту перезвонят.").quoting(hits)
}

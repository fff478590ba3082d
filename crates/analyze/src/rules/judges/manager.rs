//! The operator's work: from the greeting to the farewell.

use domain::Speaker::{Client, Operator};

use super::echo;
use crate::rubric::rule::Within;
use crate::rules::facts::{Facts, Kind};
use crate::rules::finding::{Finding, Grade};
use crate::rules::names::is_name;
use crate::rules::scene::{Quote, Scene};

pub(super) fn greeting(scene: &Scene<'_>, _: &Facts) -> Finding {
    let early = |turn: usize| scene.is_within(turn, Within::FirstTurns(4));
    let first = scene.view.turns.first();
    if scene.turn_holds(&["transferred"], 0) && first.is_some_and(|turn| turn.speaker == Operator) {
        return Finding::not_applicable("Звонок переведён: здоровался предыдущий сотрудник.");
    }
    let Some(hello) = scene.by(Operator, "hello").find(|hit| early(hit.turn)) else {
        let quote = scene.view.turns_of(Operator).next().and_then(|turn| scene.turn_quote(turn));
        if introduction(scene) == (true, true) {
            return Finding::share(0.5, "Менеджер назвал себя и компанию, но не поздоровался.")
                .quoting(quote);
        }
        return Finding::share(0.0, "Приветствия в начале разговора нет.").quoting(quote);
    };
    let (name, company) = introduction(scene);
    let share = if name && company { 1.0 } else { 0.5 };
    let comment = match (name, company) {
        (true, true) => "Менеджер поздоровался, назвал имя и компанию.",
        (true, false) => "Менеджер поздоровался и назвал имя, компания не прозвучала.",
        (false, true) => "Менеджер поздоровался и назвал компанию, имя не прозвучало.",
        (false, false) => "Менеджер поздоровался, но не назвал ни себя, ни компанию.",
    };
    Finding::share(share, comment).quoting([hello.into()])
}

/// Whether a name and a company are said in the operator's first two turns.
fn introduction(scene: &Scene<'_>) -> (bool, bool) {
    let opening: Vec<usize> = scene.view.turns_of(Operator).take(2).collect();
    let mut name = false;
    let mut others = 0;
    for turn in &opening {
        for token in scene.view.words(*turn) {
            let inner = scene
                .view
                .sentences
                .get(token.sentence)
                .is_some_and(|s| s.tokens.start != token_index(scene, token));
            let address = matches!(
                token.text.as_str(),
                "вы" | "вас"
                    | "вам"
                    | "вами"
                    | "ваш"
                    | "ваша"
                    | "ваше"
                    | "ваши"
                    | "вашу"
                    | "вашей"
            );
            if is_name(&token.text) {
                name = true;
            } else if token.capital && inner && !address && token.text.chars().count() > 2 {
                others += 1;
            }
        }
    }
    let self_named = opening.iter().any(|turn| scene.turn_holds(&["self"], *turn));
    let organisation = opening.iter().any(|turn| scene.turn_holds(&["company"], *turn));
    let hello_lead = opening.first().is_some_and(|turn| leads_with_company(scene, *turn));
    let company = organisation || hello_lead || others > usize::from(self_named && !name);
    (name || self_named || (organisation && others > 1), company)
}

/// «Северный мост, добрый день»: the words before the hello name the company.
fn leads_with_company(scene: &Scene<'_>, turn: usize) -> bool {
    let Some(words) = scene.view.turns.get(turn) else { return false };
    scene.by(Operator, "hello").any(|hit| hit.turn == turn && hit.first > words.tokens.start)
}

fn token_index(scene: &Scene<'_>, token: &crate::view::Token) -> usize {
    // tokens lie in order of segments and spans
    scene
        .view
        .tokens
        .partition_point(|other| (other.segment, other.span.start) < (token.segment, token.span.start))
}

/// Criteria of a sale have no place in support or after a refusal.
fn no_sale(facts: &Facts) -> Option<Finding> {
    match facts.kind {
        Kind::Support => Some(Finding::not_applicable("Звонок не о покупке.")),
        Kind::Sale if facts.refused => Some(Finding::not_applicable("Клиент сразу отказался.")),
        Kind::Sale => None,
    }
}

pub(super) fn needs(_: &Scene<'_>, facts: &Facts) -> Finding {
    if let Some(finding) = no_sale(facts) {
        return finding;
    }
    let needs = &facts.needs;
    let share = match (needs.early, needs.all) {
        (2.., _) | (1, 3..) => 1.0,
        (_, 1..) => 0.5,
        _ => 0.0,
    };
    let comment = match (needs.early, needs.all) {
        (2.., _) | (1, 3..) => "Менеджер выяснил задачу до предложения.",
        (1, _) => "Задан один вопрос о задаче; сроки и детали остались неизвестны.",
        (0, 1..) => "Вопросы о задаче прозвучали после предложения.",
        _ => "Вопросов о задаче клиента не было.",
    };
    Finding::share(share, comment).quoting(needs.quotes.iter().copied().take(3))
}

pub(super) fn summary(scene: &Scene<'_>, facts: &Facts) -> Finding {
    if let Some(finding) = no_sale(facts) {
        return finding;
    }
    let mut best: (f64, Option<Quote>) = (0.0, None);
    for (_, sentence) in scene.sentences(Operator) {
        if scene.holds(&["dismissive", "rude", "pressure"], &sentence.tokens) {
            continue;
        }
        let words = echo::client_words(scene, sentence.turn);
        let echoes = echo::count(scene, sentence, &words);
        let marked = scene.holds(&["recap"], &sentence.tokens);
        let confirmed = scene.holds(&["when", "what"], &sentence.tokens) && !sentence.question;
        let share = match (marked, echoes) {
            (true, 2..) | (false, 3..) => 1.0,
            (true, 1) => 0.5,
            (false, 2) if !sentence.question || confirmed => 0.5,
            _ => 0.0,
        };
        if share > best.0 {
            best = (share, Some(scene.quote(sentence)));
        }
    }
    let comment = match best.0 {
        1.0.. => "Менеджер повторил потребность клиента своими словами.",
        0.1.. => "Повторена только часть того, что просил клиент.",
        _ => "Менеджер не подвёл итог тому, что нужно клиенту.",
    };
    Finding::share(best.0, comment).quoting(best.1)
}

pub(super) fn offer(scene: &Scene<'_>, facts: &Facts) -> Finding {
    if let Some(finding) = no_sale(facts) {
        return finding;
    }
    let mut best: (f64, Option<Quote>) = (0.0, None);
    for hit in scene.by(Operator, "propose") {
        if scene.turn_holds(&["dismissive", "rude", "pressure"], hit.turn) {
            continue;
        }
        let words = echo::client_words(scene, hit.turn);
        let taken = scene
            .view
            .sentences
            .iter()
            .filter(|sentence| sentence.turn == hit.turn)
            .any(|sentence| echo::count(scene, sentence, &words) > 0);
        let tied = taken || scene.turn_holds(&["benefit"], hit.turn);
        let share = if tied { 1.0 } else { 0.5 };
        if share > best.0 {
            best = (share, Some(hit.into()));
        }
    }
    for (_, sentence) in scene.sentences(Operator) {
        let plain = !sentence.question && scene.holds(&["offer_weak"], &sentence.tokens);
        let bad = ["dismissive", "rude", "pressure", "bare_dismissal", "mild"];
        if !plain || best.0 >= 1.0 || scene.turn_holds(&bad, sentence.turn) {
            continue;
        }
        let echoes = echo::count(scene, sentence, &echo::client_words(scene, sentence.turn));
        let tied = echoes > 0 || scene.holds(&["benefit"], &sentence.tokens);
        let share = if tied { 1.0 } else { 0.5 };
        if share > best.0 && sentence.tokens.len() >= 5 {
            best = (share, Some(scene.quote(sentence)));
        }
    }
    let comment = match best.0 {
        1.0.. => "Предложение связано со словами клиента.",
        0.1.. => "Предложение общее: связи с задачей клиента не слышно.",
        _ => "Предложения не было.",
    };
    Finding::share(best.0, comment).quoting(best.1)
}

pub(super) fn price(scene: &Scene<'_>, facts: &Facts) -> Finding {
    if facts.kind == Kind::Support || facts.refused {
        return Finding::not_applicable("О цене речи не было.");
    }
    let asked = scene.by(Client, "ask_price").next();
    let named = scene.by(Operator, "cost").find(|hit| !scene.turn_holds(&["dismissive", "rude"], hit.turn));
    let figure = named.map(Quote::from).or_else(|| {
        let asked = facts.questions.iter().find(|asked| {
            scene.view.sentences.get(asked.sentence).is_some_and(|s| scene.holds(&["ask_price"], &s.tokens))
        });
        asked.and_then(|asked| asked.answer)
    });
    match (figure, asked) {
        (None, None) => Finding::not_applicable("О цене речи не было."),
        (None, Some(asked)) => {
            Finding::share(0.0, "Клиент спросил о цене, ответа не было.").quoting([asked.into()])
        }
        (Some(figure), _) => {
            let turn = scene.view.tokens.get(figure.first).map_or(0, |token| token.turn);
            let value = scene.by(Operator, "value").find(|hit| {
                hit.turn.abs_diff(turn) <= 4 && !scene.turn_holds(&["dismissive", "rude"], hit.turn)
            });
            match value {
                Some(value) => {
                    Finding::share(1.0, "Названо, что входит в цену.").quoting([figure, value.into()])
                }
                None => {
                    Finding::share(0.5, "Названа сумма, но не сказано, что в неё входит.").quoting([figure])
                }
            }
        }
    }
}

pub(super) fn objection(_: &Scene<'_>, facts: &Facts) -> Finding {
    let objections = &facts.objections;
    if objections.is_empty() {
        return Finding::not_applicable("Возражений не было.");
    }
    let sum: f64 = objections.iter().map(|objection| objection.answer).sum();
    let count = u32::try_from(objections.len()).map_or(1.0, f64::from);
    // the mean, rounded down to half steps: one good answer does not cover a miss
    let share = (sum / count * 2.0).floor() / 2.0;
    let comment = match share {
        1.0.. => "Менеджер принял возражение и ответил по существу.",
        0.1.. => "На возражение менеджер ответил, но причину не выяснил.",
        _ => "Возражение осталось без ответа.",
    };
    let quotes =
        objections.iter().flat_map(|objection| [Some(objection.quote), objection.answered]).flatten();
    Finding::share(share, comment).quoting(quotes.collect::<Vec<_>>())
}

pub(super) fn next_step(scene: &Scene<'_>, facts: &Facts) -> Finding {
    let step = &facts.step;
    if step.grade() == 0 && facts.refused {
        return Finding::not_applicable("Клиент отказался окончательно.");
    }
    let closed = facts.kind == Kind::Support && facts.conduct.courtesy == 2 && facts.mood.grade == Some(2);
    if step.grade() == 0 && closed && scene.by(Client, "solved").next().is_some() {
        return Finding::not_applicable("Вопрос решён в разговоре, следующий шаг не нужен.");
    }
    let comment = match (step.grade(), step.time, step.consent) {
        (2, ..) => "Назначены действие и срок, клиент согласен.",
        (1, true, _) => "Срок назван, но согласия клиента не слышно.",
        (1, ..) => "Клиент согласен, но день и час не назначены.",
        _ => "Следующего шага с днём и часом нет.",
    };
    let share = f64::from(step.grade()) / 2.0;
    let quotes: Vec<Quote> = if step.grade() > 0 { step.quotes.clone() } else { Vec::new() };
    Finding::share(share, comment).quoting(quotes)
}

pub(super) fn courtesy(_: &Scene<'_>, facts: &Facts) -> Finding {
    let conduct = &facts.conduct;
    let share = f64::from(conduct.courtesy) / 2.0;
    let worst: Vec<Quote> = conduct.worst().take(3).map(Quote::from).collect();
    match conduct.courtesy {
        2 => Finding::share(share, "Менеджер вежлив.")
            .quoting(conduct.polite.iter().take(2).map(|hit| Quote::from(*hit))),
        1 if worst.is_empty() => Finding::share(share, "Тон ровный, но сухой: вежливых слов почти нет."),
        1 => Finding::share(share, "Есть слова, которые звучат резко.").quoting(worst),
        _ => Finding::share(share, "Менеджер говорил с клиентом грубо или отмахивался от него.")
            .quoting(worst)
            .accuses(),
    }
}

pub(super) fn listening(scene: &Scene<'_>, facts: &Facts) -> Finding {
    if let Some(cut) = scene.by(Client, "interrupted").next() {
        return Finding::share(0.0, "Клиент просит дать ему договорить.").quoting([cut.into()]).accuses();
    }
    if scene.is_text() {
        let long = scene.view.turns_of(Operator).count() > super::dialog::SHORT_TURNS;
        if facts.conduct.courtesy == 0 && long {
            return Finding::share(
                0.0,
                "Перебиваний в тексте не видно, но клиента не слушали: ему отвечали резко.",
            );
        }
        return Finding::share(1.0, "В тексте перебиваний не видно.");
    }
    let Some(count) = scene.transcript.metrics.as_ref().and_then(|metrics| metrics.operator_interruptions)
    else {
        return Finding::cannot_tell("Голоса не разделены: перебивания не посчитать.");
    };
    match count {
        0 => Finding::share(1.0, "Менеджер ни разу не перебил клиента."),
        1 => Finding::share(0.5, "Менеджер перебил клиента один раз."),
        2 => Finding::share(0.5, "Менеджер перебил клиента дважды."),
        n => {
            Finding::share(0.0, format!("Менеджер перебил клиента {} {}.", n, crate::rules::speech::times(n)))
        }
    }
}

pub(super) fn farewell(scene: &Scene<'_>, facts: &Facts) -> Finding {
    let within = |turn: usize| {
        scene.is_within(turn, Within::LastTurns(3)) && scene.is_within(turn, Within::LastShare(0.5))
    };
    let find = |family: &str| scene.by(Operator, family).filter(|hit| within(hit.turn)).last();
    let (bye, thanks, more) = (find("bye"), find("thanks").or_else(|| find("wish")), find("more"));
    let last = scene.view.turns.len().checked_sub(1);
    let left = last.is_some_and(|turn| {
        scene.speaker(turn) == Client && scene.turn_holds(&["complaint", "churn", "no_call", "hurt"], turn)
    });
    let rude_end = facts.conduct.courtesy == 0
        && facts.conduct.insults.iter().chain(&facts.conduct.dismissals).any(|hit| within(hit.turn));
    let quotes: Vec<Quote> = [more, thanks, bye].into_iter().flatten().map(Quote::from).collect();
    match (bye.is_some(), thanks.is_some() || more.is_some()) {
        (false, false) if left => Finding::not_applicable("Клиент закончил разговор сам."),
        (true, true) if !rude_end => {
            Finding::share(1.0, "Менеджер поблагодарил и попрощался.").quoting(quotes)
        }
        (true, _) if !rude_end => {
            Finding::share(0.5, "Менеджер попрощался, но не спросил о вопросах и не поблагодарил.")
                .quoting(quotes)
        }
        (false, true) if !rude_end => {
            Finding::share(0.5, "Менеджер поблагодарил, но не попрощался.").quoting(quotes)
        }
        (true, _) | (false, true) => Finding::share(0.0, "Разговор закончен резко.").quoting(quotes),
        _ => Finding::share(0.0, "Менеджер закончил разговор, не попрощавшись."),
    }
}

pub(super) fn rude(_: &Scene<'_>, facts: &Facts) -> Finding {
    let conduct = &facts.conduct;
    let insults: Vec<Quote> = conduct.insults.iter().map(|hit| Quote::from(*hit)).collect();
    if !insults.is_empty() {
        return Finding::new(Grade::Raised(true), "Менеджер сказал клиенту обидные слова.")
            .quoting(insults.into_iter().take(3))
            .accuses();
    }
    let contempt = conduct.courtesy == 0 && (!conduct.familiar.is_empty() || !conduct.hurt.is_empty());
    if contempt {
        let quotes = conduct
            .familiar
            .iter()
            .chain(&conduct.dismissals)
            .chain(&conduct.hurt)
            .take(3)
            .map(|hit| Quote::from(*hit));
        return Finding::new(Grade::Raised(true), "Прямых оскорблений нет, но тон обижает клиента.")
            .quoting(quotes.collect::<Vec<_>>())
            .accuses()
            .review(true);
    }
    Finding::new(Grade::Raised(false), "Оскорблений нет.")
}

pub(super) fn misled(scene: &Scene<'_>, _: &Facts) -> Finding {
    let hits: Vec<Quote> = scene.by(Operator, "misled").filter(|hit| !hit.fuzzy).map(Quote::from).collect();
    if hits.len() >= 2 {
        return Finding::new(Grade::Raised(true), "Менеджер обещал то, чего гарантировать нельзя.")
            .quoting(hits)
            .accuses()
            .review(true);
    }
    Finding::new(Grade::Raised(false), "Невыполнимых обещаний не слышно.")
}

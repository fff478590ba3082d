//! Manner seen in the build of the talk, not in words: who echoes whom, who asks back, how it ends.

use domain::Speaker::{Client, Operator};

use super::conduct::Conduct;
use super::scene::Scene;
use crate::phrase::Hit;
use crate::view::Sentence;

/// A stretch of words as a hit of no family.
fn mark(sentence: &Sentence) -> Hit {
    Hit {
        family: usize::MAX,
        first: sentence.tokens.start,
        last: sentence.tokens.end.saturating_sub(1),
        turn: sentence.turn,
        negated: false,
        fuzzy: false,
    }
}

/// Whether a word was said in the client's turn before.
fn is_echo(scene: &Scene<'_>, turn: usize, word: &str, stem: &str) -> bool {
    let Some(before) = scene.view.turns_of(Client).rfind(|client| *client < turn) else { return false };
    word.chars().count() >= 4 && scene.view.words(before).iter().any(|token| token.stem == stem)
}

/// «Думала она», «заставили его»: of the person on the line as of a stranger, in their own word.
pub(crate) fn third_person(scene: &Scene<'_>) -> Vec<Hit> {
    const OTHER: &[&str] = &["он", "она", "они", "его", "ее", "их", "ему", "ей", "им"];
    scene
        .sentences(Operator)
        .filter(|(_, sentence)| {
            let words = scene.words(sentence);
            (2..=4).contains(&words.len())
                && !sentence.question
                && words.last().is_some_and(|last| OTHER.contains(&last.text.as_str()))
                && words.first().is_some_and(|first| is_echo(scene, sentence.turn, &first.text, &first.stem))
        })
        .map(|(_, sentence)| mark(sentence))
        .collect()
}

/// «Когда дадут, тогда и дадут», «будут, когда будут»: an answer that says nothing.
pub(crate) fn tautologies(scene: &Scene<'_>) -> Vec<Hit> {
    scene
        .sentences(Operator)
        .filter(|(_, sentence)| {
            let words = scene.words(sentence);
            let asked = words.iter().any(|word| {
                matches!(word.text.as_str(), "когда" | "сколько" | "куда" | "как" | "кому" | "какой" | "что")
            });
            let twice = words.iter().enumerate().any(|(at, word)| {
                word.text.chars().count() >= 4
                    && words.iter().skip(at + 2).any(|other| other.text == word.text)
            });
            asked && twice && words.len() <= 6 && !sentence.question
        })
        .map(|(_, sentence)| mark(sentence))
        .collect()
}

/// «На сто пятьдесят? На троих? Вы ничего не перепутали?»: the client's own words thrown back as
/// questions, and nothing asked or said that helps.
pub(crate) fn echoes(scene: &Scene<'_>) -> Vec<Hit> {
    const ASKS: &[&str] = &["или", "как", "что", "где", "когда", "куда", "ли", "чем", "кто", "кому", "верно"];
    let opening = scene.view.turns_of(Operator).next();
    scene
        .view
        .turns_of(Operator)
        .filter(|turn| Some(*turn) != opening)
        .filter_map(|turn| {
            let own: Vec<&Sentence> =
                scene.view.sentences.iter().filter(|sentence| sentence.turn == turn).collect();
            let words = scene.view.words(turn);
            let helps = words.iter().any(|word| {
                ASKS.contains(&word.text.as_str())
                    || word.text.starts_with("как")
                    || word.text.starts_with("скольк")
            }) || scene
                .turn_holds(&["qualify", "when", "meet", "offer_time", "polite", "recap"], turn);
            let thrown = own.first().filter(|sentence| {
                let words = scene.words(sentence);
                (1..=3).contains(&words.len())
                    && words.iter().any(|word| is_echo(scene, turn, &word.text, &word.stem))
            })?;
            (!helps && own.len() > 1 && own.iter().all(|sentence| sentence.question)).then(|| mark(thrown))
        })
        .collect()
}

/// «Поищу другую машину». — «Поищите, поищите.»: mockery of a client who leaves.
pub(crate) fn mimics(scene: &Scene<'_>) -> Vec<Hit> {
    let sour = ["refuse", "churn", "hurt", "affront", "no_call", "complaint", "hedge"];
    let head = |word: &str| word.chars().take(4).collect::<String>();
    scene
        .sentences(Operator)
        .filter(|(_, sentence)| {
            let [first, second] = scene.words(sentence) else { return false };
            let before = scene.view.turns_of(Client).rfind(|client| *client < sentence.turn);
            first.text == second.text
                && before.is_some_and(|before| {
                    scene.turn_holds(&sour, before)
                        && scene.view.words(before).iter().any(|word| head(&word.text) == head(&first.text))
                })
        })
        .map(|(_, sentence)| mark(sentence))
        .collect()
}

/// The client has said no, the operator goes on as if they had not, and the client says it again.
pub(crate) fn pushes(scene: &Scene<'_>) -> Vec<Hit> {
    let refusals: Vec<usize> =
        scene.view.turns_of(Client).filter(|turn| scene.turn_holds(&["refuse", "no_call"], *turn)).collect();
    let yields = ["polite", "empathy", "bye", "apology", "thanks", "probe"];
    refusals
        .windows(2)
        .filter_map(|pair| {
            let [first, second] = pair else { return None };
            let between: Vec<usize> =
                scene.view.turns_of(Operator).filter(|turn| first < turn && turn < second).collect();
            let deaf = !between.is_empty() && between.iter().all(|turn| !scene.turn_holds(&yields, *turn));
            let sentence =
                scene.view.sentences.iter().find(|sentence| Some(&sentence.turn) == between.first());
            sentence.filter(|_| deaf).map(mark)
        })
        .collect()
}

/// «Простите?», «в смысле?»: a whole turn of the client that cannot believe what it heard.
pub(crate) fn asks_back(scene: &Scene<'_>) -> Vec<Hit> {
    const BACK: &[&str] =
        &["простите", "что простите", "в смысле", "в каком смысле", "то есть как", "извините"];
    scene
        .sentences(Client)
        .filter(|(_, sentence)| {
            let said: Vec<&str> = scene.words(sentence).iter().map(|word| word.text.as_str()).collect();
            let alone =
                scene.view.turns.get(sentence.turn).is_some_and(|turn| turn.tokens == sentence.tokens);
            alone
                && sentence.question
                && BACK.contains(&said.join(" ").as_str())
                && !is_repeated(scene, sentence.turn)
        })
        .map(|(_, sentence)| mark(sentence))
        .collect()
}

/// The operator says again what was not heard: then «простите?» was about the line.
fn is_repeated(scene: &Scene<'_>, turn: usize) -> bool {
    let before = scene.view.turns_of(Operator).rfind(|own| *own < turn);
    let after = scene.view.turns_of(Operator).find(|own| *own > turn);
    let (Some(before), Some(after)) = (before, after) else { return false };
    scene.view.words(before).iter().any(|word| {
        word.text.chars().count() >= 4 && scene.view.words(after).iter().any(|other| other.stem == word.stem)
    })
}

/// The client calls the operator «отец», «брат»: then «сынок» is no insult.
pub(crate) fn is_kin(scene: &Scene<'_>) -> bool {
    const KIN: &[&str] = &["отец", "батя", "брат", "братан", "братишка", "мать", "дед", "сынок", "дочка"];
    scene.view.turns_of(Client).any(|turn| {
        scene.view.words(turn).iter().enumerate().any(|(at, word)| {
            let alone =
                |near: Option<&crate::view::Token>| near.is_none_or(|near| near.clause != word.clause);
            let words = scene.view.words(turn);
            KIN.contains(&word.text.as_str())
                && alone(at.checked_sub(1).and_then(|at| words.get(at)))
                && alone(words.get(at + 1))
        })
    })
}

/// Kind words between the opening and the farewell; «вы, конечно, ждали» is none.
pub(crate) fn warmth(scene: &Scene<'_>, conduct: &Conduct) -> usize {
    let turns: Vec<usize> = scene.view.turns_of(Operator).collect();
    let edge = [turns.first(), turns.last()];
    let tokens = &scene.view.tokens;
    let aside = |hit: &Hit| {
        let clause =
            |at: Option<usize>| at.and_then(|at| tokens.get(at)).map(|token| (token.sentence, token.clause));
        let own = clause(Some(hit.first));
        let before = clause(hit.first.checked_sub(1));
        tokens.get(hit.first).is_some_and(|token| token.text == "конечно")
            && before.map(|before| before.0) == own.map(|own| own.0)
    };
    let bad: Vec<usize> = conduct.worst().map(|hit| hit.turn).collect();
    let kind = ["polite", "empathy", "wish"]
        .into_iter()
        .flat_map(|family| scene.by(Operator, family).collect::<Vec<_>>());
    let mut found: Vec<usize> = kind
        .filter(|hit| !edge.contains(&Some(&hit.turn)) && !bad.contains(&hit.turn) && !aside(hit))
        .map(|hit| hit.first)
        .collect();
    // «покажу», «отложу на вас», «привезу»: who acts for the client is kind without a formula
    found.extend(turns.iter().filter(|turn| !edge.contains(&Some(turn)) && !bad.contains(turn)).filter_map(
        |turn| {
            let words = &scene.view.turns.get(*turn)?.tokens;
            words.clone().find(|at| {
                crate::promise::is_commitment(&tokens[*at].text)
                    && !crate::phrase::is_negated(tokens, *at)
                    && !words.clone().any(|word| tokens[word].text == "если")
                    && scene
                        .view
                        .sentences
                        .get(tokens[*at].sentence)
                        .is_some_and(|sentence| !sentence.question)
            })
        },
    ));
    found.sort_unstable();
    found.dedup();
    found.len()
}

/// The client's last words thank or rejoice, and nothing before them protests.
pub(crate) fn leaves_glad(scene: &Scene<'_>) -> bool {
    let protest = ["hurt", "affront"].into_iter().any(|family| scene.by(Client, family).next().is_some());
    let last = scene.view.turns_of(Client).next_back();
    !protest
        && last.is_some_and(|last| {
            scene.turn_holds(&["warm"], last) && !scene.turn_holds(&["refuse", "hedge", "complaint"], last)
        })
}

/// How the client leaves: 0 content, 1 with nothing, 2 with a refusal or a complaint.
pub(crate) fn sour_end(scene: &Scene<'_>) -> usize {
    let Some(last) = scene.view.turns_of(Client).next_back() else { return 0 };
    let sour = ["refuse", "churn", "complaint", "no_call", "hurt", "affront"];
    let words = scene.view.words(last);
    // «Не едем», «не наберу»
    let no =
        words.len() <= 4 && words.first().is_some_and(|word| word.text == "не" || word.text == "никогда");
    // «Нет, я в другом прокате спрошу»
    let no = no
        || words.iter().any(|word| ["другой", "другом", "другую", "другого"].contains(&word.text.as_str()))
            && words.first().is_some_and(|word| {
                matches!(word.text.as_str(), "нет" | "я" | "знаете" | "спасибо" | "тогда")
            })
            && words.len() <= 8;
    if no || scene.turn_holds(&sour, last) {
        return 2;
    }
    let content = ["agree", "warm", "bye", "buy", "solved", "thanks"];
    usize::from(scene.turn_holds(&["hedge"], last) || !scene.turn_holds(&content, last))
}

/// Anger that the call did not cause: in the first words, or right after the operator's apology.
pub(crate) fn came_angry(scene: &Scene<'_>, turn: usize) -> bool {
    let first = scene.view.turns_of(Client).next() == Some(turn);
    let before = scene.view.turns_of(Operator).rfind(|own| *own < turn);
    first || before.is_some_and(|before| scene.turn_holds(&["apology", "empathy"], before))
}

/// «Сука или кобель?» asks about a dog.
pub(crate) fn is_dog(scene: &Scene<'_>, hit: Hit) -> bool {
    const DOGS: &[&str] = &["кобел", "щен", "собак", "порода", "породы", "вязк"];
    let tokens = &scene.view.tokens;
    tokens.get(hit.first).is_some_and(|token| matches!(token.text.as_str(), "сука" | "суки" | "сучка"))
        && tokens.iter().any(|token| DOGS.iter().any(|dog| token.text.starts_with(dog)))
}

//! Verdicts on parts of a long call made into one.
//!
//! The rule: what was found in any part was found; what a part does not have proves nothing, for it
//! may stand in another; a fault that is quoted counts beside a success elsewhere, and where parts
//! disagree so, a person is asked to look.

use domain::{Criterion, CriterionKind, CriterionResult, Value, Verdict};

use crate::rules::Grade;
use crate::text;

/// Quotes that a result keeps.
const QUOTES: usize = 4;

/// One result out of the parts' results, each with the number of its lines.
pub(super) fn criterion(
    criterion: &Criterion,
    mut parts: Vec<(CriterionResult, usize)>,
) -> Option<CriterionResult> {
    if parts.len() == 1 {
        return parts.pop().map(|(result, _)| result);
    }
    let assessed: Vec<(CriterionResult, usize)> =
        parts.iter().filter(|(result, _)| is_assessed(result)).cloned().collect();
    match assessed.len() {
        // cannot tell beats has no place: something was missing
        0 => {
            let unknown = parts.iter().position(|(result, _)| result.verdict == Verdict::CannotTell);
            let mut result = parts.swap_remove(unknown.unwrap_or_default()).0;
            result.needs_review |= parts.iter().any(|(part, _)| part.needs_review);
            Some(result)
        }
        1 => assessed.into_iter().next().map(|(result, _)| result),
        _ => Some(match criterion.kind {
            CriterionKind::Score => score(criterion, &assessed)?,
            CriterionKind::Flag => flag(&assessed)?,
            CriterionKind::List => list(criterion, &assessed)?,
            CriterionKind::Choice => choice(&assessed)?,
            CriterionKind::Text => in_turn(&assessed)?,
            CriterionKind::Number => last(&assessed)?,
        }),
    }
}

fn is_assessed(result: &CriterionResult) -> bool {
    !matches!(result.verdict, Verdict::NotApplicable | Verdict::CannotTell)
}

/// The best part; a lower one that quotes its fault takes the result half-way down.
fn score(criterion: &Criterion, parts: &[(CriterionResult, usize)]) -> Option<CriterionResult> {
    let points = |result: &CriterionResult| result.score.unwrap_or(criterion.scale[0]);
    let results = || parts.iter().map(|(result, _)| result);
    // the first of equals
    let best = results().rev().max_by(|a, b| points(a).total_cmp(&points(b)))?;
    let mut merged = best.clone();
    let fault = results()
        .filter(|result| points(result) < points(best) && !result.evidence.is_empty())
        .min_by(|a, b| points(a).total_cmp(&points(b)));
    if let Some(fault) = fault {
        let [low, high] = criterion.scale;
        let share = (f64::midpoint(points(best), points(fault)) - low) / (high - low);
        (merged.verdict, merged.value, merged.score) = Grade::Share(share).on(criterion);
        merged.needs_review = true;
        join_words(&mut merged.comment, &fault.comment);
        add_quotes(&mut merged, fault);
    }
    Some(merged)
}

/// Raised with a proof, else raised, else not raised.
fn flag(parts: &[(CriterionResult, usize)]) -> Option<CriterionResult> {
    let raised = |result: &CriterionResult| result.verdict != Verdict::NotMet;
    let results = || parts.iter().map(|(result, _)| result);
    let chosen = results()
        .find(|result| raised(result) && !result.evidence.is_empty())
        .or_else(|| results().find(|result| raised(result)))
        .or_else(|| results().next())?;
    let mut merged = chosen.clone();
    for other in results().filter(|other| raised(other) == raised(chosen)) {
        add_quotes(&mut merged, other);
    }
    Some(merged)
}

/// All items, each once.
fn list(criterion: &Criterion, parts: &[(CriterionResult, usize)]) -> Option<CriterionResult> {
    let mut merged = parts.iter().map(|(result, _)| result).find(|result| result.verdict == Verdict::Met);
    merged = merged.or_else(|| parts.first().map(|(result, _)| result));
    let mut merged = merged?.clone();
    let mut items: Vec<String> = Vec::new();
    for (result, _) in parts {
        if let Some(Value::List(found)) = &result.value {
            for item in found {
                if !items.iter().any(|known| text::words(known) == text::words(item)) {
                    items.push(item.clone());
                }
            }
        }
        add_quotes(&mut merged, result);
    }
    (merged.verdict, merged.value, merged.score) = Grade::List(items).on(criterion);
    Some(merged)
}

/// What most of the call says; of equals the later.
fn choice(parts: &[(CriterionResult, usize)]) -> Option<CriterionResult> {
    let weight = |value: &Option<Value>| -> usize {
        parts.iter().filter(|(result, _)| result.value == *value).map(|(_, lines)| lines).sum()
    };
    let (chosen, _) = parts.iter().max_by_key(|(result, _)| weight(&result.value))?;
    let mut merged = chosen.clone();
    merged.needs_review |= parts.iter().any(|(result, _)| result.value != chosen.value);
    for (result, _) in parts.iter().filter(|(result, _)| result.value == chosen.value) {
        add_quotes(&mut merged, result);
    }
    Some(merged)
}

/// One text after the other.
fn in_turn(parts: &[(CriterionResult, usize)]) -> Option<CriterionResult> {
    let found = || parts.iter().map(|(result, _)| result).filter(|result| result.value.is_some());
    let mut merged = found().next().or_else(|| parts.first().map(|(result, _)| result))?.clone();
    let mut words = String::new();
    for result in found() {
        if let Some(Value::Text(text)) = &result.value {
            join_words(&mut words, text);
        }
        add_quotes(&mut merged, result);
    }
    if !words.is_empty() {
        merged.value = Some(Value::Text(words));
    }
    Some(merged)
}

/// The last figure stands; another one before it asks for a look.
fn last(parts: &[(CriterionResult, usize)]) -> Option<CriterionResult> {
    let found = || parts.iter().map(|(result, _)| result).filter(|result| result.value.is_some());
    let mut merged = found().next_back().or_else(|| parts.last().map(|(result, _)| result))?.clone();
    let value = merged.value.clone();
    merged.needs_review |= found().any(|result| result.value != value);
    Some(merged)
}

fn add_quotes(merged: &mut CriterionResult, from: &CriterionResult) {
    for quote in &from.evidence {
        let same = |kept: &domain::Evidence| kept.segment == quote.segment && kept.quote == quote.quote;
        if merged.evidence.len() < QUOTES && !merged.evidence.iter().any(same) {
            merged.evidence.push(quote.clone());
        }
    }
}

/// Adds words that are not there yet.
pub(super) fn join_words(words: &mut String, more: &str) {
    if more.is_empty() || words.contains(more) {
        return;
    }
    if !words.is_empty() {
        words.push(' ');
    }
    words.push_str(more);
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Evidence, Speaker};

    fn kind(kind: &str) -> Criterion {
        let options = if kind == "choice" {
            "options = [{ key = \"a\", title = \"А\", score = 0 }, { key = \"b\", title = \"Б\", score = 2 }]"
        } else {
            ""
        };
        let text = format!(
            "id = \"t\"\ntitle = \"Т\"\n[[criteria]]\nkey = \"k\"\ntitle = \"К\"\nkind = \"{kind}\"\nquestion = \"?\"\n{options}"
        );
        crate::parse(&text).unwrap().criteria.remove(0)
    }

    fn part(criterion: &Criterion, grade: Grade, quote: &str) -> (CriterionResult, usize) {
        let mut result = super::super::proof::settled(criterion, grade, String::new());
        if !quote.is_empty() {
            result.evidence.push(Evidence {
                quote: quote.to_owned(),
                speaker: Speaker::Operator,
                segment: Some(0),
                start_ms: None,
                end_ms: None,
                verified: true,
            });
        }
        (result, 10)
    }

    #[test]
    fn absence_in_a_part_proves_nothing_and_a_quoted_fault_counts() {
        let score = kind("score");
        let best = || part(&score, Grade::Share(1.0), "добрый день");
        let merged = criterion(&score, vec![best(), part(&score, Grade::Share(0.0), "")]).unwrap();
        assert_eq!((merged.score, merged.needs_review), (Some(2.0), false));
        let merged = criterion(&score, vec![best(), part(&score, Grade::Share(0.0), "отвали")]).unwrap();
        assert_eq!((merged.score, merged.verdict, merged.needs_review), (Some(1.0), Verdict::Partly, true));
        assert_eq!(merged.evidence.len(), 2);
        let merged = criterion(&score, vec![part(&score, Grade::CannotTell, ""), best()]).unwrap();
        assert_eq!(merged.score, Some(2.0));
    }

    #[test]
    fn a_flag_raised_anywhere_is_raised_and_lists_are_united() {
        let flag = kind("flag");
        let merged = criterion(
            &flag,
            vec![part(&flag, Grade::Raised(false), ""), part(&flag, Grade::Raised(true), "отвали")],
        )
        .unwrap();
        assert_eq!((merged.verdict, merged.evidence.len()), (Verdict::Met, 1));
        let list = kind("list");
        let items = |items: &[&str]| Grade::List(items.iter().map(|item| (*item).to_owned()).collect());
        let merged = criterion(
            &list,
            vec![part(&list, items(&["Цена"]), ""), part(&list, items(&["цена", "Сроки"]), "")],
        )
        .unwrap();
        assert_eq!(merged.value, Some(Value::List(vec!["Цена".into(), "Сроки".into()])));
    }

    #[test]
    fn a_choice_is_what_most_of_the_call_says() {
        let choice = kind("choice");
        let option = |key: &str| part(&choice, Grade::Choice(key.to_owned()), "");
        let merged = criterion(&choice, vec![option("b"), option("b"), option("a")]).unwrap();
        assert_eq!((merged.value, merged.needs_review), (Some(Value::Text("Б".into())), true));
    }
}

//! Rubrics for reading.

use std::fmt::Write as _;

use domain::{Criterion, CriterionKind, Rubric};

use crate::table::{Cell, Column, hanging, render};
use crate::terminal::{Terminal, Tone};
use crate::texts::{Texts, t};
use crate::wording;

/// A line per rubric; the configured one is marked.
pub(crate) fn rubric_list(terminal: &Terminal, rubrics: &[Rubric], configured: &str) -> String {
    let texts = terminal.texts;
    let columns = [
        Column::new("ID"),
        Column::new(t!(texts, "column-title")).elastic(8, 24),
        Column::new(t!(texts, "column-criteria")).right(),
        Column::new(t!(texts, "column-language")),
        Column::new(t!(texts, "column-description")).elastic(12, usize::MAX),
    ];
    let rows: Vec<Vec<Cell>> = rubrics
        .iter()
        .map(|rubric| {
            let own = rubric.id.as_str() == configured;
            let note = if own {
                format!("({}) {}", t!(texts, "rubric-default"), rubric.description)
            } else {
                rubric.description.clone()
            };
            vec![
                Cell::toned(rubric.id.as_str(), own.then_some(Tone::Strong)),
                rubric.title.clone().into(),
                rubric.criteria.len().to_string().into(),
                rubric.language.clone().into(),
                note.into(),
            ]
        })
        .collect();
    render(terminal, &columns, &rows)
}

/// The card of a rubric.
pub(crate) fn rubric_card(terminal: &Terminal, rubric: &Rubric) -> String {
    let texts = terminal.texts;
    let width = terminal.out.width;
    let mut out = format!("{}\n", terminal.paint(Tone::Strong, &rubric.title));
    let _ = writeln!(
        out,
        "{}",
        t!(
            texts,
            "rubric-facts",
            id = rubric.id.to_string(),
            revision = rubric.revision.to_string(),
            count = rubric.criteria.len()
        )
    );
    for text in [&rubric.description, &rubric.prompt] {
        if !text.trim().is_empty() {
            let _ = writeln!(out, "\n{}", hanging("", text, width));
        }
    }
    for criterion in &rubric.criteria {
        out.push('\n');
        out.push_str(&criterion_text(terminal, criterion));
    }
    out
}

fn criterion_text(terminal: &Terminal, criterion: &Criterion) -> String {
    let texts = terminal.texts;
    let width = terminal.out.width;
    let mut facts = vec![kind(texts, criterion.kind)];
    if criterion.kind == CriterionKind::Score {
        facts.push(t!(
            texts,
            "criterion-scale",
            least = wording::points(texts, criterion.scale[0]),
            most = wording::points(texts, criterion.scale[1])
        ));
    }
    if criterion.weight > 0.0 {
        facts.push(t!(texts, "criterion-weight", weight = wording::points(texts, criterion.weight)));
    }
    if criterion.critical {
        facts.push(t!(texts, "criterion-critical"));
    }
    if criterion.rules.is_none() {
        facts.push(t!(texts, "criterion-no-rules"));
    }
    let title = terminal.paint(Tone::Strong, &criterion.title);
    let mut out = format!("{title}  {}\n", terminal.paint(Tone::Quiet, &criterion.key));
    let _ = writeln!(out, "{}", hanging("  ", &facts.join(" · "), width));
    for text in [&criterion.question, &criterion.explanation] {
        if !text.trim().is_empty() {
            let _ = writeln!(out, "{}", hanging("  ", text, width));
        }
    }
    let options: Vec<String> = criterion
        .options
        .iter()
        .map(|option| match option.score {
            Some(score) => format!("{} ({})", option.title, wording::points(texts, score)),
            None => option.title.clone(),
        })
        .collect();
    if !options.is_empty() {
        let _ = writeln!(out, "{}", hanging("  ", &options.join(", "), width));
    }
    out
}

fn kind(texts: Texts, kind: CriterionKind) -> String {
    match kind {
        CriterionKind::Score => t!(texts, "kind-score"),
        CriterionKind::Flag => t!(texts, "kind-flag"),
        CriterionKind::Choice => t!(texts, "kind-choice"),
        CriterionKind::Text => t!(texts, "kind-text"),
        CriterionKind::List => t!(texts, "kind-list"),
        CriterionKind::Number => t!(texts, "kind-number"),
    }
}

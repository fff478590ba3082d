//! What people typed into the column of their own score.
//!
//! Nothing is taken from a sheet whose keys no longer stand beside their rows: a person who sorts a
//! selection without the hidden column would else give one call the score of another.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::{Value, json};

use crate::{
    ColumnKind, Correction, CorrectionProblem, Corrections, SheetError, SheetsClient, cell::Plain, layout,
    ledger_cells, rest::Deed, wire,
};

/// Rows of the ledger per page.
const PAGE: u32 = 1000;

impl SheetsClient {
    pub(crate) async fn read_back(&self) -> Result<Corrections, SheetError> {
        let rest = &self.shared.rest;
        let Some(score) = self.spec.columns.iter().find(|column| column.kind == ColumnKind::HumanScore)
        else {
            return Ok(Corrections::default());
        };
        let Some(sheet_id) = self.remembered().await? else { return Ok(Corrections::default()) };
        let columns = layout::tags(rest).await?.columns(sheet_id);
        let key = layout::key_column(&self.spec)?;
        let Some(key_place) = columns.get(&key.id) else {
            // says whether tab or header is gone
            let tab = self.tab().await?;
            tracing::debug!(sheet_id = tab.sheet_id, "the header was mended");
            return Ok(Corrections::default());
        };
        let Some(score_place) = columns.get(&score.id) else { return Ok(Corrections::default()) };
        let anchor = self.spec.columns.iter().find(|column| column.kind == ColumnKind::DateTime);
        let anchor_place = anchor.and_then(|column| columns.get(&column.id));
        let ids: Vec<i32> = [Some(key_place), Some(score_place), anchor_place]
            .into_iter()
            .flatten()
            .map(|p| p.metadata_id)
            .collect();
        let read = self.columns_of_values(&ids).await?;
        let column = |id: i32| read.get(&id).map(Vec::as_slice).unwrap_or_default();
        let anchors = anchor_place.map(|place| column(place.metadata_id)).unwrap_or_default();
        let known = self.known_anchors(sheet_id, anchor.map(|column| column.id.as_str())).await?;
        Ok(judge(column(key_place.metadata_id), column(score_place.metadata_id), anchors, &known))
    }

    async fn columns_of_values(&self, ids: &[i32]) -> Result<HashMap<i32, Vec<Value>>, SheetError> {
        let filters: Vec<Value> =
            ids.iter().map(|id| json!({"developerMetadataLookup": {"metadataId": id}})).collect();
        let body = json!({
            "dataFilters": filters,
            "majorDimension": "COLUMNS",
            "valueRenderOption": "UNFORMATTED_VALUE",
            "dateTimeRenderOption": "SERIAL_NUMBER",
        });
        let tail = "/values:batchGetByDataFilter";
        let answer: wire::Values = self.shared.rest.post("sheets.read_back", Deed::Read, tail, &body).await?;
        let mut columns = HashMap::new();
        for range in answer.value_ranges {
            let values = range.value_range.values.into_iter().next().unwrap_or_default();
            for filter in range.data_filters {
                columns.insert(filter.developer_metadata_lookup.metadata_id, values.clone());
            }
        }
        Ok(columns)
    }

    /// Every key that we wrote, with the mark of its moment.
    async fn known_anchors(
        &self,
        sheet_id: i32,
        anchor: Option<&str>,
    ) -> Result<HashMap<String, String>, SheetError> {
        let (sink, mut known, mut after) = (self.sink(sheet_id), HashMap::new(), None);
        loop {
            let page = self.shared.ledger.all_rows(&sink, after, PAGE).await?;
            let Some(last) = page.last().map(|row| row.key.clone()) else { return Ok(known) };
            for row in page {
                let mut cells = ledger_cells(&row.body);
                let mark = anchor.and_then(|id| cells.remove(id)).unwrap_or_default();
                known.insert(row.key, mark);
            }
            after = Some(last);
        }
    }
}

/// `known`: keys that we wrote, each with the mark of its moment (empty: none).
fn judge(
    keys: &[Value],
    scores: &[Value],
    anchors: &[Value],
    known: &HashMap<String, String>,
) -> Corrections {
    let mut result = Corrections::default();
    let marks: HashSet<&str> = known.values().map(String::as_str).filter(|mark| !mark.is_empty()).collect();
    let mut shuffled = 0;
    let mut typed: BTreeMap<&str, Vec<Option<f64>>> = BTreeMap::new();
    for (at, value) in keys.iter().enumerate().skip(1) {
        let key = value.as_str().unwrap_or_default();
        let mark = known.get(key);
        let anchor = anchors.get(at).map(plain).filter(|anchor| *anchor != Plain::Blank);
        if let (Some(mark), Some(anchor)) = (mark.filter(|mark| !mark.is_empty()), &anchor)
            && !anchor.matches(mark)
            // a moment that a person mended belongs to no other row
            && marks.contains(anchor.mark().as_str())
        {
            shuffled += 1;
        }
        let Some(score) = scores.get(at).filter(|score| !is_blank(score)) else { continue };
        if mark.is_none() {
            let row = layout::index(at).saturating_add(1);
            result.problems.push(CorrectionProblem::UnknownRow { row });
            continue;
        }
        typed.entry(key).or_default().push(number(score));
    }
    if shuffled > 0 {
        return Corrections {
            scores: Vec::new(),
            problems: vec![CorrectionProblem::Shuffled { rows: shuffled }],
        };
    }
    for (key, scores) in typed {
        let key = key.to_owned();
        let first = scores.first().copied().flatten();
        let same = scores.iter().all(|score| match (score, first) {
            (Some(score), Some(first)) => (score - first).abs() < 1e-9,
            _ => score.is_none() && first.is_none(),
        });
        match first {
            _ if !same => result.problems.push(CorrectionProblem::Contradiction { key }),
            Some(score) => result.scores.push(Correction { key, score }),
            None => result.problems.push(CorrectionProblem::NotAScore { key }),
        }
    }
    result
}

fn is_blank(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty())
}

fn plain(value: &Value) -> Plain {
    match (value.as_f64(), value.as_str()) {
        (Some(number), _) => Plain::Number(number),
        (None, Some(text)) if !text.is_empty() => Plain::Words(text.to_owned()),
        _ => Plain::Blank,
    }
}

/// 0 to 100; a comma for the point, as people here type it.
fn number(value: &Value) -> Option<f64> {
    let typed = || value.as_str()?.trim().replace(',', ".").parse().ok();
    value.as_f64().or_else(typed).filter(|score| (0.0..=100.0).contains(score))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(keys: &[(&str, f64)]) -> HashMap<String, String> {
        keys.iter().map(|(key, at)| ((*key).to_owned(), Plain::Number(*at).mark())).collect()
    }

    #[test]
    fn scores_are_numbers_from_0_to_100_comma_or_point() {
        let keys = [json!("ID"), json!("a"), json!("b"), json!("c"), json!("d"), json!("e")];
        let scores = [json!("Оценка"), json!("87,5"), json!(100), json!(101), json!("хорошо")];
        let all = known(&[("a", 1.0), ("b", 2.0), ("c", 3.0), ("d", 4.0), ("e", 5.0)]);
        let read = judge(&keys, &scores, &[], &all);
        let taken: Vec<_> = read.scores.iter().map(|one| (one.key.as_str(), one.score)).collect();
        assert_eq!(taken, [("a", 87.5), ("b", 100.0)]);
        let not = |key: &str| CorrectionProblem::NotAScore { key: key.into() };
        assert_eq!(read.problems, [not("c"), not("d")]);
    }

    #[test]
    fn a_copied_row_with_another_score_gives_neither() {
        let keys = [json!("ID"), json!("a"), json!("a"), json!("b"), json!("b")];
        let scores = [json!("Оценка"), json!(10), json!(20), json!(30), json!(30)];
        let read = judge(&keys, &scores, &[], &known(&[("a", 1.0), ("b", 2.0)]));
        assert_eq!(read.problems, [CorrectionProblem::Contradiction { key: "a".into() }]);
        assert_eq!(read.scores, [Correction { key: "b".into(), score: 30.0 }]);
    }

    #[test]
    fn a_score_beside_no_row_of_ours_is_told_by_its_row_number() {
        let keys = [json!("ID"), json!(""), json!("stranger")];
        let scores = [json!("Оценка"), json!(10), json!(20)];
        let read = judge(&keys, &scores, &[], &known(&[("a", 1.0)]));
        let unknown = |row| CorrectionProblem::UnknownRow { row };
        assert_eq!(read.problems, [unknown(2), unknown(3)]);
    }

    #[test]
    fn nothing_is_taken_from_rows_whose_keys_were_left_behind() {
        let keys = [json!("ID"), json!("a"), json!("b")];
        let scores = [json!("Оценка"), json!(10)];
        let all = known(&[("a", 46_000.5), ("b", 46_001.5)]);
        let right = [json!("Дата"), json!(46_000.5), json!(46_001.5)];
        assert_eq!(judge(&keys, &scores, &right, &all).scores.len(), 1);
        let swapped = [json!("Дата"), json!(46_001.5), json!(46_000.5)];
        let read = judge(&keys, &scores, &swapped, &all);
        assert_eq!(read.problems, [CorrectionProblem::Shuffled { rows: 2 }]);
        assert!(read.scores.is_empty());
        let mended = [json!("Дата"), json!(45_999.25), json!(46_001.5)];
        assert_eq!(judge(&keys, &scores, &mended, &all).scores.len(), 1, "a date that a person mended");
    }
}

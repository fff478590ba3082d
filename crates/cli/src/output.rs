//! What results look like: the table of calls, the last lines of a run, the card of a call.

mod analysis;
pub(crate) mod campaign;
mod card;
mod conclusion;
mod facts;
mod rubric_card;
mod rubric_test;
mod summary;
mod table_of_calls;
mod talk;

pub(crate) use analysis::analysis_text;
pub(crate) use card::call_card;
pub(crate) use conclusion::{Conclusion, conclude, last_lines, other_engines, sink_words};
pub(crate) use facts::facts;
pub(crate) use rubric_card::{rubric_card, rubric_list};
pub(crate) use rubric_test::{Comparison, comparison_json, comparison_text};
pub(crate) use summary::totals_line;
pub(crate) use table_of_calls::{CallsTable, client_or_file, score_cell};
pub(crate) use talk::talk_line;

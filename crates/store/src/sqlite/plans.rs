//! Holds that no question of daily work walks through a whole table, however many calls there are:
//! asks SQLite for its plan of the very queries that the store runs.

use chrono::DateTime;
use domain::{CallStatus, PhoneNumber, TimeWindow, Verdict};
use sqlx::{Execute as _, QueryBuilder, Row as _, Sqlite};

use super::SqliteStore;
use super::claim::ready_query;
use super::demands::Narrowed;
use super::listing::list_query;
use super::paging::Place;
use super::queue::recent_query;
use super::search::match_query;
use crate::text::terms;
use crate::{
    CallFilter, CallSort, ClaimRequest, JobFilter, PaidFor, PromiseDemand, RunId, SearchQuery, Stage,
    WorkerId,
};

/// The lines of the plan, without those of the few rows of a page that is already cut.
async fn plan(store: &SqliteStore, mut query: QueryBuilder<Sqlite>) -> Vec<String> {
    let sql = format!("explain query plan {}", query.build().sql().as_str());
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(&store.readers).await.unwrap();
    rows.iter().map(|row| row.get::<String, _>("detail")).collect()
}

fn walks_a_table(line: &str) -> bool {
    line.starts_with("SCAN")
        && !["SCAN page", "SCAN (subquery", "SCAN (join", "VIRTUAL TABLE"].iter().any(|fine| line.contains(fine))
        // in the order of the index and cut at the page
        && !line.contains("USING INDEX calls_started")
        && !line.contains("USING COVERING INDEX calls_started")
}

#[tokio::test]
async fn claims_lists_and_searches_walk_along_indexes() {
    let store = SqliteStore::in_memory().await.unwrap();
    let now = DateTime::from_timestamp(1_763_632_800, 0).unwrap();
    let mut queries = Vec::new();
    for run in [None, Some(RunId(1))] {
        for target in [None, Some("xlsx".to_owned())] {
            let request = ClaimRequest {
                stage: Stage::Deliver,
                target,
                run,
                worker: WorkerId("w".to_owned()),
                lease: std::time::Duration::from_mins(1),
                limit: 10,
                probe: false,
                now,
            };
            queries.push(("claim", ready_query(&request)));
        }
    }
    let all = CallFilter::default;
    let filters = [
        all(),
        CallFilter { window: TimeWindow { from: Some(now), to: Some(now) }, ..all() },
        CallFilter { source: Some("folder".into()), ..all() },
        CallFilter { statuses: vec![CallStatus::Done, CallStatus::Failed], ..all() },
        CallFilter { manager_id: Some("7".to_owned()), ..all() },
        CallFilter { phone: PhoneNumber::parse("+79161234567"), ..all() },
        CallFilter { min_score: Some(1.0), rubric: Some("r".into()), ..all() },
        CallFilter { run: Some(RunId(1)), ..all() },
        CallFilter { client: Some("916".to_owned()), ..all() },
        CallFilter { tag: Some("новый".to_owned()), ..all() },
        CallFilter { criterion: Some(("price".to_owned(), Verdict::NotMet)), ..all() },
        CallFilter { value: Some(("stage".to_owned(), "won".to_owned())), ..all() },
        CallFilter { call_back: Some(true), ..all() },
        CallFilter { needs_review: Some(true), ..all() },
        CallFilter { incomplete: Some(true), ..all() },
        CallFilter { scored: Some(false), below_score: Some(40.0), ..all() },
        CallFilter { overridden: Some("price".to_owned()), rubric: Some("r".into()), ..all() },
        CallFilter { promise: Some(PromiseDemand::Overdue(now)), ..all() },
        CallFilter { paid: Some(PaidFor { item: None, window: TimeWindow::ALL }), ..all() },
    ];
    for filter in filters {
        for sort in [CallSort::StartedDesc, CallSort::StartedAsc] {
            for place in [Place::Start, Place::Timed { at: 5, id: 5 }, Place::Untimed { after: Some(5) }] {
                let filter = CallFilter { sort, ..filter.clone() };
                queries.push(("list", list_query(&Narrowed::plain(&filter), place, 50)));
            }
        }
        let query = SearchQuery { text: "окно".to_owned(), filter, limit: 20, offset: 0 };
        let narrowed = Narrowed::plain(&query.filter);
        let mut search = match_query("select w.rowid", &terms(&query.text), true, &query, &narrowed);
        search.push(" order by w.rowid desc limit 20");
        queries.push(("search", search));
    }
    queries.push(("jobs", recent_query(&JobFilter::default(), 50)));
    for (what, query) in queries {
        let sql = query.sql();
        let lines = plan(&store, query).await;
        assert!(!lines.is_empty());
        assert!(!lines.iter().any(|line| walks_a_table(line)), "{what}: {}\n{lines:#?}", sql.as_str());
        if what == "claim" || what == "search" {
            let sorts = lines.iter().any(|line| line.contains("TEMP B-TREE"));
            assert!(!sorts, "{what} sorts: {}\n{lines:#?}", sql.as_str());
        }
        // the walk of a list is ordered by its index; only the cut pages are merged by sorting
        let sorted = lines.iter().filter(|line| line.contains("ORDER BY")).count();
        assert!(
            what != "list" || sorted <= 1 || sql.as_str().contains("run_calls"),
            "{}\n{lines:#?}",
            sql.as_str()
        );
    }
}

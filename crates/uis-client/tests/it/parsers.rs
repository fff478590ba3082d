//! Whatever comes over the wire: an answer, an error, never a panic.

use chrono::{NaiveDateTime, TimeDelta};
use proptest::prelude::*;
use serde_json::{Value, json};
use uis_client::testing::{FakeCall, FakeUis};
use uis_client::{CallsCursor, CallsFilter, CallsReader, WallWindow};

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        Just(json!("2026-03-02 10:14:07")),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let names = prop_oneof![
            Just("id".to_owned()),
            Just("filters".to_owned()),
            Just("field".to_owned()),
            Just("operator".to_owned()),
            Just("value".to_owned()),
            Just("condition".to_owned()),
            "[a-z_]{1,8}"
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(names, inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn start() -> NaiveDateTime {
    "2026-03-02T00:00:00".parse().unwrap()
}

proptest! {
    #[test]
    fn the_fake_answers_anything(filter in json(), fields in json(), sort in json(), body in ".{0,40}") {
        let fake = FakeUis::new();
        fake.add_call(FakeCall::incoming(1, start()));
        let request = json!({"jsonrpc": "2.0", "id": 1, "method": "get.calls_report", "params": {
            "access_token": FakeUis::KEY, "date_from": "2026-03-01 00:00:00", "date_till": "2026-03-03 00:00:00",
            "filter": filter, "fields": fields, "sort": sort}});
        for body in [request.to_string(), body] {
            let answer = fake.answer(body.as_bytes());
            let answer: Value = serde_json::from_slice(&answer.body).unwrap();
            prop_assert!(answer.get("result").is_some() != answer.get("error").is_some());
        }
    }

    #[test]
    fn cursors_are_read_back_or_refused(text in ".{0,60}", offset in any::<u32>(), id in any::<i64>()) {
        let _ = text.parse::<CallsCursor>();
        let told = format!("2026-03-02T00:00:00/2026-03-03T00:00:00/{offset}/{id}");
        prop_assert_eq!(told.parse::<CallsCursor>().unwrap().to_string(), told);
    }

    #[test]
    fn every_call_comes_once_whatever_the_page(
        starts in prop::collection::vec(0_i64..86_400, 0..60),
        page in 2_u32..20,
        gone in prop::collection::vec(0_usize..60, 0..12),
    ) {
        let fake = FakeUis::new();
        let call = |(id, at): (i64, &i64)| FakeCall::incoming(id, start() + TimeDelta::seconds(*at));
        fake.add_calls((1..).zip(&starts).map(call));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let ids = runtime.block_on(async {
            let window = WallWindow::new(start(), start() + TimeDelta::days(1));
            let mut reader = CallsReader::new(&fake, window, CallsFilter::default()).page_size(page);
            let (mut ids, mut gone) = (Vec::new(), gone.into_iter());
            while let Some(batch) = reader.next().await.unwrap() {
                ids.extend(batch.calls.iter().map(|call| call.id.0));
                // some that were already told vanish
                for seen in gone.by_ref().take(3).filter_map(|at| ids.get(at)) {
                    fake.remove_call(uis_client::SessionId(*seen));
                }
            }
            ids
        });
        let mut sorted = ids.clone();
        sorted.sort_unstable();
        let all: Vec<i64> = (1..).take(starts.len()).collect();
        prop_assert_eq!(sorted, all);
    }
}

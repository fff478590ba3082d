//! Reading the reports and lists: to the end, each row once, as it is.

#![expect(clippy::missing_errors_doc, reason = "a behaviour fails with what the API failed with")]

use chrono::Days;

use super::{Checked, ID, World, after, day, window};
use crate::{
    Account, CallRecording, CallsFilter, CallsReader, Employee, EmployeeId, SessionId, WallWindow,
    all_employees, all_tags,
    testing::{FakeCall, Fault},
};

/// The zone is the account's.
pub async fn account_tells_number_name_and_zone(world: &World) -> Checked {
    let account =
        Account { app_id: 77, name: "ООО Урал".into(), zone: chrono_tz::Asia::Yekaterinburg };
    world.fake.set_account(account.clone());
    assert_eq!(world.api.account().await?, account);
    Ok(())
}

/// Every call once, by start.
pub async fn a_window_is_read_to_its_end(world: &World) -> Checked {
    world.fake.add_calls((0..250).map(|n| FakeCall::incoming(ID + n, after(n * 60))));
    world.fake.add_call(FakeCall::incoming(1, day() - Days::new(2)));
    let whole = world.reader(40).collect().await?;
    let ids: Vec<i64> = whole.calls.iter().map(|call| call.id.0).collect();
    assert_eq!(ids, (ID..ID + 250).collect::<Vec<_>>());
    assert_eq!(whole.warnings, Vec::<String>::new());
    Ok(())
}

/// Rows that shift forward come again and are dropped.
pub async fn calls_that_arrive_meanwhile_double_none(world: &World) -> Checked {
    world.fake.add_calls((0..100).map(|n| FakeCall::incoming(ID + n, after(n * 60))));
    let mut reader = world.reader(30);
    let mut ids = Vec::new();
    let mut page = 0;
    while let Some(batch) = reader.next().await? {
        ids.extend(batch.calls.iter().map(|call| call.id.0));
        page += 1;
        // early calls that have just ended, and late ones
        world.fake.add_call(FakeCall::incoming(1000 + page, after(5 + page)));
        if page < 3 {
            world.fake.add_call(FakeCall::incoming(2000 + page, after(80_000 + page)));
        }
    }
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count, "a call came twice");
    assert!((ID..ID + 100).chain(2001..=2002).all(|id| ids.contains(&id)), "a call was lost");
    Ok(())
}

/// Rows that shift backward past the reader are found again.
pub async fn a_call_that_vanishes_hides_no_other(world: &World) -> Checked {
    for gone in [1, 5, 25] {
        world.fake.add_calls((0..100).map(|n| FakeCall::incoming(ID + n, after(n * 60))));
        let mut reader = world.reader(10);
        let (mut ids, mut page) = (Vec::new(), 0);
        while let Some(batch) = reader.next().await? {
            ids.extend(batch.calls.iter().map(|call| call.id.0));
            page += 1;
            if page == 3 {
                (0..gone).for_each(|n| world.fake.remove_call(SessionId(ID + n)));
            }
        }
        assert_eq!(ids, (ID..ID + 100).collect::<Vec<_>>(), "{gone} calls vanished");
    }
    Ok(())
}

/// The total tells the end, not the length of a page.
pub async fn a_short_page_is_not_the_end(world: &World) -> Checked {
    world.fake.add_calls((0..50).map(|n| FakeCall::incoming(ID + n, after(n * 60))));
    world.fake.fail_next_of("get.calls_report", Fault::ShortPage, 2);
    assert_eq!(world.reader(20).collect().await?.calls.len(), 50);
    Ok(())
}

/// The API refuses more than three months at once.
pub async fn a_year_is_read_in_parts(world: &World) -> Checked {
    world.fake.add_calls(
        (0..52).map(|week: i64| FakeCall::incoming(ID + week, day() + chrono::Duration::weeks(week))),
    );
    let year = WallWindow::new(day(), day() + Days::new(364));
    let whole = CallsReader::new(&*world.api, year, CallsFilter::default()).collect().await?;
    assert_eq!(whole.calls.len(), 52);
    Ok(())
}

/// A cursor is text that another process reads.
pub async fn a_reader_goes_on_where_another_stopped(world: &World) -> Checked {
    world.fake.add_calls((0..30).map(|n| FakeCall::incoming(ID + n, after(n * 60))));
    let first = world.reader(12).next().await?;
    let (mut ids, cursor) = first.map(|batch| (batch.calls, batch.next)).unwrap_or_default();
    let text = cursor.map(|cursor| cursor.to_string()).unwrap_or_default();
    ids.extend(world.reader(12).resume(text.parse()?).collect().await?.calls);
    let ids: Vec<i64> = ids.iter().map(|call| call.id.0).collect();
    assert_eq!(ids, (ID..ID + 30).collect::<Vec<_>>());
    Ok(())
}

/// Whole lists, over pages.
pub async fn employees_and_tags_are_listed(world: &World) -> Checked {
    let employee = Employee {
        id: EmployeeId(25_611),
        full_name: "Иванова Анна".into(),
        call_recording: Some(CallRecording::Off),
        groups: vec!["Продажи".into()],
    };
    world.fake.add_employee(employee.clone());
    (0..1500).for_each(|n| world.fake.add_tag_to_dictionary(n + 1, &format!("Метка {n}")));
    assert_eq!(all_employees(&*world.api).await?, [employee]);
    assert_eq!(all_tags(&*world.api).await?.len(), 1500);
    Ok(())
}

/// And an unknown id is none.
pub async fn one_call_is_found_by_its_id(world: &World) -> Checked {
    world.fake.add_calls([FakeCall::incoming(ID, day()), FakeCall::incoming(ID + 1, after(1))]);
    assert_eq!(
        world.api.call(SessionId(ID + 1), window()).await?.map(|call| call.id),
        Some(SessionId(ID + 1))
    );
    assert_eq!(world.api.call(SessionId(9), window()).await?, None);
    let elsewhere = WallWindow::new(day() - Days::new(9), day() - Days::new(8));
    assert_eq!(world.api.call(SessionId(ID), elsewhere).await?, None);
    Ok(())
}

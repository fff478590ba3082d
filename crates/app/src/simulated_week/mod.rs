//! A week of a company under a clock of its own: calls by the hour, and everything that goes wrong in a
//! week. Afterwards every call stands in the sheet once, and what people were told reads well.

mod company;
mod house;
mod judge;
mod log;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use chrono_tz::Europe::Berlin;
use domain::CallStatus;
use mail_client::testing::Fault as MailFault;
use sheets_sink::{CellValue, SheetError};
use store::{CallFilter, PageRequest, TurnEnding};
use telegram_client::testing::Fault as TelegramFault;
use transcribe::TranscribeError;
use uis_client::testing::Fault as UisFault;

use crate::telling::instant;
use company::wall;
use house::House;

fn at(day: u64, hour: u32, minute: u32) -> DateTime<Utc> {
    instant(wall(day, hour, minute), Berlin)
}

/// What goes wrong, and when it is mended.
struct Week {
    house: House,
}

impl Week {
    async fn until(&mut self, moment: DateTime<Utc>) {
        while domain::Clock::now(&*self.house.clock) < moment {
            self.house.step().await;
        }
    }

    /// Google's key is taken back: each delivery meets it.
    async fn sheet_refuses_until(&mut self, moment: DateTime<Utc>) {
        let (before, mut played) = (self.house.sheet.writes(), 0);
        while domain::Clock::now(&*self.house.clock) < moment {
            if played == self.house.sheet.writes() - before {
                self.house.sheet.fail_next(SheetError::BadKey { reason: "invalid_grant".into() });
                played += 1;
            }
            self.house.step().await;
        }
    }

    async fn pass(&mut self) {
        // Monday: UIS answers nothing for three hours, Telegram stumbles
        self.until(at(0, 11, 0)).await;
        self.house.uis.fail_next(UisFault::BadGateway, 10_000);
        self.until(at(0, 14, 0)).await;
        self.house.uis.mend();
        // Tuesday: the key of speech has run out
        self.until(at(1, 10, 0)).await;
        self.house.speech.refuse(Some(|| TranscribeError::Unauthorized {
            engine: "OpenAI".to_owned(),
            reason: "ключ истёк".into(),
        }));
        self.until(at(1, 15, 0)).await;
        self.house.speech.refuse(None);
        // Wednesday: the key of the sheet is revoked, and messages meet trouble of their own
        self.until(at(2, 12, 0)).await;
        self.house.telegram.play(TelegramFault::TooFast(std::time::Duration::from_mins(20)));
        self.house.mail.play(MailFault::Later);
        self.sheet_refuses_until(at(2, 16, 0)).await;
        // Thursday: the disk takes nothing; in the night the machine is off
        self.until(at(3, 9, 30)).await;
        self.house.break_disk();
        self.until(at(3, 13, 0)).await;
        self.house.mend_disk();
        self.until(at(3, 20, 0)).await;
        self.house.kill();
        self.until(at(4, 7, 30)).await;
        self.house.start().await;
        // Friday: the key of UIS has run out
        self.until(at(4, 10, 0)).await;
        self.house.uis.expire_key();
        self.until(at(4, 12, 0)).await;
        self.house.uis.mend();
        // in the afternoon the account of the model is empty
        self.until(at(4, 13, 0)).await;
        self.house.judge.run_out(true);
        self.until(at(4, 16, 0)).await;
        self.house.judge.run_out(false);
        // a weekend, a change of clocks, and the reports of the week
        self.until(at(7, 10, 0)).await;
    }
}

#[tokio::test]
async fn a_week_of_everything_going_wrong_ends_with_a_whole_sheet_and_messages_that_read_well() {
    let log = log::Log::default();
    let gathering = log.begin();
    let mut week = Week { house: House::new(at(0, 0, 0)).await };
    Box::pin(week.pass()).await;
    drop(gathering);
    let house = week.house;
    insta::assert_snapshot!("log", log.read());
    insta::assert_snapshot!("told", house.told.join("\n\n"));

    let page = PageRequest { after: None, limit: 500 };
    let calls = house.store().calls(&CallFilter::default(), page).await.unwrap().items;
    let mut by_status: BTreeMap<&str, usize> = BTreeMap::new();
    for call in &calls {
        *by_status.entry(call.status.as_str()).or_default() += 1;
    }
    // 10 talks on four days, 13 on Friday, three clients rung back, one at night; six missed
    assert_eq!(by_status, BTreeMap::from([("done", 57), ("missed", 6)]));
    assert_eq!(house.speech.all_calls(), 57, "nothing is heard twice");

    let rows = house.sheet.rows();
    assert_eq!(rows.len(), calls.len(), "a row a call");
    for call in &calls {
        let row = &rows[&call.call.id.to_string()];
        let CellValue::Text(status) = &row["status"] else { panic!("{row:?}") };
        let fits = match call.status {
            CallStatus::Missed => status.contains("Пропущенный"),
            _ => ["Готово", "Требует проверки"].iter().any(|good| status.contains(good)),
        };
        assert!(fits, "{status}");
        let report = pipeline::stored_report(house.store().as_ref(), call.call.id, None).await.unwrap();
        let score = report.and_then(|report| report.analysis?.total_score);
        assert_eq!(row["total_score"], score.map_or(CellValue::Empty, CellValue::Number), "{status}");
    }
    // that a stage goes on again may be said in the same words on two days
    let told: Vec<&str> = house
        .told
        .iter()
        .filter_map(|one| Some(one.split_once('\n')?.1))
        .filter(|text| !text.contains("Снова работает"))
        .collect();
    assert_eq!(told.iter().collect::<BTreeSet<_>>().len(), told.len(), "nothing is told twice");

    let turns = house.store().turns(1_000).await.unwrap();
    let ended = |ending| turns.iter().filter(|turn| turn.ending == Some(ending)).count();
    insta::assert_snapshot!(
        "turns",
        format!(
            "done {}, failed {}, skipped {}, open {}, missed {}",
            ended(TurnEnding::Done),
            ended(TurnEnding::Failed),
            ended(TurnEnding::Skipped),
            turns.iter().filter(|turn| turn.finished_at.is_none()).count(),
            turns.iter().map(|turn| turn.missed).sum::<u32>(),
        )
    );
    let sunday =
        turns.iter().filter(|turn| turn.name == "uis" && (at(6, 0, 0)..at(7, 0, 0)).contains(&turn.due_at));
    assert_eq!(sunday.count(), 25, "the day has 25 hours");

    // telephony knows what became of its calls, each once
    let commented = calls.iter().filter(|call| call.status == CallStatus::Done);
    for call in commented {
        let communication = uis_client::CommunicationId(call.call.external_id.parse().unwrap());
        assert_eq!(house.uis.comments(communication).len(), 1, "{}", call.call.external_id);
        assert_eq!(house.uis.tags_of(communication).len(), 1, "{}", call.call.external_id);
    }
    // every letter of the chat came by mail too, and the two reports of the week
    let subjects: Vec<String> = house.mail.taken().into_iter().map(|mail| mail.subject).collect();
    assert_eq!(subjects.len(), house.told.len() + 2, "{subjects:#?}");
    assert_eq!(subjects.iter().filter(|subject| subject.starts_with("Неделя: ")).count(), 2);
}

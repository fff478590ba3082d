//! What every [`UisApi`] must do: runs on the fake in this crate's tests, and on the live client
//! over a server that serves the fake.
//!
//! [`uis_contract!`](crate::uis_contract) makes a test of each behaviour. They hold for a client
//! that repeats by itself and for one that does not, and need no time to pass.

use std::sync::Arc;

use chrono::{Days, NaiveDate, NaiveDateTime};
use domain::{Direction, Speaker};

use crate::{
    Account, CallRecording, CallsFilter, CallsReader, CallsRequest, CommunicationId, Employee, EmployeeId,
    LimitKind, MAX_OFFSET, PageRequest, RecordId, RecordingKind, RecordingRef, RecordingsState, SessionId,
    SoundFormat, TagId, UisApi, UisCall, UisError, WallWindow, all_employees, all_legs, all_tags, speaker_of,
    testing::{Appear, Component, FakeCall, FakeUis, Fault, MediaFault, Sound},
};

/// More failures than any client repeats.
const FOR_LONG: u32 = 50;
/// Over 2³²: ids that a 32-bit number would cut.
const ID: i64 = 5_139_032_004;

/// The thing under test, and the UIS behind it.
pub struct World {
    /// Speaks to `fake`.
    pub api: Arc<dyn UisApi>,
    /// An account with nothing in it and [`FakeUis::KEY`] as the key.
    pub fake: FakeUis,
    /// Where joined recordings lie: `{joined}/{communication}/{record}`.
    pub joined: String,
    /// Lives as long as the world: a server.
    pub keep: Box<dyn std::any::Any + Send + Sync>,
}

type Checked = Result<(), UisError>;

fn day() -> NaiveDateTime {
    NaiveDate::from_ymd_opt(2026, 3, 2).unwrap_or_default().and_hms_opt(9, 0, 0).unwrap_or_default()
}

fn window() -> WallWindow {
    WallWindow::new(day(), day() + chrono::Duration::hours(24))
}

fn after(seconds: i64) -> NaiveDateTime {
    day() + chrono::Duration::seconds(seconds)
}

const MP3: &[u8] = b"ID3\x04the sound of a talk";
const WAV: &[u8] = b"RIFF\x10\0\0\0WAVEoperator";
const OTHER_WAV: &[u8] = b"RIFF\x10\0\0\0WAVEclient";

impl World {
    fn reader(&self, page: u32) -> CallsReader<'_> {
        CallsReader::new(&*self.api, window(), CallsFilter::default()).page_size(page)
    }

    async fn only_call(&self, id: i64) -> Result<UisCall, UisError> {
        let call = self.api.call(SessionId(id), window()).await?;
        call.ok_or_else(|| UisError::Config(format!("no call {id}")))
    }

    async fn sound(&self, recording: &RecordingRef) -> Result<(SoundFormat, Vec<u8>), UisError> {
        let stream = self.api.recording(recording).await?;
        let format = stream.format;
        Ok((format, stream.bytes(1 << 20).await?.to_vec()))
    }
}

/// Makes a test of each behaviour. The argument is a function that builds a [`World`].
///
/// ```ignore
/// uis_client::uis_contract!(over_http);
/// ```
#[macro_export]
macro_rules! uis_contract {
    ($world:path) => {
        $crate::uis_contract! { $world =>
            account_tells_number_name_and_zone
            a_window_is_read_to_its_end
            calls_that_arrive_meanwhile_double_none
            a_call_that_vanishes_hides_no_other
            a_short_page_is_not_the_end
            a_year_is_read_in_parts
            a_reader_goes_on_where_another_stopped
            rows_are_told_as_they_are
            filters_choose
            a_call_that_goes_on_is_told_when_asked_for
            recordings_come_late
            one_call_is_found_by_its_id
            legs_tell_whose_voice_a_file_holds
            employees_and_tags_are_listed
            tags_are_put_and_taken
            comments_are_written_once
            recognition_is_none_until_it_is_there
            recordings_come_whole
            what_is_no_sound_is_told_apart
            a_broken_recording_is_no_recording
            a_moved_recording_is_followed
            a_bad_key_is_refused_in_three_ways
            the_address_to_whitelist_is_named
            a_missing_component_is_named
            a_closed_account_is_refused
            a_spent_day_says_when_it_is_over
            points_are_charged_for_success_only
            impossible_requests_are_invalid
            long_trouble_is_retryable_and_says_what_it_may_have_done
        }
    };
    ($world:path => $($behaviour:ident)*) => {
        $(
            #[tokio::test]
            async fn $behaviour() {
                let world = $world().await;
                if let Err(error) = $crate::testing::contract::$behaviour(&world).await {
                    panic!("{error} ({error:?})");
                }
            }
        )*
    };
}

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
        let mut ids = Vec::new();
        while let Some(batch) = reader.next().await? {
            ids.extend(batch.calls.iter().map(|call| call.id.0));
            if ids.len() == 30 {
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

/// Missed calls, hidden numbers, transfers, long ids.
pub async fn rows_are_told_as_they_are(world: &World) -> Checked {
    world.fake.add_call(
        FakeCall::incoming(ID, day())
            .communication(ID + 7)
            .lasting(12, 251)
            .talked(25_611, "Иванова Анна")
            .talked(25_612, "Петров Пётр")
            .tagged(515_114, "Целевой")
            .mp3(MP3)
            .mp3(MP3),
    );
    world.fake.add_call(FakeCall::missed(ID + 1, after(60)).contact(None).number(None));
    let call = world.only_call(ID).await?;
    assert_eq!((call.id, call.communication_id), (SessionId(ID), CommunicationId(ID + 7)));
    assert_eq!((call.start_time, call.finish_time), (day(), Some(after(263))));
    assert_eq!((call.wait_duration, call.talk_duration, call.total_duration), (12, 251, 263));
    assert_eq!((call.direction, call.is_lost, call.is_transfer), (Direction::In, false, true));
    assert_eq!(call.contact_phone_number.as_ref().map(crate::RawPhone::as_str), Some("79161234567"));
    assert_eq!(call.employee().map(|employee| employee.id), Some(EmployeeId(25_612)));
    assert_eq!(call.tags.first().map(|tag| (tag.id, tag.name.as_str())), Some((TagId(515_114), "Целевой")));
    assert!(matches!(call.recordings(), RecordingsState::Ready(found) if found.len() == 2));
    let missed = world.only_call(ID + 1).await?;
    assert!(missed.is_lost && missed.talk_duration == 0);
    assert_eq!((missed.contact_phone_number.as_ref(), missed.virtual_phone_number.as_ref()), (None, None));
    assert_eq!(missed.recordings(), RecordingsState::Absent);
    Ok(())
}

/// Each part of a filter alone and all together.
pub async fn filters_choose(world: &World) -> Checked {
    world.fake.add_calls([
        FakeCall::incoming(1, day()).lasting(5, 100),
        FakeCall::incoming(2, after(1)).lasting(5, 3),
        FakeCall::outgoing(3, after(2)).lasting(5, 100),
        FakeCall::missed(4, after(3)),
    ]);
    let any = CallsFilter::default();
    let incoming = CallsFilter { direction: Some(Direction::In), ..any };
    for (filter, expected) in [
        (any, vec![1, 2, 3, 4]),
        (incoming, vec![1, 2, 4]),
        (CallsFilter { direction: Some(Direction::Out), ..any }, vec![3]),
        (CallsFilter { min_talk_seconds: Some(15), ..any }, vec![1, 3]),
        (CallsFilter { lost: Some(true), ..any }, vec![4]),
        (CallsFilter { lost: Some(false), min_talk_seconds: Some(15), ..incoming }, vec![1]),
    ] {
        let found = CallsReader::new(&*world.api, window(), filter).collect().await?.calls;
        assert_eq!(found.iter().map(|call| call.id.0).collect::<Vec<_>>(), expected, "{filter:?}");
    }
    Ok(())
}

/// Without an end, and listed only when asked for.
pub async fn a_call_that_goes_on_is_told_when_asked_for(world: &World) -> Checked {
    world.fake.add_call(FakeCall::incoming(ID, day()).mp3(MP3).ongoing());
    assert_eq!(world.reader(10).collect().await?.calls, Vec::new());
    let filter = CallsFilter { ongoing: true, ..CallsFilter::default() };
    let found = CallsReader::new(&*world.api, window(), filter).collect().await?.calls;
    let state = found.first().map(|call| (call.finish_time, call.talk_duration, call.recordings()));
    assert_eq!(state, Some((None, 0, RecordingsState::Pending)));
    world.fake.change_call(SessionId(ID), |call| call.row.finish_time = Some(after(70)));
    let found = world.reader(10).collect().await?.calls;
    assert!(found.first().is_some_and(|call| matches!(call.recordings(), RecordingsState::Ready(_))));
    Ok(())
}

/// Rows come first, recordings some looks later, or never.
pub async fn recordings_come_late(world: &World) -> Checked {
    let late = |id, appear| FakeCall::incoming(id, after(id)).mp3(MP3).appearing(appear);
    world.fake.add_calls([late(1, Appear::AfterPolls(2)), late(2, Appear::Never)]);
    let mut looks = Vec::new();
    for _ in 0..4 {
        let calls = world.reader(10).collect().await?.calls;
        looks
            .push(calls.iter().map(|call| call.recordings() == RecordingsState::Pending).collect::<Vec<_>>());
    }
    assert_eq!(looks, [[true, true], [true, true], [false, true], [false, true]]);
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

/// Not by the order of files: by `is_operator`.
pub async fn legs_tell_whose_voice_a_file_holds(world: &World) -> Checked {
    world
        .fake
        .add_call(FakeCall::incoming(ID, day()).talked(25_611, "Иванова Анна").wav_pair(WAV, OTHER_WAV));
    let call = world.only_call(ID).await?;
    let legs = all_legs(&*world.api, window(), Some(call.id)).await?;
    let mut speakers = Vec::new();
    for record in &call.wav_call_records {
        let recording = RecordingRef::new(RecordingKind::Wav, call.communication_id, record.clone());
        speakers.push((speaker_of(record, &legs), world.sound(&recording).await?.1));
    }
    let expected = [(Speaker::Client, OTHER_WAV), (Speaker::Operator, WAV)];
    assert_eq!(speakers, expected.map(|(speaker, sound)| (Some(speaker), sound.to_vec())));
    assert_eq!(speaker_of(&RecordId::new("unknown"), &legs), None);
    assert!(legs.iter().any(|leg| leg.employee_id == Some(EmployeeId(25_611)) && leg.is_operator));
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

/// Twice is once, and strangers are told.
pub async fn tags_are_put_and_taken(world: &World) -> Checked {
    let (api, to) = (&world.api, CommunicationId(ID + 7));
    world.fake.add_call(FakeCall::incoming(ID, day()).communication(ID + 7));
    let (one, two) = (api.create_tag("Целевой").await?, api.create_tag("Жалоба").await?);
    api.add_tag(to, one).await?;
    api.add_tag(to, one).await?;
    assert_eq!(world.fake.tags_of(to), [one]);
    api.set_tags(to, &[two]).await?;
    assert_eq!(world.fake.tags_of(to), [two]);
    api.remove_tag(to, two).await?;
    api.remove_tag(to, two).await?;
    assert_eq!(world.fake.tags_of(to), []);
    let strangers = [api.set_tags(CommunicationId(1), &[one]).await, api.add_tag(to, TagId(1)).await];
    assert!(strangers.iter().all(|answer| matches!(answer, Err(UisError::NotFound { .. }))), "{strangers:?}");
    let taken = api.create_tag("Жалоба").await;
    assert!(matches!(&taken, Err(UisError::Invalid { mnemonic, .. }) if mnemonic == "duplicate_entity"));
    Ok(())
}

/// In all spellings of success; never repeated when the answer is lost.
pub async fn comments_are_written_once(world: &World) -> Checked {
    let to = CommunicationId(ID);
    world.fake.add_call(FakeCall::incoming(ID, day()));
    for text in ["Оценка 82/100", "второй", "третий"] {
        world.api.add_comment(to, text).await?;
    }
    assert_eq!(world.fake.comments(to), ["Оценка 82/100", "второй", "третий"]);
    world.fake.fail_next(Fault::AnswerLost, 1);
    let lost = world.api.add_comment(to, "четвёртый").await;
    assert!(matches!(&lost, Err(error) if error.may_have_applied()), "{lost:?}");
    assert_eq!(world.fake.comments(to).len(), 4);
    Ok(())
}

/// UIS's own transcript, in ms from the call's start.
pub async fn recognition_is_none_until_it_is_there(world: &World) -> Checked {
    let night = day() + chrono::Duration::seconds(15 * 3600 - 2);
    world.fake.add_call(FakeCall::incoming(ID, night));
    assert_eq!(world.api.recognition(SessionId(ID)).await?, None);
    assert_eq!(world.api.recognition(SessionId(1)).await?, None);
    world.api.order_recognition(SessionId(ID)).await?;
    assert_eq!(world.fake.ordered_recognitions(), [SessionId(ID)]);
    // the second phrase is said after midnight
    world.fake.set_recognition(SessionId(ID), &[(0, true, "Добрый день"), (7, false, "Здравствуйте")]);
    let phrases = world.api.recognition(SessionId(ID)).await?.map(|heard| heard.phrases).unwrap_or_default();
    let told: Vec<_> = phrases.iter().map(|it| (it.start_ms, it.is_operator, it.text.as_str())).collect();
    assert_eq!(told, [(Some(0), true, "Добрый день"), (Some(7000), false, "Здравствуйте")]);
    Ok(())
}

/// Byte for byte, in every form.
pub async fn recordings_come_whole(world: &World) -> Checked {
    let made = Sound::Made(Arc::new(|| MP3.into()));
    let link = format!("{}/{ID}/any", world.joined);
    let call = FakeCall::incoming(ID, day()).mp3(MP3).mp3(made).wav_pair(WAV, OTHER_WAV).voice_mail(MP3);
    world.fake.add_call(call.joined(&link));
    let RecordingsState::Ready(found) = world.only_call(ID).await?.recordings() else {
        return Err(UisError::RecordingNotReady);
    };
    let mut sounds = Vec::new();
    for recording in &found {
        sounds.push(world.sound(recording).await?);
    }
    let expected = [
        (SoundFormat::Mp3, MP3.to_vec()),
        (SoundFormat::Mp3, MP3.to_vec()),
        (SoundFormat::Wav, OTHER_WAV.to_vec()),
        (SoundFormat::Wav, WAV.to_vec()),
        (SoundFormat::Mp3, MP3.to_vec()),
        (SoundFormat::Mp3, [MP3, MP3].concat()),
    ];
    assert_eq!(sounds, expected);
    Ok(())
}

/// Gone, not there yet, a page, a busy host.
pub async fn what_is_no_sound_is_told_apart(world: &World) -> Checked {
    world.fake.add_call(FakeCall::incoming(ID, day()).mp3(MP3));
    world.fake.add_call(FakeCall::incoming(ID + 1, after(1)).mp3(Sound::Gone));
    let of = |call: UisCall| match call.recordings() {
        RecordingsState::Ready(found) => found.into_iter().next().ok_or(UisError::RecordingNotReady),
        _ => Err(UisError::RecordingNotReady),
    };
    let recording = of(world.only_call(ID).await?)?;
    type Is = fn(&UisError) -> bool;
    let cases: [(MediaFault, Is); 6] = [
        (MediaFault::Gone, |error| matches!(error, UisError::RecordingGone { .. })),
        (MediaFault::NoFiles, |error| matches!(error, UisError::RecordingGone { .. })),
        (MediaFault::Html, |error| matches!(error, UisError::NotSound { .. }) && error.is_retryable()),
        (MediaFault::Json, |error| matches!(error, UisError::NotSound { .. }) && error.is_retryable()),
        (MediaFault::Empty, |error| matches!(error, UisError::RecordingNotReady)),
        (MediaFault::Busy, |error| matches!(error, UisError::Unavailable { .. })),
    ];
    for (fault, is) in cases {
        world.fake.fail_next_media(fault, FOR_LONG);
        let answer = world.api.recording(&recording).await.map(|_| ());
        assert!(answer.as_ref().is_err_and(is), "{fault:?}: {answer:?}");
        world.fake.mend();
    }
    let gone = world.api.recording(&of(world.only_call(ID + 1).await?)?).await;
    assert!(matches!(gone, Err(UisError::RecordingGone { .. })), "{gone:?}");
    assert_eq!(world.sound(&recording).await?.1, MP3);
    Ok(())
}

/// The stream ends with an error, not with the half.
pub async fn a_broken_recording_is_no_recording(world: &World) -> Checked {
    let sound = [MP3, &[7; 200_000]].concat();
    world.fake.add_call(FakeCall::incoming(ID, day()).mp3(sound.clone()));
    let call = world.only_call(ID).await?;
    let RecordingsState::Ready(found) = call.recordings() else { return Err(UisError::RecordingNotReady) };
    for recording in &found {
        world.fake.fail_next_media(MediaFault::Truncated, FOR_LONG);
        let broken = world.sound(recording).await.map(|_| ());
        assert!(matches!(broken, Err(UisError::RecordingTruncated { .. })), "{broken:?}");
        world.fake.mend();
        assert_eq!(world.sound(recording).await?.1, sound);
    }
    Ok(())
}

/// Within the brand.
pub async fn a_moved_recording_is_followed(world: &World) -> Checked {
    world.fake.add_call(FakeCall::incoming(ID, day()).mp3(MP3));
    let RecordingsState::Ready(found) = world.only_call(ID).await?.recordings() else {
        return Err(UisError::RecordingNotReady);
    };
    world.fake.fail_next_media(MediaFault::Moved, 1);
    for recording in &found {
        assert_eq!(world.sound(recording).await?.1, MP3);
    }
    Ok(())
}

/// Revoked, expired, blocked: refused once, not again and again.
pub async fn a_bad_key_is_refused_in_three_ways(world: &World) -> Checked {
    let spoil: [(fn(&FakeUis), &str); 3] = [
        (FakeUis::revoke_key, "access_token_invalid"),
        (FakeUis::expire_key, "access_token_expired"),
        (FakeUis::block_key, "access_token_blocked"),
    ];
    for (asked, (spoil, expected)) in (1..).zip(spoil) {
        spoil(&world.fake);
        let refused = world.api.account().await;
        let right = matches!(&refused, Err(error @ UisError::Unauthorized { mnemonic, .. })
            if mnemonic == expected && error.is_refusal() && !error.is_retryable());
        assert!(right, "{expected}: {refused:?}");
        assert_eq!(world.fake.requests_of("get.account"), asked, "a refused key is not tried again");
    }
    world.fake.mend();
    world.api.account().await.map(drop)
}

/// With the address that UIS sees.
pub async fn the_address_to_whitelist_is_named(world: &World) -> Checked {
    world.fake.refuse_address("203.0.113.7");
    let refused = world.api.account().await;
    assert!(
        matches!(&refused, Err(UisError::ForbiddenIp { ip: Some(ip) }) if ip == "203.0.113.7"),
        "{refused:?}"
    );
    Ok(())
}

/// With the component's name; reading goes on without the one for writing.
pub async fn a_missing_component_is_named(world: &World) -> Checked {
    world.fake.add_call(FakeCall::incoming(ID, day()));
    world.fake.disable(Component::Settings);
    let refused = world.api.add_comment(CommunicationId(ID), "нет").await;
    let named =
        matches!(&refused, Err(UisError::ComponentDisabled { message }) if message.contains("для настройки"));
    assert!(named, "{refused:?}");
    world.api.account().await?;
    world.fake.disable(Component::DataApi);
    assert!(matches!(world.api.account().await, Err(UisError::ComponentDisabled { .. })));
    Ok(())
}

/// Until it is settled.
pub async fn a_closed_account_is_refused(world: &World) -> Checked {
    world.fake.deactivate();
    assert!(matches!(world.api.account().await, Err(UisError::AccountInactive { .. })));
    Ok(())
}

/// And is not asked again meanwhile.
pub async fn a_spent_day_says_when_it_is_over(world: &World) -> Checked {
    world.fake.set_points(2, 100);
    world.api.account().await?;
    world.api.account().await?;
    let spent = world.api.account().await;
    let right = matches!(&spent, Err(error @ UisError::LimitExceeded { kind: LimitKind::Day, .. })
        if error.is_retryable() && error.retry_after().is_some_and(|wait| wait.as_secs() > 80_000));
    assert!(right, "{spent:?}");
    assert_eq!(world.fake.requests_of("get.account"), 3);
    Ok(())
}

/// A refused request costs nothing.
pub async fn points_are_charged_for_success_only(world: &World) -> Checked {
    world.fake.set_points(100, 50);
    world.api.account().await?;
    let _ = world.api.recognition(SessionId(1)).await?;
    let points = world.api.points();
    assert_eq!((points.day.limit, points.minute.limit), (Some(100), Some(50)));
    assert_eq!((points.day.remaining, points.minute.remaining), (Some(99), Some(49)));
    Ok(())
}

/// Windows and offsets past the API's limits.
pub async fn impossible_requests_are_invalid(world: &World) -> Checked {
    let ask = |window, offset| CallsRequest {
        window,
        filter: CallsFilter::default(),
        page: PageRequest { limit: 10, offset },
    };
    let mnemonic = async |request: CallsRequest| match world.api.calls_page(&request).await {
        Err(UisError::Invalid { mnemonic, .. }) => mnemonic,
        other => format!("{other:?}"),
    };
    let long = WallWindow::new(day(), day() + Days::new(120));
    assert_eq!(mnemonic(ask(long, 0)).await, "date_interval_limit_reached");
    let backward = WallWindow::new(after(1), day());
    assert_eq!(mnemonic(ask(backward, 0)).await, "invalid_parameter_value");
    assert_eq!(mnemonic(ask(window(), MAX_OFFSET + 1)).await, "invalid_parameter_value");
    Ok(())
}

/// For reading and for writing.
pub async fn long_trouble_is_retryable_and_says_what_it_may_have_done(world: &World) -> Checked {
    world.fake.add_call(FakeCall::incoming(ID, day()));
    for fault in [Fault::BadGateway, Fault::Mnemonic("internal_error"), Fault::CutJson] {
        world.fake.fail_next(fault.clone(), FOR_LONG);
        let read = world.api.account().await;
        assert!(
            matches!(&read, Err(error) if error.is_retryable() && !error.is_refusal()),
            "{fault:?}: {read:?}"
        );
        let asked = world.fake.requests_of("create.communication_comment");
        let written = world.api.add_comment(CommunicationId(ID), "раз").await;
        assert!(matches!(&written, Err(error) if error.may_have_applied()), "{fault:?}: {written:?}");
        let repeats = world.fake.requests_of("create.communication_comment") - asked;
        assert_eq!(repeats, 1, "{fault:?}: a comment is not sent twice");
        world.fake.mend();
    }
    Ok(())
}

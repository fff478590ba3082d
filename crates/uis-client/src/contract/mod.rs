//! What every [`UisApi`] must do: runs on the fake in this crate's tests, and on the live client
//! over a server that serves the fake.
//!
//! [`uis_contract!`](crate::uis_contract) makes a test of each behaviour. They hold for a client
//! that repeats by itself and for one that does not, and need no time to pass.

mod calls;
mod reading;
mod recordings;
mod refusals;
mod writing;

use std::sync::Arc;

use chrono::{NaiveDate, NaiveDateTime};

pub use calls::*;
pub use reading::*;
pub use recordings::*;
pub use refusals::*;
pub use writing::*;

use crate::{
    CallsFilter, CallsReader, RecordingRef, SessionId, SoundFormat, UisApi, UisCall, UisError, WallWindow,
    testing::FakeUis,
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

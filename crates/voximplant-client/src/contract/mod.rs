//! What every [`VoximplantApi`] does, as behaviours over the trait and a fake Voximplant behind it.
//!
//! The fake runs them in this crate's tests, the live client over HTTP in the sandbox's.
//! [`voximplant_contract!`](crate::voximplant_contract) makes a test of each behaviour. They hold for
//! a client that repeats by itself and for one that does not.

mod deploying;
mod history;
mod provisioning;
mod recordings;
mod refusals;
mod starting;

use std::sync::Arc;

use domain::{CallId, PhoneNumber};

pub use deploying::*;
pub use history::*;
pub use provisioning::*;
pub use recordings::*;
pub use refusals::*;
pub use starting::*;

use crate::{
    ApplicationId, CustomData, DialogMode, HistoryRequest, HistorySession, NewRule, RuleId, StartRequest,
    StartedSession, VoximplantApi, VoximplantError, testing::FakeVoximplant,
};

/// More failures than any client repeats.
const FOR_LONG: u32 = 50;
/// A client's number.
const PHONE: &str = "+79161234567";

/// The thing under test, and the Voximplant behind it.
pub struct World {
    /// Speaks to `fake`.
    pub api: Arc<dyn VoximplantApi>,
    /// An empty account.
    pub fake: FakeVoximplant,
    /// Lives as long as the world: a server.
    pub keep: Box<dyn std::any::Any + Send + Sync>,
}

type Checked = Result<(), VoximplantError>;

fn missing(what: &str) -> VoximplantError {
    VoximplantError::Config(format!("the contract finds no {what}"))
}

/// Custom data of the call number so-and-so.
fn data(number: u32) -> String {
    let phone = PhoneNumber::parse(PHONE).map(|phone| phone.to_string()).unwrap_or_default();
    let call = CallId::derive("contract", &number.to_string());
    format!("{}|{call}|{phone}", DialogMode::Turns.as_str())
}

impl World {
    /// A rule that runs a scenario.
    async fn rule(&self) -> Result<(ApplicationId, RuleId), VoximplantError> {
        let application = self.api.add_application("contract", false).await?;
        let scenario = self.api.add_scenario(application, "Hello", "VoxEngine.terminate();").await?;
        let rule = NewRule { name: "hello".into(), pattern: ".*".into(), scenarios: vec![scenario] };
        Ok((application, self.api.add_rule(application, &rule).await?))
    }

    async fn start(&self, rule: RuleId, number: u32) -> Result<StartedSession, VoximplantError> {
        let data = data(number);
        assert!(CustomData::parse(&data).is_some(), "{data}");
        self.api.start(&StartRequest::new(rule, data)).await
    }

    async fn history(&self) -> Result<Vec<HistorySession>, VoximplantError> {
        let now = self.fake.clock().now();
        let window = HistoryRequest::new(now - chrono::Duration::days(1), now);
        Ok(self.api.history_page(&window).await?.rows)
    }
}

/// Makes a test of each behaviour. The argument is a function that builds a [`World`].
///
/// ```ignore
/// voximplant_client::voximplant_contract!(over_http);
/// ```
#[macro_export]
macro_rules! voximplant_contract {
    ($world:path) => {
        $crate::voximplant_contract! { $world =>
            the_account_tells_its_number_and_money
            scenarios_are_made_read_and_replaced
            rules_are_made_bound_and_unbound
            secrets_are_kept_and_replaced
            taken_names_are_told
            what_the_platform_would_not_keep_is_invalid
            what_is_not_there_is_a_matter_of_setup
            callbacks_are_set
            lists_longer_than_a_page_are_read_to_their_end
            a_session_begins_with_its_custom_data
            a_session_that_cannot_begin_says_why
            custom_data_over_the_limit_is_not_sent
            a_start_of_unknown_outcome_is_sent_once
            a_start_refused_by_the_pace_began_nothing
            a_lost_start_is_found_by_its_custom_data
            a_second_start_is_a_second_session
            commands_reach_a_running_session_and_no_other
            the_history_is_empty_until_the_session_ends
            a_window_is_read_to_its_end_and_nothing_twice
            the_history_is_chosen_from
            calls_tell_number_outcome_and_cost
            recordings_come_whole
            secure_recordings_open_to_us
            late_and_missing_recordings_are_told_apart_from_gone_ones
            what_is_no_sound_is_told
            a_broken_recording_is_no_recording
            a_deleted_recording_stays_deleted
            a_bad_key_is_refused
            a_missing_role_is_named
            a_closed_account_is_refused
            long_trouble_is_retryable_and_says_what_it_may_have_done
            a_deployment_from_nothing_is_whole_and_the_second_changes_nothing
            a_deployment_mends_what_differs
            a_deployment_needs_its_application
            a_plan_shows_no_secret
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

//! What every store must hold, one behaviour a function, each on a fresh store.
//!
//! Instants are values: nothing here sleeps. A store under test runs all of them with
//! [`store_contract!`](crate::store_contract).

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::assigning_clones,
    reason = "a contract fails by panicking"
)]
#![expect(missing_docs, reason = "the names say what is held")]

mod campaigns;
mod changing;
mod conversations;
mod delivering;
mod discovery;
mod erasing;
mod figures;
mod forgetting;
mod glancing;
mod listing;
mod narrowing;
mod people;
mod queue;
mod results;
mod sample;
mod scheduling;
mod searching;
mod sinks;
mod telling;
mod upkeep;
mod varied;
mod webhooks;

pub use campaigns::*;
pub use changing::*;
pub use conversations::*;
pub use delivering::*;
pub use discovery::*;
pub use erasing::*;
pub use figures::*;
pub use forgetting::*;
pub use glancing::*;
pub use listing::*;
pub use narrowing::*;
pub use people::*;
pub use queue::*;
pub use results::*;
pub use sample::{analysis, at, call, erase, finish, recording, rubric, said, transcript};
pub use scheduling::*;
pub use searching::*;
pub use sinks::*;
pub use telling::*;
pub use upkeep::*;
pub use webhooks::*;

/// Runs the whole contract, a test per behaviour. `$make` is the path of an
/// `async fn() -> (Guard, Arc<dyn Store>)` that makes an empty store; the guard (a temporary
/// folder) is dropped after the test. The calling crate needs `tokio` with `macros`.
#[macro_export]
macro_rules! store_contract {
    ($make:path) => {
        $crate::store_contract! { @each $make;
            discovery_is_idempotent, a_call_twice_in_a_slice_is_one_call, a_changed_revision_begins_anew,
            a_changed_revision_dismisses_the_worker, a_call_with_a_foreign_id_is_refused,
            a_slice_is_kept_whole_or_not_at_all, what_is_kept_reads_back_equal,
            pages_do_not_shift_when_calls_arrive, calls_without_a_time_come_last_in_both_orders,
            filters_narrow_and_counts_agree, a_listing_is_light_and_a_call_is_whole,
            a_strange_cursor_is_refused, calls_of_a_client_are_oldest_first,
            many_claimers_never_share_a_job, claims_are_in_order_of_time_and_not_early,
            a_long_queue_under_one_rubric_keeps_no_other_waiting,
            a_late_worker_is_told_and_writes_nothing, a_heartbeat_prolongs_and_names_the_lost,
            an_expired_lease_is_recovered_once, postponing_burns_the_attempt_only_if_told,
            a_buried_job_comes_back_only_by_hand, released_jobs_forget_the_attempt,
            a_paused_stage_gives_nothing_until_resumed, a_run_sees_only_its_calls,
            new_jobs_leave_the_held_alone, retry_spares_the_status_behind_a_delivery,
            jobs_are_listed_by_last_change, a_target_is_claimed_alone,
            completing_is_all_or_nothing, completing_keeps_everything_together,
            the_newest_analysis_stands, what_a_model_said_in_vain_is_kept_until_it_succeeds, rubric_revisions_are_numbered_and_immutable,
            overrides_survive_new_results, an_override_needs_a_reason_and_a_call,
            a_shared_transcript_is_kept_once, money_is_summed_by_currency,
            figures_that_are_no_numbers_are_refused,
            settings_and_audit_are_kept,
            words_are_found_in_any_form, exact_forms_come_before_others, phrases_are_words_in_a_row,
            searches_are_narrowed_by_filters, hostile_queries_find_nothing_and_break_nothing,
            new_words_replace_old_ones_in_the_search, hits_page_without_gaps,
            erasing_leaves_nothing_of_a_number, erasing_spares_what_others_share,
            an_erased_call_is_not_brought_again, an_erasure_is_taken_until_it_is_ended,
            receipts_are_listed_and_forgotten, old_recordings_are_forgotten_and_lengths_stay,
            old_words_go_and_verdicts_stay, old_answers_of_models_go, old_lines_of_the_log_go,
            a_program_that_has_it_open_is_alive,
            a_sink_remembers_its_rows_and_pages_through_them, a_begun_write_is_known_until_it_is_settled,
            memos_belong_to_their_sink, what_sinks_wrote_is_forgotten_by_key,
            what_is_paid_under_a_key_is_recorded_once,
            erased_words_are_paid_anew,
            a_burial_keeps_what_it_cost_and_what_comes_next,
            a_postponed_job_may_tell_meanwhile,
            many_jobs_end_in_one_transaction,
            ends_that_meet_spoil_nobody_elses,
            a_claim_brings_its_call_along,
            a_change_during_a_delivery_is_delivered_too,
            a_paused_sink_holds_no_other,
            a_probe_claims_from_a_paused_stage,
            missing_jobs_are_made_and_others_left_alone,
            a_changed_call_keeps_its_place_in_the_queue,
            a_recording_that_turns_up_is_a_change,
            results_of_many_calls_are_read_at_once,
            a_missed_client_is_to_be_rung_back_until_somebody_spoke,
            users_are_kept_by_name, sessions_end_with_time_and_with_their_user,
            tokens_are_known_by_their_digest, the_audit_log_is_narrowed_and_paged,
            a_dispute_is_open_until_it_is_settled,
            subscriptions_are_kept_until_removed, deliveries_are_queued_once_and_made_when_due,
            a_failed_delivery_is_tried_again_until_it_is_given_up,
            the_delivery_log_is_narrowed_and_forgotten,
            the_overview_counts_what_lists_show, days_hours_and_managers_add_up,
            criteria_and_answers_are_counted_as_people_see_them, clients_promises_and_money_are_counted,
            every_demand_of_a_filter_holds, an_override_changes_score_figures_and_lists,
            who_was_spoken_with_need_not_be_rung_back, erasing_leaves_no_figures,
            outlines_say_what_results_say, extremes_are_the_ends_of_the_list, a_mark_changes_with_what_is_kept,
            leading_and_trying_to_write_change_nothing,
            a_conversation_begins_once, a_placement_and_its_conversation_are_one_step,
            room_for_one_is_given_to_one, who_changes_a_conversation_has_read_it,
            open_conversations_come_longest_untouched_first, money_of_conversations_is_summed_by_currency,
            a_stopped_number_stays_stopped, erasing_empties_conversations_and_keeps_the_wish,
            one_leads_and_late_leaders_are_refused, a_turn_is_queued_once_and_made_by_one,
            a_turn_that_meets_another_is_skipped_or_waits, a_schedule_is_stopped_and_goes_on_from_now,
            facts_are_noted_once_and_told_in_one_step, messages_and_webhooks_leave_by_their_own_ways,
            a_conversation_is_found_by_its_number_and_known_when_erased,
            a_campaign_begins_once_and_is_stopped_by_a_person, a_number_is_one_lead_of_a_campaign,
            who_changes_a_lead_has_read_it, an_erased_lead_stays_without_its_number,
            calibrations_are_kept_when_they_change, a_calibration_is_a_score_of_a_known_call,
        }
    };
    (@each $make:path; $($name:ident),+ $(,)?) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let (_guard, store) = $make().await;
                $crate::contract::$name(&*store).await;
            }
        )+
    };
}

//! Which tables move, in an order in which no row names one that is not there yet, and what their columns
//! hold. Tables that the database makes by itself out of these (words, clients, counts) are not here.

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Whole,
    /// In four bytes there.
    Small,
    Flag,
    Real,
    Bytes,
}

/// A table that moves.
pub(crate) struct Table {
    pub(crate) name: &'static str,
    /// Puts its rows into one order in both databases.
    pub(crate) order: &'static str,
    pub(crate) columns: &'static [(&'static str, Kind)],
    /// The column that is numbered by itself.
    pub(crate) numbered: Option<&'static str>,
}

use Kind::{Bytes, Flag, Real, Small, Text, Whole};

const fn table(
    name: &'static str,
    order: &'static str,
    numbered: Option<&'static str>,
    columns: &'static [(&'static str, Kind)],
) -> Table {
    Table { name, order, columns, numbered }
}

#[rustfmt::skip]
pub(crate) const TABLES: &[Table] = &[
    table("transcripts", "id", Some("id"), &[
        ("id", Whole), ("cache_key", Text), ("engine", Text), ("model", Text), ("body", Text),
    ]),
    table("calls", "id", Some("id"), &[
        ("id", Whole), ("uid", Text), ("source", Text), ("external_id", Text), ("started_at", Whole),
        ("started_offset", Whole), ("caller", Text), ("callee", Text), ("client_phone", Text),
        ("direction", Text), ("duration_ms", Whole), ("talk_ms", Whole), ("manager_id", Text),
        ("manager_name", Text), ("missed", Flag), ("tags", Text), ("recording_name", Text),
        ("recording_url", Text), ("revision", Text), ("status", Text), ("error", Text),
        ("transcript_id", Whole), ("score", Real), ("review", Flag), ("call_back", Flag),
        ("incomplete", Flag), ("talk_share", Whole), ("discovered_at", Whole), ("updated_at", Whole),
    ]),
    table("transcript_uses", "transcript_id, call_id", None, &[("transcript_id", Whole), ("call_id", Whole)]),
    table("recordings", "call_id", None, &[
        ("call_id", Whole), ("sha256", Text), ("location", Text), ("summary", Text),
    ]),
    table("recording_bodies", "call_id", None, &[("call_id", Whole), ("body", Text)]),
    table("recording_peaks", "call_id", None, &[("call_id", Whole), ("channels", Bytes)]),
    table("rubrics", "rubric, revision", None, &[
        ("rubric", Text), ("revision", Text), ("number", Whole), ("body", Text), ("saved_at", Whole),
    ]),
    table("analyses", "id", Some("id"), &[
        ("id", Whole), ("call_id", Whole), ("rubric", Text), ("revision", Text), ("engine", Text),
        ("total_score", Real), ("body", Text), ("analyzed_at", Whole),
    ]),
    table("failed_analyses", "call_id, rubric", None, &[
        ("call_id", Whole), ("rubric", Text), ("raw", Text), ("at", Whole),
    ]),
    table("overrides", "id", Some("id"), &[
        ("id", Whole), ("call_id", Whole), ("rubric", Text), ("criterion", Text), ("verdict", Text),
        ("score", Real), ("value", Text), ("reason", Text), ("author", Text), ("at", Whole),
    ]),
    table("calibrations", "id", Some("id"), &[
        ("id", Whole), ("call_id", Whole), ("rubric", Text), ("score", Real), ("machine_score", Real),
        ("source", Text), ("at", Whole),
    ]),
    table("rubric_numbers", "no", Some("no"), &[("no", Whole), ("rubric", Text), ("title", Text)]),
    table("rubric_criteria", "rubric, place", None, &[
        ("rubric", Whole), ("place", Whole), ("key", Text), ("title", Text), ("kind", Text), ("rank", Whole),
    ]),
    table("judged", "call_id, rubric", None, &[
        ("call_id", Whole), ("rubric", Whole), ("at", Whole), ("manager_id", Text), ("score", Real),
        ("verdicts", Text), ("machine", Text), ("marks", Text), ("answers", Text),
    ]),
    table("promises", "call_id, n", None, &[
        ("call_id", Whole), ("n", Whole), ("made_at", Whole), ("due_at", Whole), ("manager_id", Text),
        ("client", Text), ("kept_at", Whole), ("what", Text),
    ]),
    table("jobs", "id", Some("id"), &[
        ("id", Whole), ("call_id", Whole), ("stage", Text), ("target", Text), ("state", Text),
        ("attempt", Whole), ("run_at", Whole), ("lease_until", Whole), ("owner", Text), ("token", Whole),
        ("error", Text), ("updated_at", Whole), ("again", Flag),
    ]),
    table("pauses", "stage, target", None, &[
        ("stage", Text), ("target", Text), ("reason", Text), ("since", Whole),
    ]),
    table("runs", "id", Some("id"), &[
        ("id", Whole), ("what", Text), ("owner", Text), ("started_at", Whole), ("finished_at", Whole),
    ]),
    table("run_calls", "run_id, call_id", None, &[("run_id", Whole), ("call_id", Whole)]),
    table("spend", "id", Some("id"), &[
        ("id", Whole), ("call_id", Whole), ("item", Text), ("currency", Text), ("micros", Whole),
        ("at", Whole), ("key", Text), ("manager_id", Text),
    ]),
    table("settings", "key", None, &[("key", Text), ("value", Text)]),
    table("audit", "id", Some("id"), &[
        ("id", Whole), ("at", Whole), ("who", Text), ("what", Text), ("target", Text),
    ]),
    table("sink_rows", "key, sink", None, &[
        ("key", Text), ("sink", Text), ("digest", Text), ("body", Text), ("written_at", Whole),
    ]),
    table("sink_batches", "sink, id", None, &[
        ("sink", Text), ("id", Text), ("marker", Small), ("body", Text), ("created_at", Whole),
    ]),
    table("sink_memos", "sink, name", None, &[("sink", Text), ("name", Text), ("value", Text)]),
    table("users", "name", None, &[
        ("name", Text), ("role", Text), ("manager_id", Text), ("password_hash", Text),
        ("created_at", Whole), ("disabled", Flag),
    ]),
    table("sessions", "token_sha256", None, &[
        ("token_sha256", Text), ("user", Text), ("csrf", Text), ("expires_at", Whole), ("last_seen", Whole),
    ]),
    table("api_tokens", "id", Some("id"), &[
        ("id", Whole), ("sha256", Text), ("name", Text), ("role", Text), ("manager_id", Text),
        ("created_at", Whole), ("last_used", Whole),
    ]),
    table("disputes", "id", Some("id"), &[
        ("id", Whole), ("call_id", Whole), ("rubric", Text), ("criterion", Text), ("author", Text),
        ("reason", Text), ("opened_at", Whole), ("accepted", Flag), ("settled_by", Text), ("words", Text),
        ("settled_at", Whole),
    ]),
    table("webhook_subscriptions", "id", Some("id"), &[
        ("id", Whole), ("url", Text), ("events", Text), ("secret", Text), ("created_at", Whole),
    ]),
    table("webhook_deliveries", "id", Some("id"), &[
        ("id", Whole), ("key", Text), ("subscription_id", Whole), ("event", Text), ("call_id", Whole),
        ("body", Text), ("attempt", Whole), ("due_at", Whole), ("state", Text), ("token", Whole),
        ("last_status", Whole), ("last_error", Text), ("created_at", Whole), ("updated_at", Whole),
        ("channel", Text),
    ]),
    table("schedules", "id", Some("id"), &[
        ("id", Whole), ("name", Text), ("cron", Text), ("zone", Text), ("plan", Text), ("done_at", Whole),
        ("paused_at", Whole), ("made_at", Whole),
    ]),
    table("schedule_turns", "id", Some("id"), &[
        ("id", Whole), ("schedule_id", Whole), ("name", Text), ("plan", Text), ("due_at", Whole),
        ("missed", Whole), ("asked_by", Text), ("attempt", Whole), ("lease_until", Whole),
        ("started_at", Whole), ("finished_at", Whole), ("ending", Text), ("said", Text),
    ]),
    table("facts", "id", Some("id"), &[
        ("id", Whole), ("key", Text), ("topic", Text), ("call_id", Whole), ("body", Text), ("due_at", Whole),
        ("told_at", Whole), ("noted_at", Whole),
    ]),
    table("conversations", "call_id", None, &[
        ("call_id", Text), ("version", Whole), ("stage", Text), ("phone", Text), ("started_at", Whole),
        ("touched_at", Whole), ("rub_micros", Whole), ("usd_micros", Whole), ("body", Text),
    ]),
    table("placements", "key", None, &[("key", Text), ("digest", Text), ("call_id", Text)]),
    table("campaigns", "name", None, &[
        ("name", Text), ("body", Text), ("paused", Flag), ("begun_at", Whole),
    ]),
    table("campaign_leads", "campaign, key", None, &[
        ("campaign", Text), ("key", Text), ("version", Whole), ("stage", Text), ("phone", Text),
        ("call_id", Text), ("due_at", Whole), ("rub_micros", Whole), ("usd_micros", Whole), ("body", Text),
    ]),
    table("stop_list", "key", None, &[("key", Text), ("phone", Text), ("why", Text), ("at", Whole)]),
    table("erasures", "id", Some("id"), &[
        ("id", Whole), ("subject", Text), ("ending", Text), ("who", Text), ("begun_at", Whole),
        ("ended_at", Whole), ("due_at", Whole), ("tried", Whole), ("work", Text), ("places", Text),
        ("trouble", Text),
    ]),
    table("erased_calls", "uid", None, &[("uid", Text), ("at", Whole)]),
];

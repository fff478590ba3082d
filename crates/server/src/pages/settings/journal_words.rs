//! The audit log in the reader's words. The log keeps short words of ours and ids, the same in every language;
//! what this version does not know is shown as it stands.

use crate::pages::words::Words;

/// A deed in words.
pub(super) fn deed(t: &Words, name: &str) -> String {
    let key = match name {
        "login" => "deed-login",
        "login_refused" => "deed-login-refused",
        "logout" => "deed-logout",
        "logout_everywhere" => "deed-logout-everywhere",
        "listen" => "deed-listen",
        "export" => "deed-export",
        "override" => "deed-override",
        "dispute" => "deed-dispute",
        "settle" => "deed-settle",
        "erase" | "erase_phone" => "deed-erase",
        "rubric" => "deed-rubric",
        "user" => "deed-user",
        "user_removed" => "deed-user-removed",
        "token" => "deed-token",
        "token_removed" => "deed-token-removed",
        "settings" => "deed-settings",
        "queue" => "deed-queue",
        "view" => "deed-view",
        "list" => "deed-list",
        "search" => "deed-search",
        "audit" => "deed-audit",
        "forget" => "deed-forget",
        "call" => "deed-call",
        "hang_up" => "deed-hang-up",
        other => return other.to_owned(),
    };
    t.say(key)
}

/// What a deed was done to, in words.
pub(super) fn target(t: &Words, deed: &str, target: &str) -> String {
    let words: Vec<&str> = target.split_whitespace().collect();
    let known = match deed {
        "login" | "login_refused" | "logout" | "logout_everywhere" => door(t, &words),
        "search" | "audit" => looks(t, &words),
        "erase" | "forget" => erased(t, &words),
        "override" => taken_back(t, &words),
        "queue" => queue(t, &words),
        "settings" => settings(t, &words),
        "user" | "token" => account(t, &words),
        _ => None,
    };
    known.unwrap_or_else(|| target.to_owned())
}

fn door(t: &Words, words: &[&str]) -> Option<String> {
    match words {
        ["too", "often"] => Some(t.say("audit-too-often")),
        ["password"] => Some(t.say("audit-password")),
        ["session"] => Some(t.say("audit-session")),
        [count] => Some(t.count("audit-sessions", number(count)?)),
        _ => None,
    }
}

fn looks(t: &Words, words: &[&str]) -> Option<String> {
    match words {
        ["words", digest] => Some(t.put("audit-words", "digest", digest)),
        ["log"] => Some(t.say("audit-log")),
        ["receipts"] => Some(t.say("audit-receipts")),
        _ => None,
    }
}

fn erased(t: &Words, words: &[&str]) -> Option<String> {
    if let ["erasure", receipt, calls, "calls"] = words {
        let calls = t.count("calls-count", number(calls)?);
        return Some(t.put2("audit-erasure", ("receipt", receipt.trim_end_matches(':')), ("calls", calls)));
    }
    let counts: Vec<u64> = words.iter().filter_map(|word| number(word)).collect();
    let keys = [
        "audit-forgot-recordings",
        "audit-forgot-words",
        "audit-forgot-answers",
        "audit-forgot-dialogues",
        "audit-forgot-lines",
        "audit-forgot-receipts",
    ];
    let whole = counts.len() == keys.len();
    let told = keys.iter().zip(counts).filter(|(_, count)| *count > 0);
    let told: Vec<String> = told.map(|(key, count)| t.count(key, count)).collect();
    (whole && !told.is_empty()).then(|| told.join(", "))
}

fn taken_back(t: &Words, words: &[&str]) -> Option<String> {
    match words {
        [call, key, "taken", "back"] => Some(t.put2("audit-taken-back", ("call", call), ("key", key))),
        _ => None,
    }
}

fn queue(t: &Words, words: &[&str]) -> Option<String> {
    Some(match words {
        ["retry", what] => match number(what) {
            Some(count) => t.count("audit-retry", count),
            None => t.put("audit-retry-call", "call", what),
        },
        ["pause", stages @ ..] if !stages.is_empty() => t.put("audit-pause", "stages", named(t, stages)),
        ["resume", stages @ ..] if !stages.is_empty() => t.put("audit-resume", "stages", named(t, stages)),
        ["period", from, to] => t.put2("audit-period", ("from", from), ("to", to)),
        ["schedule", "add"] => t.say("audit-schedule-add"),
        ["schedule", "run"] => t.say("audit-schedule-run"),
        ["schedule", "pause"] => t.say("audit-schedule-pause"),
        ["schedule", "resume"] => t.say("audit-schedule-resume"),
        ["schedule", "remove"] => t.say("audit-schedule-remove"),
        ["rescore", call, rubric] => t.put2("audit-rescore", ("call", call), ("rubric", rubric)),
        ["redeliver" | "delivery", id] => t.put("audit-redeliver", "id", id),
        _ => return None,
    })
}

/// Stages by their names on the pages.
fn named(t: &Words, stages: &[&str]) -> String {
    let name = |stage: &&str| {
        store::Stage::parse(stage)
            .map_or_else(|| (*stage).to_owned(), |stage| crate::pages::queue::stage_name(t, stage))
    };
    stages.iter().map(name).collect::<Vec<_>>().join(", ")
}

fn settings(t: &Words, words: &[&str]) -> Option<String> {
    match words {
        ["webhook", id] | ["webhook", id, "added"] => Some(t.put("audit-hook-added", "id", id)),
        ["webhook", id, "removed"] => Some(t.put("audit-hook-removed", "id", id)),
        _ => None,
    }
}

/// A name, which may have spaces, and what became of it.
fn account(t: &Words, words: &[&str]) -> Option<String> {
    let (last, name) = words.split_last().filter(|(_, name)| !name.is_empty())?;
    let became = match *last {
        "shut" => "audit-shut",
        "open" => "audit-open",
        "admin" => "role-admin",
        "supervisor" => "role-supervisor",
        "manager" => "role-manager",
        "integration" => "role-integration",
        _ => return None,
    };
    Some(format!("{}: {}", name.join(" "), t.say(became)))
}

fn number(word: &str) -> Option<u64> {
    word.parse().ok()
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use domain::{Lang, wording};

    use super::*;

    fn said(lang: Lang, deed: &str, what: &str) -> String {
        let t = Words::new(lang, chrono_tz::UTC, DateTime::UNIX_EPOCH);
        target(&t, deed, what).replace(wording::NO_BREAK, " ")
    }

    #[test]
    fn what_the_log_keeps_is_told_in_russian_without_a_word_of_english() {
        let kept = [
            ("login_refused", "too often"),
            ("login", "password"),
            ("logout", "session"),
            ("logout_everywhere", "3"),
            ("search", "words 0123456789"),
            ("audit", "log"),
            ("audit", "receipts"),
            ("erase", "erasure 2: 0 calls"),
            ("forget", "0 recordings, words of 2 calls, 0 raw answers, 1 dialogues, 0 log lines, 0 receipts"),
            ("queue", "retry 5"),
            ("queue", "pause fetch transcribe"),
            ("queue", "resume analyze"),
            ("queue", "period 2026-11-01 2026-11-20"),
            ("queue", "schedule add"),
            ("queue", "redeliver 7"),
            ("settings", "webhook 7 removed"),
            ("user", "Анна Л. shut"),
            ("token", "1С integration"),
        ];
        for (deed, what) in kept {
            let told = said(Lang::Ru, deed, what);
            assert!(!told.contains(|letter: char| letter.is_ascii_alphabetic()), "{deed} {what}: {told}");
            assert_ne!(said(Lang::En, deed, what), told, "{deed} {what}");
        }
        assert_eq!(said(Lang::Ru, "erase", "erasure 2: 5 calls"), "квитанция 2, 5 звонков");
    }

    #[test]
    fn what_is_not_known_is_shown_as_it_stands() {
        for (deed, what) in [("export", "xlsx"), ("view", "6f1a1d0e"), ("queue", "dance"), ("user", "shut")] {
            assert_eq!(said(Lang::Ru, deed, what), what);
        }
    }
}

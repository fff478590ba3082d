//! What cannot be helped (a key revoked, money gone, a sheet no longer shared): the run stops cleanly,
//! says what to do, burns nothing, and the next one goes on after the fix.

use std::time::Instant;

use serde_json::json;

use crate::production::{percent, told};
use crate::production_faults::Calm;

/// Who refuses.
struct Refusal {
    provider: &'static str,
    kind: &'static str,
    /// The exit code: 3 = a key, an address, a role; 1 = money.
    code: i32,
    /// What the message must name for the person to act.
    words: &'static [&'static str],
}

const fn refusal(
    provider: &'static str,
    kind: &'static str,
    code: i32,
    words: &'static [&'static str],
) -> Refusal {
    Refusal { provider, kind, code, words }
}

const ACCOUNT: &str = "zvonar@sandbox.iam.gserviceaccount.com";

const REFUSALS: [Refusal; 16] = [
    refusal("uis", "revoked_key", 3, &["UIS_ACCESS_TOKEN"]),
    refusal("uis", "expired_key", 3, &["UIS_ACCESS_TOKEN"]),
    refusal("uis", "ip_not_whitelisted", 3, &["203.0.113.7"]),
    refusal("uis", "component_disabled", 3, &["UIS"]),
    refusal("uis", "account_inactive", 3, &["UIS"]),
    refusal("openai", "revoked_key", 3, &["OPENAI_API_KEY"]),
    refusal("openai", "country", 3, &["OPENAI_PROXY"]),
    refusal("openai", "quota_gone", 1, &[]),
    refusal("openai", "no_balance", 1, &[]),
    refusal("openai", "spend_limit", 1, &[]),
    refusal("google", "sheet_unshared", 3, &[ACCOUNT]),
    refusal("google", "sheet_read_only", 3, &[ACCOUNT]),
    refusal("google", "api_disabled", 3, &["API"]),
    refusal("google", "google_key_revoked", 3, &["GOOGLE_APPLICATION_CREDENTIALS"]),
    refusal("google", "scope_missing", 3, &[]),
    // every call is judged, and no row is written: that is no success
    refusal("google", "sheet_office_file", 1, &["Excel"]),
];

#[test]
fn what_cannot_be_helped_is_said_and_the_next_run_goes_on() {
    let calm = Calm::with_calls(40);
    let zvonar = calm.outside.install("отказы");
    let mut wrong = Vec::new();
    for (number, refusal) in (0_u64..).zip(&REFUSALS) {
        let fault = json!({"kind": refusal.kind, "provider": refusal.provider});
        // UIS and Google are asked at the ends of a run, the models in its middle
        let moment = if refusal.provider == "openai" { 12 + number } else { 0 };
        let begun = Instant::now();
        let run = calm.outside.struck_after(moment, &fault, zvonar.month_command());
        calm.outside.mend();
        let name = format!("{} {}", refusal.provider, refusal.kind);
        println!("── {name}: {:.1} s, exit {:?}\n{}", begun.elapsed().as_secs_f64(), run.code, run.stderr);
        if run.code != Some(refusal.code) {
            wrong.push(format!("{name}: exit {:?} instead of {}", run.code, refusal.code));
        }
        for words in refusal.words.iter().filter(|words| !run.stderr.contains(*words)) {
            wrong.push(format!("{name}: {words:?} is not named"));
        }
    }
    let run = zvonar.month();
    let journal = calm.outside.take_journal();
    println!("after the fixes: {}, paid {}", told(&journal), percent(journal.billed, calm.billed));
    wrong.extend(calm.unlike(&run.json(), &zvonar, &journal));
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn a_sheet_that_is_shared_again_gets_its_rows_and_nothing_is_paid_anew() {
    let calm = Calm::with_calls(24);
    let zvonar = calm.outside.install("закрыта посреди работы");
    let fault = json!({"kind": "sheet_unshared", "provider": "google"});
    let run = calm.outside.struck_after(60, &fault, zvonar.month_command());
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    let done = run.json()["calls"].as_array().unwrap().iter().filter(|call| call["status"] == "done").count();
    assert!(done > 0, "the calls are judged all the same");
    calm.outside.mend();
    let paid = calm.outside.take_journal().billed;
    let run = zvonar.month();
    let journal = calm.outside.take_journal();
    assert_eq!((paid, journal.billed), (calm.billed, 0), "the rows alone were left");
    assert_eq!(calm.unlike(&run.json(), &zvonar, &journal), Vec::<String>::new());
}

//! Sessions begin once, and what became of a lost start is found out.

#![expect(clippy::missing_errors_doc, reason = "a behaviour fails with what the API failed with")]

use chrono::Duration;

use super::{Checked, FOR_LONG, PHONE, World, data, missing};
use crate::{
    MAX_CUSTOM_DATA, NewRule, Outcome, RuleId, SessionUrl, StartRequest, Started, VoximplantError, reconcile,
    testing::{Fault, SessionEnd},
};

const START: &str = "StartScenarios";

/// Byte for byte; ids are larger than 32 bits.
pub async fn a_session_begins_with_its_custom_data(world: &World) -> Checked {
    let (_, rule) = world.rule().await?;
    let custom_data = format!("turns|ж+&=%|{PHONE}");
    let started = world.api.start(&StartRequest::new(rule, custom_data.clone())).await?;
    let sessions = world.fake.sessions();
    assert_eq!(sessions.len(), 1);
    let session = sessions.first().ok_or_else(|| missing("session"))?;
    assert_eq!((session.id, &session.custom_data), (started.id, &custom_data));
    assert!(started.id.0 > i64::from(u32::MAX));
    assert!(!format!("{started:?}").contains("request"), "the address is a capability: {started:?}");
    Ok(())
}

/// No such rule, a rule that runs nothing, no money.
pub async fn a_session_that_cannot_begin_says_why(world: &World) -> Checked {
    let (application, rule) = world.rule().await?;
    let empty = NewRule { name: "empty".into(), pattern: ".*".into(), scenarios: Vec::new() };
    let empty = world.api.add_rule(application, &empty).await?;
    for (rule, code) in [(RuleId(1), 147), (empty, 375)] {
        let answer = world.start(rule, 1).await;
        assert!(
            matches!(&answer, Err(VoximplantError::Setup { code: told, .. }) if *told == code),
            "{answer:?}"
        );
    }
    world.fake.set_balance(0);
    let answer = world.start(rule, 1).await;
    assert!(
        matches!(&answer, Err(error @ VoximplantError::NoMoney { .. }) if error.is_refusal()),
        "{answer:?}"
    );
    assert_eq!(world.fake.sessions(), []);
    Ok(())
}

/// In bytes, not in letters.
pub async fn custom_data_over_the_limit_is_not_sent(world: &World) -> Checked {
    let (_, rule) = world.rule().await?;
    let fits = "ж".repeat(MAX_CUSTOM_DATA / 2);
    world.api.start(&StartRequest::new(rule, fits.clone())).await?;
    let answer = world.api.start(&StartRequest::new(rule, fits + "1")).await;
    assert!(matches!(answer, Err(VoximplantError::Invalid { code: 0, .. })), "{answer:?}");
    assert_eq!(world.fake.requests_of(START), 1);
    Ok(())
}

/// Whatever was lost on the way.
pub async fn a_start_of_unknown_outcome_is_sent_once(world: &World) -> Checked {
    let (_, rule) = world.rule().await?;
    let faults = [
        Fault::AnswerLost,
        Fault::CutJson,
        Fault::WithoutId,
        Fault::BadGateway,
        Fault::Code(1),
        Fault::Code(21),
        Fault::Code(484),
    ];
    for (asked, fault) in (1..).zip(faults) {
        world.fake.fail_next_of(START, fault, FOR_LONG);
        let answer = world.start(rule, asked).await;
        let unknown = matches!(&answer, Err(error @ VoximplantError::Unknown { .. })
            if !error.is_retryable() && error.may_have_applied());
        assert!(unknown, "{fault:?}: {answer:?}");
        assert_eq!(world.fake.requests_of(START), u64::from(asked), "{fault:?}: a start is never repeated");
        world.fake.mend();
    }
    Ok(())
}

/// Neither in words of HTTP nor in words of the API, and nobody dialled twice.
pub async fn a_start_refused_by_the_pace_began_nothing(world: &World) -> Checked {
    let (_, rule) = world.rule().await?;
    for (asked, fault) in
        (1..).zip([Fault::TooManyRequests, Fault::Code(340), Fault::Code(515), Fault::Code(314)])
    {
        world.fake.fail_next_of(START, fault, FOR_LONG);
        let answer = world.start(rule, 1).await;
        let told = matches!(&answer, Err(error @ VoximplantError::RateLimited { .. })
            if error.is_retryable() && !error.may_have_applied());
        assert!(told, "{fault:?}: {answer:?}");
        assert_eq!(world.fake.requests_of(START), asked, "{fault:?}");
        world.fake.mend();
    }
    assert_eq!(world.fake.sessions(), []);
    Ok(())
}

/// While it may run it is open; it is "never" only when the longest call would be over.
pub async fn a_lost_start_is_found_by_its_custom_data(world: &World) -> Checked {
    let (_, rule) = world.rule().await?;
    let at = world.fake.clock().now();
    let longest = Duration::minutes(30);
    world.fake.fail_next_of(START, Fault::AnswerLost, 1);
    let _ = world.start(rule, 1).await;
    let (lost, never) = (data(1), data(2));
    let outcome = async |custom_data: &str| {
        let now = world.fake.clock().now();
        reconcile(&*world.api, &Started { custom_data, at, longest }, now).await
    };
    assert_eq!(outcome(&lost).await?, Outcome::Open);
    assert_eq!(outcome(&never).await?, Outcome::Open);
    world.fake.advance(Duration::minutes(3));
    let session = world.fake.sessions().into_iter().next().ok_or_else(|| missing("session"))?;
    world.fake.end_session(session.id, SessionEnd::answered(PHONE, 60));
    let found = outcome(&lost).await?;
    assert!(matches!(&found, Outcome::Ended(ended) if ended.id == session.id), "{found:?}");
    assert_eq!(outcome(&never).await?, Outcome::Open);
    world.fake.advance(Duration::hours(1));
    assert_eq!(outcome(&never).await?, Outcome::Never);
    Ok(())
}

/// Which is why nothing here repeats one; some accounts refuse it.
pub async fn a_second_start_is_a_second_session(world: &World) -> Checked {
    let (_, rule) = world.rule().await?;
    let first = world.start(rule, 1).await?;
    let second = world.start(rule, 1).await?;
    assert!(second.id > first.id && first.commands != second.commands);
    world.fake.refuse_resends(true);
    let refused = world.start(rule, 1).await;
    assert!(matches!(refused, Err(VoximplantError::Unknown { .. })), "{refused:?}");
    assert_eq!(world.fake.sessions().len(), 2);
    Ok(())
}

/// As often as one likes, until it is over; a wrong token reaches nobody.
pub async fn commands_reach_a_running_session_and_no_other(world: &World) -> Checked {
    let (_, rule) = world.rule().await?;
    let (one, other) = (world.start(rule, 1).await?, world.start(rule, 2).await?);
    world.api.command(&one.commands, r#"{"command":"hangup"}"#).await?;
    world.api.command(&one.commands, "ещё").await?;
    let told: Vec<Vec<String>> = world
        .fake
        .sessions()
        .into_iter()
        .map(|session| session.commands.into_iter().map(|command| command.content).collect())
        .collect();
    assert_eq!(told, [vec![r#"{"command":"hangup"}"#.to_owned(), "ещё".to_owned()], vec![]]);
    world.fake.end_session(other.id, SessionEnd::answered(PHONE, 1));
    let wrong = SessionUrl::new(format!("{}0", one.commands.expose()));
    for url in [&other.commands, &wrong] {
        let answer = world.api.command(url, "hangup").await;
        assert!(matches!(answer, Err(VoximplantError::SessionOver)), "{answer:?}");
    }
    Ok(())
}

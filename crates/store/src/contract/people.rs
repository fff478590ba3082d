//! Accounts, the audit log, disputes.

use domain::{CallId, Sha256, TimeWindow};

use super::sample::{at, call};
use crate::{
    AuditFilter, Cursor, DisputeFilter, NewDispute, NewToken, PageRequest, Role, Session, Settlement, Store,
    StoreError, User,
};

fn user(name: &str) -> User {
    User {
        name: name.to_owned(),
        role: Role::Manager,
        manager_id: Some("7".to_owned()),
        password_hash: Some("$argon2id$…".to_owned()),
        created_at: at(0),
        disabled: false,
    }
}

fn session(token: &str, user: &str) -> Session {
    Session {
        token_sha256: Sha256::new(token),
        user: user.to_owned(),
        csrf: "c".to_owned(),
        expires_at: at(100),
        last_seen: at(1),
    }
}

fn page(limit: u32, after: Option<Cursor>) -> PageRequest {
    PageRequest { after, limit }
}

pub async fn users_are_kept_by_name(store: &dyn Store) {
    assert!(!store.has_accounts().await.unwrap());
    for name in ["Олег", "Анна"] {
        store.save_user(&user(name)).await.unwrap();
    }
    assert!(store.has_accounts().await.unwrap());
    assert_eq!(store.user("Анна").await.unwrap(), Some(user("Анна")));
    let changed = User { role: Role::Admin, manager_id: None, created_at: at(9), ..user("Анна") };
    store.save_user(&changed).await.unwrap();
    let kept = User { created_at: at(0), ..changed };
    assert_eq!(store.users().await.unwrap(), [kept, user("Олег")]);
    assert!(matches!(store.save_user(&user(" ")).await, Err(StoreError::Invalid(_))));
    assert!(store.remove_user("Анна").await.unwrap());
    assert!(!store.remove_user("Анна").await.unwrap());
    store.save_user(&User { disabled: true, ..user("Олег") }).await.unwrap();
    assert!(!store.has_accounts().await.unwrap(), "nobody is left who may sign in");
}

pub async fn sessions_end_with_time_and_with_their_user(store: &dyn Store) {
    store.save_user(&user("Анна")).await.unwrap();
    let refused = store.start_session(&session("x", "Никто")).await;
    assert!(matches!(refused, Err(StoreError::Invalid(_))), "{refused:?}");
    for token in ["a", "b"] {
        store.start_session(&session(token, "Анна")).await.unwrap();
    }
    let (a, b) = (Sha256::new("a"), Sha256::new("b"));
    let found = store.session(&a, at(50)).await.unwrap();
    assert_eq!(found, Some((session("a", "Анна"), user("Анна"))));
    assert_eq!(store.session(&a, at(100)).await.unwrap(), None, "it ran out");
    store.touch_session(&a, at(60), at(200)).await.unwrap();
    assert_eq!(store.session(&a, at(100)).await.unwrap().unwrap().0.last_seen, at(60));
    assert_eq!(store.sweep_sessions(at(150)).await.unwrap(), 1, "the other ran out");
    store.end_session(&a).await.unwrap();
    assert_eq!(store.session(&a, at(1)).await.unwrap(), None);
    store.start_session(&session("b", "Анна")).await.unwrap();
    store.save_user(&user("Анна")).await.unwrap();
    assert!(store.session(&b, at(1)).await.unwrap().is_some(), "nothing about the user changed");
    store.save_user(&User { password_hash: Some("other".to_owned()), ..user("Анна") }).await.unwrap();
    assert_eq!(
        store.session(&b, at(1)).await.unwrap(),
        None,
        "a new password ends what was begun with the old"
    );
    store.start_session(&session("b", "Анна")).await.unwrap();
    assert_eq!(store.end_sessions_of("Анна").await.unwrap(), 1);
    store.start_session(&session("b", "Анна")).await.unwrap();
    store.remove_user("Анна").await.unwrap();
    assert_eq!(store.session(&b, at(1)).await.unwrap(), None);
}

pub async fn tokens_are_known_by_their_digest(store: &dyn Store) {
    let new = NewToken {
        sha256: Sha256::new("ab"),
        name: "1С".to_owned(),
        role: Role::Integration,
        manager_id: None,
    };
    let token = store.add_token(&new, at(1)).await.unwrap();
    assert!(store.has_accounts().await.unwrap());
    assert!(matches!(store.add_token(&new, at(2)).await, Err(StoreError::Invalid(_))), "the same text twice");
    assert_eq!(store.token_with(&new.sha256).await.unwrap(), Some(token.clone()));
    assert_eq!(store.token_with(&Sha256::new("cd")).await.unwrap(), None);
    store.touch_token(token.id, at(5)).await.unwrap();
    assert_eq!(store.tokens().await.unwrap()[0].last_used, Some(at(5)));
    assert!(store.remove_token(token.id).await.unwrap());
    assert!(!store.remove_token(token.id).await.unwrap());
    let again = store.add_token(&new, at(6)).await.unwrap();
    assert_ne!(again.id, token.id, "a number is never given twice");
}

pub async fn the_audit_log_is_narrowed_and_paged(store: &dyn Store) {
    for n in 0..7 {
        let (who, what) = if n % 2 == 0 { ("Анна", "override") } else { ("Олег", "login") };
        store.audit(who, what, &format!("call {n}"), at(n)).await.unwrap();
    }
    let all = AuditFilter::default();
    let mut targets = Vec::new();
    let mut after = None;
    loop {
        let page = store.audit_lines(&all, page(3, after)).await.unwrap();
        targets.extend(page.items.into_iter().map(|line| line.target));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(targets, (0..7).rev().map(|n| format!("call {n}")).collect::<Vec<_>>());
    let cases = [
        (AuditFilter { who: Some("Олег".to_owned()), ..all.clone() }, 3),
        (AuditFilter { what: Some("override".to_owned()), ..all.clone() }, 4),
        (AuditFilter { target: Some("call 2".to_owned()), ..all.clone() }, 1),
        (AuditFilter { window: TimeWindow { from: Some(at(2)), to: Some(at(4)) }, ..all.clone() }, 2),
    ];
    for (filter, expected) in cases {
        let found = store.audit_lines(&filter, page(10, None)).await.unwrap();
        assert_eq!((found.items.len(), found.next), (expected, None), "{filter:?}");
    }
    assert_eq!(store.audit_deeds().await.unwrap(), ["login", "override"]);
    let strange = store.audit_lines(&all, page(1, Some(Cursor("5".to_owned())))).await;
    assert!(matches!(strange, Err(StoreError::Invalid(_))));
}

fn dispute(name: &str, key: Option<&str>) -> NewDispute {
    NewDispute {
        call: CallId::derive("folder", name),
        rubric: "r".into(),
        key: key.map(ToOwned::to_owned),
        author: "Анна".to_owned(),
        reason: "Я предложила рассрочку".to_owned(),
    }
}

pub async fn a_dispute_is_open_until_it_is_settled(store: &dyn Store) {
    let unknown = store.open_dispute(&dispute("a", None), at(0)).await;
    assert!(matches!(unknown, Err(StoreError::Invalid(_))), "{unknown:?}");
    let mut others = call("b", 1);
    others.call.manager = None;
    store.discover(&[call("a", 0), others], None, at(0)).await.unwrap();
    let silent = NewDispute { reason: " ".to_owned(), ..dispute("a", None) };
    assert!(matches!(store.open_dispute(&silent, at(0)).await, Err(StoreError::Invalid(_))));
    let first = store.open_dispute(&dispute("a", Some("price")), at(1)).await.unwrap();
    assert_eq!(store.open_dispute(&dispute("a", Some("price")), at(2)).await.unwrap(), first, "it is open");
    let second = store.open_dispute(&dispute("b", None), at(3)).await.unwrap();
    let settlement =
        Settlement {
            accepted: true, author: "РОП".to_owned(), words: "Согласна".to_owned(), at: at(4)
        };
    let wordless = Settlement { words: String::new(), ..settlement.clone() };
    assert!(matches!(store.settle_dispute(first, &wordless).await, Err(StoreError::Invalid(_))));
    assert!(store.settle_dispute(first, &settlement).await.unwrap());
    assert!(!store.settle_dispute(first, &settlement).await.unwrap(), "settled once");
    let kept = store.dispute(first).await.unwrap().unwrap();
    assert_eq!(
        (kept.matter, kept.opened_at, kept.settlement),
        (dispute("a", Some("price")), at(1), Some(settlement))
    );
    let third = store.open_dispute(&dispute("a", Some("price")), at(5)).await.unwrap();
    assert_ne!(third, first, "settled ones stay as they are");

    let all = DisputeFilter::default();
    let cases = [
        (all.clone(), vec![third, second, first]),
        (DisputeFilter { open: Some(true), ..all.clone() }, vec![third, second]),
        (DisputeFilter { open: Some(false), ..all.clone() }, vec![first]),
        (DisputeFilter { call: Some(CallId::derive("folder", "b")), ..all.clone() }, vec![second]),
        (DisputeFilter { manager_id: Some("7".to_owned()), ..all.clone() }, vec![third, first]),
    ];
    for (filter, expected) in cases {
        let found = store.disputes(&filter, page(10, None)).await.unwrap();
        assert_eq!(found.items.iter().map(|dispute| dispute.id).collect::<Vec<_>>(), expected, "{filter:?}");
        assert_eq!(store.count_disputes(&filter).await.unwrap(), expected.len() as u64);
    }
    let begin = store.disputes(&all, page(2, None)).await.unwrap();
    let end = store.disputes(&all, page(2, begin.next)).await.unwrap();
    assert_eq!((end.items.len(), end.items[0].id, end.next), (1, first, None));
    super::sample::erase(store, "+79161234567", 86_400).await;
    assert_eq!(store.count_disputes(&all).await.unwrap(), 0, "erased with the calls");
}

//! What every mailer must do: run on the fake, and on the live one over a server that speaks SMTP.
#![expect(clippy::unwrap_used, reason = "a suite of checks: it fails loudly")]

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;

use crate::fake::Fault;
use crate::{Address, File, Mail, MailError, Mailer};

/// A mail as the other side has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// To whom, bare addresses.
    pub to: Vec<String>,
    /// Its `Message-ID`, or its key in memory: equal for equal keys.
    pub id: String,
}

/// What is checked, and the other side.
pub struct World {
    /// What is checked.
    pub mailer: Arc<dyn Mailer>,
    /// What the other side took.
    pub received: Box<dyn Fn() -> Vec<Received> + Send + Sync>,
    /// What goes wrong there next.
    pub play: Box<dyn Fn(Fault) + Send + Sync>,
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World").finish_non_exhaustive()
    }
}

/// All checks, each in a world of its own.
///
/// # Panics
/// Where one does not hold.
pub async fn all<F: Future<Output = World>>(world: impl Fn() -> F) {
    a_mail_reaches_all_of_its_people_once(world().await).await;
    failures_are_told_by_what_can_be_done(world().await).await;
    a_mail_whose_answer_is_lost_keeps_its_id(world().await).await;
    a_mail_for_nobody_does_not_leave(world().await).await;
}

fn mail(key: &str) -> Mail {
    Mail {
        to: vec![
            Address::parse("Анна <anna@example.ru>").unwrap(),
            Address::parse("igor@example.ru").unwrap(),
        ],
        subject: "Итоги дня\r\nBcc: stranger@example.org".into(),
        text: "Звонков: 12".into(),
        html: Some("<p>Звонков: <b>12</b></p>".into()),
        files: vec![File {
            name: "Неделя.xlsx".into(),
            media_type: "application/octet-stream",
            bytes: Bytes::from_static(b"PK\x03\x04\r\n.\r\n"),
        }],
        ..Mail::new(key, SystemTime::UNIX_EPOCH + Duration::from_hours(500_000))
    }
}

async fn a_mail_reaches_all_of_its_people_once(world: World) {
    world.mailer.probe().await.unwrap();
    world.mailer.send(&mail("one")).await.unwrap();
    world.mailer.send(&mail("two")).await.unwrap();
    let received = (world.received)();
    assert_eq!(received.len(), 2);
    assert!(received.iter().all(|one| one.to == ["anna@example.ru", "igor@example.ru"]), "{received:?}");
    assert_ne!(received[0].id, received[1].id);
}

async fn failures_are_told_by_what_can_be_done(world: World) {
    (world.play)(Fault::Later);
    let error = world.mailer.send(&mail("a")).await.unwrap_err();
    assert!(error.is_retryable() && !error.may_have_applied(), "{error}");
    (world.play)(Fault::NoSuchPerson);
    let error = world.mailer.send(&mail("b")).await.unwrap_err();
    assert!(matches!(&error, MailError::Refused { code, .. } if code == "550"), "{error}");
    (world.play)(Fault::Refused);
    let error = world.mailer.send(&mail("c")).await.unwrap_err();
    assert!(matches!(error, MailError::Unauthorized { .. }) && !error.is_retryable(), "{error}");
    assert!(matches!(world.mailer.probe().await.unwrap_err(), MailError::Unauthorized { .. }));
    assert_eq!((world.received)(), []);
}

async fn a_mail_whose_answer_is_lost_keeps_its_id(world: World) {
    (world.play)(Fault::AnswerLost);
    let error = world.mailer.send(&mail("a")).await.unwrap_err();
    assert!(error.is_retryable() && error.may_have_applied(), "{error}");
    world.mailer.send(&mail("a")).await.unwrap();
    let ids: Vec<String> = (world.received)().into_iter().map(|one| one.id).collect();
    assert_eq!((ids.len(), &ids[0]), (2, &ids[1]));
}

async fn a_mail_for_nobody_does_not_leave(world: World) {
    let error = world.mailer.send(&Mail { to: Vec::new(), ..mail("a") }).await.unwrap_err();
    assert!(matches!(error, MailError::Invalid { .. }), "{error}");
    assert_eq!((world.received)(), []);
}

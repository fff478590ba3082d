//! The contract on the fake, and on the live mailer over a server that speaks SMTP.
#![expect(clippy::unwrap_used, reason = "a test's own scaffolding fails loudly")]

use std::sync::Arc;

use mail_client::testing::{CaughtMail, FakeMailer, MailCatcher, Received, World, all};
use mail_client::{MailConfig, MailError, Mailer as _, SmtpMailer};

#[tokio::test]
async fn the_fake_keeps_the_contract() {
    all(async || {
        let fake = FakeMailer::new();
        let (seen, played) = (fake.clone(), fake.clone());
        let received = move || {
            let one = |mail: mail_client::Mail| Received {
                to: mail.to.iter().map(|address| address.as_str().to_owned()).collect(),
                id: mail.key,
            };
            seen.taken().into_iter().map(one).collect()
        };
        World {
            mailer: Arc::new(fake),
            received: Box::new(received),
            play: Box::new(move |fault| played.play(fault)),
        }
    })
    .await;
}

#[tokio::test]
async fn the_live_mailer_keeps_the_contract() {
    all(async || {
        let server = MailCatcher::start().await.unwrap();
        let mailer = mailer(&server, "right");
        let (seen, played) = (server.clone(), server.clone());
        let one =
            |mail: CaughtMail| Received { id: mail.header("Message-ID").unwrap().to_owned(), to: mail.to };
        let received = move || seen.taken().into_iter().map(one).collect();
        World {
            mailer: Arc::new(mailer),
            received: Box::new(received),
            play: Box::new(move |fault| played.play(fault)),
        }
    })
    .await;
}

fn mailer(server: &MailCatcher, password: &str) -> SmtpMailer {
    let url = server.smtp_url().replace("right", password).into();
    SmtpMailer::new(&MailConfig::new(&url, "zvonar <robot@example.ru>").unwrap()).unwrap()
}

#[tokio::test]
async fn what_travels_has_no_header_of_a_strangers_making_and_every_part() {
    let server = MailCatcher::start().await.unwrap();
    let mail = mail_client::Mail {
        to: vec![mail_client::Address::parse("anna@example.ru").unwrap()],
        subject: "x\r\nBcc: stranger@example.org".into(),
        text: "Да".into(),
        html: Some("<p>Да</p>".into()),
        ..mail_client::Mail::new("k", std::time::SystemTime::UNIX_EPOCH)
    };
    mailer(&server, "right").send(&mail).await.unwrap();
    let taken = server.taken();
    let text = &taken[0].data;
    assert!(!text.lines().any(|line| line.starts_with("Bcc:")), "{text}");
    for part in ["<robot@example.ru>", "text/plain", "text/html", "Subject: x  Bcc: stranger"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[tokio::test]
async fn a_wrong_password_and_a_closed_door_show_no_password() {
    let server = MailCatcher::start().await.unwrap();
    let error = mailer(&server, "hunter2").probe().await.unwrap_err();
    assert!(matches!(error, MailError::Unauthorized { .. }), "{error}");
    assert!(!format!("{error} {error:?}").contains("hunter2"));
    let url = "smtp://robot:hunter2@127.0.0.1:9".to_owned().into();
    let closed = SmtpMailer::new(&MailConfig::new(&url, "z <robot@example.ru>").unwrap()).unwrap();
    let error = closed.probe().await.unwrap_err();
    assert!(error.is_retryable() && !error.may_have_applied(), "{error}");
    assert!(!format!("{error} {error:?} {closed:?}").contains("hunter2"));
}

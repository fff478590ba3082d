//! Asks a mail server whether it takes the password; with an address, sends a line there.
//!
//! `cargo run -p mail-client --example mail_probe -- SMTP_URL FROM [TO]`

use std::time::SystemTime;

use mail_client::{Address, Mail, MailConfig, Mailer as _, SmtpMailer};

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::print_stdout, reason = "an example tells what it found")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let url = words.next().ok_or("the server is missing: mail_probe SMTP_URL FROM [TO]")?.into();
    let from = words.next().ok_or("the sender is missing")?;
    let mailer = SmtpMailer::new(&MailConfig::new(&url, &from)?)?;
    mailer.probe().await?;
    println!("the server takes the password");
    if let Some(to) = words.next() {
        let mail = Mail {
            to: vec![Address::parse(&to)?],
            subject: "zvonar".into(),
            text: "Почта работает.".into(),
            ..Mail::new("probe", SystemTime::now())
        };
        mailer.send(&mail).await?;
        println!("sent");
    }
    Ok(())
}

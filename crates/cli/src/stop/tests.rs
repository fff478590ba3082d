//! Who is ended by a request, and by which.

use super::*;

/// A person who asks so often.
fn person() -> (watch::Sender<u32>, Stop) {
    let (count, counted) = watch::channel(0);
    (count, Stop::new(StopRequests::counted(counted)))
}

fn is_interrupted<T>(ended: &Result<T, Failure>) -> bool {
    ended.as_ref().is_err_and(|failure| failure.exit == crate::exit::Exit::Interrupted)
}

/// Work that a person asks to stop, and that does.
async fn stops_when_asked(count: &watch::Sender<u32>, token: &CancellationToken) {
    count.send_replace(1);
    token.cancelled().await;
}

#[tokio::test]
async fn a_request_that_nobody_minds_ends_the_program() {
    let (count, stop) = person();
    assert!(stop.ends(async { Ok(()) }).await.is_ok(), "nobody asked");
    count.send_replace(1);
    assert!(is_interrupted(&stop.ends(std::future::pending::<Result<(), Failure>>()).await));
}

#[tokio::test]
async fn the_first_request_lets_work_end_and_what_follows_it_is_done() {
    let (count, stop) = person();
    let ended = stop.ends(async {
        let token = CancellationToken::new();
        let work = stops_when_asked(&count, &token);
        assert!(stop.gently(&token, work).await.is_ok());
        tokio::task::yield_now().await;
        Ok("told")
    });
    assert_eq!(ended.await.ok(), Some("told"));
}

#[tokio::test]
async fn the_second_request_drops_the_work_and_what_follows_it_is_done() {
    let (count, stop) = person();
    let ended = stop.ends(async {
        let token = CancellationToken::new();
        let work = async {
            count.send_replace(2);
            std::future::pending::<()>().await;
        };
        let dropped = stop.gently(&token, work).await;
        assert!(is_interrupted(&dropped) && token.is_cancelled());
        tokio::task::yield_now().await;
        Ok("the list is written")
    });
    assert_eq!(ended.await.ok(), Some("the list is written"));
}

#[tokio::test]
async fn a_request_after_the_gentle_work_ends_the_program() {
    let (count, stop) = person();
    let ended = stop.ends(async {
        let token = CancellationToken::new();
        let work = stops_when_asked(&count, &token);
        stop.gently(&token, work).await?;
        count.send_replace(2);
        std::future::pending::<Result<(), Failure>>().await
    });
    assert!(is_interrupted(&ended.await));
}

#[tokio::test]
async fn a_request_between_two_gentle_works_is_not_lost() {
    let (count, stop) = person();
    let second = CancellationToken::new();
    let ended = stop.ends(async {
        stop.gently(&CancellationToken::new(), async {}).await?;
        count.send_replace(1);
        stop.gently(&second, second.cancelled()).await
    });
    assert!(is_interrupted(&ended.await) || second.is_cancelled());
}

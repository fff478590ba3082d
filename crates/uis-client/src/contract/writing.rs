//! Writing back.

#![expect(clippy::missing_errors_doc, reason = "a behaviour fails with what the API failed with")]

use super::{Checked, ID, World, day};
use crate::{
    CommunicationId, TagId, UisError,
    testing::{FakeCall, Fault},
};

/// Twice is once, and strangers are told.
pub async fn tags_are_put_and_taken(world: &World) -> Checked {
    let (api, to) = (&world.api, CommunicationId(ID + 7));
    world.fake.add_call(FakeCall::incoming(ID, day()).communication(ID + 7));
    let (one, two) = (api.create_tag("Целевой").await?, api.create_tag("Жалоба").await?);
    api.add_tag(to, one).await?;
    api.add_tag(to, one).await?;
    assert_eq!(world.fake.tags_of(to), [one]);
    api.set_tags(to, &[two]).await?;
    assert_eq!(world.fake.tags_of(to), [two]);
    api.remove_tag(to, two).await?;
    api.remove_tag(to, two).await?;
    assert_eq!(world.fake.tags_of(to), []);
    let strangers = [api.set_tags(CommunicationId(1), &[one]).await, api.add_tag(to, TagId(1)).await];
    assert!(strangers.iter().all(|answer| matches!(answer, Err(UisError::NotFound { .. }))), "{strangers:?}");
    let taken = api.create_tag("Жалоба").await;
    assert!(matches!(&taken, Err(UisError::Invalid { mnemonic, .. }) if mnemonic == "duplicate_entity"));
    Ok(())
}

/// In all spellings of success; never repeated when the answer is lost.
pub async fn comments_are_written_once(world: &World) -> Checked {
    let to = CommunicationId(ID);
    world.fake.add_call(FakeCall::incoming(ID, day()));
    for text in ["Оценка 82/100", "второй", "третий"] {
        world.api.add_comment(to, text).await?;
    }
    assert_eq!(world.fake.comments(to), ["Оценка 82/100", "второй", "третий"]);
    world.fake.fail_next(Fault::AnswerLost, 1);
    let lost = world.api.add_comment(to, "четвёртый").await;
    assert!(matches!(&lost, Err(error) if error.may_have_applied()), "{lost:?}");
    assert_eq!(world.fake.comments(to).len(), 4);
    Ok(())
}

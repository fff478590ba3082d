//! Sound: whole, told apart from what is none, and gone when it is deleted.

#![expect(clippy::missing_errors_doc, reason = "a behaviour fails with what the API failed with")]

use chrono::Duration;

use super::{Checked, FOR_LONG, PHONE, World, missing};
use crate::{
    RecordUrl, SessionHistoryId, SoundFormat, VoximplantError,
    testing::{MediaFault, SessionEnd, Sound},
};

const MP3: &[u8] = b"ID3\x04the sound of a talk";

impl World {
    async fn recorded(
        &self,
        sound: impl Into<Sound>,
    ) -> Result<(SessionHistoryId, RecordUrl), VoximplantError> {
        let (_, rule) = self.rule().await?;
        let started = self.start(rule, 1).await?;
        self.fake.end_session(started.id, SessionEnd::answered(PHONE, 40).recorded(sound));
        let session = self.api.session(started.id).await?.ok_or_else(|| missing("session"))?;
        let url = session.recordings().first().map(|url| (*url).clone());
        Ok((started.id, url.ok_or_else(|| missing("recording"))?))
    }

    async fn sound(&self, url: &RecordUrl) -> Result<(SoundFormat, Vec<u8>), VoximplantError> {
        let stream = self.api.recording(url).await?;
        let format = stream.format;
        Ok((format, stream.bytes(1 << 20).await?.to_vec()))
    }
}

/// Byte for byte; a recording that a call and a recorder both tell is told once.
pub async fn recordings_come_whole(world: &World) -> Checked {
    let (id, url) = world.recorded(MP3).await?;
    assert_eq!(world.sound(&url).await?, (SoundFormat::Mp3, MP3.to_vec()));
    let session = world.api.session(id).await?.ok_or_else(|| missing("session"))?;
    assert_eq!(session.recordings().len(), 1);
    assert_eq!(session.records.first().and_then(|record| record.bytes), u64::try_from(MP3.len()).ok());
    Ok(())
}

/// With the token of a service account.
pub async fn secure_recordings_open_to_us(world: &World) -> Checked {
    let application = world.api.add_application("secure", true).await?;
    let scenario = world.api.add_scenario(application, "Secure", "1").await?;
    let rule = crate::NewRule { name: "secure".into(), pattern: ".*".into(), scenarios: vec![scenario] };
    let rule = world.api.add_rule(application, &rule).await?;
    let started = world.start(rule, 1).await?;
    let urls = world.fake.end_session(started.id, SessionEnd::answered(PHONE, 4).recorded(MP3));
    let url = urls.first().ok_or_else(|| missing("recording"))?;
    assert_eq!(world.sound(url).await?.1, MP3);
    assert_eq!(world.fake.media(url.expose().rsplit('/').next().unwrap_or_default(), None).status, 403);
    Ok(())
}

type Is = fn(&VoximplantError) -> bool;

/// 404 may pass, 410 does not, 403 wants a person.
pub async fn late_and_missing_recordings_are_told_apart_from_gone_ones(world: &World) -> Checked {
    let (id, url) = world.recorded(MP3).await?;
    world.fake.delay_recordings(id, Duration::minutes(2));
    let late = world.sound(&url).await;
    assert!(
        matches!(&late, Err(error @ VoximplantError::RecordingMissing { status: 404 }) if error.is_retryable()),
        "{late:?}"
    );
    world.fake.advance(Duration::minutes(3));
    world.sound(&url).await?;
    let cases: [(MediaFault, Is); 3] = [
        (MediaFault::Gone, |error| matches!(error, VoximplantError::RecordingGone) && !error.is_retryable()),
        (MediaFault::Forbidden, |error| {
            matches!(error, VoximplantError::Forbidden { .. }) && error.is_refusal()
        }),
        (MediaFault::Busy, |error| matches!(error, VoximplantError::Unavailable { .. })),
    ];
    for (fault, is) in cases {
        world.fake.fail_next_media(fault, FOR_LONG);
        let answer = world.sound(&url).await;
        assert!(answer.as_ref().is_err_and(is), "{fault:?}: {answer:?}");
        world.fake.mend();
    }
    let foreign =
        world.api.recording(&RecordUrl::new("https://storage.voximplant.com/none-0.mp3")).await.map(drop);
    assert!(foreign.is_err());
    Ok(())
}

/// A page, and nothing at all.
pub async fn what_is_no_sound_is_told(world: &World) -> Checked {
    let (_, url) = world.recorded(MP3).await?;
    let cases: [(MediaFault, Is); 2] = [
        (MediaFault::Html, |error| matches!(error, VoximplantError::NotSound { .. }) && error.is_retryable()),
        (MediaFault::Empty, |error| matches!(error, VoximplantError::RecordingMissing { status: 200 })),
    ];
    for (fault, is) in cases {
        world.fake.fail_next_media(fault, FOR_LONG);
        let answer = world.sound(&url).await;
        assert!(answer.as_ref().is_err_and(is), "{fault:?}: {answer:?}");
        world.fake.mend();
    }
    Ok(())
}

/// The stream ends with an error, not with the half.
pub async fn a_broken_recording_is_no_recording(world: &World) -> Checked {
    let (_, url) = world.recorded([MP3, &vec![7; 200_000]].concat()).await?;
    world.fake.fail_next_media(MediaFault::Truncated, FOR_LONG);
    let broken = world.sound(&url).await.map(|_| ());
    assert!(matches!(broken, Err(VoximplantError::RecordingTruncated { .. })), "{broken:?}");
    world.fake.mend();
    assert_eq!(world.sound(&url).await?.1.len(), MP3.len() + 200_000);
    Ok(())
}

/// Deleting twice is a success.
pub async fn a_deleted_recording_stays_deleted(world: &World) -> Checked {
    let (id, url) = world.recorded(MP3).await?;
    let session = world.api.session(id).await?.ok_or_else(|| missing("session"))?;
    let record = session.records.first().ok_or_else(|| missing("record"))?.id;
    for _ in 0..2 {
        world.api.delete_recording(record).await?;
    }
    assert!(matches!(world.sound(&url).await, Err(VoximplantError::RecordingMissing { .. })));
    let session = world.api.session(id).await?.ok_or_else(|| missing("session"))?;
    assert_eq!(session.recordings(), Vec::<&RecordUrl>::new());
    Ok(())
}

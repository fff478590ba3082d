//! Sound: whole, told apart from what is none, and whose voice it is.

#![expect(clippy::missing_errors_doc, reason = "a behaviour fails with what the API failed with")]

use std::sync::Arc;

use domain::Speaker;

use super::{Checked, FOR_LONG, ID, MP3, OTHER_WAV, WAV, World, after, day, window};
use crate::{
    EmployeeId, RecordId, RecordingKind, RecordingRef, RecordingsState, SoundFormat, UisCall, UisError,
    all_legs, speaker_of,
    testing::{FakeCall, MediaFault, Sound},
};

/// Not by the order of files: by `is_operator`.
pub async fn legs_tell_whose_voice_a_file_holds(world: &World) -> Checked {
    world
        .fake
        .add_call(FakeCall::incoming(ID, day()).talked(25_611, "Иванова Анна").wav_pair(WAV, OTHER_WAV));
    let call = world.only_call(ID).await?;
    let legs = all_legs(&*world.api, window(), Some(call.id)).await?;
    let mut speakers = Vec::new();
    for record in &call.wav_call_records {
        let recording = RecordingRef::new(RecordingKind::Wav, call.communication_id, record.clone());
        speakers.push((speaker_of(record, &legs), world.sound(&recording).await?.1));
    }
    let expected = [(Speaker::Client, OTHER_WAV), (Speaker::Operator, WAV)];
    assert_eq!(speakers, expected.map(|(speaker, sound)| (Some(speaker), sound.to_vec())));
    assert_eq!(speaker_of(&RecordId::new("unknown"), &legs), None);
    assert!(legs.iter().any(|leg| leg.employee_id == Some(EmployeeId(25_611)) && leg.is_operator));
    Ok(())
}

/// Byte for byte, in every form.
pub async fn recordings_come_whole(world: &World) -> Checked {
    let made = Sound::Made(Arc::new(|| MP3.into()));
    let link = format!("{}/{ID}/any", world.joined);
    let call = FakeCall::incoming(ID, day()).mp3(MP3).mp3(made).wav_pair(WAV, OTHER_WAV).voice_mail(MP3);
    world.fake.add_call(call.joined(&link));
    let RecordingsState::Ready(found) = world.only_call(ID).await?.recordings() else {
        return Err(UisError::RecordingNotReady);
    };
    let mut sounds = Vec::new();
    for recording in &found {
        sounds.push(world.sound(recording).await?);
    }
    let expected = [
        (SoundFormat::Mp3, MP3.to_vec()),
        (SoundFormat::Mp3, MP3.to_vec()),
        (SoundFormat::Wav, OTHER_WAV.to_vec()),
        (SoundFormat::Wav, WAV.to_vec()),
        (SoundFormat::Mp3, MP3.to_vec()),
        (SoundFormat::Mp3, [MP3, MP3].concat()),
    ];
    assert_eq!(sounds, expected);
    Ok(())
}

type Is = fn(&UisError) -> bool;

/// Gone, not there yet, a page, a busy host.
pub async fn what_is_no_sound_is_told_apart(world: &World) -> Checked {
    world.fake.add_call(FakeCall::incoming(ID, day()).mp3(MP3));
    world.fake.add_call(FakeCall::incoming(ID + 1, after(1)).mp3(Sound::Gone));
    let of = |call: UisCall| match call.recordings() {
        RecordingsState::Ready(found) => found.into_iter().next().ok_or(UisError::RecordingNotReady),
        _ => Err(UisError::RecordingNotReady),
    };
    let recording = of(world.only_call(ID).await?)?;
    let cases: [(MediaFault, Is); 6] = [
        (MediaFault::Gone, |error| matches!(error, UisError::RecordingGone { .. })),
        (MediaFault::NoFiles, |error| matches!(error, UisError::RecordingGone { .. })),
        (MediaFault::Html, |error| matches!(error, UisError::NotSound { .. }) && error.is_retryable()),
        (MediaFault::Json, |error| matches!(error, UisError::NotSound { .. }) && error.is_retryable()),
        (MediaFault::Empty, |error| matches!(error, UisError::RecordingNotReady)),
        (MediaFault::Busy, |error| matches!(error, UisError::Unavailable { .. })),
    ];
    for (fault, is) in cases {
        world.fake.fail_next_media(fault, FOR_LONG);
        let answer = world.api.recording(&recording).await.map(|_| ());
        assert!(answer.as_ref().is_err_and(is), "{fault:?}: {answer:?}");
        world.fake.mend();
    }
    let gone = world.api.recording(&of(world.only_call(ID + 1).await?)?).await;
    assert!(matches!(gone, Err(UisError::RecordingGone { .. })), "{gone:?}");
    assert_eq!(world.sound(&recording).await?.1, MP3);
    Ok(())
}

/// The stream ends with an error, not with the half.
pub async fn a_broken_recording_is_no_recording(world: &World) -> Checked {
    let sound = [MP3, &vec![7; 200_000]].concat();
    world.fake.add_call(FakeCall::incoming(ID, day()).mp3(sound.clone()));
    let call = world.only_call(ID).await?;
    let RecordingsState::Ready(found) = call.recordings() else { return Err(UisError::RecordingNotReady) };
    for recording in &found {
        world.fake.fail_next_media(MediaFault::Truncated, FOR_LONG);
        let broken = world.sound(recording).await.map(|_| ());
        assert!(matches!(broken, Err(UisError::RecordingTruncated { .. })), "{broken:?}");
        world.fake.mend();
        assert_eq!(world.sound(recording).await?.1, sound);
    }
    Ok(())
}

/// Within the brand.
pub async fn a_moved_recording_is_followed(world: &World) -> Checked {
    world.fake.add_call(FakeCall::incoming(ID, day()).mp3(MP3));
    let RecordingsState::Ready(found) = world.only_call(ID).await?.recordings() else {
        return Err(UisError::RecordingNotReady);
    };
    world.fake.fail_next_media(MediaFault::Moved, 1);
    for recording in &found {
        assert_eq!(world.sound(recording).await?.1, MP3);
    }
    Ok(())
}

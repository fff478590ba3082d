//! Frames of the media socket: JSON with base64 sound, the same shape both ways.
//!
//! `timestamp` counts samples before the chunk, not milliseconds. Numbers may come as decimal strings,
//! `customParameters` as a string; names of encodings are read loosely. Messages of our own carry
//! `customEvent`, never `event`. (Voximplant, "Sending media over `WebSockets`".)

use std::borrow::Cow;

use base64_simd::STANDARD;
use http_client::{Member, Skim};
use openai_client::G711;
use serde::{Deserialize, Deserializer};
use serde_json::{json, value::RawValue};

/// A frame from the telephone.
#[derive(Debug, PartialEq)]
pub(super) enum FromMedia<'a> {
    /// Sound begins; `None` for a code that is not ours.
    Start(Option<G711>),
    /// Sound.
    Media { timestamp: Option<u64>, payload: Cow<'a, str> },
    /// Sound ends; the call may go on.
    Stop,
    /// The call is over.
    Ended,
    /// The client pressed a key.
    Key(String),
    /// Anything else.
    Other,
}

#[derive(Deserialize)]
struct Wire<'a> {
    #[serde(borrow, default, deserialize_with = "borrowed")]
    event: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "borrowed", rename = "customEvent")]
    custom: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "borrowed")]
    tone: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    media: Option<WireMedia<'a>>,
    #[serde(default)]
    start: Option<WireStart>,
}

#[derive(Deserialize)]
struct WireMedia<'a> {
    #[serde(default, deserialize_with = "loose_number")]
    timestamp: Option<u64>,
    #[serde(borrow)]
    payload: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireStart {
    #[serde(default)]
    media_format: Option<WireFormat>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireFormat {
    #[serde(default)]
    encoding: String,
    #[serde(default, deserialize_with = "loose_number")]
    sample_rate: Option<u64>,
}

/// serde borrows a `Cow`, but not one within an `Option`.
fn borrowed<'de: 'a, 'a, D: Deserializer<'de>>(from: D) -> Result<Option<Cow<'a, str>>, D::Error> {
    #[derive(Deserialize)]
    struct Borrowed<'a>(#[serde(borrow)] Cow<'a, str>);
    Ok(Option::<Borrowed<'a>>::deserialize(from)?.map(|text| text.0))
}

/// A number, a number as a string, or nothing of the kind.
fn loose_number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    let raw = <&RawValue>::deserialize(from)?.get();
    let number = raw.strip_prefix('"').and_then(|raw| raw.strip_suffix('"')).unwrap_or(raw);
    Ok(number.parse().ok())
}

impl<'a> FromMedia<'a> {
    /// What a frame says; nonsense is something else.
    pub(super) fn read(text: &'a [u8]) -> Self {
        sound(text).unwrap_or_else(|| Self::read_by_the_book(text))
    }

    fn read_by_the_book(text: &'a [u8]) -> Self {
        let Ok(wire) = serde_json::from_slice::<Wire<'_>>(text) else { return FromMedia::Other };
        match (wire.event.as_deref(), wire.custom.as_deref()) {
            (Some("media"), _) => wire.media.map_or(FromMedia::Other, |media| FromMedia::Media {
                timestamp: media.timestamp,
                payload: media.payload,
            }),
            (Some("start"), _) => FromMedia::Start(wire.start.and_then(|start| code(&start.media_format?))),
            (Some("stop"), _) => FromMedia::Stop,
            (_, Some("ended")) => FromMedia::Ended,
            (_, Some("dtmf")) => {
                FromMedia::Key(wire.tone.as_deref().unwrap_or_default().chars().take(1).collect())
            }
            _ => FromMedia::Other,
        }
    }
}

/// Fifty of a second are sound as the platform writes it: those need no parser.
fn sound(text: &[u8]) -> Option<FromMedia<'_>> {
    let mut skim = Skim::new(text);
    let (mut is_media, mut sound) = (false, None);
    skim.open()?;
    while let Member::Named(name) = skim.member()? {
        match name {
            b"event" if !is_media => is_media = skim.text()? == b"media",
            b"sequenceNumber" => skim.pass()?,
            b"media" if sound.is_none() => sound = Some(media(&mut skim)?),
            _ => return None,
        }
    }
    sound.filter(|_| is_media && skim.is_done())
}

fn media<'a>(skim: &mut Skim<'a>) -> Option<FromMedia<'a>> {
    let (mut timestamp, mut payload) = (None, None);
    skim.open()?;
    while let Member::Named(name) = skim.member()? {
        match name {
            b"timestamp" if timestamp.is_none() => timestamp = Some(skim.number()?),
            b"payload" if payload.is_none() => payload = Some(skim.text()?),
            b"chunk" => skim.pass()?,
            _ => return None,
        }
    }
    Some(FromMedia::Media { timestamp, payload: Cow::Borrowed(std::str::from_utf8(payload?).ok()?) })
}

fn code(format: &WireFormat) -> Option<G711> {
    let name = format.encoding.to_ascii_lowercase();
    let is = |words: &[&str]| words.iter().any(|word| name.contains(word));
    let code = if is(&["ulaw", "pcmu", "mu-law"]) {
        G711::Mulaw
    } else if is(&["alaw", "pcma", "a-law"]) {
        G711::Alaw
    } else {
        return None;
    };
    (format.sample_rate.unwrap_or(8000) == 8000).then_some(code)
}

/// Our frames of sound.
#[derive(Debug)]
pub(super) struct ToMedia {
    sequence: u64,
    chunk: u64,
    samples: u64,
}

impl ToMedia {
    /// A stream, and the frame that begins it.
    pub(super) fn begin(code: G711) -> (Self, String) {
        let encoding = match code {
            G711::Mulaw => "ULAW",
            G711::Alaw => "ALAW",
        };
        let frame = json!({
            "event": "start", "sequenceNumber": 0,
            "start": {"mediaFormat": {"encoding": encoding, "sampleRate": 8000}},
        });
        (Self { sequence: 0, chunk: 0, samples: 0 }, frame.to_string())
    }

    /// Sound: a multiple of 20 ms.
    pub(super) fn sound(&mut self, sound: &[u8], out: &mut String) {
        self.sequence += 1;
        let mut digits = itoa::Buffer::new();
        out.push_str(r#"{"event":"media","sequenceNumber":"#);
        out.push_str(digits.format(self.sequence));
        out.push_str(r#","media":{"chunk":"#);
        out.push_str(digits.format(self.chunk));
        out.push_str(r#","timestamp":"#);
        out.push_str(digits.format(self.samples));
        out.push_str(r#","payload":""#);
        STANDARD.encode_append(sound, out);
        out.push_str("\"}}");
        self.chunk += 1;
        self.samples += sound.len() as u64;
    }

    /// The end of our stream.
    pub(super) fn end(&mut self) -> String {
        self.sequence += 1;
        let info = json!({"bytesSent": self.samples, "duration": self.samples / 8});
        json!({"event": "stop", "sequenceNumber": self.sequence, "stop": {"mediaInfo": info}}).to_string()
    }
}

/// Frames on their way to the telephone, in one piece of memory.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    text: String,
    ends: Vec<usize>,
}

impl Outbox {
    pub(super) fn push(&mut self, frame: &str) {
        self.write(|text| text.push_str(frame));
    }

    /// Takes the frame that is written.
    pub(super) fn write(&mut self, frame: impl FnOnce(&mut String)) {
        frame(&mut self.text);
        self.ends.push(self.text.len());
    }

    /// Hands all of them on, in turn; those after one that is refused are lost.
    pub(super) fn empty<E>(&mut self, mut send: impl FnMut(&str) -> Result<(), E>) -> Result<(), E> {
        let mut from = 0;
        let sent = self.ends.iter().try_for_each(|end| {
            let frame = self.text.get(from..*end).unwrap_or_default();
            from = *end;
            send(frame)
        });
        self.text.clear();
        self.ends.clear();
        sent
    }
}

/// What the scenario is told.
pub(super) fn order(name: &str) -> String {
    json!({ "customEvent": name }).to_string()
}

/// Connects a person.
pub(super) fn transfer(number: &str) -> String {
    json!({"customEvent": "transfer", "transfer_to": number}).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_read_as_loosely_as_they_come() {
        let start = br#"{"event":"start","sequenceNumber":"0","start":{"mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":"8000","channels":1},"customParameters":"{\"id\":1}"}}"#;
        assert_eq!(FromMedia::read(start), FromMedia::Start(Some(G711::Mulaw)));
        let wide = br#"{"event":"start","start":{"mediaFormat":{"encoding":"PCM16","sampleRate":16000}}}"#;
        assert_eq!(FromMedia::read(wide), FromMedia::Start(None));
        for (timestamp, expected) in
            [("160", Some(160)), ("\"320\"", Some(320)), ("null", None), ("-1", None)]
        {
            let text = format!(
                r#"{{"event":"media","media":{{"chunk":1,"timestamp":{timestamp},"payload":"/w=="}}}}"#
            );
            let media = FromMedia::Media { timestamp: expected, payload: "/w==".into() };
            assert_eq!(FromMedia::read(text.as_bytes()), media);
        }
        assert_eq!(FromMedia::read(br#"{"customEvent":"dtmf","tone":"5"}"#), FromMedia::Key("5".into()));
        assert_eq!(FromMedia::read(br#"{"customEvent":"ended"}"#), FromMedia::Ended);
        for nonsense in [&b""[..], b"[]", b"{", b"null", b"\xff", br#"{"event":7}"#, br#"{"event":"media"}"#]
        {
            assert_eq!(FromMedia::read(nonsense), FromMedia::Other);
        }
    }

    #[test]
    fn sound_needs_no_parser_and_is_read_as_the_parser_does() {
        for plain in [
            r#"{"event":"media","sequenceNumber":7,"media":{"chunk":6,"timestamp":960,"payload":"/w=="}}"#,
            r#"{"sequenceNumber":"7","media":{"payload":"","timestamp":"960","chunk":"6"},"event":"media"}"#,
            r#"{"event":"media","media":{"payload":"/w=="}}"#,
        ] {
            let skimmed = sound(plain.as_bytes());
            assert_eq!(skimmed, Some(FromMedia::read_by_the_book(plain.as_bytes())), "{plain}");
            assert!(matches!(skimmed, Some(FromMedia::Media { .. })));
        }
        for other in [
            r#"{"event":"media","media":{"payload":"\/w=="}}"#,
            r#"{"event":"media","event":"media","media":{"payload":"/w=="}}"#,
            r#"{"event":"media","media":{"payload":"/w==","payload":"/w=="}}"#,
            r#"{"event":"media","media":{"payload":"/w==","tag":"a"}}"#,
            r#"{"event":"media","media":{"payload":"/w=="},"more":{}}"#,
            r#"{"event":"media","media":{"payload":"/w=="}} "#,
            r#"{"event":"media","media":{"timestamp":-1,"payload":"/w=="}}"#,
            r#"{"event":"start","media":{"payload":"/w=="}}"#,
            r#"{"event":"media"}"#,
        ] {
            assert_eq!(sound(other.as_bytes()), None, "{other}");
        }
    }

    #[test]
    fn our_sound_is_counted_in_samples() {
        let (mut out, start) = ToMedia::begin(G711::Alaw);
        assert_eq!(
            start,
            r#"{"event":"start","sequenceNumber":0,"start":{"mediaFormat":{"encoding":"ALAW","sampleRate":8000}}}"#
        );
        out.sound(&[0; 160], &mut String::new());
        let mut second = String::new();
        out.sound(&[0; 3], &mut second);
        assert_eq!(
            second,
            r#"{"event":"media","sequenceNumber":2,"media":{"chunk":1,"timestamp":160,"payload":"AAAA"}}"#
        );
    }
}

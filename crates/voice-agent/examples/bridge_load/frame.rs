//! WebSocket frames by hand: what drives a bridge must cost less than the bridge.

use std::io::Write as _;

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// Appends a text frame; a client's is masked with zeros, which changes nothing.
#[expect(clippy::decimal_bitwise_operands, reason = "126 and 127 are how RFC 6455 writes them")]
pub(crate) fn text(out: &mut Vec<u8>, body: &[u8], masked: bool) {
    let mask = if masked { 0x80 } else { 0 };
    out.push(0x81);
    match u16::try_from(body.len()) {
        Ok(length @ 0..126) => out.push(mask | u8::try_from(length).unwrap_or(0)),
        Ok(length) => {
            out.push(mask | 126);
            out.extend(length.to_be_bytes());
        }
        Err(_) => {
            out.push(mask | 127);
            out.extend((body.len() as u64).to_be_bytes());
        }
    }
    if masked {
        out.extend([0; 4]);
    }
    out.extend_from_slice(body);
}

/// The first whole frame: its opcode, its body unmasked, and where the next begins.
pub(crate) fn first(input: &mut [u8]) -> Option<(u8, &[u8], usize)> {
    let opcode = input.first()? & 15;
    let second = *input.get(1)?;
    let (mut at, length) = match second & 127 {
        126 => (4, usize::from(u16::from_be_bytes([*input.get(2)?, *input.get(3)?]))),
        127 => {
            let mut length = [0; 8];
            length.copy_from_slice(input.get(2..10)?);
            (10, usize::try_from(u64::from_be_bytes(length)).ok()?)
        }
        short => (2, usize::from(short)),
    };
    let mut mask = [0; 4];
    if second & 128 != 0 {
        mask.copy_from_slice(input.get(at..at + 4)?);
        at += 4;
    }
    let body = input.get_mut(at..at + length)?;
    if mask != [0; 4] {
        body.iter_mut().zip(mask.iter().cycle()).for_each(|(byte, mask)| *byte ^= mask);
    }
    Some((opcode, body, at + length))
}

/// 20 ms of sound as base64 that begins with a moment.
pub(crate) fn stamped(ns: u64) -> String {
    let mut sound = [0x9a; 160];
    sound[..8].copy_from_slice(&ns.to_be_bytes());
    STANDARD.encode(sound)
}

/// The moment behind `key` (`"payload":"`, `"audio":"`).
pub(crate) fn stamp(body: &[u8], key: &[u8]) -> Option<u64> {
    let at = body.windows(key.len()).position(|window| window == key)? + key.len();
    let start = STANDARD.decode(body.get(at..at + 12)?).ok()?;
    Some(u64::from_be_bytes(start.get(..8)?.try_into().ok()?))
}

/// A media frame of the telephone platform.
pub(crate) fn media(out: &mut Vec<u8>, number: u64, ns: u64, masked: bool) {
    let mut body = Vec::with_capacity(400);
    let (chunk, samples) = (number - 1, (number - 1) * 160);
    // writing to a Vec does not fail
    let _ = write!(
        body,
        r#"{{"event":"media","sequenceNumber":{number},"media":{{"chunk":{chunk},"timestamp":{samples},"payload":"{}"}}}}"#,
        stamped(ns)
    );
    text(out, &body, masked);
}

/// A piece of an answer.
pub(crate) fn delta(out: &mut Vec<u8>, number: u64, ns: u64) {
    let mut body = Vec::with_capacity(500);
    let _ = write!(
        body,
        r#"{{"type":"response.output_audio.delta","event_id":"event_{number:012}","response_id":"resp_BXeN2wPDFfpHa1","item_id":"item_BXeN2zQWwIkOv9","output_index":0,"content_index":0,"delta":"{}"}}"#,
        stamped(ns)
    );
    text(out, &body, false);
}

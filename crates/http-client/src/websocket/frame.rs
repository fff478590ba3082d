//! Frames of RFC 6455: heads read and written, bodies masked.

/// A head is never longer.
pub(super) const LONGEST_HEAD: usize = 14;

/// What a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Continuation,
    Text,
    Binary,
    Close,
    Ping,
    Pong,
}

impl Kind {
    const fn of(opcode: u8) -> Option<Self> {
        Some(match opcode {
            0 => Self::Continuation,
            1 => Self::Text,
            2 => Self::Binary,
            8 => Self::Close,
            9 => Self::Ping,
            10 => Self::Pong,
            _ => return None,
        })
    }

    const fn opcode(self) -> u8 {
        match self {
            Self::Continuation => 0,
            Self::Text => 1,
            Self::Binary => 2,
            Self::Close => 8,
            Self::Ping => 9,
            Self::Pong => 10,
        }
    }

    /// Close, ping and pong stand alone and are short.
    pub(super) const fn is_control(self) -> bool {
        matches!(self, Self::Close | Self::Ping | Self::Pong)
    }
}

/// What stands before a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) kind: Kind,
    pub(super) is_last: bool,
    pub(super) mask: Option<[u8; 4]>,
    /// Of the head itself.
    pub(super) length: usize,
    /// Of the body.
    pub(super) body: u64,
}

/// The bytes are no frame that we know.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NoFrame;

/// The head at the start of what was read; `None`: more is to come.
pub(super) fn head(input: &[u8]) -> Result<Option<Head>, NoFrame> {
    let [first, second, rest @ ..] = input else { return Ok(None) };
    if first & 0x70 != 0 {
        // no extension was agreed on
        return Err(NoFrame);
    }
    let kind = Kind::of(first & 15).ok_or(NoFrame)?;
    let is_last = first & 0x80 != 0;
    if kind.is_control() && (!is_last || second & 0x7f > 125) {
        return Err(NoFrame);
    }
    let (body, rest, length) = match second & 0x7f {
        0x7e => match rest.split_first_chunk() {
            Some((size, rest)) => (u64::from(u16::from_be_bytes(*size)), rest, 4),
            None => return Ok(None),
        },
        0x7f => match rest.split_first_chunk() {
            Some((size, rest)) => (u64::from_be_bytes(*size), rest, 10),
            None => return Ok(None),
        },
        short => (u64::from(short), rest, 2),
    };
    if second & 0x80 == 0 {
        return Ok(Some(Head { kind, is_last, mask: None, length, body }));
    }
    let mask = rest.first_chunk::<4>().copied();
    Ok(mask.map(|mask| Head { kind, is_last, mask: Some(mask), length: length + 4, body }))
}

/// Appends a whole frame of these parts.
pub(super) fn write(out: &mut Vec<u8>, kind: Kind, parts: &[&[u8]], mask: Option<[u8; 4]>) {
    let body: usize = parts.iter().map(|part| part.len()).sum();
    let masked = if mask.is_some() { 0x80 } else { 0 };
    out.reserve(body + LONGEST_HEAD);
    out.push(0x80 | kind.opcode());
    match (u8::try_from(body), u16::try_from(body)) {
        (Ok(short @ 0..=125), _) => out.push(masked | short),
        (_, Ok(length)) => {
            out.push(masked | 0x7e);
            out.extend_from_slice(&length.to_be_bytes());
        }
        _ => {
            out.push(masked | 0x7f);
            out.extend_from_slice(&(body as u64).to_be_bytes());
        }
    }
    if let Some(mask) = mask {
        out.extend_from_slice(&mask);
    }
    let from = out.len();
    for part in parts {
        out.extend_from_slice(part);
    }
    if let (Some(mask), Some(body)) = (mask, out.get_mut(from..)) {
        turn(body, mask);
    }
}

/// Masks, or takes the mask off.
pub(super) fn turn(body: &mut [u8], mask: [u8; 4]) {
    let wide = u64::from(u32::from_ne_bytes(mask)) * 0x1_0000_0001;
    let mut words = body.chunks_exact_mut(8);
    for word in &mut words {
        if let Ok(word) = <&mut [u8; 8]>::try_from(word) {
            *word = (u64::from_ne_bytes(*word) ^ wide).to_ne_bytes();
        }
    }
    words.into_remainder().iter_mut().zip(mask.iter().cycle()).for_each(|(byte, mask)| *byte ^= mask);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_whatever_its_length_and_mask() {
        for length in [0, 1, 7, 8, 125, 126, 300, 65_535, 65_536, 70_001] {
            for mask in [None, Some([1, 2, 3, 255])] {
                let body: Vec<u8> = (0..length).map(|n: u32| n.to_le_bytes()[0]).collect();
                let (front, back) = body.split_at(body.len() / 3);
                let mut out = vec![];
                write(&mut out, Kind::Text, &[front, back], mask);
                let head = head(&out).unwrap().unwrap();
                assert_eq!((head.kind, head.is_last, head.mask), (Kind::Text, true, mask));
                assert_eq!(head.body, u64::from(length));
                let mut read = out.split_off(head.length);
                turn(&mut read, mask.unwrap_or_default());
                assert_eq!(read, body);
                for cut in 0..out.len() {
                    assert_eq!(super::head(&out[..cut]), Ok(None), "{length}: {cut}");
                }
            }
        }
    }

    #[test]
    fn nonsense_is_no_frame() {
        for wrong in [[0xc1, 0], [0x83, 0], [0x8f, 0], [0x09, 0], [0x89, 126], [0x88, 127]] {
            let long: Vec<u8> = wrong.iter().copied().chain([0; 8]).collect();
            assert_eq!(head(&long), Err(NoFrame), "{wrong:?}");
        }
    }
}

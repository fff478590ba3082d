//! Whether an Ogg file ends with a whole page.
//!
//! Ogg states no length anywhere, so a file that was cut looks like a shorter one, but for its last page:
//! that one says how long it is (RFC 3533 §6). Streams without an end-of-stream mark are common and accepted.

use std::io::{self, Read, Seek, SeekFrom};

/// The longest page, 27 + 255 + 255 * 255 bytes, and the one before it.
const TAIL: u64 = 2 * 65_307;

/// Looks at the last page in front of `end`.
pub(crate) fn ends_whole<R: Read + Seek>(source: &mut R, base: u64, end: u64) -> io::Result<bool> {
    let from = end.saturating_sub(TAIL).max(base);
    source.seek(SeekFrom::Start(from))?;
    let mut tail = Vec::new();
    source.take(end - from).read_to_end(&mut tail)?;
    // the signature may also stand inside of sound: only pages that follow each other count
    let mut page = tail.windows(4).position(|w| w == b"OggS");
    while let Some(at) = page {
        let Some(length) = page_bytes(tail.get(at..).unwrap_or_default()) else { return Ok(false) };
        match tail.get(at + length..) {
            None => return Ok(false),
            Some(rest) if rest.starts_with(b"OggS") => page = Some(at + length),
            Some([]) => return Ok(true),
            // a chance signature, or junk between pages: go on with the next one
            Some(_) => {
                let next = tail.get(at + 4..).unwrap_or_default().windows(4).position(|w| w == b"OggS");
                page = next.map(|n| at + 4 + n);
            }
        }
    }
    Ok(true)
}

/// Length of the page that begins here; `None` if its header is cut.
fn page_bytes(page: &[u8]) -> Option<usize> {
    let segments = usize::from(*page.get(26)?);
    let lacing = page.get(27..27 + segments)?;
    Some(27 + segments + lacing.iter().map(|l| usize::from(*l)).sum::<usize>())
}

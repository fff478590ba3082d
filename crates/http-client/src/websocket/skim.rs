//! The members of a packet's JSON, read where they lie: no tree, no copies.
//!
//! It knows what senders of packets write: compact objects of texts without escapes and of whole numbers. At
//! anything else it gives up, and the text is to be read by the book.

/// What a walk through an object comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Member<'a> {
    /// A member of this name; its value is next.
    Named(&'a [u8]),
    /// The object's end.
    End,
}

/// Walks through the members of an object. `None` from any step: read the text by the book.
#[derive(Debug, Clone, Copy)]
pub struct Skim<'a> {
    rest: &'a [u8],
    is_first: bool,
}

impl<'a> Skim<'a> {
    /// From the beginning of a text.
    pub const fn new(text: &'a [u8]) -> Self {
        Self { rest: text, is_first: true }
    }

    /// Steps into an object.
    #[inline]
    pub fn open(&mut self) -> Option<()> {
        self.is_first = true;
        self.eat(b'{')
    }

    /// The next member.
    #[inline]
    pub fn member(&mut self) -> Option<Member<'a>> {
        let is_first = std::mem::replace(&mut self.is_first, false);
        if self.eat(b'}').is_some() {
            return Some(Member::End);
        }
        if !is_first {
            self.eat(b',')?;
        }
        let name = self.text()?;
        self.eat(b':')?;
        Some(Member::Named(name))
    }

    /// A text without escapes. Its bytes are as they came: whether they are UTF-8 is not looked at.
    #[inline]
    pub fn text(&mut self) -> Option<&'a [u8]> {
        self.eat(b'"')?;
        let end = memchr::memchr2(b'"', b'\\', self.rest)?;
        let (text, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest;
        self.eat(b'"')?;
        Some(text)
    }

    /// A whole number, or one in quotes.
    #[inline]
    pub fn number(&mut self) -> Option<u64> {
        let is_text = self.eat(b'"').is_some();
        let mut number = None;
        while let Some((digit @ b'0'..=b'9', rest)) = self.rest.split_first() {
            let known = match number {
                // a number that begins with a zero is none
                Some(0) => return None,
                known => known.unwrap_or(0_u64),
            };
            number = Some(known.checked_mul(10)?.checked_add(u64::from(digit - b'0'))?);
            self.rest = rest;
        }
        if is_text {
            self.eat(b'"')?;
        } else if !matches!(self.rest.first(), Some(b',' | b'}')) {
            return None;
        }
        number
    }

    /// Steps over a text or a whole number.
    #[inline]
    pub fn pass(&mut self) -> Option<()> {
        match self.rest.first()? {
            b'"' => self.text().map(drop),
            _ => self.number().map(drop),
        }
    }

    /// Whether all was read.
    #[inline]
    pub const fn is_done(&self) -> bool {
        self.rest.is_empty()
    }

    #[inline]
    fn eat(&mut self, byte: u8) -> Option<()> {
        let (first, rest) = self.rest.split_first()?;
        if *first != byte {
            return None;
        }
        self.rest = rest;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Member::Named;

    #[test]
    fn members_are_read_where_they_lie() {
        let mut skim = Skim::new(br#"{"event":"media","n":17,"s":"18","in":{"payload":"/w=="},"end":{}}"#);
        skim.open().unwrap();
        assert_eq!(skim.member(), Some(Named(b"event")));
        assert_eq!(skim.text(), Some(&b"media"[..]));
        assert_eq!((skim.member(), skim.number()), (Some(Named(b"n")), Some(17)));
        assert_eq!((skim.member(), skim.number()), (Some(Named(b"s")), Some(18)));
        assert_eq!((skim.member(), skim.open()), (Some(Named(b"in")), Some(())));
        assert_eq!((skim.member(), skim.pass()), (Some(Named(b"payload")), Some(())));
        assert_eq!(skim.member(), Some(Member::End));
        assert_eq!((skim.member(), skim.open()), (Some(Named(b"end")), Some(())));
        assert_eq!((skim.member(), skim.member()), (Some(Member::End), Some(Member::End)));
        assert!(skim.is_done());
    }

    #[test]
    fn what_is_not_plain_is_left_to_the_book() {
        for text in ["\"a\\\"b\"", "\"a\\/b\"", "\"open", "7", ""] {
            assert_eq!(Skim::new(text.as_bytes()).text(), None, "{text:?}");
        }
        for text in
            ["-1,", "1.5,", "01,", "00}", "1e3,", "\"1", "\"\",", "18446744073709551616,", "7", "true,"]
        {
            assert_eq!(Skim::new(text.as_bytes()).number(), None, "{text:?}");
        }
        assert_eq!(Skim::new(b"18446744073709551615}").number(), Some(u64::MAX));
        assert_eq!(Skim::new(b"0,").number(), Some(0));
        for text in ["{ \"a\":1}", "{\"a\" :1}", "{,}", "[]", "{\"a\":1 }"] {
            let mut skim = Skim::new(text.as_bytes());
            let walked = (|| {
                skim.open()?;
                while skim.member()? != Member::End {
                    skim.pass()?;
                }
                skim.is_done().then_some(())
            })();
            assert_eq!(walked, None, "{text:?}");
        }
    }
}

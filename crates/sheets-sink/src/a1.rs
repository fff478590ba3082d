//! Columns as people call them: 0 is `A`, 25 is `Z`, 26 is `AA`.

/// The letters of a column.
pub(crate) fn letters(index: u32) -> String {
    let mut out = Vec::new();
    let mut rest = u64::from(index) + 1;
    while rest > 0 {
        rest -= 1;
        out.push(char::from(b'A' + u8::try_from(rest % 26).unwrap_or_default()));
        rest /= 26;
    }
    out.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn index(letters: &str) -> u32 {
        letters.bytes().fold(0, |sum, letter| sum * 26 + u32::from(letter - b'A') + 1) - 1
    }

    #[test]
    fn columns_are_called_as_in_the_sheet() {
        for (at, name) in [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA"), (18277, "ZZZ")] {
            assert_eq!(letters(at), name);
        }
    }

    proptest! {
        #[test]
        fn letters_lead_back_to_the_column(at in 0_u32..1_000_000) {
            prop_assert_eq!(index(&letters(at)), at);
        }
    }
}

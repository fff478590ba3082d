//! Russian for people: plurals, clock of the recording, quotes cut to size.

/// «раз» after a number.
pub(crate) const fn times(count: u32) -> &'static str {
    plural(count, "раз", "раза", "раз")
}

/// The form that follows a number: 1 вопрос, 2 вопроса, 5 вопросов.
pub(crate) const fn plural(
    count: u32,
    one: &'static str,
    few: &'static str,
    many: &'static str,
) -> &'static str {
    match (count % 10, count % 100) {
        (_, 11..=14) => many,
        (1, _) => one,
        (2..=4, _) => few,
        _ => many,
    }
}

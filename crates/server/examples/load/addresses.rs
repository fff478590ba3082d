//! Addresses of which each request takes another one: what was answered before does not help then.
//!
//! `{day}` is a day of the last two years, `{till}` one of the thirty days from it on, `{word}` a word,
//! `{seller}` one of forty, `{call}` one of the newest judged calls.

use chrono::Days;
use domain::{Clock as _, SystemClock};

/// Those that the seeded words are made of: 13 824 words.
const SYLLABLES: [&str; 24] = [
    "до", "го", "ра", "на", "сто", "ли", "ка", "по", "ве", "ри", "мо", "та", "ну", "се", "ло", "ди", "бо",
    "ва", "кры", "пе", "зо", "тру", "ше", "ня",
];
const DAYS: u64 = 700;
const LONGEST: u64 = 30;
const SELLERS: u64 = 40;

/// An address of the template: each number makes another one.
pub(crate) fn filled(template: &str, number: u64, calls: &[String]) -> String {
    if !template.contains('{') {
        return template.to_owned();
    }
    // splitmix64: neighbours fall far apart
    let mut mixed = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^= mixed >> 31;
    let syllable = |n: u64| SYLLABLES.get(usize::try_from(n % 24).unwrap_or(0)).copied().unwrap_or_default();
    let word = format!("{}{}{}", syllable(mixed), syllable(mixed / 24), syllable(mixed / 576));
    let day = SystemClock.now().date_naive().checked_sub_days(Days::new(LONGEST + mixed % DAYS));
    let day = day.unwrap_or_default();
    let till = day.checked_add_days(Days::new(mixed / DAYS % LONGEST)).unwrap_or(day);
    let at = usize::try_from(number).unwrap_or(0) % calls.len().max(1);
    template
        .replace("{word}", &word)
        .replace("{day}", &day.to_string())
        .replace("{till}", &till.to_string())
        .replace("{seller}", &(mixed / DAYS / LONGEST % SELLERS).to_string())
        .replace("{call}", calls.get(at).map_or("", String::as_str))
}

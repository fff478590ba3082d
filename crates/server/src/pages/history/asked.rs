//! What the address of a list asks for: the parameters of the API's lists, `q` (words, a number), and
//! the place in the list. A form sends fields left empty; those are nothing asked.

use axum::extract::Query;
use http::Uri;
use store::{CallFilter, Cursor};
use url::form_urlencoded;

use crate::Web;
use crate::api::CallQuery;
use crate::pages::words::Amount;
use crate::problem::Problem;

/// Parameters that say where in the list, not which list.
const PLACES: [&str; 6] = ["cursor", "page", "t", "n", "listen", "edit"];

/// Longer addresses are nobody's.
const LONGEST: usize = 4_000;

/// A list as asked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asked {
    pairs: Vec<(String, String)>,
    query: CallQuery,
}

impl Asked {
    /// Reads an address.
    ///
    /// # Errors
    /// 422 for a parameter that cannot be.
    pub(crate) fn read(query: &str) -> Result<Self, Problem> {
        if query.len() > LONGEST {
            return Err(Problem::invalid("query", "адрес слишком длинный", "the address is too long"));
        }
        let mut pairs: Vec<(String, String)> = Vec::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let value = value.trim();
            if value.is_empty() {
                continue;
            }
            // boxes of one name are one list
            match pairs.iter_mut().find(|(known, _)| *known == name) {
                Some((_, known)) if name == "status" => {
                    known.push(',');
                    known.push_str(value);
                }
                Some(_) => {}
                None => pairs.push((name.into_owned(), value.to_owned())),
            }
        }
        expand_score(&mut pairs);
        join_criterion(&mut pairs);
        let asked = Self { pairs, query: CallQuery::default() };
        let uri: Uri = format!("/?{}", asked.written(|_| true)).parse().map_err(|_| unreadable())?;
        let Query(query) = Query::<CallQuery>::try_from_uri(&uri).map_err(|_| unreadable())?;
        Ok(Self { query, ..asked })
    }

    /// The filter that is meant; a number typed into the search field is the client's.
    ///
    /// # Errors
    /// 422 for a value that cannot be.
    pub(crate) fn filter(&self, web: &Web) -> Result<CallFilter, Problem> {
        let mut filter = self.query.filter(web.config().timezone, web.clock().now())?;
        if let Some(digits) = self.digits() {
            filter.client = Some(digits);
        }
        Ok(filter)
    }

    /// What was typed into the search field.
    pub(crate) fn q(&self) -> &str {
        self.get("q").unwrap_or_default()
    }

    /// Words to look for in conversations.
    pub(crate) fn words(&self) -> Option<&str> {
        self.get("q").filter(|_| self.digits().is_none())
    }

    /// A part of a telephone number was typed: at least three digits and nothing but what numbers are
    /// written with.
    fn digits(&self) -> Option<String> {
        let q = self.get("q")?;
        let digits: String = q.chars().filter(char::is_ascii_digit).collect();
        let written = q.chars().all(|c| c.is_ascii_digit() || " +-()\u{a0}".contains(c));
        // people type 8 where we keep +7
        let digits = match digits.strip_prefix('8') {
            Some(rest) if digits.len() == 11 => format!("7{rest}"),
            _ => digits,
        };
        (written && digits.len() >= 3).then_some(digits)
    }

    /// A parameter.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Whether a parameter has this value.
    pub(crate) fn has(&self, name: &str, value: &str) -> bool {
        self.get(name).is_some_and(|known| known.split(',').any(|one| one == value))
    }

    /// The parameters of the filter, for hidden fields.
    pub(crate) fn kept(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .filter(|(name, _)| !PLACES.contains(name) && *name != "q")
    }

    /// Nothing but the order is asked.
    pub(crate) fn is_bare(&self) -> bool {
        self.pairs.iter().all(|(name, _)| PLACES.contains(&name.as_str()) || name == "sort")
    }

    pub(crate) fn cursor(&self) -> Option<Cursor> {
        self.get("cursor").map(|cursor| Cursor(cursor.to_owned()))
    }

    /// From 0.
    pub(crate) fn page(&self) -> u32 {
        self.get("page").and_then(|page| page.parse().ok()).unwrap_or(0).min(1_000)
    }

    /// The list's query without places, `?…` or empty.
    pub(crate) fn list(&self) -> String {
        self.written(|name| !PLACES.contains(&name))
    }

    /// The list from its beginning.
    pub(crate) fn first_page(&self) -> String {
        address(&self.list(), &[])
    }

    /// The list after a place.
    pub(crate) fn after(&self, cursor: &Cursor) -> String {
        address(&self.list(), &[("cursor", &cursor.0)])
    }

    /// A page of hits.
    pub(crate) fn page_at(&self, page: u32) -> String {
        address(&self.list(), &[("page", &page.to_string())])
    }

    /// The list without a parameter.
    pub(crate) fn without(&self, names: &[&str]) -> String {
        address(&self.written(|name| !PLACES.contains(&name) && !names.contains(&name)), &[])
    }

    /// The list with a parameter instead of those.
    pub(crate) fn with(&self, instead: &[&str], name: &str, value: &str) -> String {
        let kept =
            self.written(|known| !PLACES.contains(&known) && known != name && !instead.contains(&known));
        address(&kept, &[(name, value)])
    }

    /// A call of this list; `place` is its number among hits.
    pub(crate) fn call(&self, id: &str, place: Option<u32>, at_ms: Option<u64>) -> String {
        let mut more: Vec<(&str, String)> = Vec::new();
        if let Some(at) = at_ms {
            more.push(("t", seconds(at)));
        }
        if let Some(place) = place {
            more.push(("n", place.to_string()));
        }
        let more: Vec<(&str, &str)> = more.iter().map(|(name, value)| (*name, value.as_str())).collect();
        of_call(id, &self.list(), &more)
    }

    /// A second of the call that this address names: its place in the list stays.
    pub(crate) fn at(&self, id: &str, ms: impl Amount) -> String {
        self.call(id, self.place(), Some(ms.amount()))
    }

    /// The call's number among hits.
    pub(crate) fn place(&self) -> Option<u32> {
        self.get("n").and_then(|n| n.parse().ok())
    }

    /// «Слушать подряд» from this call on.
    pub(crate) fn listen(&self, id: &str, place: Option<u32>) -> String {
        let number = place.map(|place| place.to_string());
        let mut more = vec![("listen", "1")];
        more.extend(number.as_deref().map(|number| ("n", number)));
        of_call(id, &self.list(), &more)
    }

    fn written(&self, keep: impl Fn(&str) -> bool) -> String {
        let mut out = form_urlencoded::Serializer::new(String::new());
        for (name, value) in self.pairs.iter().filter(|(name, _)| keep(name)) {
            out.append_pair(name, value);
        }
        out.finish()
    }
}

/// `40-59` of the form is two limits of the list.
fn expand_score(pairs: &mut Vec<(String, String)>) {
    let Some(at) = pairs.iter().position(|(name, _)| name == "score") else { return };
    let (_, range) = pairs.remove(at);
    let limits: &[(&str, &str)] = match range.as_str() {
        "low" => &[("below_score", "40")],
        "fair" => &[("min_score", "40"), ("below_score", "60")],
        "good" => &[("min_score", "60")],
        "none" => &[("scored", "false")],
        _ => &[],
    };
    pairs.retain(|(name, _)| !["min_score", "max_score", "below_score", "scored"].contains(&name.as_str()));
    pairs.extend(limits.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
}

/// A criterion and a verdict of the form are one parameter of the list.
fn join_criterion(pairs: &mut Vec<(String, String)>) {
    let mut take = |name: &str| {
        let at = pairs.iter().position(|(known, _)| known == name)?;
        Some(pairs.remove(at).1)
    };
    let (key, verdict) = (take("criterion_key"), take("criterion_verdict"));
    if let (Some(key), Some(verdict)) = (key, verdict) {
        pairs.retain(|(name, _)| name != "criterion");
        pairs.push(("criterion".to_owned(), format!("{key}:{verdict}")));
    }
}

fn unreadable() -> Problem {
    Problem::invalid("query", "параметр в адресе не читается", "a parameter of the address cannot be read")
        .hint("откройте историю заново: /history", "open the history anew: /history")
}

fn address(list: &str, more: &[(&str, &str)]) -> String {
    let query = joined(list, more);
    if query.is_empty() { "/history".to_owned() } else { format!("/history?{query}") }
}

fn of_call(id: &str, list: &str, more: &[(&str, &str)]) -> String {
    let query = joined(list, more);
    if query.is_empty() { format!("/history/{id}") } else { format!("/history/{id}?{query}") }
}

fn joined(list: &str, more: &[(&str, &str)]) -> String {
    let mut out = form_urlencoded::Serializer::new(list.to_owned());
    for (name, value) in more {
        out.append_pair(name, value);
    }
    out.finish()
}

/// `48`, `5.2`: seconds for `?t=`.
pub(crate) fn seconds(ms: u64) -> String {
    match ms % 1000 {
        0 => (ms / 1000).to_string(),
        rest => format!("{}.{}", ms / 1000, rest / 100),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(query: &str) -> Asked {
        Asked::read(query).unwrap()
    }

    #[test]
    fn empty_fields_are_nothing_asked_and_boxes_are_one_list() {
        let asked = asked("q=&manager=&status=done&status=missed&score=fair&min_duration_s=20");
        assert_eq!(asked.list(), "status=done%2Cmissed&min_duration_s=20&min_score=40&below_score=60");
        assert!(asked.has("status", "missed"));
        assert_eq!(asked.without(&["status", "min_score", "below_score"]), "/history?min_duration_s=20");
    }

    #[test]
    fn a_number_is_looked_for_among_clients_and_words_in_conversations() {
        assert_eq!(asked("q=%2B7+(900)+000-31").digits().as_deref(), Some("790000031"));
        assert_eq!(asked("q=89000003108").digits().as_deref(), Some("79000003108"));
        assert_eq!(asked("q=12").words(), Some("12"));
        assert_eq!(asked("q=дорого").words(), Some("дорого"));
        assert_eq!(asked("q=031").words(), None);
    }

    #[test]
    fn a_call_keeps_its_list_and_loses_the_place_in_it() {
        let asked = asked("q=%D0%B4%D0%B0&page=3&manager=7");
        assert_eq!(
            asked.call("id", Some(121), Some(5_200)),
            "/history/id?q=%D0%B4%D0%B0&manager=7&t=5.2&n=121"
        );
        assert_eq!(asked.page_at(4), "/history?q=%D0%B4%D0%B0&manager=7&page=4");
    }

    #[test]
    fn noise_is_refused_and_never_panics() {
        assert!(Asked::read("min_score=abc").is_err());
        assert!(Asked::read(&"a=1&".repeat(2_000)).is_err());
        assert!(Asked::read("%ff=%00&q=%ff%fe&&==").is_ok());
    }
}

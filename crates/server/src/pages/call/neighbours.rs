//! The calls before and after this one in the list that it was opened from.
//!
//! A list is walked by its own order: by time, with the filter narrowed to this call's instant, or by
//! the number among hits. So a list of a million calls costs two short pages.

use chrono::{TimeDelta, Utc};
use store::{CallFilter, CallRecord, CallSort, HITS_COUNTED, PageRequest, SearchQuery, StoreError};

use crate::Web;
use crate::pages::history::Asked;
use crate::pages::words::Words;
use crate::problem::Problem;
use crate::visible::VisibleCalls;

/// The call itself and the one beyond it.
const PAIR: u32 = 2;
/// Where several calls began in one millisecond: so many are looked through for this one.
const TIES: u32 = 20;

/// The way on and back.
#[derive(Default)]
pub(crate) struct Neighbours {
    pub(crate) back: String,
    pub(crate) previous: Option<String>,
    pub(crate) next: Option<String>,
    /// «3 из 47».
    pub(crate) place: String,
    /// The next one while listening in turn.
    pub(crate) listen_next: Option<String>,
}

pub(super) async fn of(
    web: &Web,
    t: &Words,
    visible: &VisibleCalls,
    asked: &Asked,
    record: &CallRecord,
) -> Result<Neighbours, Problem> {
    let filter = asked.filter(web)?;
    let number = asked.place();
    let mut near = match (asked.words(), number) {
        (Some(words), Some(number)) => among_hits(t, visible, asked, words, filter, number).await?,
        _ => in_time(t, visible, asked, &filter, record).await?,
    };
    near.back = asked.first_page();
    Ok(near)
}

async fn among_hits(
    t: &Words,
    visible: &VisibleCalls,
    asked: &Asked,
    words: &str,
    filter: CallFilter,
    number: u32,
) -> Result<Neighbours, Problem> {
    let offset = number.saturating_sub(1).min(1_000_000);
    let query = SearchQuery { text: words.to_owned(), filter, limit: 3, offset };
    let (hits, total) = tokio::try_join!(visible.search(&query), visible.count_hits(&query))?;
    let hit = |number: u32| {
        let at = usize::try_from(number.checked_sub(offset)?).ok()?;
        let hit = hits.get(at)?;
        Some((hit.call.call.id.to_string(), hit.start_ms))
    };
    let previous = number
        .checked_sub(1)
        .and_then(|before| hit(before).map(|(id, ms)| asked.call(&id, Some(before), ms)));
    let after = number.saturating_add(1);
    Ok(Neighbours {
        previous,
        next: hit(after).map(|(id, ms)| asked.call(&id, Some(after), ms)),
        listen_next: hit(after).map(|(id, _)| asked.listen(&id, Some(after))),
        place: {
            let key = if total > HITS_COUNTED { "call-place-many" } else { "call-place" };
            let all = t.number(total.min(HITS_COUNTED));
            t.put2(key, ("place", t.number(u64::from(number) + 1)), ("all", all))
        },
        back: String::new(),
    })
}

async fn in_time(
    t: &Words,
    visible: &VisibleCalls,
    asked: &Asked,
    filter: &CallFilter,
    record: &CallRecord,
) -> Result<Neighbours, Problem> {
    let Some(at) = record.call.started_at.map(|at| at.with_timezone(&Utc)) else {
        return Ok(Neighbours::default());
    };
    // instants are kept to the millisecond
    let past = at + TimeDelta::milliseconds(1);
    let mut older = filter.clone();
    older.window.to = Some(older.window.to.map_or(past, |to| to.min(past)));
    older.sort = CallSort::StartedDesc;
    let mut newer = filter.clone();
    newer.window.from = Some(newer.window.from.map_or(at, |from| from.max(at)));
    newer.sort = CallSort::StartedAsc;
    let mut above = newer.clone();
    above.window.from = Some(above.window.from.map_or(past, |from| from.max(past)));
    let oldest_first = filter.sort == CallSort::StartedAsc;
    let (older, newer, total, above) = tokio::try_join!(
        beyond(visible, &older, record),
        beyond(visible, &newer, record),
        visible.count(filter),
        visible.count(&above)
    )?;
    let (previous, next) = if oldest_first { (older, newer) } else { (newer, older) };
    let place = if oldest_first { total.saturating_sub(above) } else { above + 1 };
    let bare = total == 0;
    Ok(Neighbours {
        previous: previous.map(|id| asked.call(&id, None, None)),
        listen_next: next.as_ref().map(|id| asked.listen(id, None)),
        next: next.map(|id| asked.call(&id, None, None)),
        place: if bare {
            String::new()
        } else {
            t.put2("call-place", ("place", t.number(place)), ("all", t.number(total)))
        },
        back: String::new(),
    })
}

/// The call that follows this one in a list that begins at its instant.
async fn beyond(
    visible: &VisibleCalls,
    filter: &CallFilter,
    record: &CallRecord,
) -> Result<Option<String>, StoreError> {
    for limit in [PAIR, TIES] {
        let calls = visible.calls(filter, PageRequest { after: None, limit }).await?;
        let own = calls.items.iter().position(|one| one.call.id == record.call.id);
        let next = own.and_then(|own| calls.items.get(own + 1));
        if next.is_some() || calls.next.is_none() {
            return Ok(next.map(|one| one.call.id.to_string()));
        }
    }
    Ok(None)
}

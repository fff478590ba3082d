//! A campaign on the screen and as JSON: what it would do, what it did.

use std::collections::BTreeMap;
use std::path::Path;

use app::{CampaignOrder, CampaignPlan, LeadRow, LeadsFile, outcome_words};
use chrono_tz::Tz;
use domain::Money;
use serde_json::{Value, json};
use voice_agent::{CampaignEnd, CampaignRun, CampaignStop, LeadState, Person};

use super::facts;
use crate::table::{Cell, Column, render};
use crate::terminal::{Sign, Terminal, Tone};
use crate::texts::t;
use crate::wording;

/// Most rows of the table at the end; all are in the file.
const SHOWN: usize = 30;

/// «Кампания leads: звонит «Первичный звонок», людей 20».
pub(crate) fn head(terminal: &Terminal, order: &CampaignOrder, plan: &CampaignPlan) -> String {
    t!(
        terminal.texts,
        "campaign-head",
        name = order.name.clone(),
        persona = order.persona.title.clone(),
        people = plan.people,
        left = plan.people - plan.settled
    )
}

/// What it would do, and for how much.
pub(crate) fn plan(terminal: &Terminal, order: &CampaignOrder, plan: &CampaignPlan, zone: Tz) -> String {
    let texts = terminal.texts;
    let left = plan.people - plan.settled;
    let mut rows = vec![
        (t!(texts, "campaign-plan-name"), order.name.clone()),
        (t!(texts, "campaign-plan-persona"), order.persona.title.clone()),
        (
            t!(texts, "campaign-plan-rows"),
            t!(
                texts,
                "campaign-plan-rows-of",
                people = plan.people,
                repeated = plan.repeated,
                unreadable = plan.unreadable
            ),
        ),
        (
            t!(texts, "campaign-plan-left"),
            t!(texts, "campaign-plan-left-of", left = left, settled = plan.settled),
        ),
    ];
    let mut when = t!(texts, "campaign-plan-now", count = plan.now);
    if let Some(at) = plan.later {
        let at = at.with_timezone(&zone).format("%d.%m %H:%M").to_string();
        when = format!(
            "{when}; {}",
            t!(texts, "campaign-plan-later", count = left.saturating_sub(plan.now), at = at)
        );
    }
    rows.push((t!(texts, "campaign-plan-when"), when));
    let times = |a_call: Money| {
        let micros = a_call.micros.saturating_mul(i64::try_from(left).unwrap_or(i64::MAX));
        wording::money(texts, Money { micros, ..a_call })
    };
    let price = match (plan.a_call, plan.a_call_at_most) {
        (Some(a_call), _) => {
            t!(texts, "campaign-plan-price-of", sum = times(a_call), a_call = wording::money(texts, a_call))
        }
        (None, Some(most)) => t!(texts, "campaign-plan-price-at-most", sum = times(most)),
        (None, None) => t!(texts, "campaign-plan-price-unknown"),
    };
    rows.push((t!(texts, "campaign-plan-price"), price));
    rows.push((
        t!(texts, "campaign-plan-cap"),
        order
            .settings
            .max_cost
            .map_or_else(|| t!(texts, "campaign-plan-no-cap"), |most| wording::money(texts, most)),
    ));
    facts(terminal, &rows)
}

/// The same for programs.
pub(crate) fn plan_json(order: &CampaignOrder, plan: &CampaignPlan) -> Value {
    json!({
        "campaign": order.name,
        "persona": order.persona.id,
        "rows": plan.rows,
        "people": plan.people,
        "repeated": plan.repeated,
        "unreadable": plan.unreadable,
        "settled": plan.settled,
        "now": plan.now,
        "next_at": plan.later.map(|at| at.to_rfc3339()),
        "price": { "a_call": plan.a_call, "a_call_at_most": plan.a_call_at_most },
        "max_cost": order.settings.max_cost,
    })
}

/// What it did: outcomes, who said what, the money, where the list is.
pub(crate) fn end(
    terminal: &Terminal,
    file: &LeadsFile,
    campaign: &CampaignRun,
    end: &CampaignEnd,
    target: &Path,
    zone: Tz,
) -> String {
    let texts = terminal.texts;
    let columns = [
        Column::new(t!(texts, "campaign-column-client")),
        Column::new(t!(texts, "campaign-column-outcome")).elastic(12, 40),
        Column::new(t!(texts, "campaign-column-calls")).right(),
        Column::new(t!(texts, "campaign-column-answers")).elastic(10, usize::MAX),
    ];
    let people: Vec<(&Person, &LeadState)> =
        file.people().filter_map(|person| Some((person, campaign.state(&person.phone)?))).collect();
    let rows: Vec<Vec<Cell>> = people
        .iter()
        .take(SHOWN)
        .map(|(person, state)| {
            let outcome = state.outcome.map_or_else(
                || terminal.sign(Sign::Dash).to_owned(),
                |outcome| outcome_words(outcome, texts.lang).to_owned(),
            );
            let again = state.again_at.map(|at| {
                format!("; {} {}", t!(texts, "campaign-again"), at.with_timezone(&zone).format("%H:%M"))
            });
            let answers = state.fields.iter().filter_map(|field| field.value.clone());
            vec![
                person.phone.pretty().into(),
                format!("{outcome}{}", again.unwrap_or_default()).into(),
                state.rung.to_string().into(),
                Cell::toned(answers.collect::<Vec<_>>().join(" · "), Some(Tone::Quiet)),
            ]
        })
        .collect();
    let mut text = render(terminal, &columns, &rows);
    if people.len() > SHOWN {
        text = format!("{text}\n{}", t!(texts, "campaign-more", count = people.len() - SHOWN));
    }
    let figures = &end.figures;
    let spent: Vec<String> = figures.spent.iter().map(|sum| wording::money(texts, *sum)).collect();
    let spent = if spent.is_empty() { t!(texts, "campaign-free") } else { spent.join(" + ") };
    format!(
        "{text}\n{}\n{}\n",
        t!(
            texts,
            "campaign-totals",
            talked = figures.talked,
            settled = figures.settled,
            people = figures.people,
            spent = spent
        ),
        t!(texts, "campaign-file", path = target.display().to_string())
    )
}

/// The same for programs.
pub(crate) fn end_json(
    order: &CampaignOrder,
    file: &LeadsFile,
    campaign: &CampaignRun,
    end: &CampaignEnd,
) -> Value {
    let mut outcomes: BTreeMap<&str, usize> = BTreeMap::new();
    let mut leads = Vec::new();
    for row in file.rows() {
        let LeadRow::Person(person) = row else { continue };
        let Some(state) = campaign.state(&person.phone) else { continue };
        if let Some(outcome) = state.outcome {
            *outcomes.entry(outcome.as_str()).or_default() += 1;
        }
        leads.push(json!({
            "phone": person.phone.as_str(),
            "outcome": state.outcome.map(voice_agent::LeadOutcome::as_str),
            "calls": state.rung,
            "call_id": state.call.map(|call| call.to_string()),
            "talk_s": state.talk_ms.map(|ms| ms / 1000),
            "at": state.at.map(|at| at.to_rfc3339()),
            "again_at": state.again_at.map(|at| at.to_rfc3339()),
            "fields": state.fields,
        }));
    }
    let figures = &end.figures;
    json!({
        "campaign": order.name,
        "persona": order.persona.id,
        "stop": end.stop.as_ref().map(stop_name),
        "leads": leads,
        "totals": {
            "people": figures.people, "settled": figures.settled, "talked": figures.talked,
            "waiting": figures.waiting, "by_outcome": outcomes, "cost": figures.spent,
        },
    })
}

const fn stop_name(stop: &CampaignStop) -> &'static str {
    match stop {
        CampaignStop::Paused => "paused",
        CampaignStop::Stopped => "stopped",
        CampaignStop::Budget => "budget",
        CampaignStop::DayBudget => "day_budget",
        CampaignStop::NotNow(_) => "not_now",
        CampaignStop::Refused(_) => "refused",
        CampaignStop::LowBalance => "low_balance",
    }
}

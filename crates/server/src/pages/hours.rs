//! `/queue/schedule`: what is done by the clock, and a period that a person wants checked: its price first,
//! then the work. Folders of this machine are named on the command line alone.

mod form;
mod sources;

use app::{AppError, CallsPlan, PeriodPrice, PlannedSource, PlannedWindow, ScheduleLine};
use askama::Template;
use axum::extract::{RawForm, State};
use axum::response::{IntoResponse as _, Response};
use chrono::{Days, NaiveDate};
use domain::Money;
use http::{StatusCode, header};
use store::TurnEnding;

use self::form::Form;
use self::sources::Source;
use super::done::said;
use super::layout::{Frame, Place, page};
use super::words::Words;
use crate::Web;
use crate::access::{Deed, Viewer};
use crate::problem::Problem;

const HERE: &str = "/queue/schedule";
/// Turns of the log that are shown.
const TURNS: u32 = 20;

/// A schedule.
#[derive(Debug, Clone)]
struct Row {
    name: String,
    hours: String,
    does: String,
    next: Option<String>,
    paused: bool,
    last: Option<Ended>,
}

/// How a turn ended.
#[derive(Debug, Clone)]
struct Ended {
    name: String,
    at: String,
    instant: String,
    words: String,
    icon: &'static str,
    tone: &'static str,
    missed: u32,
    by: String,
}

/// What a person asked the price of.
#[derive(Debug, Clone)]
struct Priced {
    source: Source,
    from: NaiveDate,
    to: NaiveDate,
    rubric: String,
    days: String,
    calls: String,
    open: usize,
    opened: String,
    price: String,
    unknown: Option<String>,
    warnings: Vec<String>,
}

#[derive(Template)]
#[template(path = "pages/schedule.html")]
struct Shown {
    f: Frame,
    zone: String,
    rows: Vec<Row>,
    turns: Vec<Ended>,
    rubrics: Vec<(String, String)>,
    sources: Vec<Source>,
    /// As it was chosen in the form.
    source: String,
    from: String,
    to: String,
    rubric: String,
    priced: Option<Priced>,
    error: Option<String>,
    /// Which form it is of.
    of_period: bool,
    typed_name: String,
    typed_cron: String,
}

#[derive(Default)]
struct Said {
    priced: Option<Priced>,
    error: Option<String>,
    of_period: bool,
    form: Form,
}

/// `GET /queue/schedule`.
///
/// # Errors
/// When the store fails.
pub(crate) async fn hours(State(web): State<Web>, frame: Frame) -> Result<Response, Problem> {
    render(&web, frame, Said::default()).await
}

/// `POST /queue/schedule/price`: what the period has and what it would cost.
///
/// # Errors
/// When the store fails.
pub(crate) async fn price(
    State(web): State<Web>,
    frame: Frame,
    RawForm(body): RawForm,
) -> Result<Response, Problem> {
    let form = Form::read(&body);
    let said = Said { of_period: true, form: form.clone(), ..Said::default() };
    let (plan, source) = match form.plan(&web, &frame.t).await? {
        Ok(planned) => planned,
        Err(wrong) => {
            let error = Some(frame.t.say(wrong));
            return render(&web, frame, Said { error, ..said }).await;
        }
    };
    match Box::pin(web.app().price_of_period(&plan)).await {
        Ok(found) => {
            let priced = form.days().map(|days| priced(&frame.t, &form, source, days, found));
            render(&web, frame, Said { priced, ..said }).await
        }
        Err(error) => render(&web, frame, Said { error: Some(error.to_string()), ..said }).await,
    }
}

/// `POST /queue/schedule/period`: the period is checked as soon as whoever leads gets to it.
///
/// # Errors
/// When the store fails.
pub(crate) async fn period(
    State(web): State<Web>,
    viewer: Viewer,
    frame: Frame,
    RawForm(body): RawForm,
) -> Result<Response, Problem> {
    let form = Form::read(&body);
    let said = Said { of_period: true, form: form.clone(), ..Said::default() };
    let plan = match form.plan(&web, &frame.t).await? {
        Ok((plan, _)) => plan,
        Err(wrong) => {
            let error = Some(frame.t.say(wrong));
            return render(&web, frame, Said { error, ..said }).await;
        }
    };
    if let Err(error) = web.app().ask_for_period(&plan, &viewer.name).await {
        return refused(&web, frame, error, said).await;
    }
    web.audit(&viewer.name, Deed::Queue, &format!("period {} {}", form.from, form.to)).await;
    Ok(self::said(HERE, "done-schedule-asked"))
}

/// `POST /queue/schedule`: a schedule of UIS calls under a name.
///
/// # Errors
/// When the store fails.
pub(crate) async fn add(
    State(web): State<Web>,
    viewer: Viewer,
    frame: Frame,
    RawForm(body): RawForm,
) -> Result<Response, Problem> {
    let form = Form::read(&body);
    let plan = app::Plan::Calls(CallsPlan {
        source: PlannedSource::Uis,
        window: PlannedWindow::Continue,
        rubric: form.rubric(),
    });
    if let Err(error) = web.app().put_schedule(&form.name, &form.cron, None, &plan).await {
        return refused(&web, frame, error, Said { form, ..Said::default() }).await;
    }
    web.audit(&viewer.name, Deed::Queue, "schedule add").await;
    Ok(self::said(HERE, "done-schedule-added"))
}

/// `POST /queue/schedule/{deed}`: run, pause, resume or remove the one that is named.
///
/// # Errors
/// 404 for another deed; when the store fails.
pub(crate) async fn change(
    State(web): State<Web>,
    viewer: Viewer,
    frame: Frame,
    axum::extract::Path(deed): axum::extract::Path<String>,
    RawForm(body): RawForm,
) -> Result<Response, Problem> {
    let (app, name) = (web.app(), Form::read(&body).name);
    let (done, key) = match deed.as_str() {
        "run" => (app.ask_for_turn(&name, &viewer.name).await.map(|_| ()), "done-schedule-asked"),
        "pause" => (app.pause_schedule(&name, true).await, "done-schedule-paused"),
        "resume" => (app.pause_schedule(&name, false).await, "done-schedule-resumed"),
        "remove" => (app.remove_schedule(&name).await, "done-schedule-removed"),
        _ => return Err(Problem::not_found()),
    };
    if let Err(error) = done {
        return refused(&web, frame, error, Said::default()).await;
    }
    web.audit(&viewer.name, Deed::Queue, &format!("schedule {deed}")).await;
    Ok(self::said(HERE, key))
}

/// What a person typed wrong is said on the page; anything else is trouble.
async fn refused(web: &Web, frame: Frame, error: AppError, said: Said) -> Result<Response, Problem> {
    if error.usage {
        return render(web, frame, Said { error: Some(error.to_string()), ..said }).await;
    }
    Err(error.into())
}

async fn render(web: &Web, frame: Frame, said: Said) -> Result<Response, Problem> {
    let f = frame.at(Place::Queue);
    let lines = web.app().schedules(f.t.lang).await?;
    let rows = lines.iter().map(|line| row(&f.t, line)).collect();
    let turns = web.app().turns(TURNS, f.t.lang).await?;
    let turns = turns
        .into_iter()
        .map(|(turn, words)| {
            let mut ended = ended(&f.t, &turn.due_at, words, turn.ending);
            ended.name = turn.name;
            ended.missed = turn.missed;
            ended.by = turn.asked_by.unwrap_or_default();
            ended
        })
        .collect();
    let rubrics = web.app().rubrics()?.into_iter().map(|each| (each.id.to_string(), each.title)).collect();
    let yesterday = f.t.now.date_naive().checked_sub_days(Days::new(1)).unwrap_or_default().to_string();
    let or = |typed: &str| if typed.is_empty() { yesterday.clone() } else { typed.to_owned() };
    let shown = Shown {
        zone: web.config().timezone.name().to_owned(),
        rows,
        turns,
        rubrics,
        sources: sources::known(web, &f.t, &lines),
        source: said.form.source.clone(),
        from: or(&said.form.from),
        to: or(&said.form.to),
        rubric: said.form.rubric.clone(),
        priced: said.priced,
        of_period: said.of_period,
        typed_name: said.form.name,
        typed_cron: said.form.cron,
        error: said.error,
        f,
    };
    let status = if shown.error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, [(header::CACHE_CONTROL, "no-store")], page(&shown)?).into_response())
}

fn row(t: &Words, line: &ScheduleLine) -> Row {
    let what = &line.schedule.what;
    let own = line.zone == Some(t.now.timezone());
    Row {
        name: what.name.clone(),
        hours: if own { what.cron.clone() } else { format!("{} {}", what.cron, what.zone) },
        does: line.does.clone(),
        next: line.next.map(|at| t.moment(&at)),
        paused: line.schedule.paused_at.is_some(),
        last: line.last.as_ref().map(|(at, words, how)| ended(t, at, words.clone(), *how)),
    }
}

fn ended(t: &Words, at: &chrono::DateTime<chrono::Utc>, words: String, how: Option<TurnEnding>) -> Ended {
    let (icon, tone) = match how {
        Some(TurnEnding::Done) => ("met", ""),
        Some(TurnEnding::Failed) => ("close", "bad"),
        Some(TurnEnding::Skipped) => ("pause", "warn"),
        None => ("clock", "acc"),
    };
    let (name, by) = (String::new(), String::new());
    Ended { name, at: t.moment(at), instant: t.instant(at), words, icon, tone, missed: 0, by }
}

fn priced(
    t: &Words,
    form: &Form,
    source: Source,
    (from, to): (NaiveDate, NaiveDate),
    found: PeriodPrice,
) -> Priced {
    let mut sums: Vec<Money> = found.price.speech.clone();
    for amount in &found.price.analysis {
        match sums.iter_mut().find(|sum| sum.currency == amount.currency) {
            Some(sum) => sum.micros = sum.micros.saturating_add(amount.micros),
            None => sums.push(*amount),
        }
    }
    let paid: Vec<String> = sums.iter().filter(|sum| sum.micros > 0).map(|sum| t.money(*sum)).collect();
    Priced {
        source,
        from,
        to,
        rubric: form.rubric.clone(),
        days: t.days(from, to),
        calls: t.count("schedule-calls", found.calls),
        open: found.open,
        opened: t.count("schedule-open", found.open),
        price: if paid.is_empty() { t.say("schedule-free") } else { paid.join(" + ") },
        unknown: (found.price.unknown > 0).then(|| t.count("schedule-unknown", found.price.unknown)),
        warnings: found.warnings,
    }
}

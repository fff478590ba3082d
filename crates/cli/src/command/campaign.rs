//! `zvonar voximplant campaign FILE`: a list of people is rung, and what they said comes back into it.

use std::collections::HashMap;
use std::sync::Arc;

use app::{App, CampaignOrder, CampaignPlan, LeadsFile, WhereSpoken};
use chrono_tz::Tz;
use pipeline::Unobserved;
use tokio_util::sync::CancellationToken;
use voice_agent::{CampaignEnd, CampaignRun, CampaignSettings, CampaignStop, DialogMode, LeadState};

use super::run::money;
use crate::args::CampaignArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::campaign as output;
use crate::progress::CampaignProgress;
use crate::session::Session;
use crate::stop::Stop;
use crate::terminal::Terminal;
use crate::texts::{Texts, t};
use crate::when;

pub(super) async fn campaign(args: CampaignArgs, session: Session) -> Result<Exit, Failure> {
    let (app, terminal, asked, _log) = session.into_parts();
    let app = Arc::new(app);
    let texts = terminal.texts;
    let name = name_of(&args);
    if args.pause {
        return pause(&app, &terminal, &name).await;
    }
    let file = app.leads_file(&args.leads, args.phone_column.as_deref())?;
    let order = order(&app, &args, name, texts).await?;
    let plan = app.campaign_plan(&order, &file).await?;
    if args.dry_run {
        if args.json {
            terminal.print_json(&output::plan_json(&order, &plan))?;
        } else {
            terminal.print(&output::plan(&terminal, &order, &plan, app.config().timezone))?;
        }
        return Ok(Exit::Good);
    }
    if plan.people == 0 {
        return Err(Failure::usage(t!(texts, "campaign-nobody"), t!(texts, "campaign-nobody-hint")));
    }
    // whoever runs it by hand wants it to go on
    app.pause_campaign(&order.name, false).await?;
    run(&app, &terminal, &asked, &args, &order, &file, &plan).await
}

/// Of the file, unless it was given.
fn name_of(args: &CampaignArgs) -> String {
    let stem = || args.leads.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let name = args.name.clone().or_else(stem).unwrap_or_else(|| "leads".to_owned());
    name.trim().chars().take(100).collect()
}

async fn pause(app: &App, terminal: &Terminal, name: &str) -> Result<Exit, Failure> {
    let texts = terminal.texts;
    if !app.pause_campaign(name, true).await? {
        return Err(Failure::usage(
            t!(texts, "campaign-unknown", name = name.to_owned()),
            t!(texts, "campaign-unknown-hint"),
        ));
    }
    terminal.say(&t!(texts, "campaign-paused", name = name.to_owned()));
    Ok(Exit::Good)
}

async fn order(app: &App, args: &CampaignArgs, name: String, texts: Texts) -> Result<CampaignOrder, Failure> {
    let room = app.voice().await?;
    let id = args.persona.clone().unwrap_or_else(|| room.default_persona().to_owned());
    let persona = room.caller(&id).ok_or_else(|| {
        Failure::usage(t!(texts, "campaign-no-persona", id = id.clone()), "zvonar agent list".to_owned())
    })?;
    let pause = |text: &str| {
        when::length(text).and_then(|length| length.to_std().ok()).ok_or_else(|| {
            Failure::usage(
                t!(texts, "campaign-no-length", text = text.to_owned()),
                t!(texts, "campaign-no-length-hint"),
            )
        })
    };
    let defaults = CampaignSettings::default();
    Ok(CampaignOrder {
        name,
        persona,
        mode: match args.dialog.as_deref() {
            Some("realtime") => DialogMode::Realtime,
            Some(_) => DialogMode::Turns,
            None => room.default_mode(),
        },
        settings: CampaignSettings {
            lines: usize::from(args.lines).min(app.config().voximplant.max_calls),
            attempts: args.whom.attempts,
            after_busy: pause(&args.whom.after_busy)?,
            after_no_answer: pause(&args.whom.after_no_answer)?,
            after_machine: pause(&args.whom.after_machine)?,
            spoken_within: defaults.spoken_within.filter(|_| !args.whom.again),
            max_cost: args.max_cost.as_deref().map(|text| money(text, texts)).transpose()?,
            rub_micros_per_usd: app.config().rub_micros_per_usd,
            no_waiting: args.whom.no_wait,
            ..defaults
        },
    })
}

async fn run(
    app: &Arc<App>,
    terminal: &Terminal,
    asked: &Stop,
    args: &CampaignArgs,
    order: &CampaignOrder,
    file: &LeadsFile,
    plan: &CampaignPlan,
) -> Result<Exit, Failure> {
    let texts = terminal.texts;
    let serving = CancellationToken::new();
    let _stopped_at_the_end = serving.clone().drop_guard();
    if app.voice().await?.place_of_calls() == WhereSpoken::Simulated {
        // nobody else holds a line of this machine
        tokio::spawn(app.voice().await?.keep(serving.clone()));
        tokio::spawn(app.serving_parts()?.serve(Arc::new(Unobserved), serving.clone()));
        terminal.say(&t!(texts, "call-simulated"));
    } else {
        app.backend_answers().await?;
    }
    let mut campaign = app.campaign(order, file).await?;
    terminal.say(&output::head(terminal, order, plan));
    let written = |states: &HashMap<String, LeadState>| {
        file.write(args.out.as_deref(), &order.name, &order.persona, states, app.config().timezone)
    };
    // before anything rings: what cannot be written is told now
    written(&campaign.states())?;
    let (zone, max_cost) = (app.config().timezone, order.settings.max_cost);
    let progress = CampaignProgress::new(*terminal, max_cost, zone, |campaign: &CampaignRun| {
        if let Err(error) = written(&campaign.states()) {
            tracing::warn!(%error, "the list is not written now");
        }
    });
    let stop = CancellationToken::new();
    let told = tokio::spawn({
        let (stop, terminal) = (stop.clone(), *terminal);
        async move {
            stop.cancelled().await;
            terminal.say(&t!(terminal.texts, "campaign-stopping"));
        }
    });
    let ended = asked.gently(&stop, campaign.run(&progress, &stop)).await;
    told.abort();
    progress.finish();
    let ended = ended.inspect_err(|_| terminal.say(&t!(texts, "campaign-left")));
    // what the last run found is in the file even if this one broke
    let end = ended.and_then(|ended| ended.map_err(|error| app.campaign_failed(&error).into()));
    written(&campaign.states())?;
    let end = end?;
    let target = args.out.as_deref().unwrap_or(&args.leads);
    if args.json {
        terminal.print_json(&output::end_json(order, file, &campaign, &end))?;
    } else {
        terminal.print(&output::end(terminal, file, &campaign, &end, target, app.config().timezone))?;
    }
    tell_stop(terminal, &end, args, app.config().timezone);
    Ok(exit(&end))
}

fn tell_stop(terminal: &Terminal, end: &CampaignEnd, args: &CampaignArgs, zone: Tz) {
    let texts = terminal.texts;
    let Some(stop) = &end.stop else { return };
    let why = match stop {
        CampaignStop::Paused => t!(texts, "campaign-stop-paused"),
        CampaignStop::Stopped => t!(texts, "campaign-stop-stopped"),
        CampaignStop::Budget => t!(texts, "campaign-stop-budget"),
        CampaignStop::DayBudget => t!(texts, "campaign-stop-day-budget"),
        CampaignStop::NotNow(at) => {
            let at = at.with_timezone(&zone).format("%d.%m %H:%M").to_string();
            t!(texts, "campaign-stop-not-now", at = at)
        }
        CampaignStop::Refused(reason) => t!(texts, "campaign-stop-refused", reason = reason.clone()),
        CampaignStop::LowBalance => t!(texts, "campaign-stop-low-balance"),
    };
    terminal.warn(&why);
    let again = format!("zvonar voximplant campaign {}", args.leads.display());
    terminal.say(&t!(texts, "campaign-go-on", command = again));
}

fn exit(end: &CampaignEnd) -> Exit {
    match end.stop {
        None => Exit::Good,
        Some(CampaignStop::Stopped) => Exit::Interrupted,
        Some(CampaignStop::Refused(_)) => Exit::Refused,
        Some(_) => Exit::Trouble,
    }
}

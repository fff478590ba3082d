//! Fills a store as work does: discovered, claimed, completed, many at once.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use domain::{CallStatus, Money, Verdict};
use store::{
    Analyses as _, Calls as _, ClaimRequest, ClaimedJob, Jobs as _, NewJob, Outcome, OverrideVerdict,
    SpendEntry, SqliteStore, Stage, StageResult,
};

use crate::company::{Company, Outcomes, RUBRIC, transcript};

const SLICE: u64 = 10_000;
/// Jobs ended in one transaction.
const BATCH: u32 = 400;

fn figure(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

fn rate(name: &str, count: u64, began: Instant) {
    println!("{name} {:.0} /s", figure(count) / began.elapsed().as_secs_f64());
}

fn request(store: &SqliteStore, stage: Stage, limit: u32, now: DateTime<Utc>) -> ClaimRequest {
    ClaimRequest {
        stage,
        target: None,
        run: None,
        worker: store.worker_id(),
        lease: Duration::from_hours(1),
        limit,
        probe: false,
        now,
    }
}

async fn discover(store: &SqliteStore, company: Company) -> Outcomes<()> {
    let (mut new, mut known) = (Duration::ZERO, Duration::ZERO);
    for first in (0..company.calls).step_by(usize::try_from(SLICE)?) {
        let slice = (first..company.calls.min(first + SLICE)).map(|n| company.call(n));
        let slice = slice.collect::<Outcomes<Vec<_>>>()?;
        let began = Instant::now();
        store.discover(&slice, None, company.begins()).await?;
        new += began.elapsed();
        if first % (SLICE * 10) == 0 {
            let began = Instant::now();
            store.discover(&slice, None, company.begins()).await?;
            known += began.elapsed();
        }
    }
    let slices = figure(company.calls) / figure(SLICE);
    println!("discover_10000_new {:.0} ms", new.as_secs_f64() * 1_000.0 / slices);
    println!("discover_10000_known {:.0} ms", known.as_secs_f64() * 1_000.0 / (slices / 10.0).ceil());
    Ok(())
}

fn number(claim: &ClaimedJob) -> Outcomes<u64> {
    Ok(claim.record.call.external_id.parse()?)
}

fn heard(claim: &ClaimedJob) -> Outcomes<StageResult> {
    let call = claim.job.call;
    Ok(StageResult {
        outcome: Outcome::Transcribed {
            transcript: Box::new(transcript(number(claim)?)),
            cache_key: call.to_string(),
        },
        status: None,
        error: None,
        next: vec![NewJob { call, stage: Stage::Analyze, target: RUBRIC.to_owned() }],
        spend: vec![SpendEntry {
            call,
            item: "speech".to_owned(),
            amount: "0.74RUB".parse::<Money>()?,
            key: None,
        }],
    })
}

fn judged(company: Company, claim: &ClaimedJob) -> Outcomes<StageResult> {
    let call = claim.job.call;
    let analysis = company.analysis(number(claim)?);
    Ok(StageResult {
        status: Some(if analysis.is_some() { CallStatus::Done } else { CallStatus::AnalysisFailed }),
        outcome: analysis.map_or(Outcome::Nothing, |analysis| Outcome::Analyzed(Box::new(analysis))),
        error: None,
        next: Vec::new(),
        spend: vec![SpendEntry {
            call,
            item: "analysis".to_owned(),
            amount: "0.52RUB".parse::<Money>()?,
            key: None,
        }],
    })
}

/// Ends all jobs of a stage, each batch at the time of its calls, as if the company had run all the while.
async fn work(store: &SqliteStore, company: Company, stage: Stage) -> Outcomes<()> {
    let (began, mut done, mut told) = (Instant::now(), 0_u64, 0_u64);
    loop {
        let claims = store.claim(&request(store, stage, BATCH, company.until)).await?;
        let Some(first) = claims.first() else { break };
        let now = first.record.call.started_at.map_or(company.until, |at| at.with_timezone(&Utc));
        done += u64::try_from(claims.len())?;
        let mut ended = Vec::with_capacity(claims.len());
        for claim in claims {
            let result = if stage == Stage::Transcribe { heard(&claim)? } else { judged(company, &claim)? };
            ended.push((claim, result));
        }
        store.complete_all(ended, now).await?;
        if done / 50_000 > told {
            told = done / 50_000;
            rate(&format!("{}_{done}", stage.as_str()), done, began);
        }
    }
    rate(&format!("complete_{}", stage.as_str()), done, began);
    Ok(())
}

/// One at a time, as a worker with nothing beside it would: what a single end costs.
async fn singly(store: &SqliteStore, company: Company, stage: Stage) -> Outcomes<()> {
    let (began, mut done) = (Instant::now(), 0);
    for claim in store.claim(&request(store, stage, 500, company.until)).await? {
        let result = if stage == Stage::Transcribe { heard(&claim)? } else { judged(company, &claim)? };
        store.complete(&claim, result, company.until).await?;
        done += 1;
    }
    rate(&format!("complete_{}_singly", stage.as_str()), done, began);
    Ok(())
}

async fn correct(store: &SqliteStore, company: Company) -> Outcomes<()> {
    for n in (0..company.calls).rev().filter(|n| company.analysis(*n).is_some()).take(2_000) {
        let verdict = OverrideVerdict {
            call: Company::id(n),
            rubric: RUBRIC.into(),
            key: if n % 2 == 0 { "needs" } else { "next_step" }.to_owned(),
            verdict: if n % 3 == 0 { Verdict::NotMet } else { Verdict::Met },
            score: None,
            value: None,
            reason: "Слышно на записи".to_owned(),
            author: "РОП".to_owned(),
            at: company.until,
        };
        store.override_verdict(&verdict).await?;
    }
    Ok(())
}

pub(crate) async fn fill(store: &SqliteStore, company: Company) -> Outcomes<()> {
    discover(store, company).await?;
    for stage in [Stage::Transcribe, Stage::Analyze] {
        work(store, company, stage).await?;
    }
    // a few more on top, where the history is longest
    let more = Company { calls: company.calls + 1_000, ..company };
    let last = (company.calls..more.calls).map(|n| more.call(n)).collect::<Outcomes<Vec<_>>>()?;
    store.discover(&last, None, company.begins()).await?;
    for stage in [Stage::Transcribe, Stage::Analyze] {
        singly(store, more, stage).await?;
        work(store, more, stage).await?;
    }
    correct(store, company).await
}

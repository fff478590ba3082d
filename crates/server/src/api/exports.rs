//! `GET /api/v1/exports`: the report as a file, made as it is read; memory holds a page of calls.
//!
//! CSV rows leave as their page comes from the store. A workbook is written to a temporary file first:
//! its format wants sizes at the front. Small ones have sums, charts and quotes; a large one has rows.

use std::io;
use std::path::PathBuf;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use domain::{Rubric, RubricId};
use futures::{Stream, StreamExt as _, TryStreamExt as _, stream};
use http::{HeaderMap, HeaderValue, Method, header};
use pipeline::{CallReport, CsvRows, ReportOptions, XlsxReport, XlsxRows};
use serde::{Deserialize, Serialize};
use store::{CallFilter, Cursor, PageRequest};
use tokio_util::io::ReaderStream;
use utoipa::{IntoParams, ToSchema};

use super::extract::Asked;
use super::filter::CallQuery;
use super::tags;
use crate::Web;
use crate::access::{Deed, Viewer};
use crate::problem::Problem;
use crate::visible::VisibleCalls;

/// Calls read at once.
const PAGE: u32 = 200;
/// Up to so many calls a workbook has everything; beyond, its memory would grow with them.
const WITH_SUMS: usize = 1_000;

/// The kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Format {
    /// UTF-8 with BOM, `;`, as spreadsheets in Russia read it.
    Csv,
    Xlsx,
}

/// Which kind.
#[derive(Debug, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportQuery {
    /// The kind of file.
    #[param(inline)]
    format: Format,
}

/// The report as a file
///
/// The calls of the filter, newest first, in the columns of the sheet; criteria are those of `rubric`, or
/// of the rubric that the newest calls were judged by. No cell can become a formula.
#[utoipa::path(
    get, path = "/api/v1/exports", tag = tags::CALLS, operation_id = "export_calls", params(ExportQuery, CallQuery),
    responses((status = 200, description = "The file, streamed", content(
        (String = "text/csv"),
        (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ))),
)]
pub(crate) async fn export(
    State(web): State<Web>,
    viewer: Viewer,
    method: Method,
    headers: HeaderMap,
    Asked(query, calls): Asked<ExportQuery, CallQuery>,
) -> Result<Response, Problem> {
    let now = web.clock().now();
    let filter = calls.filter(web.config().timezone, now)?;
    let visible = web.visible(&viewer);
    let options = ReportOptions {
        lang: web.lang(&headers),
        zone: web.config().timezone,
        rubric: rubric(&web, &visible, &filter).await?,
        page_url: Some(page_url(&web, &headers)),
    };
    let (kind, ending) = match query.format {
        Format::Csv => ("text/csv; charset=utf-8", "csv"),
        Format::Xlsx => ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
    };
    let day = now.with_timezone(&web.config().timezone).format("%Y-%m-%d");
    let named = format!("attachment; filename=\"zvonar-{day}.{ending}\"");
    let described = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::try_from(named).unwrap_or(HeaderValue::from_static("attachment")),
        ),
    ];
    if method == Method::HEAD {
        return Ok((described, ()).into_response());
    }
    web.audit(&viewer.name, Deed::Export, ending).await;
    let body = match query.format {
        Format::Csv => Body::from_stream(csv(Pages::new(visible, filter), options)),
        Format::Xlsx => {
            let folder = web.config().data_dir.clone();
            let made = xlsx(Pages::new(visible, filter), options, folder);
            Body::from_stream(stream::once(made).try_flatten())
        }
    };
    Ok((described, body).into_response())
}

/// The named rubric; else the one of the newest judgements, for a report has the criteria of one; else
/// the installation's own.
async fn rubric(web: &Web, visible: &VisibleCalls, filter: &CallFilter) -> Result<Rubric, Problem> {
    let page = visible.calls(filter, PageRequest { after: None, limit: PAGE }).await?;
    let newest = visible.reports(page.items, filter.rubric.as_ref()).await?;
    if let Some((id, revision)) = prevailing(&newest)
        && let Some(rubric) = web.store().rubric(&id, &revision).await?
    {
        return Ok(rubric);
    }
    let rubrics = web.app().rubrics()?;
    match &filter.rubric {
        Some(id) => rubrics.into_iter().find(|rubric| rubric.id == *id).ok_or_else(|| {
            Problem::invalid("rubric_unknown", "таких критериев нет", "there is no such rubric")
        }),
        None => Ok(web.app().rubric(&web.config().rubric)?),
    }
}

/// The rubric of most of the judgements, at the revision of the newest of them.
fn prevailing(reports: &[CallReport]) -> Option<(RubricId, domain::RubricRevision)> {
    let analyses = || reports.iter().filter_map(|report| report.analysis.as_ref());
    let count = |id: &RubricId| analyses().filter(|analysis| analysis.rubric == *id).count();
    let most = analyses().max_by_key(|analysis| count(&analysis.rubric))?;
    let newest = analyses().find(|analysis| analysis.rubric == most.rubric)?;
    Some((newest.rubric.clone(), newest.revision.clone()))
}

/// Links of the file lead to our own pages, never to a path of this machine.
fn page_url(web: &Web, headers: &HeaderMap) -> String {
    if let Some(url) = &web.config().backend_url {
        return url.clone();
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let host = host.and_then(|host| host.parse::<http::uri::Authority>().ok());
    host.map_or_else(|| "http://localhost:8000".to_owned(), |host| format!("http://{host}"))
}

/// The calls, page by page.
struct Pages {
    visible: VisibleCalls,
    filter: CallFilter,
    after: Option<Cursor>,
    ended: bool,
}

impl Pages {
    fn new(visible: VisibleCalls, filter: CallFilter) -> Self {
        Self { visible, filter, after: None, ended: false }
    }

    /// `None` after the last.
    async fn next(&mut self) -> io::Result<Option<Vec<CallReport>>> {
        if self.ended {
            return Ok(None);
        }
        let request = PageRequest { after: self.after.take(), limit: PAGE };
        let page = self.visible.calls(&self.filter, request).await.map_err(broken)?;
        self.after = page.next;
        self.ended = self.after.is_none();
        let reports = self.visible.reports(page.items, self.filter.rubric.as_ref()).await.map_err(broken)?;
        Ok(Some(reports))
    }
}

/// A body that breaks off tells the client that the file is not whole.
fn broken(error: impl std::error::Error + Send + Sync + 'static) -> io::Error {
    tracing::error!(%error, "an export broke off");
    io::Error::other(error)
}

fn csv(pages: Pages, options: ReportOptions) -> impl Stream<Item = io::Result<Bytes>> + Send {
    let rows = CsvRows::new(options);
    let head = stream::once(std::future::ready(rows.head().map(Bytes::from).map_err(broken)));
    head.chain(stream::try_unfold((pages, rows), |(mut pages, rows)| async move {
        let Some(reports) = pages.next().await? else { return Ok(None) };
        let bytes = Bytes::from(rows.page(&reports).map_err(broken)?);
        Ok(Some((bytes, (pages, rows))))
    }))
}

/// The bytes of a workbook that was made in a file which has no name.
async fn xlsx(
    mut pages: Pages,
    options: ReportOptions,
    folder: PathBuf,
) -> io::Result<ReaderStream<tokio::fs::File>> {
    let mut begun = Vec::new();
    while begun.len() <= WITH_SUMS {
        let Some(reports) = pages.next().await? else { break };
        begun.extend(reports);
    }
    let file = if begun.len() <= WITH_SUMS {
        at_rest(move || {
            let mut file = tempfile::tempfile_in(&folder)?;
            let bytes = XlsxReport::new("report.xlsx", options).render(&begun).map_err(broken)?;
            io::Write::write_all(&mut file, &bytes)?;
            Ok(file)
        })
        .await?
    } else {
        rows_alone(begun, pages, options, folder).await?
    };
    let mut file = tokio::fs::File::from_std(file);
    tokio::io::AsyncSeekExt::rewind(&mut file).await?;
    Ok(ReaderStream::with_capacity(file, 64 << 10))
}

async fn rows_alone(
    begun: Vec<CallReport>,
    mut pages: Pages,
    options: ReportOptions,
    folder: PathBuf,
) -> io::Result<std::fs::File> {
    let temporary = folder.clone();
    let mut rows = at_rest(move || {
        let mut rows = XlsxRows::new(options, &temporary).map_err(broken)?;
        rows.page(&begun).map_err(broken)?;
        Ok(rows)
    })
    .await?;
    while let Some(reports) = pages.next().await? {
        rows = at_rest(move || {
            rows.page(&reports).map_err(broken)?;
            Ok(rows)
        })
        .await?;
    }
    at_rest(move || {
        let file = tempfile::tempfile_in(&folder)?;
        rows.save(io::BufWriter::new(&file)).map_err(broken)?;
        Ok(file)
    })
    .await
}

/// Work for the processor and the disk, beside the requests.
async fn at_rest<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}

//! Puts the rounds of an installation together.

use std::sync::Arc;

use pipeline::{CallSource, FolderOptions, FolderSource, Pipeline};

use super::{Kept, Maker, PlannedSource, Rounds};
use crate::telling::{Channels, Courier, DayBudget, Telling};
use crate::write_back::{UisWriteBack, WriteBackQueue, WritesBack};
use crate::{App, AppError};

impl App {
    /// The rounds beside a worker's pipeline. A channel whose settings are wrong is told of and left out: the
    /// work goes on.
    pub(crate) fn rounds(&self, pipeline: &Pipeline) -> Result<Kept, AppError> {
        let config = self.config();
        let channels =
            Channels { telegram: or_told(self.telegram_channel()), mail: or_told(self.mail_channel()) };
        let uis = if config.uis.key.is_some() { Some(self.uis_source()?) } else { None };
        let (wanted, mails) = (config.write_back, channels.mail.is_some());
        let writes = (wanted.tags || wanted.comment) && config.uis.key.is_some();
        let write_back: Option<Arc<dyn WritesBack>> =
            if writes { Some(Arc::new(UisWriteBack::new(self.uis_api()?, self.store()))) } else { None };
        let telling = channels.any().then(|| Telling {
            store: self.store(),
            clock: self.clock(),
            voice: self.voice_of_notices(),
            settings: config.telling.clone(),
            budget: config
                .daily_budget
                .map(|most| DayBudget { most, rub_micros_per_usd: config.rub_micros_per_usd }),
            channels: channels.clone(),
        });
        let rounds = Rounds {
            store: self.store(),
            clock: self.clock(),
            worker: self.worker(),
            lang: config.lang,
            hours: config.schedule.clone(),
            maker: Arc::new(self.maker(pipeline.clone(), uis, mails)),
            telling,
            write_back: writes.then(|| WriteBackQueue {
                store: self.store(),
                clock: self.clock(),
                wanted,
                lang: config.lang,
                page: config.backend_url.clone(),
            }),
            courier: Courier {
                store: self.store(),
                clock: self.clock(),
                channels,
                write_back,
                weeks: self.rubric(&config.rubric).ok().map(|rubric| (self.weeks(), rubric)),
            },
        };
        Ok(Kept::new(rounds, self.bell.clone()))
    }

    fn maker(&self, pipeline: Pipeline, uis: Option<Arc<dyn CallSource>>, mails: bool) -> Maker {
        let config = self.config().clone();
        let (lang, zone) = (config.lang, config.timezone);
        let source = move |planned: &PlannedSource| -> Result<Arc<dyn CallSource>, AppError> {
            match (planned, &uis) {
                (PlannedSource::Uis, Some(uis)) => Ok(Arc::clone(uis)),
                (PlannedSource::Uis, None) => Err(crate::providers::uis_missing(lang)),
                (PlannedSource::Folder(paths), _) => {
                    Ok(Arc::new(FolderSource::new(FolderOptions { paths: paths.clone(), zone, lang })))
                }
            }
        };
        Maker {
            config,
            clock: self.clock(),
            store: self.store(),
            pipeline,
            source: Box::new(source),
            weeks: self.weeks(),
            mails,
        }
    }
}

fn or_told<T>(made: Result<Option<T>, AppError>) -> Option<T> {
    made.unwrap_or_else(|error| {
        tracing::error!(%error, "people are not told things by this channel");
        None
    })
}

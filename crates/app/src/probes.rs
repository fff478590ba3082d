//! The probes of the providers: each asks for what a run will ask for, and says the remedy where it is
//! refused.

use chrono::NaiveDate;
use domain::Lang;
use openai_client::{OpenAiError, ProbeReport};
use pipeline::Told;
use sheets_sink::Role;

use crate::doctor::{Finding, FindingState, finding};
use crate::engines::host;
use crate::provider_words::{openai_error, sheet_warning};
use crate::telling_words::{mail_error, telegram_error};
use crate::uis::Recognises;
use crate::{App, AppError, RecordingLink, SheetLook, SourceChoice, SpeechEngine};

/// A model that goes in less than this should be replaced now, days.
const SOON_DAYS: i64 = 60;

impl App {
    /// Every provider: those that are not set up say so in a line.
    pub(crate) async fn probe_providers(&self) -> Vec<Finding> {
        let mut findings = vec![self.probe_uis().await];
        if self.speech_engines().contains(&SpeechEngine::OpenAi) {
            findings.push(self.probe_outside_speech().await);
        }
        if self.speech_engines().contains(&SpeechEngine::Uis) {
            findings.push(self.probe_uis_speech().await);
        }
        if self.judged_by_model() {
            findings.push(self.probe_judge().await);
        }
        findings.push(self.probe_sheet().await);
        findings.push(self.probe_telegram().await);
        findings.push(self.probe_mail().await);
        findings.extend(self.probe_voximplant().await);
        findings
    }

    /// Asks who the bot is and whether it may write to the chat; nothing is sent.
    async fn probe_telegram(&self) -> Finding {
        let (part, lang) = ("Telegram", self.lang());
        let channel = match self.telegram_channel() {
            Ok(Some(channel)) => channel,
            Ok(None) => return not_configured(part, lang, false),
            Err(error) => return failed(part, error),
        };
        let asked = async { Ok((channel.api.bot().await?, channel.api.chat_title(&channel.chat).await?)) };
        match asked.await {
            Ok((bot, title)) => {
                finding(part, FindingState::Good, format!("@{} → «{title}»", bot.username), None)
            }
            Err(error) => failed(part, telegram_error(lang, &error)),
        }
    }

    /// Logs in to the mail server and leaves; nothing is sent.
    async fn probe_mail(&self) -> Finding {
        let lang = self.lang();
        let part = lang.pick("Почта", "E-mail");
        let channel = match self.mail_channel() {
            Ok(Some(channel)) => channel,
            Ok(None) => return not_configured(part, lang, true),
            Err(error) => return failed(part, error),
        };
        match channel.mailer.probe().await {
            Ok(()) => {
                let to = channel.to.len();
                let said = match lang {
                    Lang::Ru => format!("сервер впускает, адресов: {to}"),
                    Lang::En => format!("the server lets us in, {to} addresses"),
                };
                finding(part, FindingState::Good, said, None)
            }
            Err(error) => failed(part, mail_error(lang, &error)),
        }
    }

    async fn probe_uis(&self) -> Finding {
        let lang = self.lang();
        let part = "UIS";
        let needed = self.config().source == SourceChoice::Uis;
        if self.config().uis.key.is_none() {
            let hint = Some("UIS_ACCESS_TOKEN; docs/CREDENTIALS.ru.md".to_owned());
            let state = if needed { FindingState::Error } else { FindingState::NotConfigured };
            return finding(part, state, lang.pick("не настроен", "not configured"), hint.filter(|_| needed));
        }
        match self.uis_check().await {
            Err(error) => failed(part, error),
            Ok(report) => {
                let said = match lang {
                    Lang::Ru => format!(
                        "{}, {}; звонков за сутки: {}, с записью: {}",
                        report.account, report.zone, report.calls, report.recorded
                    ),
                    Lang::En => format!(
                        "{}, {}; {} calls in a day, {} recorded",
                        report.account, report.zone, report.calls, report.recorded
                    ),
                };
                match report.sound {
                    Some(Err(why)) => finding(part, FindingState::Error, format!("{said}; {why}"), None),
                    Some(Ok(_)) => finding(
                        part,
                        FindingState::Good,
                        format!("{said}; {}", lang.pick("запись скачивается", "a recording comes")),
                        None,
                    ),
                    None => finding(part, FindingState::Good, said, None),
                }
            }
        }
    }

    async fn probe_outside_speech(&self) -> Finding {
        let part = self.lang().pick("Речь", "Speech");
        match self.openai_speech() {
            Err(error) => failed(part, error),
            Ok(client) => self.told_of_model(part, client.check().await),
        }
    }

    /// Asks for the recognition of a call of the last day: its component may be off while calls are listed.
    async fn probe_uis_speech(&self) -> Finding {
        let part = self.lang().pick("Речь UIS", "UIS speech");
        match self.uis_recognition_check().await {
            Err(error) => failed(part, error),
            Ok(Recognises::Calls) => {
                let said = self.lang().pick("распознанное читается", "recognised words can be read");
                finding(part, FindingState::Good, said, None)
            }
            Ok(Recognises::NothingYet) => finding(
                part,
                FindingState::Warning,
                self.lang().pick(
                    "читать можно, но у последнего разговора слов нет",
                    "may be read, but the last talk has no words",
                ),
                Some(
                    self.lang()
                        .pick(
                            "включите распознавание речи в тарифе UIS или назовите движок про запас: ZVONAR_TRANSCRIBER=uis,openai",
                            "switch speech recognition on in the UIS tariff, or name another engine: ZVONAR_TRANSCRIBER=uis,openai",
                        )
                        .to_owned(),
                ),
            ),
            Ok(Recognises::NoCalls) => finding(
                part,
                FindingState::Good,
                self.lang().pick(
                    "разговоров за сутки нет: проверить не на чем",
                    "no talk in a day: nothing to look at",
                ),
                None,
            ),
        }
    }

    async fn probe_judge(&self) -> Finding {
        let part = self.lang().pick("Модель", "Model");
        match self.openai_chat() {
            Err(error) => failed(part, error),
            Ok(client) => self.told_of_model(part, client.check().await),
        }
    }

    fn told_of_model(&self, part: &str, probed: Result<ProbeReport, OpenAiError>) -> Finding {
        let lang = self.lang();
        let report = match probed {
            Ok(report) => report,
            Err(error) => {
                let told = openai_error(lang, &error);
                // money that ended is no refusal of access: 1, as in a run
                let refused = matches!(error, OpenAiError::Unauthorized { .. });
                let hint = Some(told.hint).filter(|hint| !hint.is_empty());
                return Finding { refused, ..finding(part, FindingState::Error, told.message, hint) };
            }
        };
        let said = format!("{}, {}", report.model, report.provider);
        match report.retires_on.map(|day| (day, self.days_until(day))) {
            Some((day, left)) if left < SOON_DAYS => finding(
                part,
                FindingState::Warning,
                match lang {
                    Lang::Ru => format!("{said} отвечает, но {} её отключат", day.format("%d.%m.%Y")),
                    Lang::En => format!("{said} answers, but is switched off on {day}"),
                },
                Some(lang.pick("выберите другую модель", "choose another model").to_owned()),
            ),
            _ => finding(
                part,
                FindingState::Good,
                format!("{said} {}", lang.pick("отвечает", "answers")),
                None,
            ),
        }
    }

    fn days_until(&self, day: NaiveDate) -> i64 {
        (day - self.clock().now().date_naive()).num_days()
    }

    async fn probe_sheet(&self) -> Finding {
        let lang = self.lang();
        let part = lang.pick("Таблица", "Sheet");
        let google = &self.config().google;
        if google.credentials.is_none() && google.sheet_id.is_none() {
            return finding(
                part,
                FindingState::NotConfigured,
                lang.pick("не настроена", "not configured"),
                None,
            );
        }
        let rubric = match self.rubric(&self.config().rubric) {
            Ok(rubric) => rubric,
            Err(error) => return failed(part, error),
        };
        let SheetLook { report, other_zone, .. } = match self.sheet_check(&rubric).await {
            Ok(look) => look,
            Err(error) => return failed(part, error),
        };
        let named = format!("«{}»", report.title);
        if report.role == Role::Reader {
            let account = report.account.unwrap_or_default();
            let hint = match lang {
                Lang::Ru => format!("дайте {account} роль «Редактор» в настройках доступа таблицы"),
                Lang::En => format!("give {account} the role Editor in the sharing of the spreadsheet"),
            };
            let said = format!("{named}: {}", lang.pick("только чтение", "read only"));
            return Finding { refused: true, ..finding(part, FindingState::Error, said, Some(hint)) };
        }
        if let Some(full) = report.warnings.iter().find(|warning| warning.is_full()) {
            return warned(part, FindingState::Error, &named, sheet_warning(lang, full));
        }
        if report.tab.is_none() {
            let said = format!("{named}: {}", lang.pick("листа ещё нет", "no tab yet"));
            return finding(part, FindingState::Warning, said, Some("zvonar sheet init".to_owned()));
        }
        if let Some(first) = report.warnings.first() {
            return warned(part, FindingState::Warning, &named, sheet_warning(lang, first));
        }
        if let Some(zone) = other_zone {
            let said = match lang {
                Lang::Ru => format!("{named}: часовой пояс таблицы {}, звонков — {zone}", report.time_zone),
                Lang::En => {
                    format!(
                        "{named}: the sheet's time zone is {}, that of the calls {zone}",
                        report.time_zone
                    )
                }
            };
            let hint = lang.pick(
                "время звонков в таблице — по поясу таблицы: Файл → Настройки",
                "times in the sheet are of its own zone: File → Settings",
            );
            return finding(part, FindingState::Warning, said, Some(hint.to_owned()));
        }
        let rows = report.rows;
        let said = match lang {
            Lang::Ru => format!("{named}, запись разрешена, строк {rows}"),
            Lang::En => format!("{named}, may write, {rows} rows"),
        };
        finding(part, FindingState::Good, said, None)
    }

    /// What leaves this machine and where to, in a line.
    pub(crate) fn probe_privacy(&self) -> Finding {
        let lang = self.lang();
        let part = lang.pick("Данные", "Data");
        let mut leaves = Vec::new();
        if self.speech_engines().contains(&SpeechEngine::OpenAi) {
            let to = host(&self.config().openai.stt.base_url);
            leaves.push(format!("{} → {to}", lang.pick("звук", "sound")));
        }
        if self.judged_by_model() {
            let to = host(&self.config().openai.llm.base_url);
            let text = match self.config().masking {
                crate::Masking::None => lang.pick("текст", "text"),
                crate::Masking::Contacts => lang.pick("текст без номеров", "text without numbers"),
                crate::Masking::Names => {
                    lang.pick("текст без номеров и имён", "text without numbers and names")
                }
            };
            leaves.push(format!("{text} → {to}"));
        }
        if self.has_sheet() {
            let links = self.config().google.recording_link == RecordingLink::Source
                || self.config().backend_url.is_none();
            let rows = if links {
                lang.pick("строки и ссылки на записи", "rows and links to recordings")
            } else {
                lang.pick("строки", "rows")
            };
            leaves.push(format!("{rows} → {}", host(&self.config().google.sheets_url)));
        }
        if self.config().telegram.token.is_some() {
            let what = lang.pick("уведомления без имён и слов", "notices without names and words");
            leaves.push(format!("{what} → {}", host(&self.config().telegram.api_url)));
        }
        let said = if leaves.is_empty() {
            lang.pick(
                "записи, тексты и оценки не покидают этот компьютер",
                "recordings, texts and scores do not leave this machine",
            )
            .to_owned()
        } else {
            leaves.join("; ")
        };
        let said = match self.config().data_abroad {
            crate::DataAbroad::Allow => said,
            crate::DataAbroad::MaskedText => format!("{said} (ZVONAR_DATA_ABROAD=masked_text)"),
            crate::DataAbroad::Deny => format!("{said} (ZVONAR_DATA_ABROAD=deny)"),
        };
        finding(part, FindingState::Good, said, None)
    }
}

fn not_configured(part: &str, lang: Lang, she: bool) -> Finding {
    let ru = if she { "не настроена" } else { "не настроен" };
    finding(part, FindingState::NotConfigured, lang.pick(ru, "not configured"), None)
}

fn warned(part: &str, state: FindingState, named: &str, told: Told) -> Finding {
    let hint = Some(told.hint).filter(|hint| !hint.is_empty());
    finding(part, state, format!("{named}: {}", told.message), hint)
}

fn failed(part: &str, error: AppError) -> Finding {
    let hint = Some(error.hint).filter(|hint| !hint.is_empty());
    Finding { refused: error.refused, ..finding(part, FindingState::Error, error.message, hint) }
}

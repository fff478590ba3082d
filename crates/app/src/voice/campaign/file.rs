//! A list of people as a CSV file: read as spreadsheets write it, given back with every cell that was there.
//!
//! The file may have been made by Excel (`;`, Windows-1251), by Google (`,`, UTF-8) or by hand. Rows that
//! name no number stay as they are; a number that stands twice is rung once.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use chrono_tz::Tz;
use domain::{Lang, PhoneNumber};
use pipeline::{harmless, replace_file};
use store::lead_key;
use voice_agent::{LeadState, Person, Persona};

use super::columns::columns;
use crate::AppError;

/// Largest list.
const MOST_BYTES: u64 = 64 << 20;
/// Most rows.
const MOST_ROWS: usize = 100_000;
/// Rows that are looked at to find the column of numbers.
const LOOKED_AT: usize = 200;
/// Names that columns of numbers go by.
const PHONE_NAMES: &[&str] = &[
    "phone",
    "phone number",
    "телефон",
    "номер",
    "номер телефона",
    "мобильный",
    "тел",
    "тел.",
    "mobile",
    "tel",
];
/// Names that columns of time zones go by.
const ZONE_NAMES: &[&str] = &["timezone", "time zone", "tz", "часовой пояс", "таймзона"];

/// What a row of the list is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeadRow {
    /// Somebody to ring.
    Person(Person),
    /// The number stands above.
    Repeated,
    /// There is no number that can be rung.
    Unreadable,
}

/// A list of people.
pub struct LeadsFile {
    path: PathBuf,
    lang: Lang,
    bom: bool,
    delimiter: u8,
    /// The first is the header.
    cells: Vec<Vec<String>>,
    phone: usize,
    rows: Vec<LeadRow>,
}

// cells hold people's data
impl std::fmt::Debug for LeadsFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LeadsFile").field("rows", &self.rows.len()).finish_non_exhaustive()
    }
}

impl LeadsFile {
    /// Reads it. `phone_column` names the column of numbers where its name does not tell.
    ///
    /// # Errors
    /// Code `leads` with what is wrong.
    pub(crate) fn read(path: &Path, phone_column: Option<&str>, lang: Lang) -> Result<Self, AppError> {
        let name = path.display().to_string();
        let wrong = |why: String, hint: &str| AppError::usage("leads", format!("{name}: {why}"), hint);
        let unreadable = |error: std::io::Error| {
            wrong(pipeline::io_words(lang, &error), lang.pick("назовите файл CSV", "name a CSV file"))
        };
        if std::fs::metadata(path).map_err(unreadable)?.len() > MOST_BYTES {
            return Err(wrong(
                lang.pick("файл больше 64 МБ", "the file is over 64 MB").to_owned(),
                lang.pick("разделите список", "split the list"),
            ));
        }
        let bytes = std::fs::read(path).map_err(unreadable)?;
        let (text, bom) = decoded(&bytes);
        let delimiter = delimiter(&text);
        let cells = cells(&text, delimiter).map_err(|error| {
            wrong(error.to_string(), lang.pick("сохраните файл как CSV", "save the file as CSV"))
        })?;
        if cells.len() < 2 || cells.len() > MOST_ROWS {
            return Err(wrong(
                lang.pick(
                    "нужны строка заголовков и от 1 до 99 999 строк под ней",
                    "there must be a line of headers and 1 to 99,999 rows below it",
                )
                .to_owned(),
                lang.pick("первая строка — заголовки", "the first line holds the headers"),
            ));
        }
        let phone = phone_of(&cells, phone_column).ok_or_else(|| {
            wrong(
                lang.pick("не найден столбец с номерами", "no column of numbers was found").to_owned(),
                lang.pick("назовите его: --phone-column «Телефон»", "name it: --phone-column Phone"),
            )
        })?;
        let zone = column_named(&cells, ZONE_NAMES);
        let rows = rows(&cells, phone, zone);
        Ok(Self { path: path.to_owned(), lang, bom, delimiter, cells, phone, rows })
    }

    /// What each row under the header is.
    pub fn rows(&self) -> &[LeadRow] {
        &self.rows
    }

    /// Everybody, each number once.
    pub fn people(&self) -> impl Iterator<Item = &Person> {
        self.rows.iter().filter_map(|row| match row {
            LeadRow::Person(person) => Some(person),
            LeadRow::Repeated | LeadRow::Unreadable => None,
        })
    }

    /// Writes the list with our columns, at `to` or in its own place; a reader sees the old file or the new
    /// one. Cells of others stay as they are, our columns stay where people moved them.
    ///
    /// # Errors
    /// Code `leads_not_written`.
    pub fn write(
        &self,
        to: Option<&Path>,
        campaign: &str,
        persona: &Persona,
        states: &HashMap<String, LeadState>,
        zone: Tz,
    ) -> Result<(), AppError> {
        let target = to.unwrap_or(&self.path);
        let bytes = self
            .rendered(campaign, persona, states, zone)
            .map_err(|error| AppError::failed("leads_not_written", error.to_string(), ""))?;
        replace_file(target, &bytes, self.lang).map(drop).map_err(|error| {
            let (message, hint) = match error {
                pipeline::SinkError::NotWritable { place, why, hint } => (format!("{place}: {why}"), hint),
                other => (other.to_string(), String::new()),
            };
            AppError::failed("leads_not_written", message, hint)
        })
    }

    fn rendered(
        &self,
        campaign: &str,
        persona: &Persona,
        states: &HashMap<String, LeadState>,
        zone: Tz,
    ) -> Result<Vec<u8>, csv::Error> {
        let ours = columns(persona, self.lang);
        let mut header = self.cells.first().cloned().unwrap_or_default();
        let places: Vec<usize> = ours
            .iter()
            .map(|column| {
                header.iter().position(|name| name.trim() == column.header).unwrap_or_else(|| {
                    header.push(column.header.clone());
                    header.len() - 1
                })
            })
            .collect();
        let begin = if self.bom { b"\xef\xbb\xbf".to_vec() } else { Vec::new() };
        let mut writer = csv::WriterBuilder::new()
            .delimiter(self.delimiter)
            .terminator(csv::Terminator::CRLF)
            .flexible(true)
            .from_writer(begin);
        writer.write_record(&header)?;
        for cells in self.cells.iter().skip(1) {
            let mut cells = cells.clone();
            let number = cells.get(self.phone).and_then(|cell| PhoneNumber::parse(cell));
            let state = number.and_then(|phone| states.get(&lead_key(campaign, &phone)));
            if let Some(state) = state {
                cells.resize(cells.len().max(header.len()), String::new());
                for (column, place) in ours.iter().zip(&places) {
                    if let Some(cell) = cells.get_mut(*place) {
                        *cell = harmless(&column.cell(state, zone, self.lang));
                    }
                }
            }
            writer.write_record(&cells)?;
        }
        writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))
    }
}

/// The text, and whether it began with the mark of UTF-8. What is no UTF-8 was written by a Russian Excel; it
/// goes back in UTF-8 with the mark, which that Excel reads.
fn decoded(bytes: &[u8]) -> (String, bool) {
    match std::str::from_utf8(bytes) {
        Ok(text) => match text.strip_prefix('\u{feff}') {
            Some(rest) => (rest.to_owned(), true),
            None => (text.to_owned(), false),
        },
        Err(_) => (encoding_rs::WINDOWS_1251.decode_without_bom_handling(bytes).0.into_owned(), true),
    }
}

/// The sign that the header is divided by most.
fn delimiter(text: &str) -> u8 {
    let header = text.lines().next().unwrap_or_default();
    let count = |sign: u8| header.bytes().filter(|byte| *byte == sign).count();
    [b';', b',', b'\t'].into_iter().rev().max_by_key(|sign| count(*sign)).unwrap_or(b';')
}

fn cells(text: &str, delimiter: u8) -> Result<Vec<Vec<String>>, csv::Error> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut rows = Vec::new();
    for record in reader.records() {
        rows.push(record?.iter().map(ToOwned::to_owned).collect());
        if rows.len() > MOST_ROWS {
            break;
        }
    }
    Ok(rows)
}

fn column_named(cells: &[Vec<String>], names: &[&str]) -> Option<usize> {
    let header = cells.first()?;
    header.iter().position(|name| names.contains(&name.trim().to_lowercase().as_str()))
}

/// The named column, else one with a usual name, else the first in which most cells are numbers.
fn phone_of(cells: &[Vec<String>], named: Option<&str>) -> Option<usize> {
    let header = cells.first()?;
    if let Some(named) = named {
        return header.iter().position(|name| name.trim().to_lowercase() == named.trim().to_lowercase());
    }
    column_named(cells, PHONE_NAMES).or_else(|| {
        (0..header.len()).find(|column| {
            let texts = cells.iter().skip(1).take(LOOKED_AT).filter_map(|row| row.get(*column));
            let filled: Vec<&String> = texts.filter(|text| !text.trim().is_empty()).collect();
            let numbers = filled.iter().filter(|text| PhoneNumber::parse(text).is_some()).count();
            numbers * 2 > filled.len()
        })
    })
}

fn rows(cells: &[Vec<String>], phone: usize, zone: Option<usize>) -> Vec<LeadRow> {
    let mut seen = HashSet::new();
    let row = |cells: &Vec<String>| {
        let Some(number) = cells.get(phone).and_then(|cell| PhoneNumber::parse(cell)) else {
            return LeadRow::Unreadable;
        };
        if !seen.insert(number.clone()) {
            return LeadRow::Repeated;
        }
        let zone = zone.and_then(|zone| cells.get(zone)?.trim().parse().ok());
        LeadRow::Person(Person { phone: number, zone })
    };
    cells.iter().skip(1).map(row).collect()
}

#[cfg(test)]
mod tests {
    use voice_agent::{FieldValue, LeadOutcome, Personas};

    use super::*;

    fn file(bytes: &[u8]) -> (tempfile::TempDir, LeadsFile) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("leads.csv");
        std::fs::write(&path, bytes).unwrap();
        let file = LeadsFile::read(&path, None, Lang::Ru).unwrap();
        (folder, file)
    }

    fn phones(file: &LeadsFile) -> Vec<&str> {
        file.people().map(|person| person.phone.as_str()).collect()
    }

    fn state() -> LeadState {
        LeadState {
            begun: 1,
            rung: 1,
            outcome: Some(LeadOutcome::Talked),
            at: chrono::DateTime::from_timestamp(1_795_176_000, 0),
            talk_ms: Some(61_500),
            fields: vec![
                FieldValue {
                    key: "need".into(),
                    title: "Что нужно".into(),
                    asked: true,
                    value: Some("=два окна".into()),
                    proof: Some("Нам бы два окна; и балкон".into()),
                },
                FieldValue {
                    key: "address".into(),
                    title: "Адрес".into(),
                    asked: false,
                    value: None,
                    proof: None,
                },
            ],
            ..LeadState::default()
        }
    }

    fn written(file: &LeadsFile) -> String {
        let persona = Personas::built_in().get("lead-qualification").unwrap();
        let states = file.people().map(|person| (lead_key("leads", &person.phone), state())).collect();
        file.write(None, "leads", &persona, &states, chrono_tz::Europe::Moscow).unwrap();
        std::fs::read_to_string(&file.path).unwrap()
    }

    #[test]
    fn lists_of_every_spreadsheet_are_read() {
        let cp1251 =
            encoding_rs::WINDOWS_1251.encode("Имя;Телефон\r\nИрина;8 (916) 123-45-67\r\n").0.into_owned();
        for bytes in [
            "Имя;Телефон\r\nИрина;8 (916) 123-45-67\r\n".as_bytes(),
            "\u{feff}Имя,Номер телефона\n\"Ирина, мама\",+79161234567\n".as_bytes(),
            "name\tcontact\nIrina\t79161234567\n".as_bytes(),
            &cp1251,
        ] {
            let (_folder, file) = file(bytes);
            assert_eq!(phones(&file), ["+79161234567"], "{}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn a_number_that_stands_twice_is_one_person_and_no_number_is_nobody() {
        let (_folder, file) =
            file("Телефон;Часовой пояс\n+79161234567;Asia/Omsk\n8 916 123 45 67;\nнет;\n".as_bytes());
        let zone = Some(chrono_tz::Asia::Omsk);
        let person = Person { phone: PhoneNumber::parse("+79161234567").unwrap(), zone };
        assert_eq!(file.rows(), [LeadRow::Person(person), LeadRow::Repeated, LeadRow::Unreadable]);
    }

    #[test]
    fn what_is_no_list_is_refused_with_the_reason() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("leads.csv");
        for (text, why) in [
            ("", "строка заголовков"),
            ("Телефон\n", "строка заголовков"),
            ("Имя\nИрина\n", "столбец с номерами"),
        ] {
            std::fs::write(&path, text).unwrap();
            let error = LeadsFile::read(&path, None, Lang::Ru).unwrap_err();
            assert!(error.is_usage() && error.message.contains(why), "{text:?}: {error}");
        }
        assert!(LeadsFile::read(&folder.path().join("none.csv"), None, Lang::Ru).unwrap_err().is_usage());
    }

    #[test]
    fn answers_are_added_and_nothing_of_the_list_is_lost() {
        let (_folder, file) = file(
            "\u{feff}Имя;Телефон;Примечание\r\nИрина;8 (916) 123-45-67;\"любит; точки\"\r\nОлег;нет;\r\n"
                .as_bytes(),
        );
        let text = written(&file);
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].starts_with("\u{feff}Имя;Телефон;Примечание;ИИ: итог;ИИ: когда;"), "{}", lines[0]);
        assert!(
            lines[1]
                .starts_with("Ирина;8 (916) 123-45-67;\"любит; точки\";поговорили;20.11.2026 15:00;1;61;;"),
            "{}",
            lines[1]
        );
        assert!(lines[1].contains("'=два окна;\"Нам бы два окна; и балкон\""), "{}", lines[1]);
        assert!(lines[1].contains("не спрашивали"), "{}", lines[1]);
        assert_eq!(lines[2], "Олег;нет;");
    }

    #[test]
    fn a_second_writing_changes_nothing_and_adds_no_column() {
        let (_folder, first) = file("Имя;Телефон\r\nИрина;+79161234567\r\n".as_bytes());
        let once = written(&first);
        let again = LeadsFile::read(&first.path, None, Lang::Ru).unwrap();
        assert_eq!(written(&again), once);
        // a person moved our column to the front
        let moved = "ИИ: итог;Телефон\r\n;+79161234567\r\n";
        std::fs::write(&first.path, moved).unwrap();
        let text = written(&LeadsFile::read(&first.path, None, Lang::Ru).unwrap());
        assert!(text.lines().nth(1).unwrap().starts_with("поговорили;+79161234567;"), "{text}");
        assert_eq!(text.matches("ИИ: итог").count(), 1);
    }
}

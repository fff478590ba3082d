//! Reading a persona: everything that is wrong with it at once, each with its place in the file.
//!
//! A robot that hides what it is, or a tool that sends the client's words in the clear, is refused
//! here: the law and the client's trust do not depend on a model's mood.

use std::collections::BTreeSet;
use std::fmt;

use chrono::NaiveTime;
use domain::PhoneNumber;
use serde_json::Value;

use super::{AllowedHours, FieldSpec, MachineManner, Persona, ToolSpec};

/// A persona longer than this is none.
const LONGEST_FILE: usize = 256 * 1024;
/// One thing that is said: what a telephone platform synthesises at once (1500 letters), with room.
const LONGEST_SPEECH: usize = 1200;
/// Instructions are paid for in every turn.
const LONGEST_INSTRUCTIONS: usize = 20_000;
const MOST_FAQ: usize = 500;
const MOST_WORDINGS: usize = 50;
const MOST_FACTS: usize = 200;
const MOST_FIELDS: usize = 30;
const MOST_TOOLS: usize = 20;

/// Something that is wrong with a persona.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Where: `faq[2].answer`; empty for the file as a whole.
    pub place: String,
    /// What, and what to do.
    pub message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.place.is_empty() {
            f.write_str(&self.message)
        } else {
            write!(f, "{}: {}", self.place, self.message)
        }
    }
}

pub(super) fn parse(text: &str) -> Result<Persona, Vec<Finding>> {
    let whole = |message: String| vec![Finding { place: String::new(), message }];
    if text.len() > LONGEST_FILE {
        return Err(whole(format!("the file is longer than {LONGEST_FILE} bytes: is it a persona?")));
    }
    let mut persona: Persona =
        toml::from_str(text).map_err(|error| whole(error.to_string().trim().to_owned()))?;
    let mut findings = Findings(Vec::new());
    findings.texts(&persona);
    findings.lists(&persona);
    findings.transfer(&mut persona);
    for (at, hours) in persona.allowed_hours.iter().enumerate() {
        findings.hours(&format!("allowed_hours[{at}]"), hours);
    }
    for (at, tool) in persona.tools.iter().enumerate() {
        findings.tool(&format!("tools[{at}]"), tool);
    }
    findings.limits(&persona);
    if findings.0.is_empty() { Ok(persona) } else { Err(findings.0) }
}

struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, place: impl Into<String>, message: impl Into<String>) {
        self.0.push(Finding { place: place.into(), message: message.into() });
    }

    fn spoken(&mut self, place: &str, text: &str) {
        if text.trim().is_empty() {
            self.add(place, "it is empty: write what is said");
        }
        if text.chars().count() > LONGEST_SPEECH {
            self.add(place, format!("it is longer than {LONGEST_SPEECH} letters: nobody listens so long"));
        }
    }

    fn texts(&mut self, persona: &Persona) {
        if !is_name(&persona.id, "-") {
            self.add("id", "write 1 to 64 small Latin letters, digits and «-»: it stands in requests");
        }
        for (place, text) in [("title", &persona.title), ("company", &persona.company)] {
            if text.trim().is_empty() || text.chars().count() > 200 {
                self.add(place, "write 1 to 200 letters");
            }
        }
        self.spoken("greeting", &persona.greeting);
        if persona.instructions.chars().count() > LONGEST_INSTRUCTIONS {
            self.add("instructions", format!("they are longer than {LONGEST_INSTRUCTIONS} letters"));
        }
        self.disclosure("greeting", &persona.opening(false));
        self.disclosure("greeting_incoming", &persona.opening(true));
        if let MachineManner::Message { text } = &persona.machine {
            self.spoken("machine.text", text);
        }
    }

    /// The first words say that a robot speaks and that the call is recorded.
    fn disclosure(&mut self, place: &str, opening: &str) {
        let opening = opening.to_lowercase();
        if !["робот", "голосовой помощник", "голосовой ассистент", "robot", "virtual assistant"]
            .iter()
            .any(|word| opening.contains(word))
        {
            self.add(place, "it does not say that a robot speaks: say «робот» there or in `disclosure`");
        }
        if !["запис", "record"].iter().any(|word| opening.contains(word)) {
            self.add(place, "it does not say that the call is recorded: say it there or in `disclosure`");
        }
    }

    fn lists(&mut self, persona: &Persona) {
        for (place, count, most) in [
            ("faq", persona.faq.len(), MOST_FAQ),
            ("facts", persona.facts.len(), MOST_FACTS),
            ("fields", persona.fields.len(), MOST_FIELDS),
            ("tools", persona.tools.len(), MOST_TOOLS),
            ("end_phrases", persona.end_phrases.len(), MOST_WORDINGS),
        ] {
            if count > most {
                self.add(place, format!("there are {count}, at most {most} are kept in mind"));
            }
        }
        for (at, faq) in persona.faq.iter().enumerate() {
            self.spoken(&format!("faq[{at}].answer"), &faq.answer);
            if faq.questions.is_empty() || faq.questions.len() > MOST_WORDINGS {
                self.add(format!("faq[{at}].questions"), format!("give 1 to {MOST_WORDINGS} wordings"));
            }
        }
        let mut keys = BTreeSet::new();
        for (at, field) in persona.fields.iter().enumerate() {
            if !is_name(&field.key, "_") {
                self.add(format!("fields[{at}].key"), "write small Latin letters, digits and «_»");
            } else if !keys.insert(&field.key) {
                self.add(format!("fields[{at}].key"), format!("{:?} is there twice", field.key));
            }
            self.spoken(&format!("fields[{at}].question"), &field.question);
            for (way, to) in [("on_yes", &field.on_yes), ("on_no", &field.on_no), ("next", &field.next)] {
                let leads = |to: &String| {
                    to == FieldSpec::END
                        || persona.fields.iter().any(|other| other.key == *to && *to != field.key)
                };
                if to.as_ref().is_some_and(|to| !leads(to)) {
                    self.add(format!("fields[{at}].{way}"), "give the key of another question or `end`");
                }
            }
        }
    }

    fn transfer(&mut self, persona: &mut Persona) {
        let mut wrong = Vec::new();
        for (label, number) in &mut persona.transfer {
            if label.trim().is_empty() || label.chars().count() > 64 || label.contains(['[', ']', '\n']) {
                wrong.push((label.clone(), "its name is empty, longer than 64 letters or has brackets"));
            }
            match PhoneNumber::parse(number.as_str()) {
                Some(parsed) => *number = parsed,
                None => wrong.push((label.clone(), "write a number such as +74951234567")),
            }
        }
        for (label, message) in wrong {
            self.add(format!("transfer.{label}"), message);
        }
    }

    fn hours(&mut self, place: &str, hours: &AllowedHours) {
        if hours.days.is_empty() || hours.days.iter().any(|day| !(1..=7).contains(day)) {
            self.add(format!("{place}.days"), "give days from 1 (Monday) to 7 (Sunday)");
        }
        match (minute_of_day(&hours.from), minute_of_day(&hours.to)) {
            (Some(from), Some(to)) if from < to => {}
            (Some(_), Some(_)) => self.add(place, "`from` must be before `to`"),
            _ => self.add(place, "write hours as 09:00; `24:00` ends a day"),
        }
    }

    fn tool(&mut self, place: &str, tool: &ToolSpec) {
        if !is_name(&tool.name, "_") {
            self.add(format!("{place}.name"), "write small Latin letters, digits and «_»");
        }
        if !matches!(tool.method.as_str(), "GET" | "POST") {
            self.add(format!("{place}.method"), "GET or POST");
        }
        let local = ["http://localhost", "http://127.0.0.1"].iter().any(|start| tool.url.starts_with(start));
        if !(tool.url.starts_with("https://") || local) {
            self.add(format!("{place}.url"), "the client's words go there: give an https address");
        }
        if !matches!(tool.parameters, Value::Null | Value::Object(_)) {
            self.add(format!("{place}.parameters"), "give a JSON schema of an object");
        } else if let Err(error) = jsonschema::validator_for(&schema(tool)) {
            self.add(format!("{place}.parameters"), format!("this is no JSON schema: {error}"));
        }
    }

    fn limits(&mut self, persona: &Persona) {
        let limits = &persona.limits;
        if !(1..=200).contains(&limits.turns) {
            self.add("limits.turns", "give 1 to 200");
        }
        if !(1..=60).contains(&limits.minutes) {
            self.add("limits.minutes", "give 1 to 60: an hour is the longest session of the platform");
        }
        if limits.money.is_some_and(|money| money.micros <= 0) {
            self.add("limits.money", "give a sum above zero, or leave it out");
        }
    }
}

/// The schema of a tool's arguments; none given: no arguments.
pub(crate) fn schema(tool: &ToolSpec) -> Value {
    match &tool.parameters {
        Value::Object(_) => tool.parameters.clone(),
        _ => serde_json::json!({"type": "object", "additionalProperties": false}),
    }
}

/// Minutes from midnight; `24:00` is 1440.
pub(crate) fn minute_of_day(text: &str) -> Option<u32> {
    use chrono::Timelike as _;
    if text == "24:00" {
        return Some(24 * 60);
    }
    let time = NaiveTime::parse_from_str(text, "%H:%M").ok()?;
    Some(time.hour() * 60 + time.minute())
}

fn is_name(text: &str, joint: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || joint.contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = r#"
        id = "small"
        title = "Проба"
        company = "Окна"
        greeting = "Здравствуйте, я робот компании {company}. Разговор записывается."
        instructions = "Узнать, что нужно."
    "#;

    fn places(text: &str) -> Vec<String> {
        Persona::parse(text).unwrap_err().into_iter().map(|finding| finding.place).collect()
    }

    #[test]
    fn a_small_persona_is_enough() {
        let persona = Persona::parse(SMALL).unwrap();
        assert_eq!(persona.limits.turns, 30);
        assert_eq!(persona.machine, MachineManner::HangUp);
    }

    #[test]
    fn a_robot_that_hides_what_it_is_or_that_it_records_is_refused() {
        let hidden = SMALL.replace("я робот", "это Анна из");
        assert_eq!(places(&hidden), ["greeting", "greeting_incoming"]);
        let unrecorded = SMALL.replace("Разговор записывается.", "");
        assert_eq!(places(&unrecorded), ["greeting", "greeting_incoming"]);
        let incoming = format!("{SMALL}\ngreeting_incoming = \"Добрый день, компания {{company}}.\"");
        assert_eq!(places(&incoming), ["greeting_incoming", "greeting_incoming"]);
        let disclosed = format!("{hidden}\ndisclosure = \"Я голосовой робот.\"");
        assert!(Persona::parse(&disclosed).is_ok());
    }

    #[test]
    fn all_faults_come_at_once_with_their_places() {
        let wrong = format!(
            "{}{}",
            SMALL.replace("\"small\"", "\"Большая\""),
            r#"
            allowed_hours = [{ days = [0], from = "21:00", to = "9" }]
            [transfer]
            person = "8 (495) 123-45-67"
            nobody = "нет"
            [[fields]]
            key = "Имя"
            title = "Имя"
            question = ""
            [[tools]]
            name = "look_up"
            description = "d"
            url = "http://crm.example/find"
            parameters = { type = "nonsense" }
            [limits]
            turns = 0
            money = "30RUB"
            "#
        );
        assert_eq!(
            places(&wrong),
            [
                "id",
                "fields[0].key",
                "fields[0].question",
                "transfer.nobody",
                "allowed_hours[0].days",
                "allowed_hours[0]",
                "tools[0].url",
                "tools[0].parameters",
                "limits.turns",
            ]
        );
    }

    #[test]
    fn numbers_are_read_as_people_write_them() {
        let persona = Persona::parse(&format!(
            "{SMALL}\n[transfer]\nperson = \"8 (495) 123-45-67\"\n[limits]\nmoney = \"30RUB\""
        ))
        .unwrap();
        assert_eq!(persona.person().unwrap().as_str(), "+74951234567");
        assert_eq!(persona.limits.money.unwrap().amount(), "30.00");
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line() {
        let findings = Persona::parse(&format!("{SMALL}\ngreting = \"x\"")).unwrap_err();
        assert!(findings[0].to_string().contains("greting"), "{}", findings[0]);
        assert!(Persona::parse(&"#".repeat(LONGEST_FILE + 1)).is_err());
    }
}

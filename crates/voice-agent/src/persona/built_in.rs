//! The personas at hand: two ship with the program, others come from files of the company.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Finding, Persona};

const SHIPPED: [(&str, &str); 2] = [
    ("lead-qualification", include_str!("../../personas/lead-qualification.toml")),
    ("appointment-reminder", include_str!("../../personas/appointment-reminder.toml")),
];

/// Personas by their ids.
#[derive(Debug, Clone, Default)]
pub struct Personas(BTreeMap<String, Arc<Persona>>);

impl Personas {
    /// Those that ship with the program: `lead-qualification` and `appointment-reminder`.
    ///
    /// # Panics
    /// Never: a test reads them.
    #[expect(clippy::expect_used, reason = "they are part of the program, and a test reads each")]
    pub fn built_in() -> Self {
        let mut personas = Self::default();
        for (id, text) in SHIPPED {
            let persona = Persona::parse(text).expect("a shipped persona");
            debug_assert_eq!(persona.id, id);
            personas.add(persona);
        }
        personas
    }

    /// Texts of the shipped ones, `(id, TOML)`: to begin an own one from.
    pub const fn shipped() -> &'static [(&'static str, &'static str)] {
        &SHIPPED
    }

    /// Reads one and adds it; one with the same id is replaced.
    ///
    /// # Errors
    /// As [`Persona::parse`].
    pub fn read(&mut self, text: &str) -> Result<Arc<Persona>, Vec<Finding>> {
        Persona::parse(text).map(|persona| self.add(persona))
    }

    /// Adds one; one with the same id is replaced.
    pub fn add(&mut self, persona: Persona) -> Arc<Persona> {
        let persona = Arc::new(persona);
        self.0.insert(persona.id.clone(), Arc::clone(&persona));
        persona
    }

    /// One of them.
    pub fn get(&self, id: &str) -> Option<Arc<Persona>> {
        self.0.get(id).cloned()
    }

    /// All, by id.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Persona>> {
        self.0.values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_personas_are_sound_and_named_as_their_files() {
        for (id, text) in Personas::shipped() {
            let persona = Persona::parse(text).unwrap_or_else(|findings| panic!("{id}: {findings:?}"));
            assert_eq!(persona.id, *id);
            assert!(!persona.fields.is_empty() && !persona.faq.is_empty() && !persona.facts.is_empty());
            let all = format!("{persona:?}");
            assert!(!all.contains('!'), "{id} exclaims");
        }
        assert_eq!(Personas::built_in().all().count(), 2);
    }

    #[test]
    fn a_file_of_the_company_takes_the_place_of_a_shipped_one() {
        let mut personas = Personas::built_in();
        let own = Personas::shipped()[0].1.replace("Первичный звонок по заявке", "Наш звонок");
        personas.read(&own).unwrap();
        assert_eq!(personas.get("lead-qualification").unwrap().title, "Наш звонок");
        assert_eq!(personas.get("nobody"), None);
    }
}

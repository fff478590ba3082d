//! An engine and a desk over doubles, and a caller who talks to them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use domain::{Clock, PhoneNumber};
use test_support::FakeClock;
use uuid::Uuid;
use voice_agent::testing::{FakeArchive, FakeEars, FakeMind, FakeRecordings, FakeTelephone, InMemoryCalls};
use voice_agent::{
    CallDesk, CallEvent, DeskParts, DeskSettings, Dialogue, EventAnswer, LineEnd, LineStart, LiveFeed,
    Persona, Personas, PlaceCall, TurnAnswer, TurnEngine, TurnInput, TurnParts, TurnRequest, TurnSettings,
};

/// Everything that a test may look at.
pub(crate) struct House {
    pub(crate) engine: TurnEngine,
    pub(crate) desk: CallDesk,
    pub(crate) memory: InMemoryCalls,
    pub(crate) recordings: FakeRecordings,
    pub(crate) ears: FakeEars,
    pub(crate) mind: FakeMind,
    pub(crate) telephone: FakeTelephone,
    pub(crate) archive: FakeArchive,
    pub(crate) clock: Arc<FakeClock>,
    pub(crate) live: LiveFeed,
}

pub(crate) const CLIENT: &str = "+79161234567";
pub(crate) const PERSON: &str = "+74951112233";

/// The shipped persona, with a person who can take over.
pub(crate) fn persona() -> Persona {
    let mut persona = (*Personas::built_in().get("lead-qualification").unwrap()).clone();
    persona.transfer.insert("person".to_owned(), PhoneNumber::parse(PERSON).unwrap());
    persona
}

pub(crate) fn house() -> House {
    house_of(persona(), DeskSettings::default())
}

pub(crate) fn house_of(persona: Persona, desk: DeskSettings) -> House {
    house_with(persona, desk, TurnSettings::default())
}

pub(crate) fn house_with(persona: Persona, desk: DeskSettings, turns: TurnSettings) -> House {
    let memory = InMemoryCalls::default();
    let mind = FakeMind::default();
    let (recordings, ears) = (FakeRecordings::default(), FakeEars::default());
    let (telephone, archive) = (FakeTelephone::default(), FakeArchive::default());
    let clock = Arc::new(FakeClock::new());
    let live = LiveFeed::default();
    let mut personas = Personas::built_in();
    personas.add(persona);
    let personas = Arc::new(personas);
    let engine = TurnEngine::new(
        TurnParts {
            memory: Arc::new(memory.clone()),
            personas: Arc::clone(&personas),
            recordings: Arc::new(recordings.clone()),
            ears: Arc::new(ears.clone()),
            mind: Arc::new(mind.clone()),
            archive: Arc::new(archive.clone()),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            live: live.clone(),
        },
        turns,
    );
    let ids = AtomicU64::new(1);
    let parts = DeskParts {
        engine: engine.clone(),
        memory: Arc::new(memory.clone()),
        personas,
        telephone: Arc::new(telephone.clone()),
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
        ids: Arc::new(move || Uuid::from_u64_pair(7, ids.fetch_add(1, Ordering::Relaxed))),
        live: live.clone(),
    };
    let desk = CallDesk::new(parts, desk);
    House { engine, desk, memory, recordings, ears, mind, telephone, archive, clock, live }
}

impl House {
    /// Places a call that the client answers; gives its id as the scenario knows it.
    pub(crate) async fn answered(&self) -> String {
        let request = PlaceCall {
            phone: CLIENT.to_owned(),
            persona: "lead-qualification".to_owned(),
            ..PlaceCall::default()
        };
        let id = self.desk.place(request).await.unwrap().call.to_string();
        let started = self.engine.event(Some(&id), CallEvent::Started(LineStart::default())).await.unwrap();
        assert!(matches!(started, EventAnswer::Welcome { .. }), "{started:?}");
        self.engine.event(Some(&id), CallEvent::Answered).await.unwrap();
        id
    }

    /// The client says something, which takes ten seconds of the day.
    pub(crate) async fn says(&self, id: &str, turn: u32, words: &str) -> TurnAnswer {
        self.clock.advance(Duration::from_secs(10));
        self.engine.turn(request(id, turn, words)).await
    }

    pub(crate) async fn dialogue(&self, id: &str) -> Dialogue {
        self.engine.dialogue(id).await.unwrap().unwrap()
    }

    pub(crate) async fn hangs_up(&self, id: &str) {
        let end = LineEnd { code: Some(200), duration_ms: Some(61_000), ..LineEnd::default() };
        self.engine.event(Some(id), CallEvent::Ended(end)).await.unwrap();
    }
}

pub(crate) fn request(id: &str, turn: u32, words: &str) -> TurnRequest {
    TurnRequest {
        call_id: id.to_owned(),
        turn,
        input: TurnInput::Recording(format!("say:{words}")),
        duration_ms: Some(5000),
    }
}

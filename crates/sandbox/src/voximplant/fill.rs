//! A history: the company's last calls out, as if its robot had held them. Sound is made when it is
//! fetched.

use std::sync::Arc;

use domain::{CallId, Direction};
use voximplant_client::FinishReason;
use voximplant_client::testing::{EndedCall, FakeVoximplant, SessionEnd, Sound};

use crate::world::{RecordKind, Situation, World, WorldCall};

/// The application that scenarios are deployed to.
pub(super) const APPLICATION: &str = "zvonar";
/// So many of the last calls.
const SESSIONS: usize = 20;

pub(super) fn fill(fake: &FakeVoximplant, world: &Arc<World>) {
    let application = fake.add_application_named(APPLICATION, true);
    let fits = |call: &&WorldCall| {
        call.direction == Direction::Out
            && matches!(call.situation, Situation::Conversation | Situation::AnsweringMachine)
            && call.contact.is_some()
    };
    let mut last: Vec<&WorldCall> = world.calls().iter().filter(fits).collect();
    last.sort_by_key(|call| std::cmp::Reverse(call.started_at));
    last.truncate(SESSIONS);
    for call in last.into_iter().rev() {
        let Some(contact) = &call.contact else { continue };
        let id = CallId::derive("voximplant", &call.id.to_string());
        let custom_data = format!("turns|{id}|+{contact}");
        fake.add_past_session(application, &custom_data, call.started_at, ended(world, call, contact));
    }
}

fn ended(world: &Arc<World>, call: &WorldCall, contact: &str) -> SessionEnd {
    let talk = call.records.iter().find(|record| record.kind == RecordKind::Talk && !record.gone);
    let sound = talk.map(|record| {
        let (world, id) = (Arc::clone(world), record.id.clone());
        Sound::Made(Arc::new(move || world.sound(&id).unwrap_or_default()))
    });
    let told = EndedCall {
        remote: contact.to_owned(),
        incoming: false,
        duration_s: call.talk_s,
        successful: call.talk_s > 0,
        cost: Some(format!("{:.2}", f64::from(call.talk_s) / 60.0 * 1.5)),
        end_reason: "Call disconnected".into(),
        sound,
    };
    SessionEnd { duration_s: call.total_s, reason: FinishReason::Normal, calls: vec![told] }
}

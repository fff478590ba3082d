//! Changing a call that others may change at the same moment: read, edit, keep, again if overtaken.

use domain::CallId;

use crate::{CallMemory, Dialogue, PartFailed};

/// Overtaken so often, something is wrong with the memory.
const TRIES: u32 = 32;

/// Edits a call as it stands and keeps it. `edit` may run more than once and must not act outside; it
/// says whether there is anything to keep. Gives the call as it then stands; `None` for an unknown one.
///
/// # Errors
/// Those of the memory, and a call that is overtaken without end.
pub async fn change(
    memory: &dyn CallMemory,
    call: CallId,
    mut edit: impl FnMut(&mut Dialogue) -> bool + Send,
) -> Result<Option<Dialogue>, PartFailed> {
    for _ in 0..TRIES {
        let Some(mut dialogue) = memory.dialogue(call).await? else {
            return Ok(None);
        };
        if !edit(&mut dialogue) {
            return Ok(Some(dialogue));
        }
        if memory.save(&dialogue).await? {
            dialogue.version += 1;
            return Ok(Some(dialogue));
        }
    }
    Err(PartFailed::passing("memory", format!("call {call} changes faster than it can be kept")))
}

//! The utterances of every recording at hand, as they were when the voice detector was still somebody else's code:
//! what is quicker must hear the same, or a recogniser is given other sound.
//!
//! `tests/data/utterances.txt`: a line `# path` for each recording, then channel, start and end in s, level, gate.

use std::fmt::Write as _;
use std::path::Path;

use crate::synth::survey;

#[test]
fn every_recording_is_heard_as_ever() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let golden = std::fs::read_to_string(root.join("crates/audio/tests/data/utterances.txt")).unwrap();
    let recordings = golden.split("# ").skip(1);
    assert_eq!(recordings.clone().count(), 39, "all of them");
    for recording in recordings {
        let (name, expected) = recording.split_once('\n').unwrap();
        let mut heard = String::new();
        for u in survey(&root.join(name)).utterances {
            let seconds = |ms: u64| std::time::Duration::from_millis(ms).as_secs_f64();
            let (from, to) = (seconds(u.start_ms), seconds(u.end_ms));
            writeln!(heard, "{} {from:.2} {to:.2} {:.1} {:?}", u.channel, u.level_dbfs, u.gate).unwrap();
        }
        assert_eq!(heard, expected, "{name}");
    }
}

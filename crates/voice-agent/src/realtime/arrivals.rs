//! The client's packets in their order: those that are lost become silence, a swapped pair is put right.
//!
//! A packet that comes in its turn passes at once; one that is ahead waits for two more at most.

use openai_client::G711;

/// Packets that may wait for one before them: 60 ms.
const MOST_AHEAD: usize = 3;
/// A longer hole is a new beginning; so much silence stands for it, enough for the end of a phrase.
const LONGEST_HOLE: u64 = 8_000;

/// What became of a packet.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Arrived {
    /// It goes on as it is.
    InTurn,
    /// This goes on: the packet with what it made complete, or nothing.
    Instead(Vec<u8>),
}

/// Packets in their order, by the count of samples before each.
#[derive(Debug)]
pub(super) struct Arrivals {
    silence: u8,
    next: Option<u64>,
    ahead: Vec<(u64, Vec<u8>)>,
    /// Packets that were lost, came too late, or twice.
    pub(super) faulty: u64,
}

impl Arrivals {
    pub(super) fn new(code: G711) -> Self {
        Self { silence: code.silence(), next: None, ahead: Vec::new(), faulty: 0 }
    }

    /// Takes a packet; without a timestamp it is in its turn.
    pub(super) fn take(&mut self, timestamp: Option<u64>, sound: &[u8]) -> Arrived {
        let length = sound.len() as u64;
        let (Some(at), Some(next)) = (timestamp, self.next) else {
            self.next = timestamp.or(self.next).map(|at| at.saturating_add(length));
            return Arrived::InTurn;
        };
        if at == next {
            self.next = Some(next.saturating_add(length));
            if self.ahead.is_empty() {
                return Arrived::InTurn;
            }
            let mut whole = sound.to_vec();
            self.drain(&mut whole);
            return Arrived::Instead(whole);
        }
        if at < next {
            self.faulty += 1;
            return Arrived::Instead(Vec::new());
        }
        self.ahead.push((at, sound.to_vec()));
        self.ahead.sort_by_key(|(at, _)| *at);
        let mut whole = Vec::new();
        if self.ahead.len() >= MOST_AHEAD {
            self.bridge_hole(&mut whole);
            self.drain(&mut whole);
        }
        Arrived::Instead(whole)
    }

    /// Silence up to the first packet that waits.
    fn bridge_hole(&mut self, whole: &mut Vec<u8>) {
        let (Some(next), Some((at, sound))) = (self.next, self.ahead.first()) else { return };
        let hole = at.saturating_sub(next);
        self.faulty += hole.div_ceil((sound.len() as u64).max(1)).min(50);
        let silence = usize::try_from(hole.min(LONGEST_HOLE)).unwrap_or(0);
        whole.resize(whole.len() + silence, self.silence);
        self.next = Some(*at);
    }

    /// Those whose turn has come.
    fn drain(&mut self, whole: &mut Vec<u8>) {
        while let (Some(next), Some((at, _))) = (self.next, self.ahead.first()) {
            if *at > next {
                return;
            }
            let (at, sound) = self.ahead.remove(0);
            if at == next {
                whole.extend_from_slice(&sound);
                self.next = Some(next.saturating_add(sound.len() as u64));
            } else {
                self.faulty += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(n: u8) -> [u8; 160] {
        [n; 160]
    }

    /// The numbers of packets that go on, 255 for silence.
    fn run(order: &[u8]) -> (Vec<u8>, u64) {
        let mut arrivals = Arrivals::new(G711::Mulaw);
        let mut heard = Vec::new();
        for n in order {
            match arrivals.take(Some(u64::from(*n) * 160), &packet(*n)) {
                Arrived::InTurn => heard.push(*n),
                Arrived::Instead(sound) => heard.extend(sound.chunks(160).map(|packet| packet[0])),
            }
        }
        (heard, arrivals.faulty)
    }

    #[test]
    fn packets_in_turn_pass_at_once() {
        assert_eq!(run(&[0, 1, 2, 3]), (vec![0, 1, 2, 3], 0));
    }

    #[test]
    fn a_swapped_pair_is_put_right_and_a_double_is_dropped() {
        assert_eq!(run(&[0, 2, 1, 3, 3, 4]), (vec![0, 1, 2, 3, 4], 1));
    }

    #[test]
    fn a_lost_packet_becomes_silence_after_60_ms() {
        assert_eq!(run(&[0, 2, 3]), (vec![0], 0));
        assert_eq!(run(&[0, 2, 3, 4, 5]), (vec![0, 255, 2, 3, 4, 5], 1));
    }

    #[test]
    fn a_long_hole_is_a_second_of_silence() {
        let mut arrivals = Arrivals::new(G711::Mulaw);
        arrivals.take(Some(0), &packet(0));
        arrivals.take(Some(1_000_000), &packet(1));
        arrivals.take(Some(1_000_160), &packet(2));
        let Arrived::Instead(whole) = arrivals.take(Some(1_000_320), &packet(3)) else { panic!("waited") };
        assert_eq!(whole.len(), 8000 + 3 * 160);
        assert_eq!(arrivals.take(Some(1_000_480), &packet(4)), Arrived::InTurn);
    }
}

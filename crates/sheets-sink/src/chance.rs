//! Where chance comes from: ids of batches and their markers. Injected, so that tests are steady.

/// A source of random numbers.
pub trait Chance: Send + Sync + std::fmt::Debug {
    /// The next 64 random bits.
    fn bits(&self) -> u64;
}

/// The machine's randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct RandomChance;

impl Chance for RandomChance {
    fn bits(&self) -> u64 {
        rand::random()
    }
}

/// A positive id for developer metadata, never 0.
pub(crate) fn metadata_id(chance: &dyn Chance) -> i32 {
    i32::try_from(chance.bits() & 0x7fff_ffff).unwrap_or(i32::MAX).max(1)
}

/// A UUID of version 4.
pub(crate) fn uuid(chance: &dyn Chance) -> String {
    let bits = (u128::from(chance.bits()) << 64) | u128::from(chance.bits());
    uuid::Builder::from_random_bytes(bits.to_be_bytes()).into_uuid().to_string()
}

//! How much fuel lies between two looks.

use super::super::instance::FUEL_SLICE;

/// Lengths of slices: a slice on average, and each another. Of a script that does the same over and over, as long as a slice each
/// time, slices of one length would show the same place for ever.
#[derive(Debug)]
pub(in super::super) struct Slices(fastrand::Rng);

impl Default for Slices {
    /// The same lengths in every run, so that equal runs have equal profiles.
    fn default() -> Self {
        Self(fastrand::Rng::with_seed(0))
    }
}

impl Slices {
    /// The fuel of the next one.
    pub(in super::super) fn next_fuel(&mut self) -> u64 {
        self.0.u64(FUEL_SLICE / 2..FUEL_SLICE * 3 / 2)
    }
}

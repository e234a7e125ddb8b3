//! Memory limits: one of the run, and one of all runs together. Both are kept where the guest asks for memory, so a script
//! cannot catch them: the request is answered with a trap.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use wasmtime::ResourceLimiter;

use super::peek::MemorySize;
use crate::run::Limit;

const MIB: u64 = 1024 * 1024;

/// Memory for all sandboxes of the process, in bytes.
#[derive(Debug, Clone)]
pub struct Budget {
    in_use: Arc<AtomicU64>,
    bound_bytes: u64,
}

impl Budget {
    /// `None`: unlimited, but counted.
    pub fn new(bound_bytes: Option<u64>) -> Self {
        Self { in_use: Arc::default(), bound_bytes: bound_bytes.unwrap_or(u64::MAX) }
    }

    /// What all sandboxes hold.
    pub fn in_use_bytes(&self) -> u64 {
        self.in_use.load(Ordering::Relaxed)
    }

    /// Take `bytes` more; gives what would be in use when that is over the bound.
    fn take(&self, bytes: u64) -> Result<(), u64> {
        let more = |now: u64| now.checked_add(bytes).filter(|&after| after <= self.bound_bytes);
        let taken = self.in_use.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
        taken.map(drop).map_err(|now| now.saturating_add(bytes))
    }

    fn give_back(&self, bytes: u64) {
        self.in_use.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// A limit that was hit: which, its bound, and what was asked for, in MiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct MemoryHit {
    pub limit: Limit,
    pub bound_mb: u64,
    pub used_mb: u64,
}

/// Enforces and measures the memory of one instance; gives its share of the budget back on drop.
#[derive(Debug)]
pub(super) struct MemoryLimiter {
    budget: Budget,
    bound_bytes: u64,
    /// What this instance holds; memories never shrink, so it is the peak as well.
    held_bytes: u64,
    hit: Option<MemoryHit>,
    /// The memory's own size, for those who look at it while the guest is being called.
    size: MemorySize,
    /// What it was before it was allowed to grow the last time.
    size_before: usize,
}

impl MemoryLimiter {
    pub(super) fn new(budget: Budget, bound_bytes: u64) -> Self {
        Self { budget, bound_bytes, held_bytes: 0, hit: None, size: MemorySize::default(), size_before: 0 }
    }

    pub(super) fn peak_bytes(&self) -> u64 {
        self.held_bytes
    }

    /// The size of the instance's memory, kept up to date.
    pub(super) fn memory_size(&self) -> MemorySize {
        self.size.clone()
    }

    pub(super) fn hit(&self) -> Option<MemoryHit> {
        self.hit
    }

    /// After a limit ended the run: a little more, so that the guest can still say where it was.
    pub(super) fn allow_epilogue(&mut self, bytes: u64) {
        self.bound_bytes = self.bound_bytes.max(self.held_bytes).saturating_add(bytes);
    }

    fn grow(&mut self, desired_bytes: u64) -> Result<(), MemoryHit> {
        if self.bound_bytes < desired_bytes {
            let (bound_mb, used_mb) = (self.bound_bytes / MIB, desired_bytes.div_ceil(MIB));
            return Err(MemoryHit { limit: Limit::Memory, bound_mb, used_mb });
        }
        let more = desired_bytes.saturating_sub(self.held_bytes);
        self.budget.take(more).map_err(|used| {
            let (bound_mb, used_mb) = (self.budget.bound_bytes / MIB, used.div_ceil(MIB));
            MemoryHit { limit: Limit::MemoryBudget, bound_mb, used_mb }
        })?;
        self.held_bytes = self.held_bytes.max(desired_bytes);
        Ok(())
    }
}

impl ResourceLimiter for MemoryLimiter {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        self.grow(desired as u64).map_err(|hit| {
            self.hit = Some(hit);
            wasmtime::format_err!("memory limit")
        })?;
        self.size_before = current;
        self.size.set(desired);
        Ok(true)
    }

    /// What was allowed is not to be had.
    fn memory_grow_failed(&mut self, _: wasmtime::Error) -> wasmtime::Result<()> {
        self.size.set(self.size_before);
        Ok(())
    }

    fn table_growing(&mut self, _: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        Ok(maximum.is_none_or(|maximum| desired <= maximum))
    }
}

impl Drop for MemoryLimiter {
    fn drop(&mut self) {
        self.budget.give_back(self.held_bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bound: u64, budget: Option<u64>, desired: u64) -> Option<Limit> {
        MemoryLimiter::new(Budget::new(budget), bound).grow(desired).err().map(|hit| hit.limit)
    }

    #[test]
    fn limits_hold_at_the_byte() {
        assert_eq!(check(64 * MIB, None, 64 * MIB), None);
        assert_eq!(check(64 * MIB, None, 64 * MIB + 1), Some(Limit::Memory));
        assert_eq!(check(64 * MIB, Some(32 * MIB), 32 * MIB), None);
        assert_eq!(check(64 * MIB, Some(32 * MIB), 32 * MIB + 1), Some(Limit::MemoryBudget));
        assert_eq!(check(64 * MIB, Some(u64::MAX), 65 * MIB), Some(Limit::Memory));
    }

    #[test]
    fn the_size_is_what_the_memory_has() {
        let mut limiter = MemoryLimiter::new(Budget::new(None), 64 * MIB);
        let size = limiter.memory_size();
        let mut grow = |current, desired| limiter.memory_growing(current, desired, None).is_ok();
        assert!(grow(0, 1 << 20) && grow(1 << 20, 2 << 20));
        assert_eq!(size.get(), 2 << 20);
        assert!(!grow(2 << 20, 65 << 20));
        assert_eq!(size.get(), 2 << 20);
        assert!(grow(2 << 20, 3 << 20));
        limiter.memory_grow_failed(wasmtime::format_err!("no pages")).unwrap();
        assert_eq!(size.get(), 2 << 20);
    }

    #[test]
    fn the_budget_is_shared_and_given_back() {
        let budget = Budget::new(Some(10 * MIB));
        let mut first = MemoryLimiter::new(budget.clone(), 64 * MIB);
        first.grow(6 * MIB).unwrap();
        let mut second = MemoryLimiter::new(budget.clone(), 64 * MIB);
        assert_eq!(second.grow(5 * MIB), Err(MemoryHit { limit: Limit::MemoryBudget, bound_mb: 10, used_mb: 11 }));
        drop(first);
        second.grow(5 * MIB).unwrap();
        drop(second);
        assert_eq!(budget.in_use_bytes(), 0);
    }
}

//! What scripts asked of `ctx.system`, counted for the metrics.

use crate::policy::Operation;

/// How an operation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SystemResult {
    /// The script has what it asked for.
    Ok,
    /// It was allowed and failed.
    Failed,
    /// It was not allowed; nothing was sent.
    Refused,
    /// The run ended before.
    Cancelled,
}

impl SystemResult {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 4] = [Self::Ok, Self::Failed, Self::Refused, Self::Cancelled];

    /// The value of the label `result`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::Refused => "refused",
            Self::Cancelled => "cancelled",
        }
    }
}

/// The operations of a run, by how they ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SystemTally {
    /// In the order of [`Operation::ALL`]; empty when there was none.
    rows: Vec<Row>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Row {
    begun: u64,
    ok: u64,
    failed: u64,
    refused: u64,
}

impl SystemTally {
    /// It is not allowed.
    pub(super) fn refuse(&mut self, operation: Operation) {
        self.with(operation, |row| row.refused += 1);
    }

    /// Commands that were not allowed.
    pub(super) fn refused_commands(&self) -> u64 {
        let refused = |operation| self.count_of(operation, SystemResult::Refused);
        refused(Operation::Exec) + refused(Operation::ExecClusterManager)
    }

    /// It is allowed, and begins.
    pub(super) fn begin(&mut self, operation: Operation) {
        self.with(operation, |row| row.begun += 1);
    }

    /// It began, and has ended.
    pub(super) fn end(&mut self, operation: Operation, succeeded: bool) {
        self.with(operation, |row| if succeeded { row.ok += 1 } else { row.failed += 1 });
    }

    /// How many ended so. Those under way are cancelled when the run is over.
    pub fn count_of(&self, operation: Operation, result: SystemResult) -> u64 {
        let row = self.rows.get(operation as usize).copied().unwrap_or_default();
        match result {
            SystemResult::Ok => row.ok,
            SystemResult::Failed => row.failed,
            SystemResult::Refused => row.refused,
            SystemResult::Cancelled => row.begun - row.ok - row.failed,
        }
    }

    fn with(&mut self, operation: Operation, work: impl FnOnce(&mut Row)) {
        if self.rows.is_empty() {
            self.rows.resize(Operation::ALL.len(), Row::default());
        }
        if let Some(row) = self.rows.get_mut(operation as usize) {
            work(row);
        }
    }
}

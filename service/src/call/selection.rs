//! Which inputs the script sees, and in which order.

use arbex_api::{HistoryOrder, ParentMode};

use super::Input;
use super::configuration::Read;
use super::input::Candidate;

/// `latest`: the newest. `history`: all, ordered, then cut to the limit. Inputs without a time count as the oldest;
/// of two of the same time, the later in the request is the newer.
pub(super) fn select(mut candidates: Vec<Candidate>, mode: ParentMode, read: &Read) -> Vec<Input> {
    // Stable, so that equal times keep the order of the request.
    candidates.sort_by_key(|candidate| candidate.created_at);
    match mode {
        ParentMode::Latest => candidates.pop().into_iter().map(|newest| newest.into_input(read)).collect(),
        ParentMode::History => {
            if read.history_order == HistoryOrder::NewestFirst {
                candidates.reverse();
            }
            let limit = usize::try_from(read.history_limit).unwrap_or(usize::MAX);
            candidates.truncate(limit);
            candidates.into_iter().map(|candidate| candidate.into_input(read)).collect()
        }
    }
}

//! `dashboard_users`: who may see the dashboard.

use serde_json::value::RawValue;

use super::{LEGACY_USERS, USERS};
use crate::call::user_fault;
use crate::json::faults::{At, Faults};
use crate::json::section::{self, Section};
use crate::json::{self, Plan};

/// The script's users, under either name; none, or an empty list, stands for the configuration's.
pub(super) fn write(root: &Section<'_, '_>, configured: &[String], out: &mut String, faults: &mut Faults) {
    let mut named = |key| Some(check(root.raw(key)?, &root.at.key(key), faults)).flatten();
    let (users, legacy) = (named(USERS), named(LEGACY_USERS));
    if users.is_some() && legacy.is_some() {
        faults.add(&root.at.key(LEGACY_USERS), format!("must be left out where {USERS} is given"));
    }
    match users.or(legacy) {
        Some(users) => out.push_str(users.get()),
        // Strings have a JSON form.
        None => out.push_str(&serde_json::to_string(configured).unwrap_or_else(|_| "[]".to_owned())),
    }
}

/// The list, unless it is empty.
fn check<'a>(raw: &'a RawValue, at: &At<'_>, faults: &mut Faults) -> Option<&'a RawValue> {
    let total = json::each(raw, &Plan::Raw, at, faults, |entry, at, faults| {
        let json::Opened::Raw(raw) = entry else { return };
        if let Some(message) = section::text(raw, &at, faults).and_then(|user| user_fault(&user)) {
            faults.add(&at, message);
        }
    });
    (0 < total).then_some(raw)
}

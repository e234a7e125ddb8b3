use object_store::path::Path;

use crate::StoreError;

/// A key as `object_store` has it. What it would silently ask for under another name is refused.
pub(super) fn path(key: &str) -> Result<Path, StoreError> {
    let refused = |reason: &str| StoreError::Key { key: key.to_owned(), reason: reason.to_owned() };
    if key.is_empty() {
        return Err(refused("it is empty"));
    }
    if key.starts_with('/') || key.ends_with('/') || key.contains("//") {
        return Err(refused("it must not begin or end with a slash, nor have two in a row"));
    }
    Path::parse(key).map_err(|error| refused(&error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_mean_what_they_say() {
        for key in ["a", "sessions/3f0c/nodes/72/tasks/900.json", "a b/ä%20+&?#.json", "a..b/.c"] {
            assert_eq!(path(key).expect(key).as_ref(), key);
        }
        for key in ["", "/", "/a", "a/", "a//b", "../a", "a/./b", "a/.."] {
            assert!(path(key).is_err(), "{key}");
        }
    }
}

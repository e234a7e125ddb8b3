//! Names as Kubernetes takes them. They become parts of a path.

/// A namespace or a container: an RFC 1123 label.
pub fn is_label(name: &str) -> bool {
    name.len() <= 63 && is_dns(name)
}

/// A pod: RFC 1123 labels with dots between them.
pub(super) fn is_subdomain(name: &str) -> bool {
    name.len() <= 253 && name.split('.').all(is_dns)
}

fn is_dns(label: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let (first, last) = (label.bytes().next(), label.bytes().last());
    first.is_some_and(plain) && last.is_some_and(plain) && label.bytes().all(|byte| plain(byte) || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_bounded_and_plain() {
        let (long, too_long) = ("a".repeat(63), "a".repeat(64));
        for (name, label, subdomain) in [
            ("a", true, true),
            ("kube-system", true, true),
            ("0", true, true),
            ("a.b", false, true),
            (&long, true, true),
            (&too_long, false, true),
            (&"a".repeat(253), false, true),
            (&"a".repeat(254), false, false),
            ("", false, false),
            ("-a", false, false),
            ("a-", false, false),
            ("a..b", false, false),
            (".a", false, false),
            ("A", false, false),
            ("a_b", false, false),
            ("a/b", false, false),
            ("a%2fb", false, false),
            ("a?b", false, false),
            ("é", false, false),
            ("a\n", false, false),
        ] {
            assert_eq!((is_label(name), is_subdomain(name)), (label, subdomain), "{name:?}");
        }
    }
}

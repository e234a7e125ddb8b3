//! The header by which a caller says which trace a call belongs to.

use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState};

/// A valid `traceparent` (W3C Trace Context, section 3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Traceparent<'h> {
    trace_id: &'h str,
    parent_id: &'h str,
    flags: &'h str,
}

impl<'h> Traceparent<'h> {
    /// Of a header's text.
    pub fn parse(text: &'h str) -> Option<Self> {
        let mut parts = text.split('-');
        let (version, trace_id, parent_id, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let is_hex = |text: &str, chars: usize| {
            text.len() == chars && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
        };
        let is_zero = |text: &str| text.bytes().all(|byte| byte == b'0');
        // Later versions may append parts, this one may not.
        let known = is_hex(version, 2) && version != "ff" && (version != "00" || parts.next().is_none());
        let valid = is_hex(trace_id, 32)
            && !is_zero(trace_id)
            && is_hex(parent_id, 16)
            && !is_zero(parent_id)
            && is_hex(flags, 2);
        (known && valid).then_some(Self { trace_id, parent_id, flags })
    }

    /// The trace, in hexadecimal digits.
    pub fn trace_id(&self) -> &'h str {
        self.trace_id
    }

    /// As a parent of spans. Whether they are sent is up to the caller's flag, with any sampler that asks its parent.
    pub(crate) fn context(&self) -> Option<opentelemetry::Context> {
        let trace_id = TraceId::from_hex(self.trace_id).ok()?;
        let parent_id = SpanId::from_hex(self.parent_id).ok()?;
        // Of the other bits this version of the standard knows nothing.
        let sampled = TraceFlags::new(u8::from_str_radix(self.flags, 16).ok()?) & TraceFlags::SAMPLED;
        let parent = SpanContext::new(trace_id, parent_id, sampled, true, TraceState::NONE);
        Some(opentelemetry::Context::new().with_remote_span_context(parent))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_traceparent_is_none() {
        let trace = "0af7651916cd43dd8448eb211c80319c";
        let zeros = "0".repeat(32);
        for (header, valid) in [
            (format!("00-{trace}-b7ad6b7169203331-01"), true),
            (format!("cc-{trace}-b7ad6b7169203331-01-later"), true),
            (format!("00-{trace}-b7ad6b7169203331-01-later"), false),
            (format!("ff-{trace}-b7ad6b7169203331-01"), false),
            (format!("00-{zeros}-b7ad6b7169203331-01"), false),
            (format!("00-{trace}-0000000000000000-01"), false),
            (format!("00-{}-b7ad6b7169203331-01", trace.to_uppercase()), false),
            (format!("00-{trace}-b7ad6b7169203331"), false),
            ("nonsense".to_owned(), false),
            (String::new(), false),
        ] {
            let parsed = Traceparent::parse(&header);
            assert_eq!(parsed.map(|parsed| parsed.trace_id()), valid.then_some(trace), "{header}");
        }
    }

    #[test]
    fn of_the_flags_one_bit_counts() {
        for (flags, sampled) in [("00", false), ("01", true), ("02", false), ("ff", true)] {
            let header = format!("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-{flags}");
            let context = Traceparent::parse(&header).unwrap().context().unwrap();
            let parent = context.span().span_context().clone();
            assert!(parent.is_remote() && parent.is_valid());
            assert_eq!(parent.is_sampled(), sampled, "{flags}");
        }
    }
}

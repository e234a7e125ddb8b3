//! Spans of the service and of the runner, sent to an OpenTelemetry collector (OTLP, protobuf over HTTP).
//!
//! A span is a `tracing` span made by [`span!`]: its target is [`TARGET`], which the log leaves out and which, without [`Traces`], nobody
//! asks for, so that it costs one look at a flag. Finished spans go into a bounded queue; a thread of its own sends them. When the
//! collector is slow or away the queue is full, and what does not fit is dropped: nobody ever waits.
//!
//! Beside the endpoint, everything has the standard's variables, which OpenTelemetry's own libraries read: `OTEL_TRACES_SAMPLER` and
//! `OTEL_TRACES_SAMPLER_ARG`, `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_SERVICE_NAME`, `OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_BSP_*`.

mod client;
mod endpoint;
mod exporter;
mod settings;
mod traceparent;

use std::time::Duration;

use opentelemetry::trace::{Status, TraceContextExt as _, TracerProvider as _};
use opentelemetry::{Key, Value};
use opentelemetry_otlp::{Protocol, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{BatchSpanProcessor, SdkTracerProvider};
use tracing::level_filters::LevelFilter;
use tracing::{Metadata, Span, Subscriber};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::registry::LookupSpan;

pub use endpoint::Endpoint;
pub use settings::TraceFlags;
pub use traceparent::Traceparent;

use client::Client;
use exporter::Exporter;

/// The target of spans that are sent and not logged. A log's filter goes by the beginning of targets, so no module's path may begin so.
pub const TARGET: &str = "otlp_span";

/// What a log that is not about this crate leaves out: our spans, and words of the exporter that [`Traces`] says better. In the form of
/// `tracing_subscriber::EnvFilter`'s directives.
pub const NOT_LOGGED: [&str; 2] = ["otlp_span=off", "opentelemetry-otlp=off"];

/// How long the last spans may take at the end of the process.
const LAST_SPANS: Duration = Duration::from_secs(2);

/// A span of a trace, under the current one.
#[macro_export]
macro_rules! span {
    ($name:expr $(, $($field:tt)*)?) => {
        $crate::__tracing::info_span!(target: $crate::TARGET, $name, $($($field)*)?)
    };
}

#[doc(hidden)]
pub use tracing as __tracing;

/// Sends spans until it is stopped.
#[derive(Debug)]
pub struct Traces {
    provider: SdkTracerProvider,
}

impl Traces {
    /// Ready to send; connects to nothing yet. `OTEL_SERVICE_NAME` wins over `service`.
    ///
    /// # Errors
    ///
    /// Words: the system gives no thread, or a defect of ours.
    pub fn new(endpoint: &Endpoint, service: &'static str, version: &'static str) -> Result<Self, String> {
        let client = Client::new()?;
        let failure = client.failure();
        let otlp = opentelemetry_otlp::SpanExporter::builder()
            .with_http()
            .with_http_client(client)
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(endpoint.as_str())
            .build()
            .map_err(|error| format!("traces: {error}"))?;
        let processor = BatchSpanProcessor::builder(Exporter::new(otlp, failure)).build();
        let provider = SdkTracerProvider::builder()
            .with_resource(resource(service, version))
            .with_span_processor(processor)
            .build();
        Ok(Self { provider })
    }

    /// Takes our spans, and those that `also` names, to the collector. Events stay in the log.
    pub fn layer<S>(&self, also: fn(&Metadata<'_>) -> bool) -> impl Layer<S> + Send + Sync + use<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
    {
        let is_ours =
            move |metadata: &Metadata<'_>| metadata.is_span() && (metadata.target() == TARGET || also(metadata));
        tracing_opentelemetry::layer()
            .with_tracer(self.provider.tracer("arbex"))
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_tracked_inactivity(false)
            .with_context_activation(false)
            .with_filter(filter_fn(is_ours).with_max_level_hint(LevelFilter::DEBUG))
    }

    /// Sends what is left, within two seconds. Blocks; a second call does nothing.
    pub fn stop(&self) {
        // What does not go well is told by the exporter and the library.
        let _ = self.provider.shutdown_with_timeout(LAST_SPANS);
    }
}

fn resource(service: &'static str, version: &'static str) -> Resource {
    const NAME: Key = Key::from_static_str("service.name");
    // With what OTEL_RESOURCE_ATTRIBUTES and OTEL_SERVICE_NAME say.
    let said = Resource::builder().build();
    let unnamed = said.get(&NAME).is_none_or(|name| name.as_str().starts_with("unknown_service"));
    let resource = Resource::builder().with_attribute(opentelemetry::KeyValue::new("service.version", version));
    if unnamed { resource.with_service_name(service).build() } else { resource.build() }
}

/// Gives a span an attribute. A number must be an `i64` or an `f64`.
pub fn note(span: &Span, name: &'static str, value: impl Into<Value>) {
    span.set_attribute(name, value);
}

/// Marks a span as failed; `kind` is its `error.type`, one word of a closed set.
pub fn fail(span: &Span, kind: &str) {
    if !span.is_disabled() {
        span.set_status(Status::error(""));
        span.set_attribute("error.type", kind.to_owned());
    }
}

/// Makes a span that has not begun yet a part of a caller's trace.
pub fn continue_from(span: &Span, parent: &Traceparent<'_>) {
    if let Some(parent) = parent.context() {
        // It fails where nobody takes spans, and then there is nothing to continue.
        let _ = span.set_parent(parent);
    }
}

/// A span's trace, in hexadecimal digits; none when it belongs to no trace.
pub fn trace_id(span: &Span) -> Option<String> {
    let context = span.context();
    let context = context.span().span_context().clone();
    context.is_valid().then(|| context.trace_id().to_string())
}

/// The header `traceparent` for a call that is made within `span`.
pub fn traceparent(span: &Span) -> Option<String> {
    let context = span.context();
    let context = context.span().span_context().clone();
    let flags = context.trace_flags().to_u8();
    context.is_valid().then(|| format!("00-{}-{}-{flags:02x}", context.trace_id(), context.span_id()))
}

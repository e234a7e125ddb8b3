//! Where spans are sent, as both binaries are told.

use arbex_settings::{Fallback, Reader};

use crate::Endpoint;

/// Flags about traces.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Traces (OpenTelemetry)")]
pub struct TraceFlags {
    /// The collector that spans are sent to (OTLP, protobuf over HTTP), in place of OTEL_EXPORTER_OTLP_ENDPOINT; with none, there are no traces
    ///
    /// Spans go to /v1/traces below it. Which are sampled, what the resource is called and what headers go along is said by the standard's
    /// own variables: OTEL_TRACES_SAMPLER, OTEL_TRACES_SAMPLER_ARG, OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES,
    /// OTEL_EXPORTER_OTLP_HEADERS. docs/tracing.md lists the spans.
    #[arg(long, value_name = "URL")]
    otlp_endpoint: Option<String>,
}

impl TraceFlags {
    /// The endpoint; the standard's variable counts where neither flag nor variable of ours says anything.
    pub fn check(&self, reader: &mut Reader<'_>) -> Option<Endpoint> {
        let none = Fallback { value: None, told: "none".to_owned() };
        let rule = Endpoint::RULE.to_owned();
        reader.value_or_standard("otlp-endpoint", &self.otlp_endpoint, Endpoint::VARIABLE, none, rule, Endpoint::parse)
    }
}

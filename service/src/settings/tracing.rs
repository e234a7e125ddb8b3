//! Where spans are sent.

use arbex_traces::Endpoint;

use super::reader::{Fallback, Reader, SettingFault};
use super::surroundings::Surroundings;

/// What stands for no traces.
const NONE: &str = "none";

/// Flags of `arbex serve` about its traces.
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
    /// The endpoint, and what is wrong with the standard's variable, where that one counts.
    pub(super) fn check(
        &self,
        reader: &mut Reader<'_>,
        surroundings: &Surroundings,
    ) -> (Option<Endpoint>, Option<SettingFault>) {
        let none = Fallback { value: None, told: NONE.to_owned() };
        let endpoint =
            reader.value("otlp-endpoint", &self.otlp_endpoint, none, Endpoint::RULE.to_owned(), Endpoint::parse);
        let standard = surroundings.otlp_endpoint.as_deref().map(str::trim).filter(|text| !text.is_empty());
        match standard {
            Some(text) if !reader.is_given("otlp-endpoint") => {
                reader.fit("otlp-endpoint", text.to_owned());
                match Endpoint::parse(text) {
                    Some(endpoint) => (endpoint, None),
                    None => (None, Some(fault(text))),
                }
            }
            _ => (endpoint, None),
        }
    }
}

fn fault(text: &str) -> SettingFault {
    let quoted: String = text.chars().take(80).collect();
    let message = format!("must be {}, got {quoted:?}", Endpoint::RULE);
    SettingFault { place: Endpoint::VARIABLE.to_owned(), message }
}

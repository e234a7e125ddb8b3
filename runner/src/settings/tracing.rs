//! Where spans are sent.

use std::collections::BTreeMap;

use arbex_traces::Endpoint;

use super::reader::{Reader, SettingFault};

/// The flag about traces.
#[derive(Clone, Debug, Default, clap::Args)]
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
    /// The standard's variable counts where neither flag nor variable of ours says anything.
    pub(super) fn read(&self, reader: &mut Reader<'_>, standard: Option<&str>) -> Option<Endpoint> {
        let before = reader.faults.len();
        let rule = Endpoint::RULE.to_owned();
        let given = reader.read("otlp-endpoint", &self.otlp_endpoint, "none".to_owned(), rule, Endpoint::parse);
        let standard = standard.map(str::trim).filter(|text| !text.is_empty());
        match (given, standard) {
            (Some(given), _) => given,
            (None, Some(text)) if before == reader.faults.len() => Endpoint::parse(text).unwrap_or_else(|| {
                let quoted: String = text.chars().take(80).collect();
                let message = format!("must be {}, got {quoted:?}", Endpoint::RULE);
                reader.faults.push(SettingFault { place: Endpoint::VARIABLE.to_owned(), message });
                None
            }),
            (None, _) => None,
        }
    }
}

/// The standard's variable, and those that are ours.
pub(super) fn apart(variables: &BTreeMap<String, String>) -> (Option<&str>, BTreeMap<String, String>) {
    let standard = variables.get(Endpoint::VARIABLE).map(String::as_str);
    let ours = variables.iter().filter(|(name, _)| *name != Endpoint::VARIABLE);
    (standard, ours.map(|(name, value)| (name.clone(), value.clone())).collect())
}

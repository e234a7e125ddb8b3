//! Core's calls, one file a resource. A call builds what is asked ([`Call`]), sends it, and says what shape the answer has.

pub(crate) mod config;
mod data_sources;
mod dimensions;
mod discovery;
mod node_templates;
mod nodes;
mod projects;
mod runner_types;
mod scenarios;
mod session_templates;
mod sessions;
mod tasks;

use std::sync::Arc;

use crate::http::{Answer, Call, Transport};
use crate::{Error, HeatRuntimeOptions, Processor};

/// A client of one Core, and the runner that works for it.
///
/// Every call of Core is a method, named as the official client names it. Clones share connections and, as they were when cloned,
/// processors.
///
/// All calls give [`Error`]: [`Error::Status`] when Core refuses, [`Error::Connection`] and [`Error::Timeout`] when it does not
/// answer, [`Error::Decode`] when the answer is something else. Calls that read, set or delete are repeated by the options'
/// [`RetryPolicy`](crate::RetryPolicy) after broken connections, 429 and 5xx; calls that create are repeated only when Core surely
/// did nothing ([`Repeat::IfRefused`](crate::Repeat::IfRefused)).
#[derive(Clone)]
pub struct HeatRuntime {
    pub(crate) transport: Arc<Transport>,
    pub(crate) options: Arc<HeatRuntimeOptions>,
    pub(crate) processors: Vec<Arc<dyn Processor>>,
}

impl HeatRuntime {
    /// A client with these options. Sends nothing yet.
    ///
    /// # Errors
    ///
    /// [`Error::Options`] when the URL or the token cannot be used.
    pub fn new(options: HeatRuntimeOptions) -> Result<Self, Error> {
        let transport = Arc::new(Transport::new(&options)?);
        Ok(Self { transport, options: Arc::new(options), processors: Vec::new() })
    }

    /// Whether Core is outside the cluster; see [`is_external_environment`](crate::is_external_environment).
    pub fn is_external_environment(&self) -> bool {
        self.options.is_external_environment()
    }

    /// The node instance of debug mode, whose task Core knows nothing of.
    pub fn debug_node_id(&self) -> Option<i64> {
        self.options.debug_node_id
    }

    pub(crate) async fn send(&self, call: Call) -> Result<Answer, Error> {
        self.transport.send(call).await
    }

    /// Deletes. Gone already, after an attempt whose answer was lost, is what was wanted.
    pub(crate) async fn remove(&self, call: Call) -> Result<(), Error> {
        match self.send(call).await {
            Err(Error::Status { status: 404, uncertain: true, .. }) => Ok(()),
            other => other.map(drop),
        }
    }
}

impl std::fmt::Debug for HeatRuntime {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let templates: Vec<_> = self.processors.iter().map(|processor| processor.template_name()).collect();
        out.debug_struct("HeatRuntime")
            .field("options", &self.options)
            .field("processors", &templates)
            .finish_non_exhaustive()
    }
}

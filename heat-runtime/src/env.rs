//! The one place that touches the process's environment.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::client::config::{flatten, js_string};
use crate::{Error, HeatRuntime};

/// Which configuration [`HeatRuntime::load_env`] reads.
#[derive(Clone, Debug, Default)]
pub struct LoadEnvOptions {
    /// The configuration's prefix. `None` takes the variable `RunnerName`, else `sample_runner`.
    pub runner_name: Option<String>,
    /// Whether a prefix that Core does not know is an error. By default it gives no variables.
    pub fail_on_missing: bool,
}

/// Variables out of Core's configuration: dotted keys and their values as text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EnvVars(pub BTreeMap<String, String>);

impl EnvVars {
    /// A variable's value: what the process's environment already has goes before what Core has.
    pub fn get(&self, name: &str) -> Option<String> {
        read_raw(name).or_else(|| self.0.get(name).cloned())
    }

    /// Puts the variables into this process's environment; those already there stay as they are. Names that no environment can
    /// hold are left out.
    ///
    /// ```
    /// let mut vars = heat_runtime::EnvVars::default();
    /// vars.0.insert("store.name".to_owned(), "heat".to_owned());
    /// vars.0.insert("PATH".to_owned(), "nowhere".to_owned());
    /// // SAFETY: this is the only thread.
    /// unsafe { vars.set() };
    /// assert_eq!(std::env::var("store.name").as_deref(), Ok("heat"));
    /// assert_ne!(std::env::var("PATH").as_deref(), Ok("nowhere"));
    /// ```
    ///
    /// # Safety
    ///
    /// As for [`std::env::set_var`]: no other thread may read or write the environment meanwhile. Call it at the very start, before
    /// threads are made; or do not call it, and use [`EnvVars::get`].
    #[expect(unsafe_code, reason = "changing the environment is unsafe, and the caller's choice")]
    pub unsafe fn set(&self) {
        for (name, value) in &self.0 {
            let possible = !name.is_empty() && !name.contains(['=', '\0']) && !value.contains('\0');
            if possible && read_raw(name).is_none() {
                // SAFETY: the caller promised that no other thread uses the environment now.
                unsafe { std::env::set_var(name, value) };
            }
        }
    }
}

impl HeatRuntime {
    /// Reads a runner's configuration as variables: nested keys joined by dots, values as text. Changes nothing in the process;
    /// [`EnvVars::set`] does.
    ///
    /// # Errors
    ///
    /// As every call; but a 404 only with `fail_on_missing`.
    pub async fn load_env(&self, options: &LoadEnvOptions) -> Result<EnvVars, Error> {
        let runner_name = options.runner_name.clone().or_else(|| read_raw("RunnerName"));
        let runner_name = runner_name.as_deref().unwrap_or("sample_runner");
        match self.get_platform_configuration_by_prefix(runner_name).await {
            Ok(Value::Object(config)) => {
                let flat = flatten(config);
                Ok(EnvVars(flat.into_iter().map(|(name, value)| (name, js_string(&value))).collect()))
            }
            Ok(_) => Ok(EnvVars::default()),
            Err(error) if error.is_not_found() && !options.fail_on_missing => {
                tracing::warn!(prefix = runner_name, "core has no configuration below this prefix; no variables");
                Ok(EnvVars::default())
            }
            Err(error) => Err(error),
        }
    }
}

/// A variable that is set and not empty.
pub(crate) fn read(name: &str) -> Option<String> {
    read_raw(name).filter(|value| !value.is_empty())
}

#[expect(clippy::disallowed_methods, reason = "this is the library's one place for it")]
fn read_raw(name: &str) -> Option<String> {
    // No environment holds such a name.
    if name.is_empty() || name.contains(['=', '\0']) {
        return None;
    }
    std::env::var(name).ok()
}

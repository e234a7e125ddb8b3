//! Refusals, in the API server's own form and words.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Status, StatusDetails};

use crate::Asked;

/// A refusal: an HTTP status and the body that explains it.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub code: u16,
    pub reason: &'static str,
    pub message: String,
}

impl Refusal {
    pub(crate) fn new(code: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Self { code, reason, message: message.into() }
    }

    pub(crate) fn forbidden(asked: &Asked) -> Self {
        let Asked { verb, group, resource, namespace, name, .. } = asked;
        let named = name.as_ref().map(|name| format!(" {name:?}")).unwrap_or_default();
        let place = match namespace {
            Some(namespace) => format!("in the namespace {namespace:?}"),
            None => "at the cluster scope".to_owned(),
        };
        let what = format!("cannot {verb} resource {resource:?} in API group {group:?} {place}");
        let user = "system:serviceaccount:dev:kube-dev";
        Self::new(403, "Forbidden", format!("{resource}{named} is forbidden: User {user:?} {what}"))
    }

    pub(crate) fn not_found(asked: &Asked) -> Self {
        let name = asked.name.as_deref().unwrap_or_default();
        let resource = asked.resource.split('/').next().unwrap_or_default();
        Self::new(404, "NotFound", format!("{resource} {name:?} not found"))
    }

    pub(crate) fn expired() -> Self {
        let message = "The provided continue parameter is too old to display a consistent list result. You can start a new \
                       list without the continue parameter, or use the continue token in this response to retrieve the \
                       remainder of the results.";
        Self::new(410, "Expired", message)
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    /// The body.
    pub(crate) fn status(&self) -> Status {
        Status {
            status: Some("Failure".to_owned()),
            code: Some(i32::from(self.code)),
            reason: Some(self.reason.to_owned()),
            message: Some(self.message.clone()),
            details: Some(StatusDetails::default()),
            ..Status::default()
        }
    }
}

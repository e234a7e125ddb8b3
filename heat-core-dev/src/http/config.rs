//! Platform configuration, and what a Core tells of itself.

use axum::routing::MethodFilter;
use serde_json::{Value, json};

use crate::config::ConfigEntry;
use crate::http::answer::typed;
use crate::http::{Call, Routes};
use crate::refusal::Refusal;
use crate::resource::Resource;
use crate::store::Store;
use crate::style::Reply;
use crate::view;

pub(super) const ROUTES: Routes = &[
    (MethodFilter::GET, "/api/config/all", |store, call| store.config_all(call.caller).map(Reply::data)),
    (MethodFilter::GET, "/api/config/{name}", |store, call| {
        store.config_below(call.text("name"), call.caller).map(Reply::data)
    }),
    (MethodFilter::GET, "/api/config/detail/{name}", |store, call| {
        store.config_detail(call.text("name"), call.caller).map(|entry| Reply::raw(json!(entry)))
    }),
    (MethodFilter::POST, "/api/config", |store, call| {
        store.config_create(typed(&call.body)?, call.caller).map(|entry| Reply::raw(json!(entry)))
    }),
    (MethodFilter::PUT, "/api/config/{name}", update),
    (MethodFilter::DELETE, "/api/config/{name}", |store, call| {
        store.config_delete(call.text("name"), call.caller).map(|()| Reply::done())
    }),
    (MethodFilter::GET, "/api/discovery", discovery),
    (MethodFilter::GET, "/api/discovery/node-templates", node_templates),
    (MethodFilter::GET, "/api/discovery/dashboard-components", no_bundle),
    (MethodFilter::GET, "/api/discovery/platform-configuration-keys", no_bundle),
    (MethodFilter::GET, "/api/discovery/docs/{key}", |_, call| {
        Err(Refusal::absent(format!("no_documentation_in_bundle: {}", call.text("key"))))
    }),
];

fn update(store: &mut Store, call: &Call) -> Result<Reply, Refusal> {
    let entry: ConfigEntry = typed(&call.body)?;
    let name = call.text("name");
    if entry.name != name {
        return Err(Refusal::bad(format!("name is {:?} in the body and {name:?} in the path", entry.name)));
    }
    store.config_update(entry, call.caller).map(|entry| Reply::raw(json!(entry)))
}

fn discovery(store: &mut Store, _: &Call) -> Result<Reply, Refusal> {
    Ok(Reply::wrapped(json!({
        "nodeTemplates": store.rows(Resource::NodeTemplate).count(),
        "dashboardComponents": 0,
        "platformConfigurationKeys": 0,
        "warnings": ["discovery_bundle_unavailable"],
    })))
}

fn node_templates(store: &mut Store, _: &Call) -> Result<Reply, Refusal> {
    let templates = store.rows(Resource::NodeTemplate);
    let templates: Vec<Value> = templates.map(|row| view::row(store, Resource::NodeTemplate, row)).collect();
    Ok(Reply::wrapped(json!({ "nodeTemplates": templates, "warnings": [] })))
}

/// The catalogues of a release are embedded when a real Core is built; here is none.
fn no_bundle(_: &mut Store, _: &Call) -> Result<Reply, Refusal> {
    Ok(Reply::wrapped(json!({ "items": [], "warnings": ["discovery_bundle_unavailable"] })))
}

//! What is served where. A route is a method, a path and an action; every action is done under the lock, in one step, so
//! nothing is ever seen half done. Around all of them stands `around.rs`: log, faults, tokens.

mod answer;
mod around;
mod catalogue;
mod config;
mod dev;
mod runner;
mod serve;
mod sessions;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::routing::MethodFilter;
use serde_json::Value;

use crate::auth::Caller;
use crate::core::Shared;
use crate::refusal::Refusal;
use crate::resource::{Resource, Row};
use crate::store::{Key, Store};
use crate::style::Reply;

pub(crate) use serve::serve;

pub(crate) type App = Arc<Shared>;

type Act = fn(&mut Store, &Call) -> Result<Reply, Refusal>;

/// What a request asks, read.
struct Call {
    path: BTreeMap<String, String>,
    query: BTreeMap<String, String>,
    /// `null` when there is none.
    body: Value,
    caller: Caller,
}

impl Call {
    fn text(&self, name: &str) -> &str {
        self.path.get(name).map(String::as_str).unwrap_or_default()
    }

    /// An id of the path; text that is no number is the id of nothing.
    fn id(&self, name: &str) -> Result<i64, Refusal> {
        let text = self.text(name);
        text.parse().map_err(|_| Refusal::absent(format!("{text:?} is no id: ids are integers")))
    }

    fn key(&self, resource: Resource, name: &str) -> Result<Key, Refusal> {
        if resource.has_guid() { Ok(Key::from(self.text(name))) } else { self.id(name).map(Key::Number) }
    }

    fn object(&self) -> Result<&Row, Refusal> {
        self.body.as_object().ok_or_else(|| Refusal::bad("the body has to be a JSON object"))
    }

    /// The body without what may not be changed.
    fn object_without(&self, fixed: &[&str]) -> Result<Row, Refusal> {
        let mut row = self.object()?.clone();
        row.retain(|name, _| !fixed.contains(&name.as_str()));
        Ok(row)
    }

    fn query_id(&self, name: &str) -> Result<Option<i64>, Refusal> {
        let text = self.query.get(name);
        let parsed = text.map(|text| text.parse().map_err(|_| Refusal::bad(format!("?{name}={text} is no integer"))));
        parsed.transpose()
    }
}

/// Every route but those of `/__dev`, and but the one that reads data, which waits for a store.
pub(crate) fn router(app: App) -> Router {
    let tables = [runner::ROUTES, sessions::ROUTES, catalogue::ROUTES, config::ROUTES];
    let mut router = Router::new();
    for (method, path, act) in tables.into_iter().flatten() {
        router = router.route(path, answer::on(*method, *act));
    }
    router
        .route("/api/node-instances/outputs/{id}/data", axum::routing::get(runner::output_data))
        .fallback(answer::no_route)
        .merge(dev::router())
        .layer(axum::middleware::from_fn_with_state(Arc::clone(&app), around::around))
        .with_state(app)
}

type Routes = &'static [(MethodFilter, &'static str, Act)];

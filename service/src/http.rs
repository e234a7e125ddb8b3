//! The HTTP side: what is served where. `axum` is named in this file and below it, and nowhere else.
//!
//! Around every request, from outside to inside: `observe` (id, span, log line, count), compression, panics to problems; and
//! around calls `authentication` (who calls, and may it), `drain` (turned away or ended when the service stops).

mod admin;
mod answer;
mod authentication;
mod connection;
mod docs;
mod drain;
mod execute;
mod idempotency;
mod observe;
mod problem;
mod request;
mod sdk;
mod serve;
mod server_span;
#[cfg(test)]
mod tests;
mod validate;

use std::any::Any;
use std::ops::Deref;
use std::sync::Arc;

use arbex_room::Room;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::Method;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};
use tower_http::compression::{CompressionLayer, CompressionLevel};
use utoipa::OpenApi as _;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::call::Ceilings;
use crate::caller::Capability;
use crate::metrics::Metrics;
use crate::readiness::Readiness;
use crate::sandbox::Sandbox;
use crate::settings::HttpSettings;

pub use serve::{Listeners, serve};

/// A smaller answer fits one packet: packing it costs more than it saves.
const MIN_COMPRESSED_BYTES: u16 = 1024;

/// What every request shares; clones share it too.
#[derive(Clone)]
pub struct App(Arc<Shared>);

/// The parts of an [`App`].
pub struct Shared {
    /// Runs the scripts.
    pub sandbox: Sandbox,
    /// What requests may ask for.
    pub ceilings: Ceilings,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// Whether calls are taken.
    pub readiness: Readiness,
    http: HttpSettings,
    calls: drain::Calls,
    room: Room,
    answers: idempotency::Answers,
    authentication: authentication::Authentication,
}

impl App {
    /// Puts the parts together; `metrics` may be shared with parts of the service that are not HTTP.
    pub fn new(
        sandbox: Sandbox,
        ceilings: Ceilings,
        metrics: Arc<Metrics>,
        readiness: Readiness,
        http: HttpSettings,
    ) -> Self {
        let room = Room::new(http.max_inflight_body_bytes);
        let calls = drain::Calls::default();
        let answers = idempotency::Answers::new(http.idempotency, Arc::clone(&metrics));
        let authentication = authentication::Authentication::new(&http.authentication);
        Self(Arc::new(Shared { sandbox, ceilings, metrics, readiness, http, calls, room, answers, authentication }))
    }
}

impl Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

/// What callers reach.
pub fn public_router(app: App) -> Router {
    let mut router: Router<App> = calls(&app).merge(probes()).merge(build()).merge(sdk::router()).into();
    router = router.merge(docs::router());
    // Without a listener of their own, the metrics are served here; where callers are told apart, for the operator alone.
    if app.http.admin_listen.is_none() {
        let is_guarded = app.http.authentication.tokens.is_some();
        let metrics = if is_guarded { guarded(metrics(), &app, Capability::Admin) } else { metrics() };
        router = router.merge(metrics);
    }
    around(router, app)
}

/// What probes and Prometheus reach.
pub fn admin_router(app: App) -> Router {
    around(probes().merge(build()).merge(metrics()).into(), app)
}

/// The contract, as far as it is built.
pub fn openapi() -> OpenApi {
    let documented = [run_routes(), sdk::router(), probes(), build(), metrics()];
    let router = OpenApiRouter::with_openapi(docs::Document::openapi());
    documented.into_iter().fold(router, OpenApiRouter::merge).into_openapi()
}

/// [`openapi`] as it is served and committed.
pub fn openapi_json() -> String {
    // Serialising it cannot fail: it is maps and strings.
    openapi().to_pretty_json().map(|json| json + "\n").unwrap_or_default()
}

fn run_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(execute::execute)).routes(routes!(validate::validate))
}

fn calls(app: &App) -> OpenApiRouter<App> {
    let routes = run_routes()
        .route_layer(DefaultBodyLimit::max(app.http.max_body_bytes))
        .route_layer(from_fn_with_state(app.clone(), drain::admit));
    guarded(routes, app, Capability::Execute)
}

/// Routes for those only who have `capability`.
fn guarded(routes: OpenApiRouter<App>, app: &App, capability: Capability) -> OpenApiRouter<App> {
    let guard = authentication::Guard { app: app.clone(), capability };
    routes.route_layer(from_fn_with_state(guard, authentication::admit))
}

fn probes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(admin::livez)).routes(routes!(admin::readyz))
}

fn build() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(admin::version))
}

fn metrics() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(admin::metrics))
}

/// What every answer has, the ones for wrong paths and wrong methods included.
fn around(router: Router<App>, app: App) -> Router {
    let compressible = SizeAbove::new(MIN_COMPRESSED_BYTES)
        .and(NotForContentType::GRPC)
        .and(NotForContentType::IMAGES)
        .and(NotForContentType::SSE);
    router
        .fallback(async || problem::Problem::NotFound)
        .method_not_allowed_fallback(async |method: Method| problem::Problem::MethodNotAllowed(method))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(CompressionLayer::new().gzip(true).quality(CompressionLevel::Fastest).compress_when(compressible))
        .layer(from_fn_with_state(app.clone(), observe::observe))
        .with_state(app)
}

/// The panic's own words may quote an input, so they stay out of the log: the panic hook has said where it was.
fn panicked(_: Box<dyn Any + Send>) -> Response {
    problem::Problem::Internal { cause: "a handler panicked".to_owned() }.into_response()
}

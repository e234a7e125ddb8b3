//! The OpenAPI document, and a page to read and try it, with all its assets inside the binary.

use std::sync::LazyLock;

use axum::Router;
use axum::http::{StatusCode, header};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use utoipa::openapi::OpenApi as OpenApiDocument;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::problem::Problem;

/// The parts of the document that no handler has.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Arbex",
        description = "Runs JavaScript transforms, each in a fresh WebAssembly sandbox with fuel, time and memory limits. \
            `POST /execute` takes a script and its inputs and answers with an envelope. Everything that is not a run is \
            answered with a problem document (RFC 9457). Names are camelCase and carry their units; times are in UTC.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    tags(
        (name = "run", description = "Run and check scripts"),
        (name = "author", description = "Types and examples for those who write scripts"),
        (name = "operate", description = "Probes, build metadata, metrics"),
    ),
    components(schemas(arbex_api::Problem, arbex_api::Failure)),
    modifiers(&Bearer),
)]
pub(super) struct Document;

/// How callers say who they are.
struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut OpenApiDocument) {
        let description = "A token that the operator gave. Where the service has no list of tokens, none is needed, and one that is \
             sent is not looked at.";
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(description)).build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(scheme));
    }
}

static JSON: LazyLock<String> = LazyLock::new(super::openapi_json);

/// `GET /openapi.json` and `GET /docs`.
pub(super) fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    // Without "none", the page asks a validator on the internet about every document that is not on localhost.
    let config = Config::from("/openapi.json").validator_url("none").try_it_out_enabled(true).use_base_layout();
    let page: Router<S> = SwaggerUi::new("/docs").config(config).into();
    page.layer(map_response(unknown_asset))
        .route("/openapi.json", get(async || ([(header::CONTENT_TYPE, "application/json")], JSON.as_str())))
}

/// The page's own answer to a wrong path is not a problem document.
async fn unknown_asset(response: Response) -> Response {
    if response.status() == StatusCode::NOT_FOUND { Problem::NotFound.into_response() } else { response }
}

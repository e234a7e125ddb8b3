//! `/sdk/…`: what an author wants at hand, inside the binary: the types of the scripting API, and the cookbook.

use arbex_api::Problem as ProblemBody;
use axum::Json;
use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problem::Problem;

const TYPES: &str = include_str!("../../../guest/sdk/heat-arbex.d.ts");

/// Bytes of a hash that tell two versions of a file apart.
const TAG_BYTES: usize = 16;

struct Example {
    file: &'static str,
    title: &'static str,
    text: &'static str,
}

macro_rules! examples {
    ($($file:literal: $title:literal,)*) => {
        &[$(Example { file: $file, title: $title, text: include_str!(concat!("../../../guest/sdk/examples/", $file)) }),*]
    };
}

/// The whole cookbook, in the order to be read. A test compares it with the folder.
const EXAMPLES: &[Example] = examples! {
    "latest-json-jmespath.js": "Pick fields out of the latest JSON output with JMESPath",
    "tabular-row-aggregation.js": "Aggregate the rows of the latest CSV by a column",
    "history-over-csv-uploads.js": "Follow one figure over many CSV uploads",
    "node-config-field-extract.js": "Extract the fields that the node configuration names",
    "binary-metadata.js": "Describe a binary upload",
    "history-type-guards.js": "Walk a history of mixed uploads with type guards",
    "dataservice-multi-shape.js": "Dashboard data of every shape, straight from the script",
    "sample-arbex-composable-dashboard.js": "A dashboard from any upload: a summary, a synthetic series and their layout",
    "sample-arbex-composable-dashboard.template.json": "The session template that runs it: input, script, dashboard",
    "layout-composable-from-arbex.js": "A v2 layout with a ComposableChart, delivered with its data",
    "quality-report.ts": "A report on missing cells, in TypeScript",
};

/// One line of the cookbook's index.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "name": "binary-metadata", "title": "Describe a binary upload", "file": "binary-metadata.js"
}))]
pub(super) struct ExampleEntry {
    /// Name without its ending.
    name: &'static str,
    /// What it shows, in one line.
    title: &'static str,
    /// What to put behind `/sdk/examples/`.
    file: &'static str,
}

pub(super) fn router<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S> {
    OpenApiRouter::new().routes(routes!(types)).routes(routes!(examples)).routes(routes!(example))
}

/// Types of the scripting API, for editors
///
/// Everything that a script can see, as a TypeScript declaration file. Put it beside a script that begins with
/// `/// <reference path="heat-arbex.d.ts" />`.
#[utoipa::path(
    get,
    path = "/sdk/heat-arbex.d.ts",
    tag = "author",
    responses(
        (status = 200, description = "The types", body = String, content_type = "application/typescript"),
        (status = 304, description = "Unchanged since the version named in If-None-Match"),
    ),
)]
pub(super) async fn types(headers: HeaderMap) -> Response {
    file(&headers, "application/typescript; charset=utf-8", TYPES)
}

/// The cookbook's index
#[utoipa::path(
    get,
    path = "/sdk/examples",
    tag = "author",
    responses((status = 200, description = "All examples, in the order to be read", body = Vec<ExampleEntry>)),
)]
pub(super) async fn examples() -> Json<Vec<ExampleEntry>> {
    let entry = |example: &Example| {
        let name = example.file.rsplit_once('.').map_or(example.file, |(name, _)| name);
        ExampleEntry { name, title: example.title, file: example.file }
    };
    Json(EXAMPLES.iter().map(entry).collect())
}

/// One example of the cookbook
#[utoipa::path(
    get,
    path = "/sdk/examples/{name}",
    tag = "author",
    params(("name" = String, Path, description = "The `file` of an entry of the index", example = "binary-metadata.js")),
    responses(
        (status = 200, description = "Its text", content(
            (String = "text/javascript"), (String = "application/typescript"), (String = "application/json"),
        )),
        (status = 304, description = "Unchanged since the version named in If-None-Match"),
        (status = 404, description = "There is no such example", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn example(
    name: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    // A name that is not UTF-8 is no example's either. It is only compared: no path is ever made of it.
    let Path(name) = name.map_err(|_| Problem::NoSuchExample)?;
    let found = EXAMPLES.iter().find(|example| example.file == name).ok_or(Problem::NoSuchExample)?;
    let content_type = match found.file.rsplit_once('.') {
        Some((_, "json")) => "application/json",
        Some((_, "ts")) => "application/typescript; charset=utf-8",
        _ => "text/javascript; charset=utf-8",
    };
    Ok(file(&headers, content_type, found.text))
}

/// A file of this build. It changes with the build only, so a client may keep it and ask whether it still is the same.
fn file(headers: &HeaderMap, content_type: &'static str, text: &'static str) -> Response {
    // Weak: compressed or not, it is the same version.
    let digest = Sha256::digest(text);
    let tag: String = digest.iter().take(TAG_BYTES).map(|byte| format!("{byte:02x}")).collect();
    let tag = format!("W/\"{tag}\"");
    let caching = [(header::ETAG, tag.clone()), (header::CACHE_CONTROL, "no-cache".to_owned())];
    if is_known(headers, &tag) {
        return (StatusCode::NOT_MODIFIED, caching).into_response();
    }
    (caching, [(header::CONTENT_TYPE, content_type)], text).into_response()
}

/// Weak comparison (RFC 9110, 13.1.2): a proxy may have made the tag a strong one.
fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let tag = opaque(tag);
    let known = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    known.flat_map(|list| list.split(',')).map(str::trim).any(|known| known == "*" || opaque(known) == tag)
}

/// The quoted part of an entity tag.
fn opaque(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag)
}

# Lists the commands.
default:
    @just --list --unsorted

# Serves the API on http://127.0.0.1:8080, metrics on http://127.0.0.1:9090.
serve *ARGS:
    cargo run --release -- serve {{ARGS}}

# Shows a task go through: a Core, an S3 store, the service and the runner on this machine, until Ctrl-C.
demo:
    cargo build --release -p arbex
    cargo build --release -p arbex-runner --bins --examples
    target/release/examples/demo

# Runs all tests.
test *ARGS:
    cargo test --release --workspace {{ARGS}}

# Checks format and lints; warnings are errors.
lint:
    cargo fmt --all --check
    cd guest && cargo fmt --all --check
    cd guest/typescript && cargo fmt --all --check
    cargo clippy --release --workspace --all-targets -- -D warnings
    .ci/tidy

# Builds the guest and the module that strips types from source into guest/prebuilt.
guest:
    guest/build.sh

# Rebuilds both elsewhere and compares them with the committed ones.
guest-check:
    .ci/guest-check

# Checks the SDK's types, the cookbook and the reference with TypeScript; `--write` writes the list of what is declared.
types *ARGS:
    .ci/types-check {{ARGS}}

# Measures what a run costs, by phase.
bench *ARGS:
    cargo bench -p arbex {{ARGS}}

# Fuzzes one target (request, request_shape, reply, rows) from its seeds; needs cargo-fuzz and a nightly compiler.
fuzz TARGET SECONDS="180":
    mkdir -p fuzz/corpus/{{TARGET}}
    cargo +nightly fuzz run {{TARGET}} fuzz/corpus/{{TARGET}} fuzz/seeds/{{TARGET}} -- -max_total_time={{SECONDS}} -max_len=4096

# Checks advisories, licences, bans and sources of all three workspaces; needs cargo-deny.
deny:
    cargo deny check
    cargo deny --manifest-path guest/Cargo.toml --config deny.toml check
    cargo deny --manifest-path guest/typescript/Cargo.toml --config deny.toml check

# Prints the OpenAPI document.
openapi:
    cargo run --release -- openapi

# Writes expected envelopes, openapi.json and docs/settings.md anew; read the difference afterwards.
update-expect:
    UPDATE_EXPECT=1 cargo test --release --workspace

# Runs what CI runs.
ci:
    bash .ci/run

# Puts load on a service of its own: smoke, steady, saturation, spike, mixed, soak (none named: all).
load *SCENARIOS:
    load-tests/run.sh {{SCENARIOS}}

# Checks the chart, without a cluster.
chart:
    .ci/chart-check

# Checks the workflows and all shell scripts.
workflows:
    .ci/workflows-check

# Tests that each alert fires when it should and only then; needs promtool.
alerts:
    .ci/alerts-check

# Has Prometheus scrape service and runner, and asks it all that dashboard and alerts ask; needs Prometheus.
observability:
    cargo build --release -p arbex
    cargo build --release -p arbex-runner --bins --examples
    .ci/observability-check

# Builds the image without a daemon and shows that it runs; `--binaries target/release` builds nothing, `--image NAME` takes one; needs buildah.
image *ARGS:
    .ci/image {{ARGS}}

# Writes what the binaries and the guest are made of, as CycloneDX; needs cargo-cyclonedx.
sbom FOLDER="target/sbom":
    .ci/sbom {{FOLDER}}

# Writes the version everywhere, dates the changelog, commits and tags; pushes nothing.
release VERSION:
    .ci/release {{VERSION}}

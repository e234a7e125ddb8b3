# One image with both binaries, `arbex` and `arbex-runner`. Guest and service are built from source with nothing but Debian's and
# crates.io's packages: Debian's own Rust compiles both, so that no toolchain is downloaded.
#
#   docker build --build-arg COMMIT="$(git rev-parse HEAD)" -t arbex .
#   buildah bud --format docker …          # the format of OCI knows no HEALTHCHECK
#   docker run --read-only --cap-drop=ALL -p 8080:8080 -e ARBEX_ALLOW_ANONYMOUS=true arbex
#
# RUN_BASE may be any base with Debian 12's glibc or a newer one and libgcc_s, such as the distroless `cc`: nothing runs in that
# stage. musl will not do, wasmtime supports it less.
ARG BUILD_BASE=debian:bookworm-slim
ARG RUN_BASE=debian:bookworm-slim

FROM ${BUILD_BASE} AS build
# The list of packages has one place, and this layer changes only with it.
COPY guest/build.sh /src/guest/build.sh
RUN export DEBIAN_FRONTEND=noninteractive \
 && apt-get update -q \
 && apt-get install -q -y --no-install-recommends ca-certificates gcc libc6-dev \
      $(sed -n 's/^debian_packages="\(.*\)"$/\1/p' /src/guest/build.sh) \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
ENV CARGO_TERM_COLOR=never CARGO_TERM_PROGRESS_WHEN=never
RUN ARBEX_GUEST_TOOLS=debian guest/build.sh --out /built
# There is no .git here, so the commit and the time of the sources are told.
ARG COMMIT=unknown
ARG SOURCE_DATE_EPOCH
RUN export ARBEX_COMMIT="$COMMIT" ARBEX_GUEST=/built/guest.wasm ARBEX_TYPESCRIPT=/built/typescript.wasm \
 && cargo build --locked --profile dist -p arbex -p arbex-runner \
 && install -D -t /out/usr/local/bin target/dist/arbex target/dist/arbex-runner

FROM ${RUN_BASE}
ARG COMMIT=unknown
ARG VERSION=unknown
LABEL org.opencontainers.image.title="arbex" \
      org.opencontainers.image.description="Runs JavaScript transforms over HTTP, each in a fresh WebAssembly sandbox" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${COMMIT}"
# The runner trusts the system's authorities, and a slim base has none.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/ /
# Within a container its own loopback reaches nobody.
ENV ARBEX_LISTEN=0.0.0.0:8080 ARBEX_ADMIN_LISTEN=0.0.0.0:9090
EXPOSE 8080 9090
# A number, so that Kubernetes can tell that it is not root. Any other number will do: nothing is written, nothing is owned.
USER 65532:65532
HEALTHCHECK --interval=10s --timeout=5s --start-period=5s --retries=3 CMD ["/usr/local/bin/arbex", "healthcheck"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/local/bin/arbex"]
CMD ["serve"]

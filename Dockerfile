# The image holds the statically linked binary and nothing else: no shell, no package manager, no C library.
#
# docker build -t orglab .                             with the demo tenant, for the lab
# docker build -t orglab --build-arg FEATURES= .       without it, for production
#
# docs/deployment.md says how to run it; compose.yaml and compose.production.yaml do so.

FROM docker.io/library/rust:1.95-slim-bookworm AS build
WORKDIR /src
COPY . .
ARG FEATURES=demo-tenant
# The caches make the next build quicker.
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/src/target \
    scripts/build-static /orglab --no-default-features --features "$FEATURES"

FROM scratch
COPY --from=build /orglab /orglab
# Not root. The number needs no entry in /etc/passwd.
USER 65532:65532
EXPOSE 3000
HEALTHCHECK --interval=5s --timeout=5s --start-period=10s CMD ["/orglab", "health"]
ENTRYPOINT ["/orglab"]

# syntax=docker/dockerfile:1
# The local Box (docs/sandbox.md) as an image:
#   docker build -t box-sts-box .
#   docker run --rm -p 127.0.0.1:8702:8702 --read-only --tmpfs /tmp -e BOX_STS_CONTROL_TOKEN box-sts-box
# The tags are Node's moving ones of major version 24; NODE=24.11.1 pins a version.
ARG NODE=24

FROM node:${NODE}-slim AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
COPY tools/node tools/node
RUN npm ci
COPY . .
RUN node_modules/.bin/node tools/build-cli.ts

# JavaScript alone is added to it: about 2 MB, without dependencies.
FROM node:${NODE}-alpine
LABEL org.opencontainers.image.title="box-sts local Box" \
      org.opencontainers.image.description="A Box for tests: OAuth 2.0, API, faults, clock" \
      org.opencontainers.image.licenses="MIT"
WORKDIR /opt/box-sts
COPY --from=build /src/package.json /src/LICENSE ./
COPY --from=build /src/dist/cli dist/cli
ENV NODE_ENV=production
USER node
# Box over HTTP, and over TLS. Control is below /_sandbox/ of both.
EXPOSE 8702 8704
# Node handles SIGTERM itself, also as process 1. Without a token, control refuses: it is no request of a test.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --start-interval=1s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.BOX_PORT ?? 8702}/_sandbox/clock`).then(({ status }) => process.exit(status === 401 ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "dist/cli/main.mjs", "sandbox", "--only", "box", "--host", "0.0.0.0"]

# Stands in for node:<version>-bookworm-slim, as far as docker/bridge/Dockerfile uses it.
FROM scratch
ADD rootfs.tar /
COPY --from=node node /usr/local/bin/node
COPY node_modules/npm /usr/local/lib/node_modules/npm
RUN groupadd --gid 1000 node \
  && useradd --uid 1000 --gid node --shell /bin/bash --create-home node \
  && ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
CMD ["node"]

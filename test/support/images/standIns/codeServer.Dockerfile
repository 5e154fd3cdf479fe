# Stands in for codercom/code-server:<version>, as far as docker/editor/Dockerfile uses it: the layout of its package, its user
# who may become root, and dumb-init.
FROM scratch
ADD rootfs.tar /
RUN apt-get update \
  && apt-get install -y --no-install-recommends dumb-init git procps sudo \
  && rm -rf /var/lib/apt/lists/*
RUN adduser --gecos '' --disabled-password coder \
  && echo "coder ALL=(ALL) NOPASSWD:ALL" > /etc/sudoers.d/nopasswd
COPY --from=editor node_modules /opt/npm/node_modules
COPY --from=node node /opt/npm/node_modules/code-server/lib/node
RUN ln -s /opt/npm/node_modules/code-server /usr/lib/code-server \
  && printf '#!/bin/sh\nexec /usr/lib/code-server/lib/node /usr/lib/code-server "$@"\n' > /usr/bin/code-server \
  && chmod 755 /usr/bin/code-server
EXPOSE 8080
USER 1000
ENV USER=coder
WORKDIR /home/coder

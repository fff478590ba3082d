# zvonar in a container: docker compose up, or
#   docker build -t zvonar . && docker run -p 8000:8000 -v zvonar:/data zvonar

FROM rust:1.95-slim-bookworm AS build
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends cmake g++ make \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN shipping/build.sh /out

FROM debian:bookworm-slim
# curl asks for the health; ca-certificates let the providers be believed
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates curl \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin zvonar \
    && install -d -o zvonar -g zvonar /data
COPY --from=build /out/bin/ /usr/local/bin/
COPY --from=build /out/completions/zvonar.bash /usr/share/bash-completion/completions/zvonar
USER 10001
WORKDIR /data
# calls, recordings, models and keys: one volume is the whole installation
VOLUME /data
ENV ZVONAR_DATA_DIR=/data ZVONAR_BIND=0.0.0.0:8000
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=3s --start-period=120s \
    CMD ["curl", "--fail", "--silent", "--output", "/dev/null", "http://127.0.0.1:8000/healthz"]
ENTRYPOINT ["zvonar-entrypoint"]
CMD ["serve"]

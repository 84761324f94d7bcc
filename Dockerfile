# Builds the programs on Debian 12 and puts them, with the libraries that they need and nothing else, into a small image.
FROM swift:6.3-bookworm AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        libevent-dev libpq-dev libhiredis-dev libwslay-dev libssl-dev libsodium-dev libutf8proc-dev libedit-dev libzstd-dev libjemalloc-dev pkg-config \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /parley
COPY . .
RUN scripts/release \
    && mkdir /programs \
    && for program in chatserver chat-replay chat-audit chatclient; do \
        cp ".build/release/$program" /programs/ || exit 1; \
    done

FROM debian:12-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        ca-certificates libevent-2.1-7 libpq5 libhiredis0.14 libwslay1 libssl3 libsodium23 libutf8proc2 libedit2 libzstd1 libjemalloc2 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin parley
COPY --from=build /programs/ /usr/local/bin/
COPY deploy/is-ready /usr/local/bin/is-ready
USER parley
EXPOSE 6000 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s --retries=3 CMD ["/usr/local/bin/is-ready"]
ENTRYPOINT ["/usr/local/bin/chatserver"]
CMD ["--help"]

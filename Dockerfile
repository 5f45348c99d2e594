# The application without a database (docker-compose.yml brings PostGIS): the same set-up as on a bare machine.
FROM debian:bookworm-slim

# curl is for the health check.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates curl tini \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --user-group --uid 1112 --home-dir /var/lib/geo112 --shell /usr/sbin/nologin geo112 \
    && install -d -o geo112 -g geo112 /var/lib/geo112

COPY . /opt/geo112
ENV GEO112_PROGRAM_DIR=/opt/geo112-program

# A database that is elsewhere: no PostgreSQL is installed here.
RUN GEO112_DATABASE_URL=elsewhere bash /opt/geo112/bin/geo112 --version \
    && rm -rf /var/lib/apt/lists/* /root/.cache /root/.npm

USER geo112
WORKDIR /var/lib/geo112
VOLUME /var/lib/geo112
EXPOSE 8112
ENTRYPOINT ["tini", "--", "/opt/geo112/bin/geo112"]
CMD ["demo"]

# The monitor as a container: docker compose up -d (see docs/how-to/run-as-a-service.md).
#
# Libraries come with the hashes of requirements.txt, in a layer of their own: a change of the code
# does not download them again. The second stage has neither pip's caches nor this directory.

FROM python:3.12-slim AS build
RUN python -m venv /venv
COPY requirements.txt /src/
RUN /venv/bin/pip install --no-cache-dir --disable-pip-version-check \
    --require-hashes --requirement /src/requirements.txt
COPY pyproject.toml README.md LICENSE /src/
COPY config /src/config
COPY seeds /src/seeds
COPY monitor /src/monitor
RUN /venv/bin/pip install --no-cache-dir --disable-pip-version-check \
    --no-deps --no-build-isolation /src


FROM python:3.12-slim
ENV PATH="/venv/bin:$PATH" \
    PYTHONUNBUFFERED=1 \
    MONITOR_CONFIG=/srv/config
# A number, so that a host can give its directories to this user: chown 10001 config seeds
RUN groupadd --gid 10001 monitor \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /srv --shell /usr/sbin/nologin monitor \
    && install --directory --owner 10001 --group 10001 /srv /srv/data
COPY --from=build /venv /venv
WORKDIR /srv
USER 10001:10001
# What a new volume for config or seeds begins with
RUN ["monitor", "init", "/srv"]
VOLUME ["/srv/config", "/srv/seeds", "/srv/data"]
HEALTHCHECK --interval=1m --timeout=20s --start-period=2m --retries=3 \
    CMD ["monitor", "status", "--check"]
CMD ["monitor", "run"]

# rpa-agent with Debian's headless Chromium, as a user without privileges.
#   docker build -t rpa-agent .
#   docker run --rm --init -v "$PWD:/project" -v rpa-state:/state rpa-agent run NAME
FROM python:3.12-slim-bookworm AS build

# 0 leaves out torch and sentence-transformers (1 GB less); memory is then searched by words only
ARG EMBED=1
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/rpa
WORKDIR /src
# the CPU build first, else pip fetches several GB of CUDA packages
RUN if [ "$EMBED" = 1 ]; then /opt/rpa/bin/pip install --index-url https://download.pytorch.org/whl/cpu torch; fi
COPY pyproject.toml README.md LICENSE ./
COPY rpa_agent rpa_agent
COPY fixtures fixtures
RUN if [ "$EMBED" = 1 ]; then /opt/rpa/bin/pip install '.[embed]'; else /opt/rpa/bin/pip install .; fi


FROM python:3.12-slim-bookworm

# Playwright's own node needs libatomic1, which neither the base nor Chromium brings
RUN apt-get update \
    && apt-get install -y --no-install-recommends chromium-headless-shell fonts-dejavu-core libatomic1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 rpa \
    && mkdir /project /state \
    && chown rpa:rpa /project /state
COPY --from=build /opt/rpa /opt/rpa

# Without user namespaces Chromium's own sandbox cannot start; here the container is the wall.
ENV PATH=/opt/rpa/bin:$PATH PYTHONUNBUFFERED=1 RPA_STATE=/state RPA_NO_SANDBOX=1
USER rpa
WORKDIR /project
VOLUME ["/project", "/state"]
# asks the service itself; a container that runs anything but `serve` has no need of it
HEALTHCHECK --interval=1m --timeout=10s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:9464/healthz', timeout=5)"]
ENTRYPOINT ["rpa"]
CMD ["serve", "--listen", "127.0.0.1:9464"]

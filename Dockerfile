# The host: docker build -t sentry-twilio . && docker run -p 8000:8000 \
#     -e PUBLIC_URL=https://alerts.example.com -v data:/data -v keys:/keys sentry-twilio
FROM python:3.13-slim AS build
WORKDIR /source
COPY . .
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .

FROM python:3.13-slim
ENV PYTHONUNBUFFERED=1 \
    DATA_DIR=/data \
    KEYS_DIR=/keys
COPY --from=build /wheels /wheels
RUN pip install --no-cache-dir "$(echo /wheels/*.whl)[host]" \
    && rm -r /wheels \
    && useradd --system --no-create-home --uid 10001 sentry-twilio \
    && install -d -m 0700 -o sentry-twilio -g sentry-twilio /data /keys
USER sentry-twilio
VOLUME ["/data", "/keys"]
EXPOSE 8000
# 127.0.0.1 is always an allowed host. Not through a proxy that the environment may name.
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s \
    CMD ["python", "-c", "import urllib.request as r; r.build_opener(r.ProxyHandler({})).open('http://127.0.0.1:8000/healthz', timeout=8)"]
# Waits for what is being sent when it is asked to stop.
STOPSIGNAL SIGTERM
CMD ["sentry-twilio", "serve", "--host", "0.0.0.0"]

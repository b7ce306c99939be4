"""What is below runs in Sentry's own environment (`make test-sentry`), not beside the host."""

collect_ignore_glob = ["*"]

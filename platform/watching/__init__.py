"""Watching a process from outside: metrics for Prometheus, traces for OpenTelemetry, failures for Sentry."""

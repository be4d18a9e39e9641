"""Stage: extracts."""

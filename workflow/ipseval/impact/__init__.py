"""Stage: impact."""

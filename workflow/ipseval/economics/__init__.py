"""Stage: economics."""

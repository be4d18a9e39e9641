"""Stage: linkage."""

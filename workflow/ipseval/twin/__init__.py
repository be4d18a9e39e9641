"""Makers of synthetic extracts. They use the engine; a run file names them, and no module does."""

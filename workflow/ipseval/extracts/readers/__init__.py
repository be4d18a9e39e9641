"""Readers of open microdata that come in packages. A run file names them by module."""

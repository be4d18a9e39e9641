"""Typed configuration: what may be declared, and how it is read and checked."""

"""Kinds of exhibits, one a module: declaration, references, checks, cells and drawing."""

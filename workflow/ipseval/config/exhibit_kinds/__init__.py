"""Kinds of exhibits that exhibits.yaml may declare."""

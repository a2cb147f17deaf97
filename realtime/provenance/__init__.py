"""Provenance: every picture that leaves says what it is."""

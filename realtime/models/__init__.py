"""Models: files that other people trained, fetched once, checked always."""

"""Runtime: mailboxes, buffers, clock and metrics. Knows nothing about faces."""

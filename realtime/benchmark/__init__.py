"""Benchmark: the live engine against the clock, in configurations that are compared in one run.

Every configuration is a whole live run, from a driver at 30 frames a second to the null output,
measured once it is warm. The bare landmarker, MediaPipe's own `detect` on pictures of the same
driver, is the yardstick.
"""

"""mimicam: a still portrait moves as you move, and the result is a camera."""

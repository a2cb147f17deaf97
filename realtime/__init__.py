"""mimicam: a still portrait moves as you move, and the result is a camera."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from realtime.offline import animate

__all__ = ["animate"]


def __getattr__(name: str) -> Any:
    # `mimicam --version` and `mimicam doctor` must not wait for compiled kernels.
    if name == "animate":
        from realtime.offline import animate

        return animate
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

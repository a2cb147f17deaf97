"""Who drives the benchmark: the built-in actor, or a file."""

import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from realtime.avatar import open_actor
from realtime.capture import EndOfSource, Source
from realtime.capture.files import open_file
from realtime.capture.picture import read_picture
from realtime.demo_portrait import demo_portrait
from realtime.models.store import Store
from realtime.output.video_writer import VideoWriter
from realtime.types import RGB

_EVERY = 3
"Neighbouring pictures are nearly the same."


@dataclass(frozen=True, slots=True)
class Films:
    """The actor, 640x480 at 30 fps."""

    whole: Path
    short: Path
    "Its first second."


@contextmanager
def actor_films(store: Store) -> Iterator[Films]:
    """Films of the actor, while the block runs."""
    with tempfile.TemporaryDirectory(prefix="mimicam-bench-") as folder:
        actor = open_actor(read_picture(demo_portrait()), store)
        films = Films(Path(folder) / "actor.mp4", Path(folder) / "short.mp4")
        for film, count in ((films.short, int(actor.fps)), (films.whole, actor.frame_count)):
            with VideoWriter(film, actor.size, actor.rate) as writer:
                for sequence in range(count):
                    writer.write(actor.picture(sequence))
        yield films


def pictures_of(driver: Path, most: int) -> list[RGB]:
    """Every third picture of a file, at most so many."""
    with closing(open_file(driver)) as source:
        return list(islice(_pictures(source), 0, most * _EVERY, _EVERY))


def _pictures(source: Source) -> Iterator[RGB]:
    while True:
        try:
            frame = source.read()
        except EndOfSource:
            return
        if frame is not None:
            yield frame.pixels

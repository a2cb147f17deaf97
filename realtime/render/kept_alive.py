"""A model slower than the output, kept alive between its pictures."""

import threading

import numpy as np

from realtime.models.face_mesh import FaceMesh
from realtime.render import Renderer
from realtime.render.between import Still
from realtime.render.neural import NeuralRenderer
from realtime.runtime.mailbox import Closed, Mailbox
from realtime.types import RGB, Driving, Motion, Presence


class KeptAlive:
    """Implements `realtime.render.Renderer`.

    The model draws the newest motion in a thread of its own. Whatever is asked for meanwhile is
    its last picture, bent by the avatar's motion since, also by motion that comes without the
    driver's pixels; until there is one, and once he is away, `idle` draws. What fails in that
    thread is raised by the next `render`.
    """

    def __init__(self, neural: NeuralRenderer, idle: Renderer, mesh: FaceMesh) -> None:
        """Start the thread; `neural` is owned from now on, and drawn with in that thread only."""
        self._neural = neural
        self._idle = idle
        self._mesh = mesh
        self._still: Still | None = None
        left, top, right, bottom = neural.box
        self._bent = np.empty((bottom - top, right - left, 3), np.uint8)
        self._wanted: Mailbox[tuple[Driving, Motion]] = Mailbox()
        self._drawn: Mailbox[Still] = Mailbox()
        # A daemon, since one that hangs in a driver must not keep the process.
        self._thread = threading.Thread(target=self._work, name="mimicam-model", daemon=True)
        self._thread.start()

    @property
    def size(self) -> tuple[int, int]:
        """See `Renderer.size`."""
        return self._neural.size

    def render(self, motion: Motion, out: RGB) -> None:
        """See `Renderer.render`."""
        drawn = self._drawn.poll()
        if drawn is not None:
            self._still = drawn
        if motion.driving is not None:
            self._wanted.put((motion.driving, motion))
        elif motion.presence is Presence.AWAY:
            self._still = None
        if self._still is None:
            self._idle.render(motion, out)
            return
        self._still.draw(motion, self._bent)
        self._neural.paste(self._bent, out)

    def close(self) -> None:
        """See `Renderer.close`; waits for the model's last picture."""
        self._wanted.close()
        self._thread.join()
        self._neural.close()

    def _work(self) -> None:
        corner = self._neural.box[:2]
        try:
            while True:
                driving, motion = self._wanted.take()
                picture = self._neural.draw(driving)
                self._drawn.put(Still(picture, corner, motion, self._mesh.triangles))
        except Closed:
            return
        except BaseException as error:  # noqa: BLE001 - it surfaces in the thread that renders
            self._drawn.close(error)

"""The demonstration film: where there is no camera, the actor drives the demo portrait, live."""

import threading
from pathlib import Path

import cv2
import numpy as np

from realtime.app import Live
from realtime.avatar import open_actor
from realtime.capture.paced import Paced
from realtime.capture.picture import read_picture
from realtime.config import CanvasConfig, Config, OutputConfig
from realtime.demo_portrait import demo_portrait
from realtime.errors import OutputError
from realtime.models.store import Store
from realtime.output.contact_sheet import Moments, contact_sheet
from realtime.output.lettering import Patch
from realtime.output.lettering import panel as lettered
from realtime.provenance.badge import Badge
from realtime.runtime.metrics import Report
from realtime.types import RGB

_MOMENTS_S = (1.75, 2.85, 3.9, 5.8, 8.1, 10.5, 12.2, 19.0)
"Eight moments of the performance: two turns, a nod, gaze, brows, a smile, speech, shut eyes."
_CELL_PX = 300
_HEAD_SHARE = 0.62
_LABEL_PX = 13


class Film:
    """One run of the engine with the actor before the camera."""

    def __init__(self, video: Path, sheet: Path, models: Store) -> None:
        self._video = video
        self._sheet = sheet
        self._models = models
        self.stop = threading.Event()
        "Set it to end the run early."
        self._portrait = read_picture(demo_portrait())
        # The actor is the portrait's mirror image, so that the two can be told apart.
        self._actor = open_actor(self._portrait[:, ::-1].copy(), models)

    @property
    def seconds(self) -> float:
        """How long the film is."""
        return self._actor.frame_count / self._actor.fps

    def make(self) -> Report:
        """Run, write both files, and say what was measured.

        Raises:
            OutputError: a file cannot be written.
        """
        config = Config(
            canvas=CanvasConfig(fps=self._actor.fps), output=OutputConfig(record=self._video)
        )
        live = Live(config, self._models, stop=self.stop)
        moments = Moments([round(second * self._actor.rate) for second in _MOMENTS_S])
        report = live.run(lambda: Paced(self._actor, live.clock), (moments,))
        self._write_sheet(moments)
        return report

    def _write_sheet(self, moments: Moments) -> None:
        rows = [
            [
                _labelled(self._head(panel), label)
                for panel, label in (
                    (self._portrait, "source"),
                    (self._actor.picture(picture.sequence), "driving"),
                    (picture.pixels, "generated"),
                )
            ]
            for picture in moments.pictures
        ]
        # Two moments beside each other: a sheet that a screen can show.
        pairs = [[*left, *right] for left, right in zip(rows[::2], rows[1::2], strict=False)]
        if not pairs and self.stop.is_set():
            return
        if not pairs:
            raise OutputError(f"cannot write {self._sheet}: too few pictures were made in time")
        sheet = contact_sheet(pairs, _CELL_PX)
        if not cv2.imwrite(str(self._sheet), sheet[..., ::-1]):
            raise OutputError(f"cannot write {self._sheet}; is the folder there and writable?")

    def _head(self, picture: RGB) -> RGB:
        """The upper part of the portrait, which every panel holds whole and centred."""
        height, width = picture.shape[:2]
        portrait_width = round(height * self._portrait.shape[1] / self._portrait.shape[0])
        left = (width - portrait_width) // 2
        shown = picture[: round(_HEAD_SHARE * height), left : left + portrait_width]
        scale = _CELL_PX / shown.shape[0]
        size = (round(portrait_width * scale), _CELL_PX)
        return np.asarray(cv2.resize(shown, size, interpolation=cv2.INTER_AREA), np.uint8)


def _labelled(panel: RGB, label: str) -> RGB:
    """`panel`, in place, with its name, and with the mark where the face is made."""
    Patch(lettered([label], _LABEL_PX, 0.6)).blend(panel, 6, 6)
    if label == "generated":
        Badge((panel.shape[1], panel.shape[0])).stamp(panel)
    return panel

"""The demonstration film: where there is no camera, the actor drives the demo portrait, live."""

from pathlib import Path

import cv2

from realtime.app import Live
from realtime.avatar import open_actor
from realtime.capture.paced import Paced
from realtime.capture.picture import read_picture
from realtime.config import CanvasConfig, Config, OutputConfig
from realtime.demo_portrait import demo_portrait
from realtime.errors import OutputError
from realtime.models.store import Store
from realtime.output.contact_sheet import Moments, contact_sheet
from realtime.runtime.metrics import Report

_MOMENTS_S = (2.0, 4.0, 5.8, 8.2, 10.2, 11.2, 15.6, 19.1)
"Eight moments of the performance: turn, nod, gaze, brows, smile, tilt, speech, shut eyes."
_CELL_PX = 240


class Film:
    """One run of the engine with the actor before the camera."""

    def __init__(self, video: Path, sheet: Path, models: Store) -> None:
        self._video = video
        self._sheet = sheet
        self._models = models
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
        live = Live(config, self._models)
        moments = Moments([round(second * self._actor.rate) for second in _MOMENTS_S])
        report = live.run(lambda: Paced(self._actor, live.clock), (moments,))
        self._write_sheet(moments)
        return report

    def _write_sheet(self, moments: Moments) -> None:
        rows = [
            [self._portrait, self._actor.picture(picture.sequence), picture.pixels]
            for picture in moments.pictures
        ]
        # Two columns of rows: a sheet that a screen can show.
        half = (len(rows) + 1) // 2
        paired = [
            left + (rows[half + index] if half + index < len(rows) else [])
            for index, left in enumerate(rows[:half])
        ]
        sheet = contact_sheet(paired, _CELL_PX)
        if not cv2.imwrite(str(self._sheet), sheet[..., ::-1]):
            raise OutputError(f"cannot write {self._sheet}; is the folder there and writable?")

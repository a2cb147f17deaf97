"""The rehearsal of a live run, in a process of its own: both ends of it."""

import argparse
import io
import os
import sys
import time
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from realtime.avatar import load_avatar
from realtime.capture.picture import read_picture
from realtime.models.store import Store
from realtime.motion.amplitude import Amplitude
from realtime.motion.head_state import HeadState
from realtime.motion.rehearsal import Rehearsal
from realtime.motion.response import Response
from realtime.rehearsing import rehearse, stand_in
from realtime.runtime.meanwhile import Meanwhile
from realtime.types import Similarity

_REST_S = 0.1
"After each look, which takes a quarter of that: two cores have a live run to carry meanwhile."


def rehearsing_backstage(
    portrait: Path, size: tuple[int, int], models: Store
) -> Meanwhile[Rehearsal]:
    """A rehearsal for whatever live driver, about twenty seconds after it was first asked for.

    Args:
        portrait: the file.
        size: width and height of the canvas.
        models: where the landmarker and the segmenter are.
    """
    home = models.folder.parent
    arguments = [portrait.absolute(), *size, home, _REST_S]
    return Meanwhile(__name__, list(map(str, arguments)), rehearsal_from, "rehearsal")


def rehearsal_from(written: bytes) -> Rehearsal:
    """What `written_down` was given, but for turns, which are left alone."""
    with np.load(io.BytesIO(written), allow_pickle=False) as arrays:
        pose = Similarity(
            float(arrays["rest_scale"]), arrays["rest_rotation"], arrays["rest_translation"]
        )
        return Rehearsal(
            Amplitude(
                arrays["gain"],
                arrays["crosstalk"],
                arrays["shapes"],
                arrays["room"],
                arrays["lips"],
            ),
            Response(
                HeadState(pose, arrays["rest_shape"]),
                arrays["axes"],
                float(arrays["unit"]),
                arrays["answer"],
            ),
        )


def written_down(rehearsal: Rehearsal) -> bytes:
    """As an .npz file."""
    amplitude, response = rehearsal.amplitude, rehearsal.response
    rest, file = response.rest, io.BytesIO()
    np.savez(
        file,
        gain=amplitude.gain,
        crosstalk=amplitude.crosstalk,
        shapes=amplitude.shapes,
        room=amplitude.room,
        lips=amplitude.lips,
        rest_scale=rest.pose.scale,
        rest_rotation=rest.pose.rotation,
        rest_translation=rest.pose.translation,
        rest_shape=rest.shape,
        axes=response.axes,
        unit=response.unit,
        answer=response.answer,
    )
    return file.getvalue()


def _main() -> None:
    parser = argparse.ArgumentParser(description="Rehearse; writes an .npz file.")
    parser.add_argument("portrait", type=Path)
    parser.add_argument("width", type=int)
    parser.add_argument("height", type=int)
    parser.add_argument("home", type=Path)
    parser.add_argument("rest_s", type=float)
    asked = parser.parse_args()
    # Libraries in other languages may print, too, which must not get into the file.
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as result:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        cv2.setNumThreads(1)
        models, rest = Store(asked.home), partial(time.sleep, asked.rest_s)
        picture, size = read_picture(asked.portrait), (asked.width, asked.height)
        avatar = load_avatar(picture, str(asked.portrait), size, models, file=asked.portrait)
        rehearsal = rehearse(avatar, stand_in(models, rest), models, turns=False, rest=rest)
        result.write(written_down(rehearsal))


if __name__ == "__main__":
    _main()

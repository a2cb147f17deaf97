"""What the renderer is told to draw, before it is drawn and looked at again.

The judge adds a shake of its own; this tells it from the mover's.
"""

from dataclasses import dataclass, field

import numpy as np

from bench.quality import floor
from bench.quality.judges import Figures, Judging, Watcher
from bench.quality.landmarks import in_eye_distances, shake_ratio
from bench.quality.live import perform_live
from realtime.avatar import Avatar, load_avatar
from realtime.models.face_mesh import inter_ocular, signed_areas
from realtime.models.store import Store
from realtime.motion.geometry import to_image
from realtime.offline import Transfer, perform
from realtime.types import RGB, Face, Motion, Sighting

_LEAST_AREA_PX2 = 0.5
"Folds of less than this nobody sees."


@dataclass(frozen=True, slots=True)
class Notebook:
    """A renderer that keeps motions and draws nothing."""

    size: tuple[int, int]
    motions: list[Motion] = field(default_factory=list)

    def render(self, motion: Motion, out: RGB) -> None:  # noqa: ARG002 - the contract's
        """See `Renderer.render`; the picture is left as it is."""
        self.motions.append(motion)

    def close(self) -> None:
        """See `Renderer.close`."""


def measure(
    source: RGB,
    driving: list[Sighting],
    driver: list[Face | None],
    store: Store,
    judges: Watcher,
    judging: Judging,
) -> Figures:
    """Jitter of the commanded landmarks and of the judge, and how many triangles fold over.

    Args:
        source: the portrait.
        driving: what performs.
        driver: what the driver is seen to do.
        store: where the landmarker is.
        judges: who looks.
        judging: how.
    """
    avatar = load_avatar(source, "the source", None, store)
    notebook = Notebook(avatar.portrait.canvas.shape[1::-1])
    if judging.live:
        pictures = perform_live(avatar, driving, store, notebook)
    else:
        pictures = perform(
            avatar, driving, Transfer(), rehearse_with=store, renderer=notebook, badge=False
        )
    for _ in pictures:
        pass
    commanded = in_eye_distances([motion.landmarks for motion in notebook.motions])
    seen = in_eye_distances([None if face is None else face.landmarks for face in driver])
    centre = avatar.face.landmarks.mean(axis=0).astype(np.float64)
    amiss_px = floor.errors_px(
        avatar.portrait.canvas, centre, notebook.motions[:: judging.every], judges
    )
    unit_px = inter_ocular(avatar.face.landmarks)
    amiss = [None if each is None else each / unit_px for each in amiss_px]
    folded = [foldovers(avatar, motion) for motion in notebook.motions]
    return {
        "jitter_commanded": shake_ratio(seen, commanded),
        "jitter_floor": shake_ratio(seen[:: judging.every], amiss),
        "foldovers_mean": float(np.mean(folded)),
        "foldovers_most": float(np.max(folded)),
    }


def foldovers(avatar: Avatar, motion: Motion) -> int:
    """Triangles of skin that show their back although the head's turn alone would not turn them.

    By landmarks: where the renderer moves vertices away from theirs, its own tests look for folds.
    """
    turned = to_image(motion.head, avatar.face.landmarks.astype(np.float64))
    skin = avatar.mesh.triangles[~avatar.mesh.in_openings].astype(np.intp)
    before = signed_areas(avatar.face.landmarks.astype(np.float64), skin)
    rigid, drawn = (
        signed_areas(landmarks, skin) * np.sign(before)
        for landmarks in (turned, motion.landmarks.astype(np.float64))
    )
    return int(((rigid > _LEAST_AREA_PX2) & (drawn < -_LEAST_AREA_PX2)).sum())

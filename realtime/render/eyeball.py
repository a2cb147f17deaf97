"""Eyes: the white without its iris, the iris made whole, both between the lids, and the lids."""

import cv2
import numpy as np
from numpy.typing import NDArray

from realtime.easing import smoothstep
from realtime.kernels.features import paint_eye, paint_lids
from realtime.models.face_mesh import SHUT, EyeLandmarks
from realtime.render.iris import complete_iris, inside_and_distance, seen_iris
from realtime.render.lids import LID_MARGIN, close_lids, lash_colour, rim_colour
from realtime.render.opening import Opening, OpeningLandmarks
from realtime.types import RGB, Floats, Landmarks

_WELL_INSIDE, _NO_IRIS = 0.9, 0.15
"Within so many radii, a colour so near to the skin's, over the skin's brightest channel, is none."
_REACH = 0.5
"The crop's margin round the lids, in eye widths."

_BALL_GAIN, _BALL_GREY = 1.5, 0.35
"What a bare eyeball is over the brightest of what shows beside the iris, brighter and less \
coloured: from videos of people who look aside."
_BALL_OVER_SKIN, _BALL_OVER_SEEN = 1.3, 0.9
"The ball is at most so much brighter than the skin round it, unless white is seen that is."
_BALL_TINT = 0.5
"The ball is at most so much as coloured as the skin."
_BALL_WHITEST = 250.0
_BALL_ROUND, _BALL_FROM, _BALL_OVER = 0.38, 0.75, 1.2
"The ball darkens by so much as it turns away: from so many iris radii on, over so many."
_LID_SHADOW = 0.7
"Reach of the lids' shadow on the ball, in iris radii."
_LASHES_SHUT, _LASHES_WIDE, _LASHES_REACH = 0.9, 0.45, 0.42
"Shares of the drawn lashes: of a shut eye, and of one opened wide, whose own rim the mesh \
squeezes to a row of specks. In half widths, how far from the lid they show."
_ASIDE_CLEAR, _UPWARDS, _DOWNWARDS = 0.6, 0.3, 0.25
"Of eleven people on videos, none looked further: so many iris radii stay clear of either corner; \
up and down from rest, in half widths."
_BALL_OVER_NEAREST = 2.0
"Nor is the ball anywhere more than so much brighter than what is seen nearest: make-up and deep \
shade stay dark."

_WALK_UP, _WALK_DOWN, _WALK_STEP = 0.25, 0.37, 0.03
_MOST_DROOP = 0.2
"Half widths of the eye, for `_seen_droop`."


class Eyeball:
    """One eye of one avatar."""

    def __init__(self, picture: RGB, landmarks: Landmarks, eye: EyeLandmarks) -> None:
        """Take the eye out of `picture` (h, w, 3), whose landmarks are `landmarks`."""
        self._landmarks = OpeningLandmarks(
            np.array(eye.corners), np.array(eye.upper), np.array(eye.lower)
        )
        self._ring = np.array(eye.ring)
        self._iris_landmark = eye.iris
        self._droop = 0.0
        iris = landmarks[eye.iris, :2]
        rim = landmarks[eye.iris + 1 : eye.iris + 5, :2]
        self._radius = float(np.linalg.norm(rim - iris, axis=1).mean())
        opening = self._landmarks.measure(landmarks)
        self._rest_ratio = opening.gap / opening.half_width
        if self._rest_ratio > 2 * SHUT and self._radius >= 1.5:
            self._droop = _seen_droop(picture, opening, iris)
            opening = opening.lowered(self._droop)
        crop, offset = _cut(picture, opening)
        self._open = (
            self._rest_ratio > 2 * SHUT and min(crop.shape[:2]) >= 6 and self._radius >= 1.5
        )
        if not self._open:
            return
        self._rest_opening = opening
        self._rest_iris = iris - offset
        self._rest_gaze = _gaze(opening, complex(*iris))
        self._source_frame = opening.frame.copy()
        self._source_frame[:2] -= offset
        lids = opening.outline - offset
        landmark = self._rest_iris
        self._rest_iris, self._radius = seen_iris(crop, lids, landmark, self._radius)
        self._off_landmark = complex(*(self._rest_iris - landmark))
        self._open = not _is_blank(crop, lids, self._rest_iris, self._radius)
        if not self._open:
            return
        self._sclera, self._iris = _separate(crop, lids, self._rest_iris, self._radius)
        self._lids = close_lids(crop, lids, 2 * opening.half_width)
        self._rim = rim_colour(crop, lids)
        self._lash = lash_colour(crop, lids, self._rim)

    def paint(
        self,
        out: RGB,
        landmarks: Landmarks,
        light: Floats,
        window: tuple[int, int, int, int],
    ) -> None:
        """Draw the eye.

        Args:
            out: (H, W, 3).
            landmarks: (478, 2 or more) where it is to be, pixels.
            light: (478,) how many times as bright as in the portrait each landmark is.
            window: left, top, right, bottom; no pixel outside is touched.
        """
        if not self._open:
            return
        opening = self._landmarks.measure(landmarks)
        if opening.half_width < 2.0:
            return
        openness = opening.gap / opening.half_width / self._rest_ratio
        opening = opening.lowered(self._droop * min(1.0, max(0.0, openness)))
        above, below = smoothstep((0.92 - openness) / 0.45), smoothstep((0.30 - openness) / 0.25)
        gaze = self._possible(_gaze(opening, complex(*landmarks[self._iris_landmark, :2])))
        strength = self._strength(opening, gaze, openness)
        lit = float(light[self._ring].mean())
        if strength > 0.0 and openness > 0.02:
            iris = opening.centre + gaze * opening.half_axis
            self._paint_ball(out, opening, iris, opening.box(window), lit, strength)
        lashes = max(_LASHES_SHUT * above, _LASHES_WIDE * smoothstep((openness - 1.0) / 0.25))
        colour = self._lash if above > 0.0 else self._rim
        if lashes > 0.0:
            paint_lids(
                out, self._lids_box(opening, above, window), opening.frame, opening.rims,
                self._source_frame, self._lids, colour, lit, above, below, lashes,
            )  # fmt: skip

    def _lids_box(
        self, opening: Opening, above: float, window: tuple[int, int, int, int]
    ) -> NDArray[np.int64]:
        """The pixels that lids or lashes may cover."""
        if above > 0.0:
            # The skin of the closed eye reaches up to where the open one's lid was.
            reach = 4 * LID_MARGIN + self._rest_ratio
            return opening.box(window, reach * opening.half_width)
        return opening.box(window, _LASHES_REACH * opening.half_width, rims=1)

    def _paint_ball(
        self,
        out: RGB,
        opening: Opening,
        wanted: complex,
        box: NDArray[np.int64],
        light: float,
        strength: float,
    ) -> None:
        rest = self._rest_opening
        # Complex numbers: one division is the rotation and scale from out to the crop.
        turn = rest.half_axis / opening.half_axis
        centre = wanted + self._off_landmark / turn
        iris = np.array(
            [centre.real, centre.imag, *self._rest_iris, self._radius, turn.real, turn.imag],
            np.float32,
        )
        paint_eye(
            out, box, opening.frame, opening.rims, self._source_frame, rest.rims,
            iris, self._sclera, self._iris, light, strength,
        )  # fmt: skip

    def _possible(self, gaze: complex) -> complex:
        """The gaze, or how far an eye can go that way: beyond, it would be seen to be blank."""
        rest = self._rest_gaze
        clear = 1.0 - _ASIDE_CLEAR * self._radius / self._rest_opening.half_width
        aside = max(clear, abs(rest.real))
        return complex(
            min(max(gaze.real, -aside), aside),
            min(max(gaze.imag, rest.imag - _UPWARDS), rest.imag + _DOWNWARDS),
        )

    def _strength(self, opening: Opening, gaze: complex, openness: float) -> float:
        """0 while the eye is as in the portrait, whose own pixels are the best; 1 soon after."""
        shift = abs(gaze - self._rest_gaze)
        moved = (shift * opening.half_width / self._radius - 0.06) / 0.15
        return min(1.0, max(0.0, moved, (abs(openness - 1.0) - 0.10) / 0.2))


def _gaze(opening: Opening, iris: complex) -> complex:
    """Where the iris is, in half widths along the line between the corners and down from it."""
    return (iris - opening.centre) / opening.half_axis


def _cut(picture: RGB, opening: Opening) -> tuple[RGB, NDArray[np.float32]]:
    """The eye with a margin round it, and the pixel of its corner."""
    reach = _REACH * 2 * opening.half_width
    box = opening.box((0, 0, picture.shape[1], picture.shape[0]), reach)
    crop = np.ascontiguousarray(picture[box[1] : box[3], box[0] : box[2]])
    return crop, box[:2].astype(np.float32)


def _is_blank(
    crop: RGB, lids: NDArray[np.float32], iris: NDArray[np.float32], radius: float
) -> bool:
    """Whether the eye has no iris, as a statue's."""
    inside, distance = inside_and_distance(crop, lids, iris)
    seen, skin = crop[(inside > 0) & (distance < _WELL_INSIDE * radius)], crop[inside == 0]
    if len(seen) == 0:
        return True
    iris_colour, skin_colour = np.median(seen, axis=0), np.median(skin, axis=0)
    return bool(np.abs(iris_colour - skin_colour).max() < _NO_IRIS * skin_colour.max())


def _seen_droop(picture: RGB, opening: Opening, iris: NDArray[np.float32]) -> float:
    """How far the eye goes on below the landmarks of its lower lid, in half widths.

    Landmarks know the eyes of people; painted ones may be taller. Walking down from the iris,
    the eye ends where the colour is nearer to the skin's than to the iris'.
    """
    x, y, axis_x, axis_y, half = opening.frame
    along = float((iris - (x, y)) @ (axis_x, axis_y))
    lower = float(
        np.interp(along / half, np.linspace(-1, 1, opening.rims.shape[1]), opening.rims[1])
    )
    q = lower + np.arange(-_WALK_UP, _WALK_DOWN, _WALK_STEP) * half
    across = along + np.array([-0.1, 0.0, 0.1])[:, None] * half
    columns = np.clip(x + across * axis_x - q * axis_y, 0, picture.shape[1] - 1).astype(int)
    rows = np.clip(y + across * axis_y + q * axis_x, 0, picture.shape[0] - 1).astype(int)
    walk = picture[rows, columns].astype(np.float64).mean(axis=0)
    inside, outside = np.median(walk[: len(walk) // 4], axis=0), np.median(walk[-4:], axis=0)
    nearer_skin = np.linalg.norm(walk - outside, axis=1) < np.linalg.norm(walk - inside, axis=1)
    first = int(np.argmax(nearer_skin)) if nearer_skin.any() else 0
    return float(np.clip(first * _WALK_STEP - _WALK_UP, 0.0, _MOST_DROOP))


def _separate(
    crop: RGB, lids: NDArray[np.float32], iris: NDArray[np.float32], radius: float
) -> tuple[RGB, RGB]:
    """The eye without its iris, and with its iris completed where the lids hide it."""
    inside, distance = inside_and_distance(crop, lids, iris)
    white = (inside > 0) & (distance > 1.15 * radius)
    if white.sum() >= 6:
        sclera = _whiten(crop, inside, white, distance, radius)
    else:
        skin = np.median(crop.reshape(-1, 3), axis=0)
        sclera = np.broadcast_to((0.4 * skin + 110).astype(np.uint8), crop.shape).copy()
    visible = (cv2.erode(inside, np.ones((3, 3), np.uint8)) > 0) & (distance <= 1.08 * radius)
    whole = complete_iris(crop, visible, distance, radius)
    return np.ascontiguousarray(sclera), np.ascontiguousarray(whole)


def _whiten(
    crop: RGB,
    inside: NDArray[np.uint8],
    white: NDArray[np.bool_],
    distance: NDArray[np.float64],
    radius: float,
) -> RGB:
    """The white of the eye, over all of the crop.

    What little white shows beside an iris that looks ahead is shaded by lids and lashes: the ball
    is brighter than its median. Pixels that are seen stay as they are.
    """
    colour = _ball_colour(crop, inside, white)
    below_lid = np.maximum.accumulate(inside, axis=0)
    depth = cv2.distanceTransform(below_lid, cv2.DIST_L2, 5) / (_LID_SHADOW * radius)
    turned = np.clip((distance / radius - _BALL_FROM) / _BALL_OVER, 0.0, 1.0)
    shade = (0.72 + 0.28 * np.minimum(depth, 1.0)) * (1.0 - _BALL_ROUND * turned)
    ball = colour * shade[..., None]
    own = cv2.inpaint(crop, (~white).astype(np.uint8), 3, cv2.INPAINT_TELEA)
    nearest = own.sum(axis=2, keepdims=True) / np.maximum(ball.sum(axis=2, keepdims=True), 1.0)
    ball *= np.minimum(1.0, _BALL_OVER_NEAREST * nearest)
    trust = np.clip((distance / radius - 1.0) / 0.3, 0.0, 1.0) * white
    result: RGB = (ball + trust[..., None] * (own - ball)).astype(np.uint8)
    return result


def _ball_colour(
    crop: RGB, inside: NDArray[np.uint8], white: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """(3,) what the middle of a bare eyeball looks like, in the light of this picture."""
    light = crop.astype(np.float32).sum(axis=2)
    seen = np.median(crop[white & (light >= np.percentile(light[white], 85))], axis=0)
    colour = _BALL_GAIN * (seen + _BALL_GREY * (seen.mean() - seen))
    skin = float(np.percentile(light[inside == 0], 60))
    brightest = max(_BALL_OVER_SKIN * skin, _BALL_OVER_SEEN * float(seen.sum()))
    colour *= min(1.0, brightest / max(float(colour.sum()), 1.0))
    # Where next to no white shows, what is seen beside the iris is skin.
    tint = _BALL_TINT * _tint(np.median(crop[inside == 0], axis=0)) / max(_tint(colour), 1e-6)
    colour = colour.mean() + min(1.0, tint) * (colour - colour.mean())
    result: NDArray[np.float64] = colour * min(1.0, _BALL_WHITEST / max(float(colour.max()), 1.0))
    return result


def _tint(colour: NDArray[np.float64]) -> float:
    """How coloured a colour is, 0..1."""
    return float(np.ptp(colour) / max(float(colour.max()), 1.0))

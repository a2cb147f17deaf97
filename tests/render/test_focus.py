"""Lids and lips of a drawn face, and by how much they were blurred."""

import cv2
import numpy as np
import pytest

from realtime.avatar import Avatar
from realtime.models.face_mesh import EYES, LOWER_LIP, UPPER_LIP, inter_ocular
from realtime.render.focus import softness_px
from realtime.types import RGB


def drawn(avatar: Avatar, sigma_px: float) -> RGB:
    """Dark eyes and lips on bright skin."""
    picture = np.full(avatar.portrait.canvas.shape, 200, np.uint8)
    for feature in (*(eye.ring for eye in EYES), (*UPPER_LIP, *LOWER_LIP)):
        points = avatar.portrait.landmarks[list(feature), :2]
        cv2.fillConvexPoly(picture, cv2.convexHull(np.round(points).astype(np.int32)), (60, 60, 60))
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma_px), np.uint8)


@pytest.mark.parametrize("sigma_px", [1.0, 1.5, 2.0])
def test_it_is_the_blur_of_the_features(avatar: Avatar, sigma_px: float) -> None:
    landmarks = avatar.portrait.landmarks
    found = softness_px(drawn(avatar, sigma_px), landmarks, inter_ocular(landmarks))
    assert found == pytest.approx(sigma_px, rel=0.3)


def test_noise_hardly_counts(avatar: Avatar) -> None:
    landmarks, picture = avatar.portrait.landmarks, drawn(avatar, 2.0)
    noise = np.random.default_rng(3).normal(0, 4, picture.shape)
    noisy = np.clip(picture + noise, 0, 255).astype(np.uint8)
    found = [softness_px(each, landmarks, inter_ocular(landmarks)) for each in (picture, noisy)]
    assert found[1] > 0.6 * found[0]


def test_where_no_edges_are_nothing_is_soft(avatar: Avatar) -> None:
    landmarks = avatar.portrait.landmarks
    plain = np.full(avatar.portrait.canvas.shape, 128, np.uint8)
    assert softness_px(plain, landmarks, inter_ocular(landmarks)) == 0.0
    assert softness_px(plain, landmarks + np.float32(5000), inter_ocular(landmarks)) == 0.0
    assert softness_px(plain, landmarks - np.float32(5000), inter_ocular(landmarks)) == 0.0

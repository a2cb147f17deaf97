import struct
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from realtime.errors import ModelError
from realtime.models.face_mesh import (
    ALL_MOUTH_CORNERS,
    CHIN,
    EYES,
    GEOMETRY_MEMBER,
    INNER_LIP_LOWER,
    INNER_LIP_UPPER,
    LEFT_BROW,
    LEFT_EYE,
    LOWER_LIP,
    MOUTH_CORNERS,
    OVAL,
    RIGHT_BROW,
    RIGHT_EYE,
    UPPER_LIP,
    FaceMesh,
    inter_ocular,
    load_face_mesh,
)


@pytest.fixture(scope="module")
def mesh(landmarker_path: Path) -> FaceMesh:
    return load_face_mesh(landmarker_path)


def test_the_mesh_is_a_face_of_human_size(mesh: FaceMesh) -> None:
    assert mesh.vertices.shape == (468, 3)
    assert mesh.triangles.shape == (898, 3)
    assert set(mesh.triangles.ravel().tolist()) == set(range(468))
    width_cm, height_cm, depth_cm = np.ptp(mesh.vertices, axis=0)
    assert 12 < width_cm < 18
    assert 15 < height_cm < 20
    assert 8 < depth_cm < 13


def test_y_is_up_and_z_towards_the_viewer(mesh: FaceMesh) -> None:
    forehead, nose_tip, ear = mesh.vertices[[10, 1, 234]]
    assert forehead[1] > mesh.vertices[CHIN, 1]
    assert nose_tip[2] > ear[2]


def test_the_pose_basis_is_weighted_landmarks(mesh: FaceMesh) -> None:
    assert len(mesh.basis) == len(mesh.basis_weights) > 20
    assert len(set(mesh.basis.tolist())) == len(mesh.basis)
    assert ((mesh.basis >= 0) & (mesh.basis < 468)).all()
    assert (mesh.basis_weights > 0).all()
    # Lips and lids move with expression: the pose must not rest on them.
    moving = {*INNER_LIP_UPPER, *INNER_LIP_LOWER, *RIGHT_EYE.upper, *LEFT_EYE.upper}
    assert not moving & set(mesh.basis.tolist())


def test_the_oval_is_the_meshs_own_border_in_order(mesh: FaceMesh) -> None:
    edges: dict[frozenset[int], int] = {}
    for a, b, c in mesh.triangles.tolist():
        for edge in ((a, b), (b, c), (c, a)):
            edges[frozenset(edge)] = edges.get(frozenset(edge), 0) + 1
    border = {edge for edge, count in edges.items() if count == 1}
    around = {frozenset(pair) for pair in zip(OVAL, (*OVAL[1:], OVAL[0]), strict=True)}
    assert around <= border


def test_the_oval_runs_clockwise_in_the_picture(mesh: FaceMesh) -> None:
    x, y = mesh.vertices[list(OVAL), :2].T
    after_x, after_y = np.roll(x, -1), np.roll(y, -1)
    # With y up, clockwise has a negative signed area.
    assert (x * after_y - after_x * y).sum() < 0
    assert OVAL[0] == 10


def test_eyes_are_as_far_apart_as_their_middles_are_in_the_picture(mesh: FaceMesh) -> None:
    apart = inter_ocular(mesh.vertices)
    assert 5.0 < apart < 7.5, "centimetres"
    right, left = (mesh.vertices[list(eye.ring), 0].mean() for eye in EYES)
    assert apart == pytest.approx(left - right, rel=0.05)
    nearer = mesh.vertices.copy()
    nearer[list(EYES[0].corners), 2] += 3.0
    assert inter_ocular(nearer) == apart


def test_lids_pair_up_from_left_to_right_in_the_picture(mesh: FaceMesh) -> None:
    for eye in EYES:
        line = mesh.vertices[[eye.corners[0], *eye.upper, eye.corners[1]]]
        assert (np.diff(line[:, 0]) > 0).all()
        upper, lower = mesh.vertices[list(eye.upper)], mesh.vertices[list(eye.lower)]
        assert (upper[:, 1] > lower[:, 1]).all()
        assert np.abs(upper[:, 0] - lower[:, 0]).max() < 0.35
        assert len(set(eye.ring)) == 16
    assert mesh.vertices[RIGHT_EYE.corners[0], 0] < 0 < mesh.vertices[LEFT_EYE.corners[1], 0]


def test_lips_run_from_the_right_corner_to_the_left(mesh: FaceMesh) -> None:
    for lip in (INNER_LIP_UPPER, INNER_LIP_LOWER):
        assert (np.diff(mesh.vertices[list(lip), 0]) > 0).all()
    upper, lower = mesh.vertices[list(INNER_LIP_UPPER)], mesh.vertices[list(INNER_LIP_LOWER)]
    assert (upper[1:-1, 1] > lower[1:-1, 1]).all()
    right, left = mesh.vertices[list(MOUTH_CORNERS)]
    lips = mesh.vertices[[*UPPER_LIP, *LOWER_LIP]]
    assert right[0] < lips[:, 0].min()
    assert left[0] > lips[:, 0].max()


def test_lips_are_whole_and_apart(mesh: FaceMesh) -> None:
    upper, lower, corners = set(UPPER_LIP), set(LOWER_LIP), set(ALL_MOUTH_CORNERS)
    assert len(upper) == len(lower) == 36
    assert not upper & lower
    assert not (upper | lower) & corners
    # Nothing of the mesh lies within the lips' border but lips and corners.
    border = mesh.vertices[[61, *UPPER_LIP[:9], 291, *reversed(LOWER_LIP[:9])], :2]
    inside = {
        index
        for index, vertex in enumerate(mesh.vertices)
        if vertex[2] > 3
        and cv2.pointPolygonTest(border.astype(np.float32), vertex[:2].tolist(), False) >= 0
    }
    assert inside <= upper | lower | corners


def test_brows_lie_above_their_eyes(mesh: FaceMesh) -> None:
    for brow, eye in ((RIGHT_BROW, RIGHT_EYE), (LEFT_BROW, LEFT_EYE)):
        assert mesh.vertices[list(brow), 1].min() > mesh.vertices[list(eye.upper), 1].max()


def bundle(path: Path, member: str = GEOMETRY_MEMBER, message: bytes = b"") -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(member, message)
    return path


def test_fields_are_read_whatever_their_wire_type(tmp_path: Path) -> None:
    vertices = np.arange(468 * 5, dtype="<f4")
    wide = b"\x0d" + b"\0\0\0\0"  # field 1, four bytes
    wider = b"\x29" + b"\0" * 8  # field 5, eight bytes
    mesh_message = (
        wide + wider + field(3, vertices.tobytes()) + field(4, bytes([1, 2, 3]))
        + b"\x20" + b"\x84\x02" + b"\x20\x05" + b"\x20\x06"
    )  # fmt: skip
    entry = b"\x08\xd2\x01" + b"\x15" + struct.pack("<f", 0.25)
    without_number = b"\x15" + struct.pack("<f", 0.5)
    message = field(2, mesh_message) + field(3, entry) + field(3, without_number)
    mesh = load_face_mesh(bundle(tmp_path / "small.task", message=message))
    assert mesh.vertices[1].tolist() == [5, 6, 7]
    assert mesh.triangles.tolist() == [[1, 2, 3], [260, 5, 6]]
    assert mesh.basis.tolist() == [210, 0]
    assert mesh.basis_weights.tolist() == [0.25, 0.5]


def field(number: int, content: bytes) -> bytes:
    size, length = len(content), b""
    while True:
        size, low = size >> 7, size & 127
        length += bytes([low | (128 if size else 0)])
        if not size:
            return bytes([number << 3 | 2]) + length + content


def test_a_bundle_that_is_no_bundle_is_one_clear_error(tmp_path: Path) -> None:
    nothing = tmp_path / "missing.task"
    noise = tmp_path / "noise.task"
    noise.write_bytes(b"not a zip archive")
    for path in (
        nothing,
        noise,
        bundle(tmp_path / "other.task", member="something.else"),
        bundle(tmp_path / "empty.task"),
        bundle(tmp_path / "cut.task", message=b"\x12\xff"),
        bundle(tmp_path / "wire.task", message=b"\x0b"),
    ):
        with pytest.raises(ModelError, match="holds no canonical face mesh") as caught:
            load_face_mesh(path)
        assert path.name in str(caught.value)
        assert "mimicam models pull" in str(caught.value)
        assert "\n" not in str(caught.value)

import numpy as np

from bench.kernels import Ways, real_warp
from realtime.models.store import Store


def test_every_triangle_is_recorded_once() -> None:
    layers = real_warp(Store()).layers
    triangles = np.concatenate([layer.triangles for layer in layers])
    assert len(triangles) > 1000
    assert len(np.unique(triangles, axis=0)) == len(triangles)


def test_what_was_recorded_draws_what_the_renderer_drew() -> None:
    warp = real_warp(Store())
    expected = warp.out.copy()
    warp.out[:] = 0
    Ways(warp).direct()
    drawn = warp.depth < warp.depth.max()
    assert drawn.mean() > 0.3
    # The renderer also paints the eyes and the mouth, and softens outlines.
    assert (warp.out == expected)[drawn].all(axis=1).mean() > 0.9

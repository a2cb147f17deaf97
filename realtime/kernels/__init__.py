"""Kernels: loops over pixels and triangles compiled by Numba, the only place that imports it.

Every kernel works on arrays it is given, allocates nothing, releases the GIL, and is compiled for
fixed argument types when its module is imported (from Numba's cache after the first time). They
run on one thread each; the mesh is drawn by two, half of the picture's rows each.
"""

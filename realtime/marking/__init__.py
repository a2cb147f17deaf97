"""Marking: a portrait's face shown by hand, where the landmarker finds none.

In: a picture and the places at which its user pressed the mouse. Out: a `Face`, as the landmarker
would have given it, and a file beside the picture that keeps the places.
"""

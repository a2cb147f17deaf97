from tests.capture.fake_camera import on_linux

__all__ = ["on_linux"]

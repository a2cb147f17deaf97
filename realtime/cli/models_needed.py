"""Model files for the commands that need them, fetched with a progress bar before anything else."""

from realtime.cli.download_bar import DownloadBar
from realtime.models.store import Store


def store_with_models() -> Store:
    """The store, holding every model file that the mesh engine needs."""
    store = Store()
    with DownloadBar() as bar:
        for name in store.models:
            store.path(name, bar)
    return store

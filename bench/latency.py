"""The live engine against the clock: `mimicam bench` by another name, for the bench folder.

python -m bench.latency [--seconds 20] [--size 1280x720] [--json FILE] [--plot FILE]
"""

import sys

from realtime.cli import main

if __name__ == "__main__":
    main(["bench", *sys.argv[1:]])

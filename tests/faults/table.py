"""The table of docs/reliability.md, made of what the tests saw."""

from dataclasses import dataclass
from pathlib import Path

DOCUMENT = Path(__file__).parents[2] / "docs" / "reliability.md"

_BEGIN = "<!-- the table: python -m pytest tests/faults --reliability -->"
_END = "<!-- end of the table -->"

FAULTS = (
    "camera unplugged for 3 s",
    "camera hangs in `read`",
    "camera gives garbage",
    "camera gives broken pictures",
    "camera changes its resolution",
    "camera falls to 5 pictures a second",
    "landmarker raises once",
    "landmarker raises always",
    "landmarker stalls for 2 s",
    "landmarker slows to 10 pictures a second",
    "landmarker returns NaN",
    "landmarker finds faces outside the frame",
    "renderer raises once",
    "renderer raises for 2 s",
    "renderer stalls for 2 s",
    "neural renderer fails for good",
    "model file deleted or cut short while it runs",
    "model file deleted before the start",
    "virtual camera disappears for 2.5 s",
    "virtual camera disappears for 2.5 s, a recording goes on",
    "virtual camera is gone for good",
    "`send` blocks for 1 s",
    "`send` blocks for ever",
    "another program has the virtual camera",
    "disk full while recording",
    "wall clock steps by a day",
    "laptop sleeps for 30 s",
    "SIGINT",
    "SIGTERM",
    "window closed",
    "300 renderer switches a minute",
    "configuration out of range or malformed",
)
"In the order of the table."


@dataclass(frozen=True)
class Row:
    """What one fault does."""

    fault: str
    seen: str
    normal: str
    logged: str

    def __str__(self) -> str:
        cells = (self.fault, self.seen, self.normal, self.logged)
        return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def rows_in(document: str) -> dict[str, str]:
    """The rows that stand in the document, by fault."""
    table = document.partition(_BEGIN)[2].partition(_END)[0]
    lines = [line for line in table.splitlines() if line.startswith("| ")]
    return {line.split(" | ")[0].removeprefix("| "): line for line in lines[1:]}


def with_table(document: str, rows: dict[str, Row]) -> str:
    """The document, its table replaced; a row that is missing in `rows` is an error."""
    before, _, rest = document.partition(_BEGIN)
    after = rest.partition(_END)[2]
    head = "| fault | the audience sees | normal again | log |\n|---|---|---|---|\n"
    body = "\n".join(str(rows[fault]) for fault in FAULTS)
    return f"{before}{_BEGIN}\n\n{head}{body}\n\n{_END}{after}"

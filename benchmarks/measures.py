"""Every figure of docs/measured.md: ``python -m benchmarks.measures FOLDER``.

FOLDER holds the real data. Each part runs in a process of its own, for some peers and
OR-Tools cannot live in one; ``--peer PYTHON`` names an interpreter that has spopt.
"""

import argparse
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]


def main() -> None:
    """Run the parts one after the other, and print what they print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="folder of real data")
    parser.add_argument("--peer", default=sys.executable)
    parser.add_argument("--limit", type=float, default=150.0, help="seconds a peer has")
    asked = parser.parse_args()
    parts = {
        "Plans and proofs": ["allocation"],
        "The whole shift, and few moves": ["shift"],
        "The model and its judge": ["judged", str(asked.folder)],
        "Location models": [
            "location",
            str(asked.folder / "location-benchmarks"),
            *("--peer", asked.peer, "--limit", str(asked.limit)),
        ],
    }
    for title, (module, *words) in parts.items():
        sys.stdout.write(f"## {title}\n\n")
        sys.stdout.flush()
        command = [sys.executable, "-m", f"benchmarks.{module}", *words]
        subprocess.run(command, cwd=REPOSITORY, check=True)
        sys.stdout.write("\n")


if __name__ == "__main__":
    main()

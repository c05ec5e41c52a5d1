"""Where the files are that come with the monitor: beside the package in a checkout, in it else."""

from pathlib import Path

_INSTALLED = Path(__file__).parent / "shipped"
_ROOT = _INSTALLED if _INSTALLED.is_dir() else Path(__file__).parent.parent

CONFIG = _ROOT / "config"
SEEDS = _ROOT / "seeds"

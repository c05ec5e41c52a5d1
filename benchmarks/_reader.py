"""lemon24/reader, by its own environment's Python: `_reader.py DATABASE URLS`, a line a round."""

import json
import logging
import sys
from pathlib import Path

import structlog
from reader import make_reader  # type: ignore[import-not-found]

WORKERS = 10


def main() -> None:
    """Poll until nobody says anything any more."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with make_reader(sys.argv[1]) as reader:
        for url in Path(sys.argv[2]).read_text(encoding="utf-8").split():
            reader.add_feed(url)
        print("{}", flush=True)
        for _ in sys.stdin:
            results = list(reader.update_feeds_iter(workers=WORKERS, scheduled=False))
            failed = sum(isinstance(result.value, Exception) for result in results)
            print(json.dumps({"failed": failed}), flush=True)


if __name__ == "__main__":
    main()

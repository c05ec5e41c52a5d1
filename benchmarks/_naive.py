"""What one writes in an afternoon: httpx, feedparser, SQLModel; one object and commit at a time.

    python -m benchmarks._naive poll DATABASE URLS      rounds over a file of URLs, a line each
    python -m benchmarks._naive import DATABASE FILE    an archive of JSON lines

It matches nothing and joins no stories.
"""

import asyncio
import json
import sys
from pathlib import Path

import feedparser
import httpx
from sqlalchemy import Engine
from sqlmodel import Field, Session, SQLModel, create_engine, select

from benchmarks._common import lag_watched, obey, p99

AT_ONCE = 64


class NaiveFeed(SQLModel, table=True):
    """A feed and its validators."""

    url: str = Field(primary_key=True)
    etag: str | None = None
    last_modified: str | None = None


class NaiveItem(SQLModel, table=True):
    """An entry."""

    id: int | None = Field(default=None, primary_key=True)
    feed: str = Field(index=True)
    guid: str = Field(index=True)
    title: str
    link: str
    summary: str
    published: str


async def poll(engine: Engine, urls: list[str]) -> dict[str, float]:
    """Ask all of them, `AT_ONCE` at a time."""
    gate, failed = asyncio.Semaphore(AT_ONCE), []

    async def one(client: httpx.AsyncClient, url: str) -> None:
        async with gate:
            try:
                await poll_one(client, engine, url)
            except httpx.HTTPError as e:
                failed.append(type(e).__name__)

    async with httpx.AsyncClient() as client:
        with lag_watched() as lags:
            await asyncio.gather(*(one(client, url) for url in urls))
    return {"failed": len(failed), "lag_ms": p99(lags)}


async def poll_one(client: httpx.AsyncClient, engine: Engine, url: str) -> None:
    """Ask, parse, and add what is new."""
    with Session(engine) as session:
        feed = session.get(NaiveFeed, url) or NaiveFeed(url=url)
    said = {"If-None-Match": feed.etag, "If-Modified-Since": feed.last_modified}
    response = await client.get(url, headers={name: v for name, v in said.items() if v})
    if response.status_code == httpx.codes.NOT_MODIFIED:
        return
    parsed = feedparser.parse(response.content)
    with Session(engine) as session:
        feed.etag = response.headers.get("etag")
        feed.last_modified = response.headers.get("last-modified")
        session.add(feed)
        for entry in parsed.entries:
            guid = entry.get("id") or entry.get("link")
            same = (NaiveItem.feed == url, NaiveItem.guid == guid)
            if session.exec(select(NaiveItem).where(*same)).first() is None:
                session.add(
                    NaiveItem(
                        feed=url,
                        guid=guid,
                        title=entry.get("title", ""),
                        link=entry.get("link", ""),
                        summary=entry.get("summary", ""),
                        published=entry.get("published", ""),
                    )
                )
        session.commit()


def take_archive(engine: Engine, path: Path) -> None:
    """Add each line that is not there yet."""
    with path.open(encoding="utf-8") as lines, Session(engine) as session:
        for said in map(json.loads, lines):
            known = select(NaiveItem).where(NaiveItem.guid == said["url"])
            if session.exec(known).first() is None:
                session.add(
                    NaiveItem(
                        feed=said["source"],
                        guid=said["url"],
                        title=said["title"],
                        link=said["url"],
                        summary=said["summary"],
                        published=said["published"],
                    )
                )
                session.commit()


def main() -> None:
    """Do as the command line says."""
    what, database, path = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    engine = create_engine(f"sqlite:///{database}")
    SQLModel.metadata.create_all(engine)
    if what == "poll":
        urls = path.read_text(encoding="utf-8").split()
        obey(lambda: asyncio.run(poll(engine, urls)))
    else:
        take_archive(engine, path)


if __name__ == "__main__":
    main()

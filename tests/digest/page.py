"""Reads a mail's HTML back, as a mail program would."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "br", "img", "hr", "link", "input"}


@dataclass
class Page:
    text: str = ""
    links: list[str] = field(default_factory=list)
    tags: set[str] = field(default_factory=set)
    attributes: list[tuple[str, str]] = field(default_factory=list)
    balanced: bool = True


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page, self.open = Page(), []

    def handle_starttag(self, tag, attrs) -> None:
        self.page.tags.add(tag)
        self.page.attributes += [(name, value or "") for name, value in attrs]
        self.page.links += [value for name, value in attrs if name == "href"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag) -> None:
        self.page.balanced = self.page.balanced and bool(self.open) and self.open.pop() == tag

    def handle_data(self, data) -> None:
        if not {"style", "title"} & set(self.open):
            self.page.text += data


def read(html: str) -> Page:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    reader.page.balanced = reader.page.balanced and not reader.open
    return reader.page

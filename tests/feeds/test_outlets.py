import pytest

from monitor.feeds.normalise import EntrySource
from monitor.feeds.outlets import Outlets
from monitor.model import Outlet

TASS = Outlet(id="tass", name="TASS", aliases=("ТАСС", "tass.com"))
POST = Outlet(id="post", name="The Morning Post")
KNOWN = Outlets([TASS, POST], {"example.org": "post", "example.net": "retired"})


@pytest.mark.parametrize(
    ("source", "url", "id_"),
    [
        pytest.param(EntrySource("TASS"), "https://news.example/1", "tass", id="name"),
        pytest.param(EntrySource("тасс "), "https://news.example/1", "tass", id="alias"),
        pytest.param(EntrySource("", "https://tass.com"), "", "tass", id="alias is a site"),
        pytest.param(None, "https://www.example.org/a", "post", id="site of a feed"),
        pytest.param(
            EntrySource("Morning", "https://example.org"), "", "post", id="site of the source"
        ),
    ],
)
def test_an_entrys_own_source_decides_whose_it_is(source, url, id_):
    assert KNOWN.of(source, url).id == id_


@pytest.mark.parametrize(
    ("source", "url", "id_", "name"),
    [
        pytest.param(EntrySource("The Öresund Echo!"), "", "x-the-öresund-echo", None, id="name"),
        pytest.param(None, "https://www.example.com/a", "x-example-com", "example.com", id="site"),
        pytest.param(None, "", "x-unnamed", "unnamed", id="nothing"),
        pytest.param(EntrySource("***"), "", "x-unnamed", "***", id="no letters"),
        pytest.param(None, "https://example.net/", "x-example-net", None, id="unknown id"),
    ],
)
def test_an_unknown_source_becomes_an_outlet_marked_unverified(source, url, id_, name):
    outlet = KNOWN.of(source, url)

    assert (outlet.id, outlet.verified) == (id_, False)
    assert name in (None, outlet.name)


def test_an_unknown_source_is_the_same_outlet_each_time():
    assert KNOWN.of(EntrySource("The  Echo"), "").id == KNOWN.of(EntrySource("the echo"), "").id

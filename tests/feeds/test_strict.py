"""The quick reader says what feedparser says, or nothing."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.feeds import parse as parsing
from monitor.feeds import strict
from monitor.feeds.charset import decoded

RSS = (
    '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    ' xmlns:media="http://search.yahoo.com/mrss/" xmlns:atom="http://www.w3.org/2005/Atom"'
    ' xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:x="urn:x">'
    "<channel>{}</channel></rss>"
)
ATOM = '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en-gb">{}</feed>'
RDF = (
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
    ' xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
    "<channel><title>N</title></channel>{}</rdf:RDF>"
)


def quick(text):
    """As `parse.quickly`, or None for what it leaves to feedparser."""
    return parsing.quickly(text.encode(), url="https://a.example/f", content_type="")


def slow(text):
    return parsing._read_anything(text, url="https://a.example/f", notes=())


# -- what it reads ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "item",
    [
        pytest.param("<title>A</title><link>/a?x=1&amp;y=2</link><guid>g</guid>", id="plain"),
        pytest.param("<title>A &amp;lt;b&amp;gt; B</title>", id="escaped twice"),
        pytest.param("<title>&lt;b&gt;A&lt;/b&gt;</title>", id="HTML in a title"),
        pytest.param("<title>1 &lt; 2</title>", id="a sign that is no tag"),
        pytest.param("<guid>https://a.example/1</guid>", id="a guid is the link"),
        pytest.param("<guid isPermaLink='false'>1</guid>", id="a guid is none"),
        pytest.param("<link/><guid>https://a.example/1</guid>", id="an empty link stays"),
        pytest.param("<description>d</description><description>e</description>", id="two"),
        pytest.param(
            "<content:encoded>c</content:encoded><description>d</description>", id="content first"
        ),
        pytest.param(
            "<description>d</description><itunes:summary>s &lt;i&gt;</itunes:summary>", id="podcast"
        ),
        pytest.param(
            "<title>A</title><media:group><media:title>B</media:title>"
            "<media:description>c</media:description></media:group>",
            id="media after",
        ),
        pytest.param("<media:title>B</media:title><title>A</title>", id="media before"),
        pytest.param("<media:title>B</media:title>", id="media alone"),
        pytest.param("<dc:creator>A</dc:creator><author>b@c.example (B)</author>", id="authors"),
        pytest.param("<source url='https://s.example'>S</source><title>A</title>", id="source"),
        pytest.param("<pubDate>Mon, 02 Mar 2026 08:00:00 +0100</pubDate>", id="date"),
        pytest.param("<pubDate>soon</pubDate><dc:date>2026-03-02</dc:date>", id="two dates"),
        pytest.param("<dc:language>fr</dc:language><title xml:lang='de'>A</title>", id="language"),
        pytest.param("<x:title>no</x:title><x:y a='b'>no</x:y><title>A</title>", id="unknown"),
        pytest.param("<atom:link rel='alternate' href='/b'/>", id="an Atom link"),
        pytest.param("<title><![CDATA[A <b>b</b>]]></title>", id="CDATA"),
        pytest.param("<title>A<!-- x -->B<?y z?></title>", id="comment"),
    ],
)
def test_items_of_rss_are_read_as_feedparser_does(item):
    text = RSS.format(f"<title>N</title><item>{item}</item><item><title>Z</title></item>")

    assert quick(text) == slow(text)


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param("<title type='html'>A &amp;amp; B</title><id>1</id>", id="title"),
        pytest.param("<title>1 &lt; 2 &amp;amp; 3</title>", id="plain text is not guessed at"),
        pytest.param("<link href='/a'/><link rel='self' href='/s'/>", id="links"),
        pytest.param("<link href='/a' type='application/pdf'/>", id="a link to no page"),
        pytest.param("<author><name>A</name><email>a@b.example</email></author>", id="address"),
        pytest.param(
            "<author><name>A</name></author><author><name>B</name></author>"
            "<contributor><name>C</name></contributor>",
            id="several people",
        ),
        pytest.param("<summary>s</summary><content type='html'>&lt;p&gt;c</content>", id="both"),
        pytest.param("<content>c</content><summary type='html'>s</summary>", id="content first"),
        pytest.param("<updated>2026-03-02T08:00:00Z</updated>", id="updated"),
    ],
)
def test_entries_of_atom_are_read_as_feedparser_does(entry):
    text = ATOM.format(f"<title>N</title><entry>{entry}</entry>")

    assert quick(text) == slow(text)


def test_rdf_keeps_its_items_beside_the_channel():
    item = '<item rdf:about="https://a.example/1"><title>A</title><dc:date>2026</dc:date></item>'
    text = RDF.format(f"<image><title>no</title><url>u</url></image>{item}")

    assert quick(text) == slow(text)
    assert quick(text).entries[0].id == "https://a.example/1"


# -- what it leaves --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("<!DOCTYPE rss>" + RSS.format("<title>N</title>"), id="doctype"),
        pytest.param(RSS.format("<title>N</channel>"), id="not well-formed"),
        pytest.param(RSS.format("<item><title>&nbsp;</title></item>"), id="entity of HTML"),
        pytest.param(RSS.format("<item><title>A <b>b</b></title></item>"), id="markup inside"),
        pytest.param(RSS.format("<item xml:base='/b'><title>A</title></item>"), id="base"),
        pytest.param(RSS.format("<item><title>caf\u00c3\u00a9</title></item>"), id="recoded"),
        pytest.param(RSS.format("<item><item/></item>"), id="an item in an item"),
        pytest.param(RSS.format("<image><link>u</link><x:y/><title>T</title></image>"), id="image"),
        pytest.param(RSS.replace("urn:x", "urn:y").replace("x:y", "").format(
            "<item><media:title xmlns:media='urn:z'>A</media:title></item>"
        ), id="a prefix that is another's"),
        pytest.param(ATOM.format("<entry><title type='xhtml'><div/></title></entry>"), id="xhtml"),
        pytest.param(ATOM.format("<entry><source><title>S</title></source></entry>"), id="source"),
        pytest.param("<feed><entry/></feed>", id="Atom without its namespace"),
        pytest.param(RDF.replace("http://purl.org/rss/1.0/", "").format(""), id="RDF of no feed"),
        pytest.param("<opml/>", id="something else"),
        pytest.param("", id="nothing"),
        pytest.param("{}", id="JSON"),
    ],
)  # fmt: skip
def test_what_is_out_of_the_ordinary_is_left_to_feedparser(text):
    assert quick(text) is None


# -- whatever comes --------------------------------------------------------------------------

texts = st.lists(
    st.sampled_from(
        ["A", " b ", "&amp;", "&lt;i&gt;x&lt;/i&gt;", "é", "&amp;amp;", "\u00a0", "中"]
    ),
    max_size=3,
).map("".join)
NAMES = """
    title link guid description pubDate author category source comments enclosure image
    content:encoded dc:creator dc:date dc:title dc:language dc:description media:title
    media:description media:content itunes:summary itunes:author itunes:subtitle x:y
    atom:link atom:id atom:summary atom:updated content rights language item title
"""
plain = st.sampled_from(NAMES.split())
attributes = st.sampled_from(
    ["", "", "", " url='/u'", " href='/h'", " isPermaLink='false'", " type='html'", " x:a='1'",
     " xml:lang='de'", " rel='self'", " type='text/plain'"]
)  # fmt: skip
elements = st.recursive(
    st.builds("<{0}{1}>{2}</{0}>".format, plain, attributes, texts),
    lambda inner: st.builds(
        "<{0}{1}>{2}</{0}>".format,
        st.sampled_from(["media:group", "media:content", "author", "x:z", "item", "image"]),
        attributes,
        st.lists(inner, max_size=3).map("".join),
    ),
    max_leaves=4,
)
bodies = st.lists(elements, max_size=7).map("".join)


@given(st.lists(st.one_of(elements, bodies.map("<item>{}</item>".format)), max_size=4))
@example(["<title>N</title>", "<item><title>A</title></item>"])
def test_whatever_it_reads_it_reads_as_feedparser_does(parts):
    text = RSS.format("".join(parts))
    found = quick(text)

    assert found is None or found == slow(text)


@pytest.mark.slow
def test_all_recorded_feeds_are_read_alike(corpus):
    read = 0
    for path in corpus:
        text, notes = decoded(path.read_bytes(), content_type="")
        try:
            found = parsing._read_ordinary(text, url="https://a.example/f", notes=notes)
        except strict.Odd:
            continue
        read += 1
        assert found == parsing._read_anything(text, url="https://a.example/f", notes=notes), path

    assert read > 1_000

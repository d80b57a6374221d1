"""Markdown to HTML that is safe on our own pages: no raw HTML, no images, no foreign schemes."""

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

_TAGS = {"h2", "h3", "h4", "h5", "h6", "p", "ul", "ol", "li", "strong", "em", "code", "pre"}
_TAGS |= {"blockquote", "hr", "br", "a", "table", "thead", "tbody", "tr", "th", "td"}
_markdown = MarkdownIt("commonmark", {"html": False}).enable("table")


def to_html(markdown: str) -> SafeString:
    """Return the HTML of a document's text; its headings begin at the second level."""
    tokens = _markdown.parse(markdown)
    for token in tokens:
        if token.tag == "h1":  # the page has its own
            token.tag = "h2"
    html = nh3.clean(
        _markdown.renderer.render(tokens, _markdown.options, {}),
        tags=_TAGS,
        attributes={"a": {"href", "title"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer",
    )
    return mark_safe(html)  # noqa: S308 - cleaned above

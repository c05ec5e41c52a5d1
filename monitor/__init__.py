"""Provision monitor: what the news did to each provision of a document, every morning."""

__version__ = "0.1.0"

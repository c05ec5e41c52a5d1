"""Watched documents, one YAML file each. What they say is in docs/reference/documents.md."""

from monitor.documents.read import load, load_all

__all__ = ["load", "load_all"]

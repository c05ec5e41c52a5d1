"""What a person means by a name that stands in the files; a wrong one says what to write."""

from monitor.app import Loaded
from monitor.model import Document
from monitor.source import nearest


def provision_key(loaded: Loaded, name: str) -> str:
    """The key of the provision with that id or key.

    Raises:
        LookupError: there is none, or several documents have it.
    """
    keys = [p.key for d in loaded.documents for p in d.provisions if name in (p.id, p.key)]
    if len(keys) == 1:
        return keys[0]
    if keys:
        raise LookupError(f"'{name}' is in several documents; write one of {', '.join(keys)}")
    known = [p.id for d in loaded.documents for p in d.provisions]
    hint = nearest(name, known) or f"there is: {', '.join(known)}"
    raise LookupError(f"no provision '{name}'; {hint}")


def document(loaded: Loaded, name: str) -> Document:
    """The document with that id; "" = the only one.

    Raises:
        LookupError: there is none, or several and no name.
    """
    known = {document.id: document for document in loaded.documents}
    if not name and len(known) == 1:
        return loaded.documents[0]
    if not name:
        raise LookupError(f"which document? Write --document and one of {', '.join(known)}")
    if name not in known:
        hint = nearest(name, known) or f"there is: {', '.join(known)}"
        raise LookupError(f"no document '{name}'; {hint}")
    return known[name]

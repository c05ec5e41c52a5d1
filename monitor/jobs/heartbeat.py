"""Tell a watchdog elsewhere that mails leave as they should; silence is the alarm.

The address is the operator's own and may be in an inner network, so it does not pass the guard that
feeds pass. It is a secret: whoever knows it can fake the sign of life, so no log shows it.
"""

from datetime import datetime, timedelta

import httpx
import structlog

from monitor import store
from monitor.app import App, user_agent
from monitor.feeds.fetch import tls_context
from monitor.jobs.status import WRITTEN_WITHIN
from monitor.store import digests, facts, upkeep

log = structlog.get_logger()

EVERY = timedelta(
    minutes=1
)  #: deliveries are looked after more often than a watchdog wants to hear
GIVEN_UP_WITHIN = timedelta(days=1)  #: so long a mail that failed for good keeps us silent
PATIENCE_S = 3.0  #: for each step; a stop of the service waits for it
FACT = "heartbeat"  #: "" or why the last one failed; its time is when it was tried


def beat(app: App, *, now: datetime) -> bool | None:
    """Call the address after a round of deliveries; None where it is not to be called now."""
    if not app.config.heartbeat_url:
        return None
    with store.reading(app.engine) as session:
        last, before = facts.noted(session).get(FACT, (None, ""))
        silent = upkeep.stuck(session, failed_after=now - GIVEN_UP_WITHIN) or bool(
            digests.overdue(session, before=now - WRITTEN_WITHIN)
        )
    if silent or (last and now - last < EVERY and last <= now):
        return None
    reason = _call(app.config.heartbeat_url, proxy=app.config.polling.proxy)
    with store.writing(app.engine, durable=False) as session:
        facts.note(session, FACT, now=now, value=reason)
    if reason and reason != before:
        log.warning("heartbeat failed", reason=reason)
    elif before and not reason:
        log.info("heartbeat is heard again")
    return not reason


def _call(url: str, *, proxy: str) -> str:
    """Why it failed; "" if it did not."""
    headers = {"User-Agent": user_agent()}
    try:
        with (
            httpx.Client(
                timeout=PATIENCE_S, trust_env=False, proxy=proxy or None, verify=tls_context()
            ) as client,
            client.stream("GET", url, headers=headers, follow_redirects=False) as answer,
        ):
            return _refusal(answer)
    except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as e:
        return f"no answer ({type(e).__name__})"


def _refusal(answer: httpx.Response) -> str:
    if answer.is_redirect:
        return f"it answers {answer.status_code}: write the address that it redirects to"
    return "" if answer.is_success else f"it answers {answer.status_code}"

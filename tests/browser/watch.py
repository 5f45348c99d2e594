"""What the pages of a test asked for, and what they complained about. Counted for every page, from its first request.

context ─► every request ─► foreign: any host that is not ours
        └► console errors, uncaught exceptions, answers 5xx ─► complaints, but those that the test expects
"""

from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, Response, WebError

NETWORK = frozenset({"http", "https", "ws", "wss"})

# The sign-in page asks whether somebody is signed in already; the browser writes down the answer that nobody is.
# What a window looks at may reach the server when the stream it belongs to has just ended.
ALWAYS_EXPECTED = (
    "status of 401 (Unauthorized) at /api/session",
    "status of 404 (Not Found) at /api/live/",
    "status of 405 (Method Not Allowed) at /api/live/",  # a server that sends everything to everybody
)


class Watch:
    """Watches the browser contexts of one test; `own` is the address of our server, without a path."""

    def __init__(self, own: str) -> None:
        self.own = own
        self.requests: list[str] = []  # full addresses, in order
        self._complaints: list[str] = []
        self._expected: list[str] = list(ALWAYS_EXPECTED)

    def follow(self, context: BrowserContext) -> None:
        """Watch every page, frame and worker of a context from now on."""
        context.on("request", self._on_request)
        context.on("response", self._on_response)
        context.on("console", self._on_console)
        context.on("weberror", self._on_exception)

    def expect(self, *words: str) -> None:
        """Say that complaints with these words belong to what is tested: "status of 409", "ERR_FAILED"."""
        self._expected += words

    @property
    def foreign(self) -> list[str]:
        """Return the requests to any host that is not ours."""
        return [one for one in self.requests if is_foreign(one, self.own)]

    @property
    def complaints(self) -> list[str]:
        """Return what the pages complained about and the test did not expect."""
        return [one for one in self._complaints if not any(words in one for words in self._expected)]

    def forget(self) -> None:
        """Begin anew: what was counted so far was meant to be."""
        self.requests.clear()
        self._complaints.clear()

    def asked_for(self, path: str) -> int:
        """Return how many requests went to a path of ours, whatever their query."""
        return sum(1 for one in self.requests if urlsplit(one).path == path)

    def _on_request(self, request: Request) -> None:
        self.requests.append(request.url)

    def _on_response(self, response: Response) -> None:
        if response.status >= 500:
            self._complaints.append(f"answer {response.status} at {urlsplit(response.url).path}")

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            path = urlsplit(message.location.get("url", "")).path
            self._complaints.append(f"console: {message.text} at {path}")

    def _on_exception(self, error: WebError) -> None:
        self._complaints.append(f"exception: {error.error}")


def is_foreign(address: str, own: str) -> bool:
    """Say whether a request leaves for another host; data: and blob: leave for none."""
    there, here = urlsplit(address), urlsplit(own)
    return there.scheme in NETWORK and there.netloc != here.netloc

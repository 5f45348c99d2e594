"""A server that is wrong on purpose: it acknowledges a batch first and stores it afterwards. The control of the faults.

python -m tests.faults.careless CITY PORT
"""

import asyncio
import json
import sys
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from geo112 import operation


def create_app() -> ASGIApp:
    from geo112.app import create_app as careful_app

    inner = careful_app()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != "/ingest/crew":
            await inner(scope, receive, send)
            return
        body = b""
        while (message := await receive())["type"] == "http.request":
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        ids = [one["id"] for one in json.loads(body)["fixes"]]
        answer = json.dumps({"stored": ids, "already": [], "quarantined": []}).encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": answer})
        await asyncio.sleep(0.05)  # the commit takes its time
        parts: list[Message] = [{"type": "http.request", "body": body}]

        async def again() -> Message:
            return parts.pop() if parts else {"type": "http.disconnect"}

        async def nowhere(message: Any) -> None: ...

        await inner(scope, again, nowhere)

    return app


if __name__ == "__main__":
    place = operation.choose_city(sys.argv[1])
    operation.bring_up(place)
    operation.serve(place, "127.0.0.1", int(sys.argv[2]), None, 2, create_app)

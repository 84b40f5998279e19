"""Posts the events of a conversation and reads what they count for, with the standard library of Python 3.9 or later.

JANELA_URL=... JANELA_KEY=... python3 examples/python.py
"""

import json
import os
import random
import time
import urllib.error
import urllib.parse
import urllib.request

URL = os.environ.get("JANELA_URL", "http://127.0.0.1:3000")
KEY = os.environ["JANELA_KEY"]


def call(method, path, body=None):
    """Asks again while nothing is promised (429, 5xx, no answer): whatever is sent here may be sent twice."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {KEY}"}
    if data is not None:
        headers["Content-Type"] = "application/json"
    for attempt in range(10):
        request = urllib.request.Request(URL + path, data=data, headers=headers, method=method)
        pause = min(0.1 * 2**attempt, 10) * random.uniform(0.5, 1)
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            if error.code != 429 and error.code < 500:
                raise RuntimeError(f"{error.code}: {error.read().decode()}") from error
            retry_after = error.headers.get("Retry-After", "0")
            pause += int(retry_after) if retry_after.isdigit() else 0
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            pass
        time.sleep(pause)
    raise RuntimeError(f"{method} {path} had no answer after 10 attempts")


party = {
    "tenant": "example-python",
    "channel": "whatsapp",
    "account": "551140000001",
    "contact": "5511987654321",
}
events = [
    {**party, "id": "p-1", "type": "message.received", "occurredAt": "2026-11-03T10:00:00-03:00"},
    {**party, "id": "p-2", "type": "message.sent", "occurredAt": "2026-11-03T10:01:00-03:00"},
    {
        **party,
        "id": "p-3",
        "type": "message.sent",
        "occurredAt": "2026-11-05T09:00:00-03:00",
        "template": {"name": "order_update", "category": "utility"},
    },
]
answer = call("POST", "/v1/events", events)
for result in answer["results"]:
    if result["status"] == "rejected":
        print(result["id"], "was refused:", result["problem"]["detail"])

query = urllib.parse.urlencode({"period": "2026-11", "after": answer["receipt"]})
usage = call("GET", f"/v1/tenants/{party['tenant']}/usage?{query}")
print(f"receptive {usage['receptive']['windows']}, active {usage['active']['windows']}")

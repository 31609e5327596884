"""What schemathesis cannot know: which key there is, and how to read 64 bytes."""

import schemathesis

KEY = "acme/strangers"


@schemathesis.hook
def map_body(context, body):
    """Most valid requests are for the key that there is; what makes a request invalid is left as it was made."""
    for request in [body, *requests_of(body)]:
        if isinstance(request, dict) and isinstance(request.get("key"), str) and "/" in request["key"]:
            request["key"] = KEY
    return body


def requests_of(body):
    requests = body.get("requests") if isinstance(body, dict) else None
    return requests if isinstance(requests, list) else []


@schemathesis.deserializer("application/octet-stream")
def octets(context, response):
    """As a string with one character for each byte, whose length the document gives."""
    return response.content.decode("latin-1")

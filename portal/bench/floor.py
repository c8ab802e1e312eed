"""The unit of measure: a bare Flask view that answers a constant JSON object, under gunicorn gthread."""

from flask import Flask, Response

app = Flask(__name__)
_BODY = b'{"sub":"0","profile":{"email":"a@example.org"}}'


@app.get("/")
def constant() -> Response:
    """Always the same answer."""
    return Response(_BODY, content_type="application/json")

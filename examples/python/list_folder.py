"""python3 list_folder.py FOLDER_ID

Lists a Box folder with a token of the function in BOX_STS_FUNCTION (the stack's output InvokeFunction), requested
through the alias in BOX_STS_ALIAS.
Needs boto3, and lambda:InvokeFunction on that alias.
"""

import hashlib
import json
import os
import sys
import time
import urllib.error
import urllib.request

import boto3

BOX_URL = os.environ.get("BOX_URL", "https://api.box.com")


class BoxStsError(Exception):
    """Why there is no token: `code` and `retryable` as in docs/problems.md."""

    def __init__(self, problem):
        super().__init__(problem["error_description"])
        self.code = problem["code"]
        self.retryable = problem["retryable"]
        self.request_id = problem["request_id"]


class Tokens:
    """Keeps one token until a minute before it ends."""

    def __init__(self, function, alias, **members):
        self._lambda = boto3.client("lambda")
        self._target = {"FunctionName": function, "Qualifier": alias}
        self._members = members
        self._token, self._ends = None, 0.0

    def get(self):
        if self._token is None or time.time() > self._ends - 60:
            self._request()
        return self._token

    def refused(self, token):
        """Box refused `token` with 401: the function drops it too and makes another."""
        if token == self._token:
            self._request(rejected_token_sha256=hashlib.sha256(token.encode()).hexdigest())

    def _request(self, **more):
        requested_at = time.time()
        response = self._lambda.invoke(Payload=json.dumps({**self._members, **more}), **self._target)
        body = json.load(response["Payload"])
        if "FunctionError" in response:
            raise problem_of(body)
        self._token, self._ends = body["access_token"], requested_at + body["expires_in"]


def problem_of(thrown):
    """A refusal is thrown with the problem as JSON in its message; anything else is a crash."""
    try:
        return BoxStsError(json.loads(thrown["errorMessage"]))
    except (KeyError, TypeError, ValueError):
        return RuntimeError(f"the token function failed: {thrown.get('errorType')}")


def items(folder, token):
    headers = {"Authorization": f"Bearer {token}"}
    request = urllib.request.Request(f"{BOX_URL}/2.0/folders/{folder}/items", headers=headers)
    with urllib.request.urlopen(request) as response:
        return json.load(response)["entries"]


def main(folder):
    tokens = Tokens(os.environ["BOX_STS_FUNCTION"], os.environ["BOX_STS_ALIAS"])
    token = tokens.get()
    try:
        entries = items(folder, token)
    except urllib.error.HTTPError as error:
        if error.code != 401:
            raise
        tokens.refused(token)
        entries = items(folder, tokens.get())
    for entry in entries:
        print(entry["type"], entry["id"], entry["name"], sep="\t")


if __name__ == "__main__":
    try:
        main(sys.argv[1] if len(sys.argv) > 1 else "0")
    except BoxStsError as error:
        print(f"{error.code}: {error} (request {error.request_id})", file=sys.stderr)
        sys.exit(75 if error.retryable else 1)

"""Starts Orglab for a test run, and scripts its demo tenant."""

import json
import os
import re
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.error import URLError
from urllib.parse import quote
from urllib.request import Request, urlopen


class Orglab:
    """An app and a tenant of its own, on free ports. `app` and `tenant` are their origins."""

    def __enter__(self):
        # Empty: no `.env` is read.
        self._folder = tempfile.TemporaryDirectory()
        log = Path(self._folder.name, "log")
        # The system chooses the ports.
        settings = {"APP_BASE_URL": "http://localhost:0", "DEMO_TENANT_LISTEN": "127.0.0.1:0"}
        with log.open("w") as output:
            self._process = subprocess.Popen(
                os.environ.get("ORGLAB_BINARY", "orglab"), cwd=self._folder.name, env=settings, stdout=output
            )

        def addresses():
            # The first lines of the output.
            text = log.read_text()
            app = re.search(r"Orglab is ready: open (\S+)\n", text)
            tenant = re.search(r"demo tenant: (\S+)/\n", text)
            return app and tenant and (app[1], tenant[1])

        self.app, self.tenant = self._wait_for(addresses)
        self._wait_for(self._is_ready)
        return self

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait()
        self._folder.cleanup()

    def _wait_for(self, condition):
        deadline = time.monotonic() + 15
        while not (result := condition()):
            assert self._process.poll() is None, "Orglab has ended"
            assert time.monotonic() < deadline, "Orglab is not ready"
            time.sleep(0.05)
        return result

    def _is_ready(self):
        try:
            return urlopen(f"{self.app}/readyz").status == 200
        except URLError:
            return False

    def call(self, method, path, body=None):
        """Calls the tenant's API, with an access token."""
        credentials = {"grant_type": "client_credentials", "client_id": "orglab-management", "client_secret": "demo"}
        audience = f"{self.tenant}/api/v2/"
        token = self._send("POST", "/oauth/token", {}, {**credentials, "audience": audience})["access_token"]
        return self._send(method, path, {"Authorization": f"Bearer {token}"}, body)

    def _send(self, method, path, headers, body):
        headers = {**headers, "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        with urlopen(Request(self.tenant + path, data, headers, method=method)) as response:
            return json.loads(response.read() or "null")

    def reset(self, checkpoint):
        """Jumps to a checkpoint: organizations are new, nobody is logged in, and no fault is queued."""
        self.call("POST", f"/api/checkpoints/{checkpoint}", {"clear_log": True})

    def user_id(self, email):
        [user] = self.call("GET", f"/api/v2/users-by-email?email={quote(email)}")
        return user["user_id"]

    def log_in(self, browser, email):
        """Begins a session at the tenant. The app's next sign-in in this browser needs no click."""
        cookie = self.call("POST", "/api/sessions", {"user_id": self.user_id(email)})["cookie"]
        browser.get(self.tenant)  # a browser takes cookies only for the site that it is on
        browser.add_cookie(cookie)

    def break_next_sign_in(self, fault, email):
        """Makes this user's next sign-in fail. Other users' succeed."""
        self.call("POST", "/api/faults", {"name": fault, "user": self.user_id(email)})

"""A headless Chromium, driven through ChromeDriver's HTTP protocol with nothing but Python's library.

    with Browser() as browser:
        browser.open("http://127.0.0.1:9464/")
        browser.run("return document.title")

It asks nobody but the addresses that it is given: what would look for updates or send reports is off, and `requests` names
every address that a page asked for. Of ChromeDriver's two ways the W3C one is used; what that has not is done by CDP commands.
"""
import base64
import http.client
import json
import os
import shutil
import socket
import subprocess
import tempfile

from harness import Failure, start_child, tail, wait_until

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--disable-default-apps", "--disable-extensions",
         "--disable-dev-shm-usage", "--disable-features=Translate,OptimizationHints,MediaRouter,AutofillServerCommunication",
         "--no-pings", "--metrics-recording-only", "--hide-scrollbars", "--force-color-profile=srgb", "--lang=en-GB")
_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # WebDriver's name for a reference to an element


def missing():
    """Why no browser can be started; None where one can."""
    absent = [name for name, path in (("chromium", CHROMIUM), ("chromedriver", DRIVER)) if not path]
    return f"{' and '.join(absent)} not installed: ./dev setup" if absent else None


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Browser:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="setclickd-browser-")
        self._log = os.path.join(self.folder, "chromedriver.log")
        self._session = None
        self._performance, self._console = [], []
        self._port = free_port()
        with open(self._log, "wb") as log:
            self._driver = start_child([DRIVER, f"--port={self._port}"], stdout=log, stderr=subprocess.STDOUT,
                                       env=dict(os.environ, HOME=self.folder, TMPDIR=self.folder))
        try:
            wait_until(self._is_ready, 20, lambda: "chromedriver is ready\n" + tail(self._log))
            made = self._call("POST", "/session", {"capabilities": {"alwaysMatch": {
                "browserName": "chrome",
                "goog:loggingPrefs": {"performance": "ALL", "browser": "ALL"},
                "goog:chromeOptions": {"binary": CHROMIUM,
                                       "args": [*FLAGS, "--user-data-dir=" + os.path.join(self.folder, "profile")]}}}})
            self._session = made["sessionId"]
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        self.close()

    def close(self):
        try:
            if self._session:
                self._call("DELETE", "/session/" + self._session)
        except (OSError, Failure, http.client.HTTPException):
            pass
        self._driver.kill()
        self._driver.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _is_ready(self):
        try:
            return self._call("GET", "/status")["ready"]
        except (OSError, http.client.HTTPException):
            return False

    def _call(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        try:
            connection.request(method, path, None if body is None else json.dumps(body), {"Content-Type": "application/json"})
            answer = connection.getresponse()
            value = json.loads(answer.read())["value"]
        finally:
            connection.close()
        if answer.status >= 300:
            raise Failure(f"chromedriver {method} {path}: {value.get('error')}: {value.get('message', '').splitlines()[:1]}")
        return value

    def _in_session(self, method, path, body=None):
        return self._call(method, f"/session/{self._session}{path}", body)

    # --- what a person does ---

    def open(self, url):
        self._in_session("POST", "/url", {"url": url})

    def run(self, script, *arguments):
        """The value of a script's `return`."""
        return self._in_session("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def press(self, *keys):
        """Keys of WebDriver's table, such as "\\ue004" (Tab), one after the other."""
        actions = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self._in_session("POST", "/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": actions}]})

    def find(self, selector):
        return self._in_session("POST", "/element", {"using": "css selector", "value": selector})[_ELEMENT]

    def click(self, selector):
        self._in_session("POST", f"/element/{self.find(selector)}/click", {})

    def type(self, selector, text):
        self._in_session("POST", f"/element/{self.find(selector)}/value", {"text": text})

    def wait(self, condition, seconds, what):
        """The first true value of the JavaScript expression."""
        return wait_until(lambda: self.run(f"return {condition}"), seconds, what)

    # --- how it looks ---

    def cdp(self, command, **parameters):
        return self._in_session("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def size(self, width, height=900):
        self.cdp("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def media(self, **features):
        """`media(prefers_color_scheme="dark")`."""
        self.cdp("Emulation.setEmulatedMedia",
                 features=[{"name": name.replace("_", "-"), "value": value} for name, value in features.items()])

    def zone(self, name):
        self.cdp("Emulation.setTimezoneOverride", timezoneId=name)

    def picture(self, path, whole=True):
        shot = self.cdp("Page.captureScreenshot", format="png", captureBeyondViewport=whole, **(
            {"clip": dict(self._whole(), scale=1)} if whole else {}))
        with open(path, "wb") as file:
            file.write(base64.b64decode(shot["data"]))

    def _whole(self):
        size = self.cdp("Page.getLayoutMetrics")["cssContentSize"]
        return {"x": 0, "y": 0, "width": size["width"], "height": size["height"]}

    # --- what it did ---

    def requests(self):
        """Every address that was asked for since the session began."""
        for entry in self._in_session("POST", "/se/log", {"type": "performance"}):
            self._performance.append(json.loads(entry["message"])["message"])
        return [m["params"]["request"]["url"] for m in self._performance if m["method"] == "Network.requestWillBeSent"]

    def complaints(self, forget=False):
        """Errors and warnings of the console, violations of the policy among them."""
        self._console += self._in_session("POST", "/se/log", {"type": "browser"})
        found = [f"{entry['level']}: {entry['message']}" for entry in self._console]
        if forget:
            self._console.clear()
        return found

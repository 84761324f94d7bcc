"""A headless Chromium, driven over the DevTools protocol through a pipe; standard library only."""
import base64
import itertools
import json
import os
import shutil
import subprocess
import tempfile
import threading
import time

PATIENCE = 30  # seconds that a fact may take to come true
PAUSE = 0.05  # seconds between two looks at it

# What a key on the keyboard says: its code, its number, and the text that it types.
KEYS = {
    "Enter": ("Enter", 13, "\r"), "Tab": ("Tab", 9, ""), "Escape": ("Escape", 27, ""), "Delete": ("Delete", 46, ""),
    "ArrowUp": ("ArrowUp", 38, ""), "ArrowDown": ("ArrowDown", 40, ""), "ArrowRight": ("ArrowRight", 39, ""),
    "ArrowLeft": ("ArrowLeft", 37, ""), "Home": ("Home", 36, ""), "End": ("End", 35, ""), " ": ("Space", 32, " "),
}
MODIFIERS = {"Alt": 1, "Control": 2, "Shift": 8}


class CheckFailed(Exception):
    """A fact that did not come true."""


def expect(truth, what):
    if not truth:
        raise CheckFailed(what)


class Browser:
    """One Chromium with an empty profile; its contexts share nothing, as browsers of different people do not."""

    def __init__(self, program):
        self.profile = tempfile.mkdtemp(prefix="parley-browser-")
        commands, self._writer = os.pipe()
        self._reader, answers = os.pipe()
        # The browser reads commands from 3 and writes to 4; root has no sandbox to run it in.
        self._process = subprocess.Popen(
            ["sh", "-c", f'exec "$@" 3<&{commands} 4>&{answers}', "sh", program, "--headless=new",
             "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
             "--no-first-run", "--disable-extensions", "--disable-background-networking", "--disable-sync",
             f"--user-data-dir={self.profile}", "about:blank"],
            pass_fds=(commands, answers), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={**os.environ, "TZ": "UTC"}, start_new_session=True)
        os.close(commands)
        os.close(answers)
        self._numbers = itertools.count(1)
        self._answers, self._changed = {}, threading.Condition()
        self.pages = {}
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        buffer = b""
        while chunk := os.read(self._reader, 1 << 16):
            *messages, buffer = (buffer + chunk).split(b"\0")
            for message in map(json.loads, messages):
                if "id" in message:
                    with self._changed:
                        self._answers[message["id"]] = message
                        self._changed.notify_all()
                elif page := self.pages.get(message.get("sessionId")):
                    page.heard(message["method"], message["params"])

    def call(self, method, session=None, **params):
        number = self.tell(method, session, **params)
        with self._changed:
            if not self._changed.wait_for(lambda: number in self._answers, PATIENCE * 2):
                raise CheckFailed(f"the browser does not answer {method}")
            answer = self._answers.pop(number)
        if "error" in answer:
            raise CheckFailed(f"{method}: {answer['error']['message']}")
        return answer["result"]

    def tell(self, method, session=None, **params):
        """Asks without waiting; the number under which the answer will come."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        os.write(self._writer, json.dumps(message).encode() + b"\0")
        return number

    def page(self, name, beside=None, **size):
        """A page in a context of its own, or a further one in the context of another."""
        context = beside.context if beside else self.call("Target.createBrowserContext")["browserContextId"]
        target = self.call("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = self.pages[session] = Page(self, session, name, context, target)
        page.prepare(**size)
        return page

    def close(self):
        try:
            os.write(self._writer, b'{"id":0,"method":"Browser.close"}\0')
            self._process.wait(10)
        except (OSError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self.profile, ignore_errors=True)


class Page:
    """One page, with the hands and the eyes of a person."""

    def __init__(self, browser, session, name, context, target):
        self._browser, self._session, self.name, self.context, self._target = browser, session, name, context, target
        self.complaints = []  # errors and warnings of the console, violations of the policy among them

    def call(self, method, **params):
        return self._browser.call(method, self._session, **params)

    def close(self):
        self._browser.call("Target.closeTarget", targetId=self._target)
        del self._browser.pages[self._session]

    def prepare(self, width=1200, height=780, language="en-GB"):
        for domain in ("Page", "Runtime", "Log", "Audits"):
            self.call(f"{domain}.enable")
        # Each page believes that it is looked at, and that its window has the keyboard.
        self.call("Emulation.setFocusEmulationEnabled", enabled=True)
        self.call("Emulation.setUserAgentOverride", userAgent=self.run("navigator.userAgent"), acceptLanguage=language)
        self.resize(width, height)

    def heard(self, method, params):
        if method == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
            self.complaints.append(f"{params['entry']['source']}: {params['entry']['text']}")
        elif method == "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            self.complaints.append("exception: " + details.get("exception", {}).get("description", details["text"]))
        elif method == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning", "assert"):
            self.complaints.append("console: " + " ".join(str(one.get("value", one.get("description"))) for one in params["args"]))
        elif method == "Audits.issueAdded" and params["issue"]["code"] == "ContentSecurityPolicyIssue":
            self.complaints.append("policy: " + json.dumps(params["issue"]["details"]))
        elif method == "Page.javascriptDialogOpening":
            # Whether to leave a page with what is not sent: yes. The thread that hears this hears the answers, too.
            self._browser.tell("Page.handleJavaScriptDialog", self._session, accept=True)

    def resize(self, width, height, mobile=False):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=mobile)
        self.call("Emulation.setTouchEmulationEnabled", enabled=mobile)

    def prefer(self, **features):
        """`prefer(prefers_color_scheme="dark")`: what the system would say."""
        self.call("Emulation.setEmulatedMedia", features=[{"name": name.replace("_", "-"), "value": value} for name, value in features.items()])

    def goto(self, url):
        self.call("Page.navigate", url=url)

    def run(self, code):
        """The value of an expression; a promise is waited for."""
        result = self.call("Runtime.evaluate", expression=code, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise CheckFailed(f"{self.name}: {code[:200]}: {result['exceptionDetails'].get('exception', {}).get('description')}")
        return result["result"].get("value")

    def until(self, code, what):
        """Waits for an expression to be true, and gives its value."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                if value := self.run(f"(() => {{ {HELP} return {code} }})()"):
                    return value
            except CheckFailed as problem:
                # While a page is being left there is nothing to ask.
                if "context" not in str(problem):
                    raise
            if time.monotonic() > deadline:
                raise CheckFailed(f"{self.name} waited in vain for {what}")
            time.sleep(PAUSE)

    def see(self, text, inside="body"):
        """Waits for a text to be seen."""
        self.until(f"all({json.dumps(inside)}).some(one => one.innerText?.includes({json.dumps(text)}))", f"{text!r} in {inside}")

    def until_gone(self, text, inside="body"):
        self.until(f"!all({json.dumps(inside)}).some(one => one.innerText?.includes({json.dumps(text)}))", f"{text!r} to go from {inside}")

    def hear(self, *parts):
        """Waits for something that is called so, with all of these parts, by a screen reader."""
        deadline = time.monotonic() + PATIENCE
        while not any(all(part in name for part in parts) for name in self.names()):
            if time.monotonic() > deadline:
                raise CheckFailed(f"{self.name} listened in vain for {' and '.join(parts)}")
            time.sleep(PAUSE)

    def names(self):
        return [node.get("name", {}).get("value", "") for node in self.tree()]

    def click(self, name, inside="body"):
        """Clicks what is called so: a button, a tab, a link, a choice."""
        x, y = self.until(f"placeOf(named({json.dumps(name)}, {json.dumps(inside)}))", f"something called {name!r} in {inside}")
        self.click_at(x, y)

    def click_on(self, selector):
        x, y = self.until(f"placeOf(all({json.dumps(selector)})[0])", selector)
        self.click_at(x, y)

    def click_at(self, x, y):
        self.move_to(x, y)
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def move_to(self, x, y):
        self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y, pointerType="mouse")

    def fill(self, label, text, inside="body"):
        """Types into the field of that name."""
        self.until(f"focusOn(named({json.dumps(label)}, {json.dumps(inside)}))", f"a field {label!r}")
        self.type(text)

    def choose(self, label, value, inside="body"):
        """Takes one of the few that the list of that name offers."""
        self.until(f"(list => list && (list.value = {json.dumps(value)}, list.dispatchEvent(new Event('change')), true))"
                   f"(named({json.dumps(label)}, {json.dumps(inside)}))", f"a list {label!r} in {inside}")

    def type(self, text):
        self.call("Input.insertText", text=text)

    def press(self, key, *modifiers):
        code, number, text = KEYS[key] if key in KEYS else (f"Key{key.upper()}", ord(key.upper()), key)
        bits = sum(MODIFIERS[one] for one in modifiers)
        if set(modifiers) - {"Shift"}:
            text = ""
        about = {"key": key, "code": code, "windowsVirtualKeyCode": number, "modifiers": bits}
        self.call("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", **about, **({"text": text} if text else {}))
        self.call("Input.dispatchKeyEvent", type="keyUp", **about)

    def tree(self):
        """What a screen reader is given: the nodes of the accessibility tree that are not ignored."""
        return [node for node in self.call("Accessibility.getFullAXTree")["nodes"] if not node["ignored"]]

    def picture(self, path):
        data = base64.b64decode(self.call("Page.captureScreenshot", format="png", optimizeForSpeed=False)["data"])
        with open(path, "wb") as file:
            file.write(data)


# What the steps above are made of, inside of the page.
HELP = r"""
const isSeen = (one) => one.checkVisibility?.({ visibilityProperty: true }) && one.getClientRects().length > 0;
const all = (selector) => [...document.querySelectorAll(selector)].filter(isSeen);
const nameOf = (one) => one.getAttribute("aria-label") ?? (one.labels?.[0] ?? one).innerText.trim();
const named = (name, inside) => all(inside).flatMap((place) => [...place.querySelectorAll("button, a, summary, input, textarea, select, [role=tab]")]).filter(isSeen).find((one) => nameOf(one) === name && !one.disabled);
const placeOf = (one) => {
    if (!one) return null;
    one.scrollIntoView({ block: "nearest" });
    const box = one.getBoundingClientRect();
    return [box.x + box.width / 2, box.y + box.height / 2];
};
const focusOn = (one) => { one?.focus(); return one !== undefined && document.activeElement === one; };
"""

"""Nodes as processes, as scripts start, ask and end them. Imported by scripts/bench, scripts/processes and scripts/soak; it is no command."""

import html
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
LONGEST = 3600
NAME = Path(sys.argv[0]).name


def fail(text):
    sys.exit(f"{NAME}: {text}")


class Node:
    """A folder, the process that runs in it, and a browser that is logged in."""

    def __init__(self, program, folder, within=()):
        """`within` is what a command begins with that leads into the network of this node."""
        self.program, self.folder, self.within = program, folder, within
        self.process = self.pages = self.password = None
        self.cookies = {}
        self.anonymous = 0.0

    def command(self, *words):
        done = subprocess.run([*self.within, self.program, *map(str, words), "--dir", self.folder, "--json"], capture_output=True, text=True)
        if done.returncode not in (0, 2):
            fail(f"{' '.join(map(str, words))}: {done.stdout[-500:]}{done.stderr[-500:]}")
        return json.loads(done.stdout.strip().splitlines()[-1])

    def start(self):
        """Starts it, and returns the seconds until it says that it is ready."""
        begun = time.monotonic()
        log = open(f"{self.folder}.log", "ab")
        self.process = subprocess.Popen([*self.within, self.program, "run", "--json", "--dir", self.folder], stdout=subprocess.PIPE, stderr=log)
        log.close()
        line = self.process.stdout.readline()
        taken = time.monotonic() - begun
        if not line:
            fail(f"a node does not start: {Path(f'{self.folder}.log').read_text()[-500:]}")
        self.pages = urllib.parse.urlsplit(json.loads(line)["pages"]).netloc
        return taken

    def stop(self, how=signal.SIGTERM):
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(60)
            self.process.stdout.close()
            self.process = None

    def in_hand(self):
        """How far it is, asked as commands ask: over its socket."""
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(str(self.folder / "maillage.sock"))
            line.sendall(b'"in_hand"\n')
            return json.loads(line.makefile("rb").readline())["done"]

    def until(self, is_so):
        """Asks until it is so. Returns the moment."""
        begun = time.monotonic()
        while True:
            try:
                told = self.in_hand()
            except (OSError, ValueError):
                told = None
            moment = time.monotonic()
            self.anonymous = max(self.anonymous, anonymous(self.process.pid))
            if told is not None and is_so(told):
                return moment
            if moment - begun > LONGEST or self.process.poll() is not None:
                fail(f"it never became so: {told}")
            time.sleep(0.0005 if told is None or moment - begun < 2 else 0.005)

    def rest(self):
        """Waits until it does nothing by itself any more, merges of its search index included."""
        begun = time.monotonic()
        while time.monotonic() - begun < LONGEST:
            before = self.usage()[0]
            time.sleep(1)
            if self.usage()[0] - before < 0.05:
                return
        fail("a node never rests")

    def usage(self):
        """Seconds of processor, and the most memory in MB."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        ticks = int(fields[11]) + int(fields[12])
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        peak = int(re.search(r"VmHWM:\s+(\d+)", status)[1])
        return ticks / os.sysconf("SC_CLK_TCK"), peak / 1024

    def request(self, method, path, fields=None):
        connection = http.client.HTTPConnection(self.pages, timeout=60)
        head = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()), "Origin": f"http://{self.pages}"}
        body = None
        if fields is not None:
            head["Content-Type"], body = "application/x-www-form-urlencoded", urllib.parse.urlencode(fields)
        connection.request(method, path, body, head)
        answer = connection.getresponse()
        text = answer.read().decode()
        for value in answer.headers.get_all("Set-Cookie") or []:
            name, _, rest = value.partition("=")
            self.cookies[name] = rest.split(";")[0]
        connection.close()
        return answer.status, text

    def log_in(self):
        self.cookies = {}
        _, page = self.request("GET", "/connexion")
        status, page = self.request("POST", "/connexion", {"token": hidden(page, "token"), "next": "/", "name": "admin", "password": self.password})
        if status != 303:
            fail(f"nobody can log in: {status} {page[:300]}")

    def rename(self, record, name):
        """Saves one form with another name. Returns the moment before and the seconds that the answer took."""
        _, page = self.request("GET", f"/fiches/{record}/modifier")
        fields = {"token": hidden(page, "token"), "base": hidden(page, "base"), "fields": "name", "name": name}
        begun = time.monotonic()
        status, page = self.request("POST", f"/fiches/{record}/modifier", fields)
        taken = time.monotonic() - begun
        if status != 303:
            fail(f"a form was not saved: {status} {page[-2000:]}")
        return begun, taken


def anonymous(process):
    """The memory in MB that a process holds now without what it has mapped of files, which the system takes back when it wants to."""
    try:
        found = re.search(r"RssAnon:\s+(\d+)", Path(f"/proc/{process}/status").read_text())
    except OSError:
        found = None
    return int(found[1]) / 1024 if found else 0.0


def hidden(page, name):
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    if found is None:
        fail(f"the page has no field {name}: {page[:500]}")
    return html.unescape(found[1])


def loopback():
    """Bytes that the loopback has carried, headers included."""
    line = next(line for line in Path("/proc/net/dev").read_text().splitlines() if line.strip().startswith("lo:"))
    return int(line.split(":")[1].split()[0])


def part(values, percent):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


def say(text):
    print(text, file=sys.stderr)

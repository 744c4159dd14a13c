"""What a user could take instead, from Debian. Each gets finished bodies: no JSON to read, which favours it."""
import json
import os
import shutil
import sys
import time

from rig import PATH, TOKEN

HEADERS = [f"Authorization: Bearer {TOKEN}", "Content-Type: application/x-www-form-urlencoded", "Accept: application/json"]


class Peer:
    name = durable = ""
    connections, pairs = 64, 7

    def missing(self):
        return None


class Curl(Peer):
    name, durable, events = "curl -Z, 64 at once", "no", 5_000

    def run(self, rig):
        config = rig.path("curl.conf")
        with open(config, "w", encoding="ascii") as file:
            for n in range(self.events):
                file.write("next\n" if n else "")
                file.write(f'url = "{rig.base_url()}{PATH[4:]}"\ndata = "{rig.body(n)}"\noutput = /dev/null\nsilent\n'
                           f'cacert = "{rig.path("cert.pem")}"\n')
                file.writelines(f'header = "{h}"\n' for h in HEADERS)
        return rig.run(["curl", "--parallel", "--parallel-max", "64", "--config", config])


class Requests(Peer):
    """The vendor's own example, once for each event."""
    name, durable, connections, events = "Python requests, as the vendor shows", "no", 1, 150
    program = """
import json, sys, requests
for payload in json.load(open(sys.argv[2])):
    headers = {'Authorization': 'Bearer ' + sys.argv[3], 'Content-Type': 'application/x-www-form-urlencoded',
               'Accept': 'application/json'}
    response = requests.request("POST", sys.argv[1], headers=headers, data=payload, verify=sys.argv[4])
    assert response.status_code == 200
"""

    def missing(self):
        try:
            import subprocess
            subprocess.run(["/usr/bin/python3", "-c", "import requests"], check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            return "python3-requests is not installed"
        return None

    def run(self, rig):
        path = rig.path("payloads.json")
        with open(path, "w", encoding="ascii") as file:
            payloads = []
            for n in range(self.events):
                e = rig.event(n)
                payloads.append({"account_id": e["account_id"], "url_parameters": json.dumps(e["url_parameters"]),
                                 "click_time": str(e["click_time"]), "settings": json.dumps(e["settings"]),
                                 "referrer": json.dumps(e["referrer"]), "current_url": json.dumps(e["current_url"])})
            json.dump(payloads, file)
        return rig.run(["/usr/bin/python3", "-c", self.program, rig.base_url() + PATH[4:], path, TOKEN, rig.path("cert.pem")])


class SyslogNg(Peer):
    """File → http(), one event a request, reliable disk buffer, 32 workers."""
    name, durable, connections, events = "syslog-ng, reliable disk buffer, 32 workers", "yes", 32, 30_000
    config = """@version: 3.38
options {{ keep-hostname(yes); stats-freq(0); }};
source s {{ file("{dir}/bodies.txt" flags(no-parse) read-old-records(yes) log-fetch-limit(1000) log-iw-size(32000)); }};
destination d {{ http(url("{url}") method("POST") headers({headers}) body("${{MESSAGE}}") workers(32) batch-lines(1)
  tls(ca-file("{ca}") peer-verify(yes)) persist-name("bench")
  disk-buffer(reliable(yes) disk-buf-size(268435456) mem-buf-size(16777216) dir("{dir}"))); }};
log {{ source(s); destination(d); flags(flow-control); }};
"""

    def missing(self):
        return None if os.path.exists("/usr/sbin/syslog-ng") else "syslog-ng is not installed"

    def run(self, rig):
        folder = rig.path(f"syslog-{time.time_ns()}")
        os.makedirs(folder)
        with open(f"{folder}/bodies.txt", "w", encoding="ascii") as file:
            file.writelines(rig.body(n) + "\n" for n in range(self.events))
        with open(f"{folder}/s.conf", "w", encoding="ascii") as file:
            file.write(self.config.format(dir=folder, url=rig.base_url() + PATH[4:], ca=rig.path("cert.pem"),
                                          headers=", ".join(f'"{h}"' for h in HEADERS)))
        try:
            return rig.run(["/usr/sbin/syslog-ng", "--foreground", "--no-caps", "-f", f"{folder}/s.conf", "-R", f"{folder}/persist",
                            "-p", f"{folder}/pid", "-c", f"{folder}/ctl"], until=self.events)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


PEERS = [SyslogNg(), Curl(), Requests()]

if __name__ == "__main__":
    sys.exit("run it by ./dev bench")

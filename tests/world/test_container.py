#!/usr/bin/env python3
# root: container, beside: slim
"""The image, built from docker/Dockerfile by buildah and run by podman, both without root: on a read-only root, without a
capability. What the machine cannot have is a registry: Debian's slim image is made from a root of mmdebstrap, and the stage
that compiles is replaced by the packages."""
import json
import os
import re
import signal

import machine
from machine import ACCOUNT, DESK, PACKAGES, TOKEN, event, ndjson, run, wait_until, write

OPS = "/srv/ops"  # the home of the user who runs containers
DATA = f"{OPS}/data"  # what compose.production.yaml wants
PRODUCTION = "podman-compose -p production -f tree/docker/compose.production.yaml -f vendor.yaml"
DAEMON = "production_setclickd_1"
# The vendor for the production file, and a health that is asked more often than every half minute.
VENDOR = f"""
services:
  sandbox:
    image: setclickd
    entrypoint: ["setclick-sandbox", "--listen=0.0.0.0:8443", "--dir=/vendor", "--name=sandbox", "--record=/vendor/record.ndjson",
                 "--book=/vendor/book.ndjson", "--token={TOKEN}"]
    volumes: ["{OPS}/vendor:/vendor"]
  setclickd:
    environment:
      SETCLICKD_ENDPOINT__BASE_URL: https://sandbox:8443/api
      SETCLICKD_ENDPOINT__CA_FILE: /vendor/ca.pem
    volumes: ["{OPS}/vendor:/vendor:ro"]
    healthcheck:
      test: ["CMD", "setclickd", "health"]
      interval: 2s
      timeout: 10s
"""


def ops(command, code=0, stdin=""):
    return run(command, user="ops", code=code, stdin=stdin)


def state(container, what):
    return ops(f"podman inspect -f '{{{{.State.{what}}}}}' {container}").text.strip()


def status(container=DAEMON):
    return json.loads(ops(f"podman exec {container} setclickd status --json").text)


def delivered(count, container=DAEMON):
    def enough():
        return status(container)["events"]["delivered"] >= count
    wait_until(enough, 60, lambda: ops(f"podman logs {container}", code=None).text, step=1)


def is_health(wanted, seconds):
    wait_until(lambda: state(DAEMON, "Health.Status") == wanted, seconds,
               lambda: ops(f"podman inspect -f json {DAEMON}").text[:4000], step=1)


class Container(machine.Story):
    @classmethod
    def setUpClass(cls):
        machine.packages()
        # Layers lie on a file system of their own, for the machine's is an overlay already.
        run(f"mkdir {OPS} && mount -t tmpfs -o size=4g,mode=0755 ops {OPS} && useradd -d {OPS} --shell /bin/bash ops && chown ops: {OPS}")
        # What this machine's own walls would hide, a real one shows: the kernel's keys, a whole /proc, a network device.
        write("/etc/containers/containers.conf", "[containers]\nkeyring = false\npids_limit = 0\n")
        run("mkdir /srv/proc && mount -t proc proc /srv/proc && chmod 0666 /dev/net/tun && loginctl enable-linger ops")
        number = run("id -u ops").text.strip()
        write(f"{OPS}/.bash_profile", f"export XDG_RUNTIME_DIR=/run/user/{number} STORAGE_DRIVER=overlay"
              f" DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/{number}/bus\n")
        wait_until(lambda: os.path.exists(f"/run/user/{number}/bus"), 30, "the user's own systemd")
        run(f"mkdir {OPS}/tree && cp -r /tree/docker /tree/dev /tree/docs {OPS}/tree/ && chown -R ops: {OPS}/tree")

    def test_1_the_image_is_built(self):
        # As Debian makes its slim image: without documents and what apt can make again.
        run("tar -C /beside -c --exclude='./proc/*' --exclude='./sys/*' --exclude='./dev/*' --exclude='./usr/share/doc/*'"
            " --exclude='./usr/share/man/*' --exclude='./usr/share/locale/*' --exclude='./var/cache/apt/*.bin' . >/srv/ops/slim.tar")
        ops("podman import -q slim.tar docker.io/library/debian:bookworm-slim")
        for package in ("setclickd", "setclick-sandbox"):
            ops(f"dpkg-deb -x {PACKAGES}/{package}_*_amd64.deb tree/out")
        with open("/tree/docker/Dockerfile", encoding="utf-8") as file:
            stages = re.split(r"^(?=FROM )", file.read(), flags=re.M)
        self.assertEqual(len(stages), 3, "a stage that compiles, and the image")
        write(f"{OPS}/tree/Dockerfile", "FROM scratch AS build\nCOPY out /out\n" + stages[2])
        ops("cd tree && buildah bud --format docker --isolation chroot --network host --build-arg REVISION=abc123 -t setclickd .")
        image = json.loads(ops("podman inspect localhost/setclickd").text)[0]
        labels = image["Labels"]
        self.assertEqual(labels["org.opencontainers.image.revision"], "abc123")
        version = run(f"dpkg-deb -f {PACKAGES}/setclickd_*_amd64.deb Version").text.strip()
        self.assertEqual(labels["org.opencontainers.image.version"], version, "ARG VERSION of the Dockerfile")
        self.assertEqual(image["User"], "10001:10001")
        base = json.loads(ops("podman inspect debian:bookworm-slim").text)[0]
        added = (image["Size"] - base["Size"]) / 1e6
        print(f"the image adds {added:.1f} MB to its base", flush=True)
        self.assertLess(added, 30)
        with open("/tree/config/setclickd.toml", encoding="utf-8") as file:
            sample = file.read()
        self.assertEqual(ops("podman run --rm --network none --entrypoint cat setclickd"
                             " /usr/share/doc/setclickd/examples/setclickd.toml").text, sample)

    def test_2_without_a_configuration_it_names_the_sample(self):
        done = ops("podman run --rm --network none --read-only setclickd", code=78)
        self.assertIn("/etc/setclickd/setclickd.toml", done.text)

    def test_3_the_production_file_delivers(self):
        write(f"{OPS}/vendor.yaml", VENDOR)
        write(f"{DATA}/setclickd.toml", f'[[account]]\nid = "{ACCOUNT}"\nrate_per_minute = 0\n')
        write(f"{OPS}/.bash_profile", open(f"{OPS}/.bash_profile", encoding="utf-8").read() + f"export SETCLICKD_DATA={DATA}\n")
        write(f"{DATA}/token", TOKEN + "\n", 0o400)
        os.makedirs(f"{DATA}/spool/incoming")
        os.makedirs(f"{OPS}/vendor")
        run(f"chown -R ops: {DATA} {OPS}/vendor")
        # Who is 10001 in the container is another number outside.
        ops(f"podman unshare chown -R 10001:10001 {DATA}/token {DATA}/spool vendor")
        ops(f"{PRODUCTION} up --no-build -d sandbox")
        wait_until(lambda: os.path.exists(f"{OPS}/vendor/ca.pem"), 30, lambda: ops("podman logs production_sandbox_1").text)
        ops(f"{PRODUCTION} up --no-build -d setclickd")
        ops(f"podman exec -i {DAEMON} setclickd submit --name orders.ndjson -", stdin=ndjson(event(n) for n in range(50)).decode())
        delivered(50)
        # Renamed in from outside, by somebody who is nobody in there.
        write(f"{DATA}/spool/.second.part", ndjson(event(n) for n in range(50, 60)))
        os.rename(f"{DATA}/spool/.second.part", f"{DATA}/spool/incoming/second.ndjson")
        delivered(60)
        with open(f"{OPS}/vendor/book.ndjson", encoding="utf-8") as file:
            self.assertEqual(len(file.readlines()), 60)

    def test_4_within_its_walls(self):
        pid = state(DAEMON, "Pid")
        with open(f"/proc/{pid}/status", encoding="ascii") as file:
            process = dict(line.rstrip("\n").split(":\t", 1) for line in file)
        self.assertNotIn("0", process["Uid"].split(), "root on the machine")
        self.assertEqual(int(process["CapEff"], 16), 0)
        self.assertEqual(process["NoNewPrivs"], "1")
        self.assertEqual(ops(f"podman exec {DAEMON} id -u").text.strip(), "10001")
        for path in ("/etc/setclickd/x", "/usr/bin/x", "/var/x"):
            self.assertIn("Read-only", ops(f"podman exec {DAEMON} touch {path}", code=1).text)
        self.assertNotIn(TOKEN, ops(f"podman inspect {DAEMON}").text)
        self.assertNotIn(TOKEN, ops(f"podman logs {DAEMON}").text)

    def test_5_health_is_green_red_when_it_hangs_and_green_again(self):
        is_health("healthy", 60)
        pid = int(state(DAEMON, "Pid"))
        os.kill(pid, signal.SIGSTOP)
        try:
            is_health("unhealthy", 90)
            self.assertIn("did not answer", ops(f"podman exec {DAEMON} setclickd health", code=1).text)
        finally:
            os.kill(pid, signal.SIGCONT)
        is_health("healthy", 60)

    def test_6_a_crash_restarts_it_and_a_stop_drains(self):
        pid = int(state(DAEMON, "Pid"))
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: state(DAEMON, "Status") == "running" and int(state(DAEMON, "Pid")) not in (0, pid), 60,
                   lambda: ops("podman ps -a").text, step=1)
        write(f"{DATA}/spool/incoming/third.ndjson", ndjson(event(n) for n in range(60, 70)))
        delivered(70)
        ops(f"podman stop -t 45 {DAEMON}")
        self.assertEqual(state(DAEMON, "ExitCode"), "0")
        # The ledger is in its volume: a new container goes on with it.
        ops(f"podman rm {DAEMON} && {PRODUCTION} up --no-build -d setclickd")
        self.assertEqual(status()["events"]["delivered"], 70)
        ops(f"{PRODUCTION} down", code=None)

    def test_7_the_trial_file(self):
        """Its services in their order, as docker's compose starts them; podman's does not wait for conditions."""
        trial = "podman-compose -p trial -f tree/docker/compose.yaml"
        os.makedirs(f"{OPS}/tree/docker/spool")
        run(f"chown ops: {OPS}/tree/docker/spool")
        ops(f"{trial} up --no-build prepare")
        for service in ("sandbox", "setclickd"):
            ops(f"{trial} up --no-build --no-deps -d {service}")
        wait_until(lambda: ops("podman exec trial_setclickd_1 setclickd health", code=None).code == 0, 30,
                   lambda: ops("podman logs trial_setclickd_1").text)
        with open("/tree/docker/compose.yaml", encoding="utf-8") as file:
            drop = re.search(r"^#   (cp .*)$", file.read(), re.M).group(1)
        ops(f"cd tree && {drop}")
        delivered(5, "trial_setclickd_1")


if __name__ == "__main__":
    os.makedirs(DESK, exist_ok=True)
    machine.main()

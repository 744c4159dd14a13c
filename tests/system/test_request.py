#!/usr/bin/env python3
"""The request is the vendor's contract: byte for byte what Python's own encoder makes of the vendor's payload."""
import json
import random
import subprocess
import urllib.parse

from case import SLOWER, SystemTest, main, size
from harness import ACCOUNT, TOKEN, ndjson

EXAMPLE = {
    "account_id": "60a52f6ac660b269d13c3f53",
    "click_time": 1634707888,
    "url_parameters": {"utm_medium": "my-medium-01", "utm_source": "my-source-01"},
    "settings": {"email": "[email protected]"},
    "referrer": "https://facebook.com/",
    "current_url": "https://sealmetrics.com/",
}

# The vendor's Python example, as it stands on the vendor's page.
VENDOR_PAYLOAD = {
    'account_id': '60a52f6ac660b269d13c3f53',
    'url_parameters': '{"utm_medium":"my-medium-01","utm_source":"my-source-01"}',
    'click_time': '1634707888',
    'settings': '{"email":"[email protected]"}',
    'referrer': '"https://facebook.com/"',
    'current_url': '"https://sealmetrics.com/"',
}

SECONDS = ("[dialect]", 'click_time_unit = "s"')


def parameters_of(body):
    fields = urllib.parse.parse_qsl(body.decode("ascii"), keep_blank_values=True, strict_parsing=True)
    assert len(dict(fields)) == len(fields), "a parameter twice"
    return dict(fields)


def text(rng):
    """Random text with everything that an encoder can get wrong."""
    kinds = ["abc xyz", "&=+%#?;/", '"\\', "\t\n\r\b\f\x01\x7f", "éñü", "日本語", "𝄞🙂", "\u2028\u200f\ufeff", "*-._~", "<>'"]
    return "".join(rng.choice(rng.choice(kinds)) for _ in range(rng.randint(0, 12)))


def member(rng):
    """A name for a member: as `text`, without what nobody sees, since such a name is refused with the reason."""
    return "".join(c for c in text(rng) if c not in "\u2028\u200f\ufeff\x7f" and c >= " ") or "k"


class Request(SystemTest):
    def deliver(self, events, **config):
        """Heads and bodies of the requests that these events became."""
        bench = self.start("--record-raw", self.bench.raw, **config)
        bench.drop("a.ndjson", events if isinstance(events, bytes) else ndjson(events))
        count = 1 if isinstance(events, bytes) else len(events)
        self.assertEqual(bench.wait_final(count, 60 * SLOWER)["delivered"], count)
        return list(bench.raw_requests())

    def test_the_vendors_example_is_byte_for_byte_the_vendors_request(self):
        [(head, body)] = self.deliver([EXAMPLE], sections=SECONDS)
        self.assertEqual(body.decode(), urllib.parse.urlencode(VENDOR_PAYLOAD))
        request_line, *fields = head.decode().split("\r\n")
        self.assertEqual(request_line, "POST /api/auth/v1.0/set-click HTTP/1.1")
        headers = dict(field.split(": ", 1) for field in fields)
        self.assertEqual(len(headers), len(fields), "no header twice")
        self.assertRegex(headers.pop("User-Agent"), r"^setclickd/\d")
        self.assertEqual(headers, {
            "Host": self.bench.url.split("/")[2],
            "Authorization": f"Bearer {TOKEN}",
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
            "Content-Length": str(len(body)),
        })

    def test_what_curl_sends_decodes_to_the_same_parameters(self):
        [(_, body)] = self.deliver([EXAMPLE], sections=SECONDS)
        bench = self.bench
        command = ["curl", "--silent", "--show-error", "--fail", "--cacert", bench.ca,
                   "--header", f"Authorization: Bearer {TOKEN}", "--header", "Accept: application/json"]
        for name, value in VENDOR_PAYLOAD.items():
            command += ["--data-urlencode", f"{name}={value}"]
        subprocess.run([*command, bench.url + "/auth/v1.0/set-click"], check=True, timeout=20)
        head_by_curl, body_by_curl = list(bench.raw_requests())[-1]
        self.assertIn(b"curl/", head_by_curl)
        self.assertEqual(parameters_of(body), parameters_of(body_by_curl))

    def test_decoding_gives_back_every_field_of_random_events(self):
        rng = random.Random(20211020)
        events = []
        for number in range(size(200, 2000)):
            value = {
                "event_id": f"e-{number}",
                "account_id": ACCOUNT,
                "click_time": rng.randint(1300000000000, 1700000000000),
                "url_parameters": {"utm_source": f"s{number}" + text(rng), **{member(rng): text(rng) for _ in range(3)}},
                "settings": {member(rng): rng.choice([text(rng), None, True, rng.randint(-10**9, 10**9), [text(rng)]])
                             for _ in range(4)},
                "referrer": text(rng),
                "current_url": text(rng),
            }
            if rng.random() < 0.5:
                value["microconversion"] = True
            events.append(value)
        sent = {}
        for _, body in self.deliver(events):
            parameters = parameters_of(body)
            sent[json.loads(parameters["url_parameters"])["utm_source"]] = parameters
        self.assertEqual(len(sent), len(events))
        for value in events:
            got = sent[value["url_parameters"]["utm_source"]]
            self.assertEqual(got["account_id"], ACCOUNT)
            self.assertEqual(got["click_time"], str(value["click_time"]))
            for name in ("url_parameters", "settings"):
                # The text itself: members in the event's own order, nothing added.
                self.assertEqual(list(json.loads(got[name]).items()), list(value[name].items()))
            for name in ("referrer", "current_url"):
                self.assertEqual(json.loads(got[name]), value[name])
            self.assertEqual(got.get("lead"), '{"microconversion":"1"}' if value.get("microconversion") else None)

    def test_numbers_keep_their_text(self):
        line = (b'{"account_id":"%s","click_time":1634707888000,"url_parameters":{"utm_source":"x"},'
                b'"settings":{"amount":198.09,"big":12345678901234567,"exp":1.50e2,"zero":-0.0}}\n' % ACCOUNT.encode())
        [(_, body)] = self.deliver(line)
        self.assertEqual(parameters_of(body)["settings"],
                         '{"amount":198.09,"big":12345678901234567,"exp":1.50e2,"zero":-0.0}')


if __name__ == "__main__":
    main()

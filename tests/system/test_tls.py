#!/usr/bin/env python3
"""Certificates and versions: a good one delivers; a bad one is refused with reason and cure, and nothing is sent."""
import ssl

from case import SLOWER, SystemTest, main
from certificates import CA, ELSE, FUTURE, PAST, Authority
from harness import event, ndjson, wait_until
from hostile_server import ConnectProxy, HostileServer


class Tls(SystemTest):
    def setUp(self):
        super().setUp()
        self.make = Authority(self.bench.folder)
        self.ca = self.make.make("ca", "Test CA", CA)

    def server(self, certificate):
        server = HostileServer(self.bench.folder, (certificate, self.make.path("key.pem")))
        self.addCleanup(server.stop)
        return server

    def leaf(self, extensions, **more):
        return self.server(self.make.make("leaf", "localhost", ELSE + extensions, issuer=more.pop("issuer", "ca"), **more))

    def run_against(self, server, host, ca=None):
        self.bench.url, self.bench.ca = f"https://{host}:{server.port}", ca or self.ca
        if host.endswith(".test"):  # which no resolver knows
            proxy = ConnectProxy(server.port)
            self.addCleanup(proxy.stop)
            self.bench.proxy = f"http://127.0.0.1:{proxy.port}"
        self.bench.write_config(connections=2, sections=("[retry]", 'base = "50ms"', 'cap = "100ms"'))
        self.bench.start_daemon()
        self.bench.drop("a.ndjson", ndjson([event(1)]))

    def assert_delivers(self, server, host="localhost"):
        self.run_against(server, host)
        self.assertEqual(self.bench.wait_final(1, 20 * SLOWER)["delivered"], 1)
        self.assertNotIn("cannot be reached", self.bench.daemon.output())

    def assert_refuses(self, server, kind, *words, host="localhost", ca=None):
        """The log names kind, reason and cure, also after more tries once; the event waits; no request arrived."""
        self.run_against(server, host, ca)
        log = wait_until(lambda: [line for line in self.bench.daemon.output().splitlines() if "cannot be reached" in line],
                         20 * SLOWER, self.bench.story)
        self.assertIn(f"reason={kind}", log[0])
        for word in (f"TLS to {host}:{server.port}", *words):
            self.assertIn(word, log[0])
        wait_until(lambda: server.accepted >= 3, 20 * SLOWER, "it is tried again")
        counts = self.bench.counts()
        self.assertEqual((counts["delivered"], counts["rejected"], counts["in_doubt"], counts["held"]), (0, 0, 0, 0))
        self.assertEqual(sum(server.seen.values()), 0, "something was sent")
        self.assertEqual(self.bench.daemon.output().count("cannot be reached"), 1, "one line, not one a try")
        status = self.bench.status()
        self.assertIn(words[0], status["daemon"]["unreachable"] or "")

    # --- good ones ---

    def test_a_dns_name_in_the_subject_alternative_name_is_trusted(self):
        self.assert_delivers(self.leaf("subjectAltName=DNS:localhost\n"))

    def test_an_address_in_the_subject_alternative_name_is_trusted(self):
        self.assert_delivers(self.leaf("subjectAltName=IP:127.0.0.1\n"), "127.0.0.1")

    def test_an_intermediate_authority_sent_along_is_trusted(self):
        middle = self.make.make("middle", "Test Middle", CA, issuer="ca")
        leaf = self.make.make("leaf", "localhost", ELSE + "subjectAltName=DNS:localhost\n", issuer="middle")
        with open(leaf, "ab") as out, open(middle, "rb") as file:
            out.write(file.read())
        self.assert_delivers(self.server(leaf))

    def test_a_wildcard_is_trusted_for_one_label(self):
        self.assert_delivers(self.leaf("subjectAltName=DNS:*.setclick.test\n"), "api.setclick.test")

    # --- bad ones ---

    def test_an_expired_certificate_is_refused(self):
        self.assert_refuses(self.leaf("subjectAltName=DNS:localhost\n", when=PAST), "tls-certificate",
                            "certificate has expired", "must renew it")

    def test_a_certificate_that_is_not_yet_valid_is_refused(self):
        self.assert_refuses(self.leaf("subjectAltName=DNS:localhost\n", when=FUTURE), "tls-certificate",
                            "certificate is not yet valid", "clock")

    def test_another_host_is_refused(self):
        self.assert_refuses(self.leaf("subjectAltName=DNS:other.example\n"), "tls-certificate", "hostname mismatch",
                            "endpoint.base_url")

    def test_another_address_is_refused(self):
        self.assert_refuses(self.leaf("subjectAltName=DNS:localhost,IP:127.0.0.9\n"), "tls-certificate", "IP address mismatch",
                            "endpoint.base_url", host="127.0.0.1")

    def test_a_name_in_the_common_name_alone_is_refused(self):
        self.assert_refuses(self.leaf(""), "tls-certificate", "hostname mismatch", "subjectAltName")

    def test_a_wildcard_is_refused_for_two_labels(self):
        self.assert_refuses(self.leaf("subjectAltName=DNS:*.setclick.test\n"), "tls-certificate", "hostname mismatch",
                            "endpoint.base_url", host="api.eu.setclick.test")

    def test_a_wildcard_within_a_label_is_refused(self):
        self.assert_refuses(self.leaf("subjectAltName=DNS:local*\n"), "tls-certificate", "hostname mismatch", "endpoint.base_url")

    def test_a_self_signed_certificate_is_refused(self):
        server = self.server(self.make.make("self", "localhost", ELSE + "subjectAltName=DNS:localhost\n"))
        self.assert_refuses(server, "tls-certificate", "self-signed certificate", "endpoint.ca_file")

    def test_an_untrusted_authority_is_refused(self):
        self.make.make("stranger", "Stranger CA", CA)
        self.assert_refuses(self.leaf("subjectAltName=DNS:localhost\n", issuer="stranger"), "tls-certificate",
                            "unable to get local issuer certificate", "endpoint.ca_file")

    def test_an_issuer_that_is_no_authority_is_refused(self):
        middle = self.make.make("middle", "Test Middle", ELSE, issuer="ca")
        leaf = self.make.make("leaf", "localhost", ELSE + "subjectAltName=DNS:localhost\n", issuer="middle")
        with open(leaf, "ab") as out, open(middle, "rb") as file:
            out.write(file.read())
        self.assert_refuses(self.server(leaf), "tls-certificate", "invalid CA certificate", "operator")

    def test_a_certificate_for_clients_is_refused(self):
        self.assert_refuses(self.leaf("subjectAltName=DNS:localhost\nextendedKeyUsage=clientAuth\n"), "tls-certificate",
                            "certificate purpose", "operator")

    def test_tls_1_1_is_refused(self):
        server = self.leaf("subjectAltName=DNS:localhost\n")
        server.context.set_ciphers("ALL:@SECLEVEL=0")
        server.context.minimum_version = server.context.maximum_version = ssl.TLSVersion.TLSv1_1
        self.assert_refuses(server, "tls-handshake", "older than TLS 1.2", "must be updated")

    def test_no_common_cipher_is_refused(self):
        server = self.leaf("subjectAltName=DNS:localhost\n")
        server.context.set_ciphers("aNULL:@SECLEVEL=0")  # nobody's name is proven: no client may take it
        server.context.maximum_version = ssl.TLSVersion.TLSv1_2
        self.assert_refuses(server, "tls-handshake", "no cipher or version in common", "must be updated")

    def test_plain_http_on_the_port_is_refused(self):
        server = self.leaf("subjectAltName=DNS:localhost\n")
        server.arm("plain-http", times=1000)
        self.assert_refuses(server, "tls-handshake", "does not speak TLS", "endpoint.base_url")


if __name__ == "__main__":
    main()

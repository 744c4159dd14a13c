"""An endpoint that answers whatever a test says, and when it says it, with the sandbox's certificate."""
import http.server
import os
import ssl
import threading
import urllib.parse


class HostileReport:
    """`answer(query)` gives (status, body) or (status, body, headers); `answer` may be replaced at any time. A POST is
    answered by `answer(form)`."""

    def __init__(self, sandbox_folder, answer):
        self.answer, self.requests = answer, 0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            disable_nagle_algorithm = True
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                self.say(urllib.parse.urlsplit(self.path).query)

            def do_POST(self):
                self.say(self.rfile.read(int(self.headers["Content-Length"])).decode())

            def say(self, query):
                outer.requests += 1
                status, body, *more = outer.answer(dict(urllib.parse.parse_qsl(query)))
                self.send_response(status)
                for name, value in (more[0] if more else {}).items():
                    self.send_header(name, value)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                try:
                    self.wfile.write(body)
                except OSError:
                    pass  # it had enough

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*(os.path.join(sandbox_folder, name) for name in ("server.pem", "server.key")))
        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = f"https://127.0.0.1:{self.server.server_address[1]}/api"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self):
        if self.server:
            self.server.shutdown()
            self.server.server_close()
            self.server = None

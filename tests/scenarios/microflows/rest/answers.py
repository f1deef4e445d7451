"""A web server for REST calls: says what it was asked."""
import http.server
import time


class Answers(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        size = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(size).decode()
        if self.path.startswith("/slow"):
            time.sleep(20)
        words = [self.command, self.path] + [
            name + "=" + (self.headers[name] or "nothing")
            for name in ("Accept", "Content-Type", "Authorization", "X-Empty")
            if self.headers[name] is not None] + [body]
        text = " ".join(word for word in words if word).encode()
        if self.path.startswith("/missing"):
            self.send_response(404, "Not Here")
            text = b"nothing there"
        else:
            self.send_response(200)
        self.send_header("X-Answer", "42")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = answer

    def log_message(self, *words):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
server.daemon_threads = True
print("http://127.0.0.1:%d" % server.server_address[1], flush=True)
server.serve_forever()

"""Makes a video and lets the service tell when it is finished: webhook.py PICTURE_URL FILE PORT PUBLIC_URL

PUBLIC_URL is where the service reaches PORT of this machine: a tunnel's or a reverse proxy's address. PORT 0
takes any free port. The environment has AKOOL_API_KEY, and AKOOL_CLIENT_ID and AKOOL_CLIENT_SECRET, which
webhooks are sealed with.
"""

import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import image2video


def receiver(port: int, client: image2video.Client) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(min(int(self.headers["Content-Length"] or 0), 1 << 20))
            try:
                event = image2video.open_webhook(
                    body,
                    client_id=os.environ["AKOOL_CLIENT_ID"],
                    client_secret=os.environ["AKOOL_CLIENT_SECRET"],
                )
                print(event, flush=True)
                client.notify(event)  # Has a look at the video at once.
                self.send_response(200)  # Anything else makes the service send it again.
            except image2video.WebhookError as error:
                print(f"refused: {error}", file=sys.stderr)
                self.send_response(400)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    return ThreadingHTTPServer(("", port), Handler)


def main() -> None:
    picture, file, port, public_url = sys.argv[1:]
    with image2video.Client.from_env() as client, receiver(int(port), client) as server:
        print(f"listening on port {server.server_port}", file=sys.stderr, flush=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        # Polling goes on all the same, if rarely: a webhook that gets lost costs time, not the video.
        print(client.animate(picture, "a slow zoom in", to=file, webhookurl=public_url))
        server.shutdown()


if __name__ == "__main__":
    main()

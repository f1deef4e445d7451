"""Takes connections and says nothing on them."""
import socket

listener = socket.create_server(("127.0.0.1", 0))
print("http://127.0.0.1:%d" % listener.getsockname()[1], flush=True)
held = []
while True:
    held.append(listener.accept())

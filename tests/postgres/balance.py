"""A load balancer of a few lines: balance.py PORTS CUTS.

Listens on a port of its own, which it prints, and hands each connection to the
next of the ports in the file PORTS (one a line, read anew each time) that
answers. With CUTS above 0 a connection ends after a random number of pieces of
its requests up to that, so that one synchronization meets several servers.
"""
import asyncio
import random
import sys

turn = 0


async def connect(ports):
    global turn
    for _ in ports:
        turn += 1
        try:
            return await asyncio.open_connection(
                "127.0.0.1", int(ports[turn % len(ports)]))
        except OSError:
            continue
    return None


async def pump(source, sink, pieces):
    try:
        while pieces != 0:
            data = await source.read(65536)
            if not data:
                break
            sink.write(data)
            await sink.drain()
            pieces -= 1
    except OSError:
        pass
    sink.close()


async def serve(reader, writer):
    cuts = int(sys.argv[2])
    with open(sys.argv[1]) as file:
        there = await connect(file.read().split())
    if there is None:
        writer.close()
        return
    pieces = random.randint(1, cuts) if cuts else -1
    await asyncio.gather(pump(reader, there[1], pieces),
                         pump(there[0], writer, -1))


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()

asyncio.run(main())

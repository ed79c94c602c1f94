import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import getPort from 'get-port';

/** A way to a server, which can be shut: then it refuses, as a server that is stopped does. */
export interface Door {
  /** The server's URL, through the door. */
  readonly url: string;
  open(): Promise<void>;
  /** Hangs up on everybody, and listens no more. */
  close(): Promise<void>;
}

/** @param behind the server; its port must be named */
export async function openDoor(behind: URL): Promise<Door> {
  const [host, hostPort] = [behind.hostname, Number(behind.port)];
  const url = new URL(behind);
  const port = await getPort();
  url.port = String(port);
  const sockets = new Set<Socket>();
  const through = (socket: Socket) => {
    const server = connect(hostPort, host);
    for (const [one, other] of [
      [socket, server],
      [server, socket],
    ] as const) {
      sockets.add(one);
      one.pipe(other);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  };
  let listening: Server | undefined;
  const door: Door = {
    url: url.href,
    async open() {
      listening = createServer(through);
      await once(listening.listen(port, '127.0.0.1'), 'listening');
    },
    async close() {
      if (!listening?.listening) return;
      const closed = once(listening, 'close');
      listening.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
  await door.open();
  return door;
}

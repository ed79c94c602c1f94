import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';

/** What becomes of a connection. */
type Treatment =
  | 'pass'
  /** Nobody speaks first, nobody answers. */
  | 'silence'
  /** Accepted, and ended without a word. */
  | 'close'
  /** Accepted, and reset without a word. */
  | 'reset';

/** A TCP proxy in front of a server, which does to its connections what it is told. */
export interface FaultProxy {
  readonly port: number;
  /** The server's URL by way of this proxy. */
  readonly url: string;
  /** Bytes that the server has sent so far. */
  readonly replied: number;
  /** From now on, for new connections. */
  treat(treatment: Treatment): void;
  /** Once the server has sent so many bytes in all, cuts every connection, and new ones. */
  failAfter(bytes: number, how: 'reset' | 'silence'): void;
  /**
   * Sees what clients send. `before`: cut, and the server never gets it; `after`: the server gets it,
   * the client no answer to it.
   */
  onRequest(watch: (bytes: Buffer) => 'pass' | 'cut before' | 'cut after'): void;
  /** From now on, new connections go to the server that this URL names. */
  aim(url: string): void;
  /** Ends the connections there are. */
  cut(): void;
  close(): void;
}

/** Starts a proxy in front of the server that `url` names by host and port. */
export async function startFaultProxy(url: string): Promise<FaultProxy> {
  let target = new URL(url);
  const state = {
    treatment: 'pass' as Treatment,
    replied: 0,
    limit: Number.POSITIVE_INFINITY,
    how: 'reset' as 'reset' | 'silence',
    watch: (_: Buffer): 'pass' | 'cut before' | 'cut after' => 'pass',
  };
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    return socket;
  };
  const clients = new Set<Socket>();
  const resetAll = () => {
    state.treatment = 'reset';
    for (const client of clients) client.resetAndDestroy();
  };
  const server: Server = createServer({ noDelay: true }, (client) => {
    keep(client);
    clients.add(client);
    client.on('close', () => clients.delete(client));
    if (state.treatment === 'close') client.end();
    if (state.treatment === 'reset') client.resetAndDestroy();
    if (state.treatment !== 'pass') return;
    const behind = keep(
      connect({ port: Number(target.port), host: target.hostname, noDelay: true }),
    );
    client.on('close', () => behind.destroy());
    behind.on('close', () => client.destroy());
    join(client, behind);
  });

  function join(client: Socket, behind: Socket): void {
    let deaf = false;
    client.on('data', (bytes) => {
      const verdict = state.watch(bytes as Buffer);
      if (verdict === 'cut before') {
        client.resetAndDestroy();
        return;
      }
      if (state.replied < state.limit) behind.write(bytes);
      if (verdict === 'pass') return;
      deaf = true;
      // The server gets all of it before it learns that nobody waits for the answer.
      behind.end();
      client.resetAndDestroy();
    });
    behind.on('data', (bytes) => {
      if (deaf) return;
      const left = Math.max(0, state.limit - state.replied);
      state.replied += (bytes as Buffer).length;
      client.write((bytes as Buffer).subarray(0, left));
      if (state.replied >= state.limit && state.how === 'reset') resetAll();
    });
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: through(url, port),
    get replied() {
      return state.replied;
    },
    treat(treatment) {
      state.treatment = treatment;
    },
    failAfter(bytes, how) {
      Object.assign(state, { limit: bytes, how });
    },
    onRequest(watch) {
      state.watch = watch;
    },
    aim(at) {
      target = new URL(at);
    },
    cut() {
      for (const socket of sockets) socket.destroy();
    },
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

/** A URL with another port of this machine, whatever stands around it. */
export function through(url: string, port: number): string {
  const changed = new URL(url);
  changed.hostname = '127.0.0.1';
  changed.port = String(port);
  return changed.href;
}

/** A port of a process that is stopped: connections come about, and nobody answers. */
export async function startFrozen(backlog = 511): Promise<{ port: number; close(): void }> {
  const code = `const server = require('net').createServer();
    server.listen({ port: 0, host: '127.0.0.1', backlog: ${backlog} }, () => {
      process.stdout.write(String(server.address().port));
      process.kill(process.pid, 'SIGSTOP');
    });`;
  const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [port] = (await once(child.stdout, 'data')).map((text) => Number(String(text)));
  return { port: port ?? 0, close: () => child.kill('SIGKILL') };
}

/**
 * A port at which the network drops what comes: connections neither come about nor fail. It is that
 * of a process which accepts nothing and has its queue full; Linux then answers no SYN.
 */
export async function startBlackHole(): Promise<{ port: number; close(): void }> {
  const { port, close } = await startFrozen(1);
  const fillers = Array.from({ length: 4 }, () => connect(port, '127.0.0.1').on('error', () => {}));
  await setTimeout(200);
  return {
    port,
    close() {
      for (const filler of fillers) filler.destroy();
      close();
    },
  };
}

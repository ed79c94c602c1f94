import { createConnection, type Socket } from 'node:net';

/** Where a server listens: a host and port, or the path of a unix socket. */
export interface SocketTarget {
  readonly path?: string | false;
  readonly host: readonly string[];
  readonly port: readonly number[];
}

/** How long a server may say nothing before it is asked whether it is there, milliseconds. */
const ASK_AFTER_MS = 750;
/** How long it may take to answer that, milliseconds. */
const ANSWER_MS = 1_250;
/** How long a connection may take to come about, milliseconds. */
const CONNECT_MS = 1_750;

/**
 * Makes the driver's sockets, and tells when one was lost: ended by anything but ourselves.
 *
 * Each gives up when the server is silent for `silenceMs`. Where that is long, for statements that
 * take long, the server is asked again and again through another connection whether it is there at all:
 * one that is frozen or cut off is given up at once, and one that works is waited for.
 *
 * @param silenceMs milliseconds
 */
export function boundedSocket(
  silenceMs: number,
  onLost: () => void,
): (target: SocketTarget) => Socket {
  const look = Math.min(ASK_AFTER_MS, silenceMs);
  return (target) => {
    const socket = connectTo(target);
    let bytes = 0;
    let heardAt = performance.now();
    const onTimeout = async () => {
      // What was sent counts as activity for the socket, and for us does not.
      if (socket.bytesRead > bytes) heardAt = performance.now() - look;
      bytes = socket.bytesRead;
      const left = () => silenceMs - (performance.now() - heardAt);
      const there = socket.connecting
        ? left() > silenceMs - CONNECT_MS
        : left() > 0 && (await answers(target, Math.min(ANSWER_MS, left())));
      if (!there || left() <= 0) socket.destroy(new Error('did not answer in time'));
      else socket.setTimeout(Math.min(look, left()));
    };
    socket.setTimeout(look);
    socket.on('timeout', () => void onTimeout());
    // The server has been told to end the session; how long it takes to do so is its own affair.
    socket.once('finish', () => socket.destroy());
    return closingLate(socket, onLost);
  };
}

function connectTo({ path, host, port }: SocketTarget): Socket {
  if (path) return createConnection(path);
  // As libpq: a message behind another would wait 40 ms for the server to acknowledge the first.
  const noDelay = true;
  return createConnection({ port: port[0] ?? 5432, host: host[0] ?? 'localhost', noDelay });
}

/** https://www.postgresql.org/docs/current/protocol-message-formats.html, SSLRequest. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/** Whether anything is said on a new connection; what costs least to ask is for TLS. */
function answers(target: SocketTarget, withinMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectTo(target);
    const settle = (answer: boolean) => () => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(withinMs, settle(false));
    socket.once('data', settle(true));
    // A server that refuses new connections, or is restarting, has not lost this one by that.
    socket.once('error', settle(true));
    socket.once('close', settle(true));
    socket.write(SSL_REQUEST);
  });
}

/**
 * Makes up for what postgres.js 3.4 does when a connection ends. A clean end while it connects makes
 * it connect again, for ever; so an end that we did not ask for is an error here. And 'close' clears
 * its state at once, while those who hear of the error still send a ROLLBACK: that one ends the
 * process by writing to null, or lies in front of the next start-up and spoils that. So 'close' comes
 * when all that has been said, and without a word of the error, so that what came since fails, too.
 */
function closingLate(socket: Socket, onLost: () => void): Socket {
  const emit = socket.emit.bind(socket);
  let lost: 'by an error' | 'by its end' | undefined;
  socket.emit = (event: string | symbol, ...args: unknown[]): boolean => {
    if (event === 'error') lost = 'by an error';
    // Node answers the other side's end with ours; before that, ours means that we began.
    if (event === 'end' && !socket.writableEnded) lost ??= 'by its end';
    if (event !== 'close') return emit(event, ...args);
    if (lost === 'by its end') emit('error', closedError(socket));
    if (lost) onLost();
    setImmediate(() => setImmediate(() => emit('close', false)));
    return true;
  };
  return socket;
}

function closedError({ bytesRead }: Socket): Error {
  const message =
    bytesRead === 0 ? 'closed the connection before it said anything' : 'closed the connection';
  return Object.assign(new Error(message), { code: 'CONNECTION_CLOSED' });
}

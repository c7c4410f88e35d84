import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { type Head, readHead } from './head.ts';

/** What goes to the client: a head that says how long the body is, and the body. */
export interface Reply {
  readonly head: Buffer;
  readonly body: Buffer;
}

/**
 * Answers a request, now or later. `undefined`, and an error, leave it to the server behind; so only what that would
 * answer in the same way may be answered.
 */
export type Answer = (head: Head) => Reply | Promise<Reply | undefined> | undefined;

/**
 * Stands before an HTTP server and answers the requests it can from bytes that are ready, without a parser's objects
 * and a framework's life cycle for each: polls of clusters are all alike. At the first request of a connection that is
 * anything else, the connection goes to the server as if it had come there, with what was read of it, and stays there.
 */
export class Front {
  readonly #answer: Answer;
  readonly #waiting = new Set<Visitor>();
  #closing = false;

  constructor(answer: Answer) {
    this.#answer = answer;
  }

  /** Takes the connections of this server from now on. */
  before(server: Server): void {
    const behind = server.listeners('connection');
    server.removeAllListeners('connection');
    const pass = (socket: Socket): void => {
      for (const listener of behind) Reflect.apply(listener, server, [socket]);
    };
    server.on('connection', (socket: Socket) => {
      if (this.#closing) {
        pass(socket);
        return;
      }
      const visitor = new Visitor(socket, this.#answer, {
        // as long as the server keeps its own: longer than it says, for requests that are on their way; 0 is for ever
        idleMs: server.keepAliveTimeout === 0 ? 0 : server.keepAliveTimeout + server.keepAliveTimeoutBuffer,
        pass,
        gone: () => this.#waiting.delete(visitor),
      });
      this.#waiting.add(visitor);
    });
  }

  /** Ends each connection, after the answer that is under way; the server behind closes its own. */
  close(): void {
    this.#closing = true;
    for (const visitor of this.#waiting) visitor.leave();
  }
}

interface Surroundings {
  readonly idleMs: number;
  readonly pass: (socket: Socket) => void;
  readonly gone: () => void;
}

/** One connection, until it ends or is passed on. One request at a time: nothing is read while an answer is made or sent. */
class Visitor {
  readonly #socket: Socket;
  readonly #answer: Answer;
  readonly #around: Surroundings;
  #busy = false;
  #leaving = false;
  #passed = false;
  #last: { readonly bytes: Buffer; readonly head: Head } | undefined;

  constructor(socket: Socket, answer: Answer, around: Surroundings) {
    this.#socket = socket;
    this.#answer = answer;
    this.#around = around;
    socket.setTimeout(around.idleMs);
    socket
      .on('data', this.#read)
      .on('end', this.leave)
      .on('timeout', this.#drop)
      .on('error', this.#drop)
      .on('close', around.gone);
  }

  /** Closes the connection when what is under way is sent. */
  readonly leave = (): void => {
    this.#leaving = true;
    if (!this.#busy) this.#socket.destroySoon();
  };

  /** A client that went away or fell silent is nobody's error. */
  readonly #drop = (): void => {
    this.#socket.destroy();
  };

  readonly #read = (bytes: Buffer): void => {
    const head = this.#headOf(bytes);
    const reply = head === undefined ? undefined : this.#answered(head);
    if (reply === undefined) this.#passOn(bytes);
    else if (reply instanceof Promise) {
      this.#hold();
      reply
        // the server behind meets the same error, and knows how to say it
        .catch(() => undefined)
        .then((ready) => (ready === undefined ? this.#passOn(bytes) : this.#send(ready)))
        .catch(this.#drop);
    } else this.#send(reply);
  };

  /** Equal bytes have the same head, the same object: what was found out about it need not be found out again. */
  #headOf(bytes: Buffer): Head | undefined {
    if (this.#last?.bytes.equals(bytes) === true) return this.#last.head;
    const head = readHead(bytes);
    // a copy: what is read into is larger than what was read
    this.#last = head === undefined ? undefined : { bytes: Buffer.from(bytes), head };
    return head;
  }

  #answered(head: Head): ReturnType<Answer> {
    try {
      return this.#answer(head);
    } catch {
      // as above: the server behind says what is wrong
      return undefined;
    }
  }

  #hold(): void {
    this.#busy = true;
    this.#socket.pause();
  }

  #send({ head, body }: Reply): void {
    const socket = this.#socket;
    if (socket.destroyed) return;
    socket.cork();
    socket.write(head, body.length === 0 ? this.#sent : undefined);
    if (body.length > 0) socket.write(body, this.#sent);
    socket.uncork();
    // most often the system took it at once; a client that does not read is not read from either
    if (socket.writableLength > 0) this.#hold();
  }

  /** After each answer. `drain` would not do: it comes only when more was waiting than the stream likes to hold. */
  readonly #sent = (): void => {
    if (this.#passed || this.#socket.destroyed) return;
    if (this.#leaving) this.#socket.destroySoon();
    else if (this.#busy) {
      this.#busy = false;
      this.#socket.resume();
    }
  };

  #passOn(bytes: Buffer): void {
    const socket = this.#socket;
    if (socket.destroyed) return;
    this.#passed = true;
    this.#around.gone();
    socket.pause();
    socket.setTimeout(0);
    socket
      .off('data', this.#read)
      .off('end', this.leave)
      .off('timeout', this.#drop)
      .off('error', this.#drop)
      .off('close', this.#around.gone);
    socket.unshift(bytes);
    this.#around.pass(socket);
    socket.resume();
  }
}

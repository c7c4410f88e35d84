// For tests: connections that break.
import { connect, createServer, type Socket } from 'node:net';
import type { Cleanup } from './images.ts';

/** A proxy that breaks the connection each time that clients have sent as many bytes as the next of `cuts`, in total. */
export interface CuttingProxy {
  readonly host: string;
  /** Bytes that came from clients. */
  sent(): number;
}

export async function cuttingProxy(t: Cleanup, target: string, cuts: readonly number[]): Promise<CuttingProxy> {
  const { hostname, port } = new URL(`http://${target}`);
  const left = [...cuts];
  const open = new Set<Socket>();
  let sent = 0;
  const server = createServer((client) => {
    const registry = connect(Number(port), hostname);
    const both = [client, registry];
    let broken = false;
    /** For the registry it ends in the middle; what was sent before is not lost. */
    const cutOff = (): void => {
      client.destroy();
      registry.end();
    };
    const end = (): void => {
      for (const socket of both) open.delete(socket.destroy());
    };
    for (const socket of both) {
      open.add(socket);
      socket.on('error', end);
    }
    client.on('close', () => broken || end());
    registry.on('close', end);
    registry.pipe(client);
    client.on('data', (chunk) => {
      if (broken) return;
      sent += chunk.length;
      const cut = left[0];
      if (cut === undefined || sent < cut) return void (registry.write(chunk) || pauseUntilDrained(client, registry));
      left.shift();
      broken = true;
      registry.write(chunk.subarray(0, chunk.length - (sent - cut)), cutOff);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(async () => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { host: `127.0.0.1:${address.port}`, sent: () => sent };
}

function pauseUntilDrained(from: Socket, to: Socket): void {
  from.pause();
  to.once('drain', () => from.resume());
}

import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FolderSource } from '@mokus/checkpoint';
import { onTestFinished } from 'vitest';

export interface RangeServer {
  readonly url: string;
  /** Bytes of bodies so far. */
  readonly bytes: () => number;
  /** One line a request: path, status, `Range`. */
  readonly requests: readonly string[];
}

/**
 * A local HTTP server over a folder. It answers requests for ranges only: one for a whole file is refused
 * with 400, as nobody who inspects should make one. Gone when the test ends.
 */
export async function serveRanges(folder: FolderSource): Promise<RangeServer> {
  let bytes = 0;
  const requests: string[] = [];
  const answer = async (path: string, range: string | undefined, response: ServerResponse): Promise<number> => {
    if (!(await folder.exists(path))) return end(response, 404);
    const [, first, last] = range?.match(/^bytes=(\d+)-(\d+)$/) ?? [];
    if (first === undefined || last === undefined) return end(response, 400);
    const source = await folder.open(path);
    const body = await source.read(Number(first), Number(last) - Number(first) + 1);
    bytes += body.byteLength;
    response.writeHead(206, {
      'Content-Range': `bytes ${first}-${last}/${source.size}`,
      'Content-Length': body.length,
    });
    response.end(body);
    return 206;
  };
  const server = createServer((request, response) => {
    const path = decodeURIComponent((request.url ?? '').slice(1));
    answer(path, request.headers.range, response)
      .catch(() => end(response, 500))
      .then((status) => requests.push(`${path} ${status} ${request.headers.range ?? ''}`));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, bytes: () => bytes, requests };
}

function end(response: ServerResponse, status: number): number {
  response.writeHead(status).end();
  return status;
}

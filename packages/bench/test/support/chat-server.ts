import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a client of the chat endpoint sent. */
export interface ChatCall {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly authorization: string | undefined;
  readonly body: {
    readonly model: string;
    readonly temperature: number;
    readonly messages: readonly {
      readonly role: string;
      readonly content: readonly {
        readonly type: string;
        readonly text?: string;
        readonly image_url?: { readonly url: string };
      }[];
    }[];
  };
}

/** What was asked, in words. */
export function questionOf({ body }: ChatCall): string {
  return body.messages[0]?.content.find(({ type }) => type === 'text')?.text ?? '';
}

/** The PNG files that were sent with it. */
export function picturesOf({ body }: ChatCall): Buffer[] {
  const urls = body.messages.flatMap(({ content }) => content.flatMap(({ image_url }) => image_url?.url ?? []));
  return urls.map((url) => Buffer.from(url.slice('data:image/png;base64,'.length), 'base64'));
}

export type Reply = (response: ServerResponse, call: ChatCall) => void;

/** A server on this machine that answers its n-th call with the n-th reply, and further ones with the last. */
export interface ChatServer {
  readonly baseUrl: string;
  readonly calls: ChatCall[];
  close(): Promise<void>;
}

export async function chatServer(...replies: readonly Reply[]): Promise<ChatServer> {
  const calls: ChatCall[] = [];
  const server = createServer((request, response) => {
    void read(request).then((text) => {
      const { method, url, headers } = request;
      calls.push({ method, path: url, authorization: headers.authorization, body: JSON.parse(text) });
      const reply = replies[Math.min(calls.length, replies.length) - 1] as Reply;
      reply(response, calls.at(-1) as ChatCall);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A server that listens on TCP has an address of this kind.
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    calls,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** A model's answer, as the API wraps it. */
export function says(content: string): Reply {
  return (response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ choices: [{ index: 0, message: { role: 'assistant', content } }] }));
  };
}

export function status(code: number, body = '', headers: Readonly<Record<string, string>> = {}): Reply {
  return (response) => {
    response.writeHead(code, headers);
    response.end(body);
  };
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

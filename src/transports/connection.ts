/** What a stream or a socket was opened with, beside the headers of its request. */
export interface AuthConnection {
  /** Whether calls come on it one after the other, for as long as it is open; a stream carries one. */
  readonly isSocket: boolean;
  /** The ticket the client opened it with. */
  readonly ticket: string | undefined;
  /** The value of an Authorization header that the client sent as a message. */
  readonly authorization: string | undefined;
}

/** What tRPC says of a request, as far as it tells a stream. */
export interface CallInfo {
  readonly accept: string | null;
  readonly type: string;
  /** null for a socket, whose calls have none of their own. */
  readonly url: URL | null;
  readonly connectionParams: Readonly<Record<string, string | undefined>> | null;
}

/** Whether an answer has headers by the time its procedures run: those of a stream are gone, a message on a socket has none. */
export function hasHeaders({ accept, type, url }: CallInfo): boolean {
  return url !== null && accept !== 'application/jsonl' && type !== 'subscription';
}

/** The socket, or the stream of a subscription, that a request opens (tRPC, "connectionParams": a socket's come as its first message, a stream's stand in its URL). */
export function connectionOf({ type, url, connectionParams: params }: CallInfo): AuthConnection | undefined {
  const isSocket = url === null;
  if (!isSocket && type !== 'subscription') return undefined;
  return { isSocket, ticket: params?.ticket, authorization: params?.Authorization ?? params?.authorization };
}

/** A WebSocket class: the browser's, or that of the package `ws`. */
export type WebSocketClass = new (url: string, protocols?: string | string[]) => object;

/** As much of a socket as is needed here. */
interface Socket {
  addEventListener(type: string, listener: (event: object) => void): void;
  close(): void;
}

/** The open sockets of a client. */
export interface AuthSockets {
  readonly isEmpty: () => boolean;
  /** A WebSocket class whose sockets belong to the client. */
  readonly classOf: (Base: WebSocketClass) => WebSocketClass;
  /** Has each replaced by one with new credentials, without losing what is under way on it. */
  readonly replace: () => void;
  /** Ends each at once: nothing more is to be done in the name it was opened in. */
  readonly close: () => void;
}

// What a tRPC server sends before it goes away: the client opens another socket, moves its subscriptions there, and leaves this one when its calls are answered.
const RECONNECT = JSON.stringify({ id: null, method: 'reconnect' });

type Listener = (event: object) => void;

/** Keeps track of sockets. */
export function createAuthSockets(): AuthSockets {
  /** Tells the listeners of each. */
  const sockets = new Map<Socket, (type: 'message' | 'close', event: object) => void>();
  return {
    isEmpty: () => sockets.size === 0,
    classOf: (Base) =>
      class extends (Base as new (url: string, protocols?: string | string[]) => Socket) {
        readonly #listeners: Record<string, Listener[]> = { message: [], close: [] };

        constructor(url: string, protocols?: string | string[]) {
          super(url, protocols);
          const tell = (type: string, event: object): void => this.#listeners[type]?.forEach((listener) => listener(event));
          sockets.set(this, tell);
          super.addEventListener('close', (event) => {
            // Told already, where it was closed here.
            if (sockets.delete(this)) tell('close', event);
          });
        }

        override addEventListener(type: string, listener: Listener): void {
          this.#listeners[type]?.push(listener);
          if (type !== 'close') super.addEventListener(type, listener);
        }
      },
    replace: () => sockets.forEach((tell) => tell('message', { data: RECONNECT })),
    close: () => {
      const closed = [...sockets];
      sockets.clear();
      for (const [socket, tell] of closed) {
        socket.close();
        // At once: until the other side agrees, the client would send on it, and what it sends fails.
        tell('close', {});
      }
    },
  };
}

/** What a request is to us; each adapter makes one of its framework's. */
export interface AuthRequest {
  readonly method: string;
  /** A header by its lower-case name, repetitions joined with a comma (cookies with a semicolon). */
  readonly header: (name: string) => string | undefined;
  /** Host and port the client asked for, as the framework trusts it. */
  readonly host: string | undefined;
  /** Whether the client's connection is HTTPS, as the framework trusts it. */
  readonly secure: boolean;
  /** The address at the other end of the connection: the client's, or that of the nearest proxy; undefined where there is none. */
  readonly peerAddress: string | undefined;
  /** Headers of the answer; absent where it can carry none any more (a stream, a socket). */
  readonly answer: AnswerHeaders | undefined;
}

/** The headers of an answer that has not been sent. */
export interface AnswerHeaders {
  /** Sets a header, over one of its name. */
  readonly set: (name: string, value: string) => void;
  /** Adds a Set-Cookie header beside those there are. */
  readonly appendCookie: (setCookie: string) => void;
}

import type { AuthUser } from '../../core/ports.js';
import type { AuthOf, RequestAuth } from '../request.js';

/** A request to a view, its body parsed. */
export interface RestRequest<User extends AuthUser = AuthUser> {
  readonly method: string;
  /** A header by its name, in any case. */
  readonly header: (name: string) => string | undefined;
  /** The last segment of the URL, where it names one thing of many: a session. */
  readonly id?: string | undefined;
  /** The body: an object for a JSON object or a form, else whatever JSON value it was. */
  readonly data: unknown;
  /** The caller, where the view has authentication classes and one of them knew him. */
  readonly user: User | undefined;
  readonly auth: RequestAuth;
}

/** A view, as its serializer, authentication and permission classes see it. */
export interface RestView<User extends AuthUser> {
  readonly auth: AuthOf<User>;
  readonly request: RestRequest<User>;
}

export type { AuthVerifier } from './core/auth-verifier.js';
export type { CallRequest, Identity, TicketHolder } from './core/call.js';
export type { Claims, OwnClaims } from './core/claims.js';
export type { Clock } from './core/clock.js';
export { AuthError, ConfigurationError } from './core/errors.js';
export type { AuthErrorCode, AuthErrorOptions, FieldErrors } from './core/errors.js';
export type {
  AuthEvent,
  EventOrigin,
  LoginEvent,
  LoginFailedEvent,
  RefreshedEvent,
  ReuseDetectedEvent,
  RevokedEvent,
  StoreFailedEvent,
  ThrottledEvent,
} from './core/events.js';
export type { HmacKey } from './core/hmac-key.js';
export type { Jwk } from './core/key-format.js';
export { keyPair } from './core/key-pair.js';
export type { KeyPairOptions } from './core/key-pair.js';
export { keyRing } from './core/key-ring.js';
export type { KeyRingOptions, LoadedKeyRing, LoadedKeyRingOptions } from './core/key-ring.js';
export type { KeySourceOptions } from './core/key-source.js';
export { secretKey } from './core/keys.js';
export type { Algorithm, AsymmetricAlgorithm, ImportedKey, KeyHint, KeyRing, KeySet, KeyTraits, SecretAlgorithm, SecretKeyOptions, SigningKey, TokenKey } from './core/keys.js';
export type { Authenticate, AuthUser, Credentials, ReportError, Users } from './core/ports.js';
export type { SessionSettings } from './core/session-settings.js';
export type { FoundSession, Grace, RotationChange, SessionRecord, SessionStore } from './core/session-store.js';
export type { CookieSettings } from './core/cookie-settings.js';
export type { JwtAuthSettings, RefreshSettings, ResponsePayloadArgs, TokenSettings } from './core/settings.js';
export type { MeBody, ObtainBody, RefreshBody, RefreshInput, TokenBody, TokenInput } from './serializers/bodies.js';
export type { RevokedBody, SessionBody, SessionInput } from './serializers/device-sessions.js';
export { createJwtAuth } from './serializers/jwt-auth.js';
export type { JwtAuth } from './serializers/jwt-auth.js';
export type { LoginInput } from './serializers/obtain.js';
export type { TicketSettings } from './core/ticket-settings.js';
export type { TicketRecord, TicketStore } from './core/ticket-store.js';
export type { ThrottleSettings } from './core/throttle-settings.js';
export type { Attempt, Limit, Limiter, ThrottleStore } from './core/throttle-store.js';
export type { TicketBody } from './serializers/ticket.js';
export type { AnswerHeaders, AuthRequest } from './transports/auth-request.js';
export type { AuthConnection } from './transports/connection.js';
export { RequestAuth } from './transports/request.js';
export type { AuthContext } from './transports/request.js';
export { authErrorFormatter } from './transports/trpc/error-formatter.js';
export type { AuthErrorData, AuthErrorShape } from './transports/trpc/error-formatter.js';
export { optionalUser, protectedProcedure, requireAuth, subscriptionGuard } from './transports/trpc/procedures.js';
export type { UserContext } from './transports/trpc/procedures.js';
export type { GuardOptions } from './transports/trpc/guarded-stream.js';
export { authResponseMeta } from './transports/trpc/response-meta.js';
export { createAuthRouter } from './transports/trpc/router.js';
export type { AuthProcedures, AuthRouter } from './transports/trpc/router.js';
export { jwksVerifier } from './verifier/jwks-verifier.js';
export type { ClaimsUser, JwksVerifierSettings } from './verifier/jwks-verifier.js';
export type { FetchKeySet } from './verifier/key-set-url.js';

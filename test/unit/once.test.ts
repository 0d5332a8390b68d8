import { createJwtAuth, secretKey } from 'trpc-jwt-auth';
import type { Credentials } from 'trpc-jwt-auth';
import { JSONWebTokenSerializer } from 'trpc-jwt-auth/rest';
import { callerContext, testAuth } from 'trpc-jwt-auth/testing';
import { describe, expect, it, vi } from 'vitest';

const ada = { id: 1, username: 'ada', isActive: true };
const keys = secretKey('0123456789abcdef0123456789abcdef');

describe('a serializer asked twice', () => {
  it.each([['engine', true], ['wrong', false]])('makes one attempt, and answers the same: %s', async (password, valid) => {
    const authenticate = vi.fn((credentials: Credentials) => (credentials.password === 'engine' ? ada : null));
    const auth = createJwtAuth({ keys, users: { authenticate, findByUsername: () => ada } });
    const rest = { method: 'POST', header: () => undefined, data: { username: 'ada', password }, user: undefined, ...callerContext(auth) };
    const serializer = new JSONWebTokenSerializer(auth, { data: rest.data, context: { request: rest, view: { auth, request: rest } } });
    expect([await serializer.isValid(), await serializer.isValid()]).toEqual([valid, valid]);
    if (!valid) await expect(serializer.isValid({ raiseException: true })).rejects.toThrow('Unable to log in with provided credentials.');
    expect(authenticate).toHaveBeenCalledTimes(1);
  });
});

describe('a responsePayload that gives a promise', () => {
  it('is refused by name, where the types did not', async () => {
    const responsePayload = (() => Promise.resolve({ plan: 'free' })) as unknown as () => object;
    const auth = testAuth({ password: 'engine', responsePayload });
    const result = await auth.serializers.obtain.validate({ username: 'ada', password: 'engine' });
    expect(() => auth.tokenBody(result)).toThrow('createJwtAuth: responsePayload gives a promise; give an object');
  });
});

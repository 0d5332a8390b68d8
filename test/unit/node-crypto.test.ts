import nodeCrypto from 'node:crypto';

import { afterEach, expect, it, vi } from 'vitest';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  vi.resetModules();
});

const found = async (): Promise<unknown> => {
  vi.resetModules();
  return (await import('../../src/core/node-crypto.js')).nodeCrypto;
};

it('is Node’s crypto where the runtime has it', async () => {
  const builtin = vi.spyOn(process, 'getBuiltinModule');
  expect(await found()).toBe(nodeCrypto);
  expect(builtin).toHaveBeenCalledOnce();
});

it('is nothing where the runtime has not, or has no way to ask', async () => {
  vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined);
  expect(await found()).toBeUndefined();
  vi.stubGlobal('process', undefined);
  expect(await found()).toBeUndefined();
});

/** Stands for what only a device has: the native module of expo-secure-store, as its documentation describes it, and AppState. */

/** The keychain: entries by key. */
export const keychain = new Map<string, string>();

/** What was asked of the keychain with each write. */
export const writes: { key: string; options: object }[] = [];

const listeners = new Set<(state: string) => void>();
let isBroken = false;

/** Makes the keychain fail from now on, or work again. */
export function breakKeychain(broken: boolean): void {
  isBroken = broken;
}

const secureStore = {
  AFTER_FIRST_UNLOCK_THIS_DEVICE_ONLY: 1,
  getValueWithKeyAsync: async (key: string): Promise<string | null> => {
    if (isBroken) throw new Error('User interaction is not allowed.');
    return keychain.get(key) ?? null;
  },
  setValueWithKeyAsync: async (value: string, key: string, options: object): Promise<void> => {
    if (isBroken) throw new Error('User interaction is not allowed.');
    writes.push({ key, options });
    keychain.set(key, value);
  },
  deleteValueWithKeyAsync: async (key: string): Promise<void> => {
    if (isBroken) throw new Error('User interaction is not allowed.');
    keychain.delete(key);
  },
};

/** As of expo-modules-core. */
export function requireNativeModule(name: string): object {
  if (name !== 'ExpoSecureStore') throw new Error(`Cannot find native module '${name}'`);
  return secureStore;
}

/** As of react-native. */
export const AppState = {
  addEventListener: (_type: 'change', listener: (state: string) => void): { remove: () => void } => {
    listeners.add(listener);
    return { remove: () => listeners.delete(listener) };
  },
};

/** The app goes to the back, or comes to the front. */
export function changeAppState(state: 'active' | 'background'): void {
  listeners.forEach((listener) => listener(state));
}

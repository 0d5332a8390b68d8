export { fromDjangoSettings } from './django-settings.js';
export type { DjangoAuthSettings, FromDjangoOptions } from './django-settings.js';
export type { DjangoPackage, DjangoSettings, JwtAuthDict, KeyMaterial } from './jwt-auth-dict.js';
export type { Timedelta } from './timedelta.js';

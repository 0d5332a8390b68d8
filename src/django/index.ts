export { fromDjangoSettings } from './django-settings.js';
export type { DjangoAuthSettings, DjangoSettings, FromDjangoOptions, JwtAuthDict } from './django-settings.js';

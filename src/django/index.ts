export { fromDjangoSettings } from './django-settings.js';
export type { DjangoAuthSettings, DjangoSettings, JwtAuthDict } from './django-settings.js';

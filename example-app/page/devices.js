import { call } from './api.js';
import { busy } from './forms.js';

const list = document.getElementById('device-list');

/** Shows where the user is signed in. */
export async function showDevices(failed) {
  const sessions = await call('auth.sessions.list', undefined, 'GET');
  list.replaceChildren(...sessions.map((session) => deviceItem(session, failed)));
}

export function forgetDevices() {
  list.replaceChildren();
}

function deviceItem({ id, user_agent, client_address, created_at, last_used_at, current }, failed) {
  const item = document.createElement('li');
  const name = document.createElement('p');
  name.textContent = deviceName(user_agent ?? '');
  const facts = document.createElement('p');
  facts.className = 'facts';
  const since = new Date(created_at * 1000).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
  facts.textContent = [client_address, `signed in ${since}`, `last used ${ago(last_used_at)}`].filter(Boolean).join(' · ');
  item.append(name, facts);
  if (current) {
    const here = document.createElement('span');
    here.className = 'here';
    here.textContent = 'this device';
    item.append(here);
  } else {
    const end = document.createElement('button');
    end.type = 'button';
    end.className = 'quiet';
    end.textContent = 'Sign out';
    end.setAttribute('aria-label', `Sign out ${name.textContent}, signed in ${since}`);
    end.addEventListener('click', () => void busy(end, () => endSession(id, failed), failed));
    item.append(end);
  }
  return item;
}

async function endSession(id, failed) {
  await call('auth.sessions.revoke', { id }).finally(() => showDevices(failed));
  document.getElementById('sign-out-everywhere').focus();
}

/** Browser and system, as far as a user agent tells; the order matters, for most name several. */
function deviceName(userAgent) {
  const first = (names) => names.find(([pattern]) => pattern.test(userAgent))?.[1];
  const browser = first([[/Edg\//, 'Edge'], [/OPR\//, 'Opera'], [/Firefox\//, 'Firefox'], [/Chrome\//, 'Chrome'], [/Safari\//, 'Safari'], [/curl\//, 'curl'], [/node/, 'Node.js']]);
  const system = first([[/iPhone|iPad/, 'iOS'], [/Android/, 'Android'], [/Windows/, 'Windows'], [/Mac OS/, 'macOS'], [/Linux/, 'Linux']]);
  return [browser ?? 'Unknown browser', system].filter(Boolean).join(' on ');
}

const UNITS = [['day', 86_400], ['hour', 3600], ['minute', 60]];
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

function ago(seconds) {
  const age = Date.now() / 1000 - seconds;
  const [unit, length] = UNITS.find(([, each]) => age >= each) ?? [];
  return unit === undefined ? 'just now' : relative.format(-Math.floor(age / length), unit);
}

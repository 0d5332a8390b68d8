import { authenticateUser, makeAuthenticatedRequest } from './ajax.js';

const element = (id) => document.getElementById(id);
const [account, login, notes, list, status] = ['account', 'login', 'notes', 'list', 'status'].map(element);

const REFRESH_AHEAD_SECONDS = 60;
let expiresAt = 0;
let refreshing = false;

/** The signed-in session has ended; the message says why. */
class SignedOut extends Error {}

/** A tRPC call with superjson over plain HTTP; a browser with a bundler would use @trpc/client. */
async function call(path, input, method = 'POST') {
  const url = `/trpc/${path}`;
  const body = method === 'GET' ? undefined : JSON.stringify({ json: input ?? null });
  const response = await makeAuthenticatedRequest(url, { method, body });
  const answer = await response.json();
  if (answer.error === undefined) return answer.result.data.json;
  const { message, data } = answer.error.json;
  if (response.status === 401) throw new SignedOut(message);
  throw Object.assign(new Error(message), { fieldErrors: data.fieldErrors ?? {} });
}

function say(message) {
  status.textContent = message;
  status.hidden = message === '';
}

/** What to tell a person about a failure that is not about a field. */
function explain(error) {
  return error instanceof TypeError ? 'The server cannot be reached. Check your connection and try again.' : error.message;
}

function showFieldErrors(form, errors) {
  for (const input of form.querySelectorAll('input')) {
    const messages = errors[input.name] ?? [];
    element(`${input.id}-error`).textContent = messages.join(' ');
    input.setAttribute('aria-invalid', String(messages.length > 0));
  }
  form.querySelector('[aria-invalid="true"]')?.focus();
}

function signedOut(message) {
  localStorage.removeItem('jwt_token');
  expiresAt = 0;
  account.hidden = true;
  notes.hidden = true;
  login.hidden = false;
  list.replaceChildren();
  say(message);
  element('username').focus();
}

/** Runs what a button or form started; its button rests meanwhile. */
async function busy(button, work, failed) {
  button.disabled = true;
  try {
    await work();
  } catch (error) {
    if (error instanceof SignedOut) signedOut(`You have been signed out. ${error.message}`);
    else failed(error);
  } finally {
    button.disabled = false;
  }
}

function noteItem({ id, text, createdAt }) {
  const item = document.createElement('li');
  const paragraph = document.createElement('p');
  paragraph.textContent = text;
  const time = document.createElement('time');
  time.dateTime = createdAt;
  time.textContent = new Date(createdAt).toLocaleString();
  const remove = document.createElement('button');
  remove.type = 'button';
  remove.className = 'quiet';
  remove.textContent = 'Delete';
  remove.setAttribute('aria-label', `Delete the note “${text}”`);
  remove.addEventListener('click', () =>
    busy(remove, async () => {
      await call('notes.delete', { id });
      await showNotes();
      element('text').focus();
    }, (error) => say(explain(error))),
  );
  item.append(paragraph, time, remove);
  return item;
}

async function showNotes() {
  const found = await call('notes.list', undefined, 'GET');
  list.replaceChildren(...found.map(noteItem));
  element('empty').hidden = found.length > 0;
}

function showLife() {
  const seconds = Math.max(0, Math.round(expiresAt - Date.now() / 1000));
  element('life').textContent = `token: ${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')} left`;
}

async function showAccount() {
  const me = await call('auth.me', undefined, 'GET');
  expiresAt = me.expires_at;
  element('who').textContent = me.username;
  showLife();
  await showNotes();
  login.hidden = true;
  account.hidden = false;
  notes.hidden = false;
  say('');
}

async function refresh() {
  const token = localStorage.getItem('jwt_token');
  const response = await fetch('/api-token-refresh/', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ token }) });
  const answer = await response.json();
  if (response.status === 401) throw new SignedOut(answer.non_field_errors?.[0] ?? '');
  if (!response.ok) throw new Error(answer.detail ?? 'The token could not be refreshed.');
  localStorage.setItem('jwt_token', answer.token);
  expiresAt = (await call('auth.me', undefined, 'GET')).expires_at;
}

async function tick() {
  if (expiresAt === 0) return;
  showLife();
  if (refreshing || expiresAt - Date.now() / 1000 > REFRESH_AHEAD_SECONDS) return;
  refreshing = true;
  try {
    await refresh();
  } catch (error) {
    if (error instanceof SignedOut) signedOut(`You have been signed out. ${error.message}`);
    else say(explain(error));
  } finally {
    refreshing = false;
  }
}

login.addEventListener('submit', (event) => {
  event.preventDefault();
  const { username, password } = Object.fromEntries(new FormData(login));
  element('login-error').textContent = '';
  showFieldErrors(login, {});
  say('');
  void busy(login.querySelector('button'), async () => {
    await authenticateUser({ username, password });
    await showAccount();
    login.reset();
    element('text').focus();
  }, (error) => {
    const [, body] = /^Authentication failed: (\{.*)$/s.exec(error.message) ?? [];
    if (body === undefined) {
      element('login-error').textContent = explain(error);
      return;
    }
    const { non_field_errors: general = [], detail = '', ...fields } = JSON.parse(body);
    element('login-error').textContent = [...general, detail].join(' ').trim();
    showFieldErrors(login, fields);
    if (general.length > 0) element('password').select();
  });
});

element('add').addEventListener('submit', (event) => {
  event.preventDefault();
  const form = event.target;
  showFieldErrors(form, {});
  void busy(form.querySelector('button'), async () => {
    await call('notes.add', { text: element('text').value });
    form.reset();
    await showNotes();
    element('text').focus();
  }, (error) => {
    const fields = error.fieldErrors ?? {};
    if (fields.text === undefined) say(explain(error));
    showFieldErrors(form, fields);
  });
});

element('sign-out').addEventListener('click', () => signedOut('You have signed out.'));
window.addEventListener('storage', ({ key, newValue }) => {
  if (key === 'jwt_token' && newValue === null && expiresAt !== 0) signedOut('You have signed out in another tab.');
});
setInterval(() => void tick(), 1000);

if (localStorage.getItem('jwt_token') === null) {
  login.hidden = false;
} else {
  showAccount().catch((error) => {
    if (error instanceof SignedOut) signedOut(`Please sign in again. ${error.message}`);
    else {
      login.hidden = false;
      say(explain(error));
    }
  });
}

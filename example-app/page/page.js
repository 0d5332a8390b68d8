import { call, explain, forgetTokens, LoginRefused, refreshToken, SessionEnded, signIn, signOut, storedToken } from './api.js';
import { forgetDevices, showDevices } from './devices.js';
import { busy, say, showFieldErrors } from './forms.js';
import { forgetNotes, showNotes } from './notes.js';

const [loading, login, account, who, life, notes, devices, add, text] = ['loading', 'login', 'account', 'who', 'life', 'notes', 'devices', 'add', 'text'].map((id) =>
  document.getElementById(id),
);

const REFRESH_AHEAD_SECONDS = 60;
const RETRY_SECONDS = 10;
let expiresAt = 0;
let refreshAt = 0;
const now = () => Date.now() / 1000;
const signedIn = () => expiresAt > 0;

function showLogin(message = '') {
  expiresAt = 0;
  forgetNotes();
  forgetDevices();
  for (const part of [loading, account, notes, devices]) part.hidden = true;
  login.hidden = false;
  say(login, message);
  if (message !== '') document.getElementById('username').focus();
}

function endSession(message) {
  forgetTokens();
  showLogin(message);
}

/** Whatever went wrong while signed in. */
function failed(error) {
  if (error instanceof SessionEnded) endSession(error.message);
  else say(add, explain(error), 'error');
}

function showLife() {
  const seconds = Math.max(0, Math.round(expiresAt - now()));
  life.textContent = `token: ${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')} left`;
}

/** Shows whose token is stored now; it may be another's than before, for all tabs share it. */
async function showSession() {
  const me = await call('auth.me', undefined, 'GET');
  if (!signedIn() || who.textContent !== me.username) await showNotes(failed);
  await showDevices(failed);
  if (storedToken() === null) return;
  expiresAt = me.expires_at;
  refreshAt = expiresAt - REFRESH_AHEAD_SECONDS;
  who.textContent = me.username;
  showLife();
  for (const part of [loading, login]) part.hidden = true;
  for (const part of [account, notes, devices]) part.hidden = false;
}

async function tick() {
  if (!signedIn()) return;
  showLife();
  if (now() < refreshAt) return;
  refreshAt = now() + RETRY_SECONDS;
  try {
    await refreshToken();
    if (storedToken() !== null) await showSession();
  } catch (error) {
    failed(error);
  }
}

login.addEventListener('submit', (event) => {
  event.preventDefault();
  const { username, password } = Object.fromEntries(new FormData(login));
  const work = async () => {
    say(login, '');
    showFieldErrors(login, {});
    await signIn({ username, password });
    await showSession();
    login.reset();
    say(add, '');
    text.focus();
  };
  void busy(login.querySelector('button'), work, (error) => {
    say(login, explain(error), 'error');
    showFieldErrors(login, error instanceof LoginRefused ? error.fields : {});
    if (login.querySelector('[aria-invalid="true"]') === null) document.getElementById('password').select();
  });
});

add.addEventListener('submit', (event) => {
  event.preventDefault();
  const work = async () => {
    say(add, '');
    showFieldErrors(add, {});
    await call('notes.add', { text: text.value });
    add.reset();
    await showNotes(failed);
    text.focus();
  };
  void busy(add.querySelector('button'), work, (error) => {
    if (error.fieldErrors?.text === undefined) {
      failed(error);
      return;
    }
    say(add, error.fieldErrors.text.join(' '), 'error');
    showFieldErrors(add, error.fieldErrors);
  });
});

document.getElementById('sign-out').addEventListener('click', () => {
  const told = signOut();
  endSession('You have signed out.');
  told.catch(() => say(login, 'You have signed out here. The server could not be told; there the session ends by itself.'));
});
document.getElementById('sign-out-everywhere').addEventListener('click', (event) => {
  const work = async () => {
    const { revoked } = await call('auth.logoutAll');
    endSession(revoked === 1 ? 'You have signed out.' : `You have signed out on ${revoked} devices.`);
  };
  void busy(event.currentTarget, work, failed);
});
window.addEventListener('storage', ({ key }) => {
  // No key means that everything was cleared.
  if (key !== null && key !== 'jwt_token') return;
  if (storedToken() !== null) showSession().catch(failed);
  else if (signedIn()) showLogin('You have signed out in another tab.');
});
setInterval(() => void tick(), 1000);

if (storedToken() === null) showLogin();
else {
  showSession().catch((error) => {
    if (error instanceof SessionEnded) endSession(error.message);
    else showLogin(explain(error));
  });
}

import { call } from './api.js';
import { busy } from './forms.js';

const list = document.getElementById('list');
const empty = document.getElementById('empty');

export async function showNotes(failed) {
  const found = await call('notes.list', undefined, 'GET');
  list.replaceChildren(...found.map((note) => noteItem(note, failed)));
  empty.hidden = found.length > 0;
}

export function forgetNotes() {
  list.replaceChildren();
  empty.hidden = true;
}

function noteItem({ id, text, createdAt }, failed) {
  const item = document.createElement('li');
  const paragraph = document.createElement('p');
  paragraph.textContent = text;
  const time = document.createElement('time');
  time.dateTime = createdAt;
  time.textContent = new Date(createdAt).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
  const remove = document.createElement('button');
  remove.type = 'button';
  remove.className = 'quiet';
  remove.textContent = 'Delete';
  remove.setAttribute('aria-label', `Delete the note “${text}”`);
  remove.addEventListener('click', () => void busy(remove, () => deleteNote(id, item, failed), failed));
  item.append(paragraph, time, remove);
  return item;
}

async function deleteNote(id, item, failed) {
  const place = [...list.children].indexOf(item);
  // Where it was deleted elsewhere already, the list is out of date as well.
  await call('notes.delete', { id }).finally(() => showNotes(failed));
  const next = list.children[place] ?? list.lastElementChild;
  (next?.querySelector('button') ?? document.getElementById('text')).focus();
}

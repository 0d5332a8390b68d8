import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import type { SubmitEvent } from 'react';

import { trpc } from './auth-client.js';
import { Field } from './field.js';
import { explain, fieldErrorsOf } from './messages.js';

interface Note {
  id: number;
  text: string;
  createdAt: string;
}

interface NotesProps {
  userId: number;
  /** Undefined where they could not be loaded. */
  notes: Note[] | undefined;
  error: Error | null;
}

const written = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

export function Notes({ userId, notes, error }: NotesProps) {
  const queries = useQueryClient();
  const queryKey = [userId, 'notes'];
  const section = useRef<HTMLElement>(null);
  const form = useRef<HTMLFormElement>(null);
  const refetch = (): Promise<void> => queries.invalidateQueries({ queryKey });
  const input = (): HTMLInputElement | null | undefined => form.current?.querySelector('input');

  const add = useMutation({
    mutationFn: (text: string) => trpc.notes.add.mutate({ text }),
    onSuccess: async (note) => {
      // The list may have been read again before the answer came.
      queries.setQueryData<Note[]>(queryKey, (known = []) => [note, ...known.filter(({ id }) => id !== note.id)]);
      form.current?.reset();
      await refetch();
    },
    onSettled: () => input()?.focus(),
  });
  const remove = useMutation({
    mutationFn: (id: number) => trpc.notes.delete.mutate({ id }),
    onMutate: async (id) => {
      // A list that is being read still has it.
      await queries.cancelQueries({ queryKey });
      queries.setQueryData<Note[]>(queryKey, (known = []) => known.filter((note) => note.id !== id));
    },
    onSettled: refetch,
  });
  const submit = (event: SubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const text = input()?.value ?? '';
    if (!add.isPending) add.mutate(text);
  };
  // The button that had the focus goes with its note.
  const focusPlace = useRef<number | null>(null);
  useEffect(() => {
    if (focusPlace.current === null) return;
    const buttons = section.current?.querySelectorAll<HTMLButtonElement>('li button') ?? [];
    (buttons[Math.min(focusPlace.current, buttons.length - 1)] ?? form.current?.querySelector('input'))?.focus();
    focusPlace.current = null;
  }, [notes?.length]);
  const deleteNote = (id: number, place: number): void => {
    focusPlace.current = place;
    remove.mutate(id);
  };
  const errors = fieldErrorsOf(add.error).text ?? (add.error === null ? [] : [explain(add.error)]);
  const failure = remove.error ?? error;
  return (
    <section ref={section} aria-labelledby="notes-title">
      <h1 id="notes-title">Your notes</h1>
      <form ref={form} className="card add" noValidate onSubmit={submit}>
        <Field label="New note" name="text" errors={errors} placeholder="Write a note" autoComplete="off" />
        <button type="submit" aria-disabled={add.isPending}>
          Add
        </button>
      </form>
      {failure !== null && (
        <p className="message error" role="alert">
          {explain(failure)}
        </p>
      )}
      {notes?.length === 0 ? (
        <p className="hint empty">No notes yet. The first one goes into the field above.</p>
      ) : (
        <ul className="list">
          {notes?.map(({ id, text, createdAt }, place) => (
            <li key={id} className="card">
              <p>{text}</p>
              <time dateTime={createdAt}>{written.format(new Date(createdAt))}</time>
              <button type="button" className="quiet" aria-label={`Delete: ${text}`} onClick={() => deleteNote(id, place)}>
                Delete
              </button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

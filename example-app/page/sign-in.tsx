import { useMutation } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import type { SubmitEvent } from 'react';
import { AuthClientError } from 'trpc-jwt-auth/client';
import { useAuth } from 'trpc-jwt-auth/client/react';

import type { authClient } from './auth-client.js';
import { Field } from './field.js';
import { explain, fieldErrorsOf, inWords } from './messages.js';

interface SignInProps {
  /** Why one has to sign in. */
  note: string;
  onStart: () => void;
}

export function SignIn({ note, onStart }: SignInProps) {
  const { client } = useAuth<typeof authClient>();
  const form = useRef<HTMLFormElement>(null);
  const [shown, setShown] = useState(false);
  // Without a connection the attempt fails at once; it must not wait, with the password, for one.
  const signIn = useMutation({ mutationFn: (credentials: Parameters<typeof client.obtain>[0]) => client.obtain(credentials), networkMode: 'always' });
  const errors = fieldErrorsOf(signIn.error);

  useEffect(() => {
    if (signIn.error === null) return;
    const wrong = form.current?.querySelector<HTMLInputElement>('[aria-invalid="true"]') ?? form.current?.querySelector<HTMLInputElement>('[name="password"]');
    wrong?.focus();
    wrong?.select();
  }, [signIn.error]);

  const submit = (event: SubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    if (signIn.isPending) return;
    const { username, password } = Object.fromEntries(new FormData(event.currentTarget)) as Record<'username' | 'password', string>;
    onStart();
    signIn.mutate({ username, password });
  };
  return (
    <main className="entrance">
      <form ref={form} className="card sign-in" noValidate onSubmit={submit} aria-labelledby="sign-in-title">
        <img src="/icon.svg" alt="" width="40" height="40" />
        <h1 id="sign-in-title">Sign in</h1>
        <SignInMessage error={signIn.error} note={signIn.isPending ? '' : note} key={`${signIn.submittedAt} ${signIn.status}`} />
        {/* Whoever was just signed out is at the top of another page. */}
        <Field label="Username" name="username" autoFocus={note !== ''} errors={errors.username} autoComplete="username" autoCapitalize="none" spellCheck={false} />
        <Field label="Password" name="password" errors={errors.password} type={shown ? 'text' : 'password'} autoComplete="current-password">
          <button type="button" className="quiet inside" aria-label="Show password" aria-pressed={shown} onClick={() => setShown(!shown)}>
            {shown ? 'Hide' : 'Show'}
          </button>
        </Field>
        <button type="submit" aria-disabled={signIn.isPending}>
          Sign in
        </button>
        <p className="hint">Try testuser with testpass123.</p>
      </form>
    </main>
  );
}

function SignInMessage({ error, note }: { error: Error | null; note: string }) {
  const waitSeconds = useCountdown(error instanceof AuthClientError ? (error.retryAfterSeconds ?? 0) : 0);
  const isThrottled = error instanceof AuthClientError && error.code === 'THROTTLED';
  const again = waitSeconds > 0 ? `Try again in ${inWords(waitSeconds)}.` : 'You can try again now.';
  return (
    <p className={error === null ? 'message' : 'message error'} role="alert">
      {error === null ? note : isThrottled ? `Too many attempts. ${again}` : explain(error)}
    </p>
  );
}

/** Whole seconds until a time that is so far away when the component is first shown. */
function useCountdown(fromSeconds: number): number {
  const [endsAt] = useState(() => Date.now() + fromSeconds * 1000);
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (fromSeconds === 0) return;
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [fromSeconds]);
  return Math.max(0, Math.ceil((endsAt - now) / 1000));
}

import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';

import { trpc } from './auth-client.js';
import { isUnreachable } from './messages.js';

/** Reads the notes again whenever they have changed, here or elsewhere; `isCut` while the server cannot tell. */
export function useLiveNotes(userId: number, isLoaded: boolean): { isCut: boolean } {
  const queries = useQueryClient();
  const [isCut, setIsCut] = useState(false);

  useEffect(() => {
    // Not beside the first reading: that one is never begun anew, and may be older than what the stream tells of.
    if (!isLoaded) return;
    const { unsubscribe } = trpc.notes.changes.subscribe(undefined, {
      onData: () => void queries.invalidateQueries({ queryKey: [userId, 'notes'] }),
      onConnectionStateChange: ({ state, error }) => setIsCut(state === 'connecting' && isUnreachable(error)),
      // Nobody is signed in any more, or nothing helps: then the notes are read when the page is looked at, as always.
      onError: () => setIsCut(false),
    });
    return unsubscribe;
  }, [queries, userId, isLoaded]);
  return { isCut };
}

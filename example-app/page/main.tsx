import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { AuthProvider } from 'trpc-jwt-auth/client/react';

import { authClient, queryClient } from './auth-client.js';
import { NotesApp } from './notes-app.js';

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');

createRoot(root).render(
  <StrictMode>
    <AuthProvider client={authClient}>
      <QueryClientProvider client={queryClient}>
        <NotesApp />
      </QueryClientProvider>
    </AuthProvider>
  </StrictMode>,
);

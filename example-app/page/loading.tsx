/** Only a slow answer is worth a word. */
export function Loading() {
  return (
    <p className="loading" role="status">
      Loading…
    </p>
  );
}

/** The mark of the program. */
export function Bird() {
  return (
    <svg className="bird" viewBox="0 0 32 32" aria-hidden="true">
      <path d="M6 20c0-7 5-12 12-12 3 0 5 1 6 3l4 1-4 2c-1 7-6 11-12 11H7c3-1 4-2 5-3-3 0-5-1-6-2z" />
      <circle cx="20.5" cy="12.5" r="1.3" />
      <path className="twig" d="M3 28.5h26" />
    </svg>
  );
}

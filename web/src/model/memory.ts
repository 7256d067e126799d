// The rehearsal that was looked at last, by pathway: the review sets its promise beside reality.
const key = (pathway: string) => `rehearsal/${pathway}`;

export function lastRehearsal(pathway: string): string {
  try {
    return localStorage.getItem(key(pathway)) ?? '';
  } catch {
    return '';
  }
}

export function rememberRehearsal(pathway: string, id: string): void {
  try {
    if (id) localStorage.setItem(key(pathway), id);
    else localStorage.removeItem(key(pathway));
  } catch {
    // Forgotten when the page is left.
  }
}

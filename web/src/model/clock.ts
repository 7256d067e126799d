// What time it is for the server: a computer's own clock may be wrong, and a rehearsed or tested
// server lives in another year. It says which.
import { usePolled } from './poll';

let ahead = 0; // milliseconds

export function useNow(): string {
  const { value } = usePolled<{ now: string }>('/api/status', 15);
  if (value) ahead = Date.parse(value.now) - Date.now();
  return value?.now ?? new Date(Date.now() + ahead).toISOString();
}

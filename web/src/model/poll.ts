// A value from the server that is asked for again and again while the page is seen.
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, get } from '../api/client';

export interface Polled<T> {
  value: T | null;
  error: ApiError | null;
  refresh: () => void;
}

// A new `path` keeps the old value until the new one is there: a list does not flicker while
// somebody types. Give the page a key where old and new must not be mixed up.
export function usePolled<T>(path: string | null, seconds: number): Polled<T> {
  const [value, setValue] = useState<T | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const asked = useRef(0);
  const load = useCallback(async () => {
    if (path === null) return;
    const turn = ++asked.current;
    try {
      const next = await get<T>(path);
      if (turn !== asked.current) return; // an answer overtaken by a later question
      setValue(next);
      setError(null);
    } catch (problem) {
      if (turn === asked.current) setError(problem as ApiError);
    }
  }, [path]);
  useEffect(() => {
    void load();
    return () => { asked.current++; }; // what is still on its way is no longer wanted
  }, [load]);
  useEffect(() => {
    if (seconds <= 0) return undefined;
    const again = () => {
      if (!document.hidden) void load();
    };
    const timer = setInterval(again, seconds * 1000);
    document.addEventListener('visibilitychange', again);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', again);
    };
  }, [load, seconds]);
  return { value, error, refresh: () => void load() };
}

// The names of steps, of all pathways: a list of patients names where each one is.
import { useEffect, useState } from 'preact/hooks';
import { get } from '../api/client';
import type { PathwayInfo } from '../api/types';
import { wordFor } from './words';

export function useStepNames(pathways: PathwayInfo[] | null): (pathway: string, activity: string) => string {
  const [names, setNames] = useState(new Map<string, string>());
  useEffect(() => {
    for (const { id } of pathways ?? []) {
      void get<PathwayInfo>(`/api/pathways/${encodeURIComponent(id)}`).then((info) => setNames((old) => {
        const next = new Map(old);
        for (const a of info.activities ?? []) next.set(`${id}/${a.id}`, a.name);
        return next;
      })).catch(() => null); // the ids are shown instead
    }
  }, [pathways]);
  return (pathway, activity) => names.get(`${pathway}/${activity}`) || wordFor('activity', activity);
}
